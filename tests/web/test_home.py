"""Home: what waits for each person of a case as it goes on, in order, with sums, and never for the wrong ones."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import Case, CaseToken, CommitteeMember, Conflict, CycleDate, PanelScore, Person, Seat
from review.queries.own_cases import list_own_cases
from review.queries.worklist import load_home
from review.services.conflicts import declare_conflict
from review.services.feedback import Proposal, propose_givers
from review.services.ratings import assign_second_rater
from review.services.transitions import fire
from tests.after_decision import announced_room
from tests.committee_room import Room, built_room, sealed_room
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, listed, soup, words

EVERYBODY = (
    "iris",
    "greta",
    "dario",
    "hanna",
    "hugo",
    "clara",
    "omar",
    "mika",
    "noor",
    "petra",
    "abel",
    "ravi",
    "otto",
)


def waits(session: Session, scene: Scene, now: datetime, *keys: str) -> dict[str, list[str]]:
    """Return the tasks of the cast: only of those who have any."""
    found = {key: _titles(session, scene.actor(key), now) for key in keys or EVERYBODY}
    return {key: titles for key, titles in found.items() if titles}


def _titles(session: Session, actor: Actor, now: datetime) -> list[str]:
    return [f"{row.verb}: {row.about}".removesuffix(": ") for row in load_home(session, actor, now=now).todo]


@pytest.fixture
def room(session: Session, scene: Scene, now: datetime) -> Room:
    return built_room(session, scene, now)


def test_a_nomination_waits_for_hr(session: Session, scene: Scene, now: datetime) -> None:
    open_case_of(session, scene, "iris", "staff-pm", now)
    assert waits(session, scene, now) == {
        "hanna": ["Confirm eligibility: Iris Vance"],
        "hugo": ["Confirm eligibility: Iris Vance"],
    }


def test_a_case_being_built_waits_for_those_who_build_it(session: Session, scene: Scene, now: datetime) -> None:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    choose = "Choose second rater: Iris Vance"
    assert waits(session, scene, now) == {
        "iris": ["Submit self-review"],
        "greta": [choose, "Rate: Iris Vance"],
        "hanna": [choose],
        "hugo": [choose],
    }
    assign_second_rater(session, case.id, scene.id("ravi"), actor=scene.actor("hanna"), now=now)
    assert waits(session, scene, now) == {
        "iris": ["Submit self-review"],
        "greta": ["Rate: Iris Vance"],
        "ravi": ["Rate: Iris Vance"],
    }


def test_hr_is_asked_for_the_managers_work_only_once_it_is_late(session: Session, room: Room, now: datetime) -> None:
    session.execute(sa.update(CaseToken).where(CaseToken.region == "feedback").values(state="asking"))
    assert waits(session, room.scene, now) == {"greta": ["Close feedback: Iris Vance"]}
    late = now + timedelta(days=40)
    assert waits(session, room.scene, late) == {
        "greta": ["Close feedback: Iris Vance"],
        "hanna": ["Close feedback: Iris Vance"],
        "hugo": ["Close feedback: Iris Vance"],
    }


@pytest.mark.both_databases
def test_a_sealed_packet_waits_for_its_readers(session: Session, room: Room, now: datetime) -> None:
    assert waits(session, room.scene, now) == {
        "greta": ["Seal packet: Iris Vance"],
        "hanna": ["Seal packet: Iris Vance"],
        "hugo": ["Seal packet: Iris Vance"],
    }
    room.fire("seal", "hanna")
    read = "Read the packet: Iris Vance"
    assert waits(session, room.scene, now) == {
        "clara": ["Open voting: Iris Vance", read],
        "omar": [read],
        "mika": [read],
    }
    room.render()
    room.read("clara", "omar", "mika", "jonas", "aya")
    assert waits(session, room.scene, now) == {"clara": ["Open voting: Iris Vance"]}


def test_votes_wait_for_each_member_and_the_reveal_for_the_chair(session: Session, room: Room, now: datetime) -> None:
    room.fire("seal", "hanna")
    room.open_voting()
    room.vote("mika")
    assert waits(session, room.scene, now) == {
        "clara": ["Reveal votes: Iris Vance", "Vote: Iris Vance"],
        "omar": ["Vote: Iris Vance"],
    }


def test_after_the_reveal_the_chair_decides_and_hr_announces(session: Session, room: Room, now: datetime) -> None:
    room.fire("seal", "hanna")
    room.reveal()
    assert waits(session, room.scene, now) == {"clara": ["Decide: Iris Vance"]}
    room.decide()
    assert waits(session, room.scene, now) == {
        "hanna": ["Announce the decision: Iris Vance"],
        "hugo": ["Announce the decision: Iris Vance"],
    }


def test_a_signature_waits_for_the_executive(session: Session, now: datetime) -> None:
    room = sealed_room(session, now, key="greta", to_level="director-pm")
    room.reveal()
    room.decide()
    assert waits(session, room.scene, now) == {"noor": ["Sign off: Greta Holm"]}


def test_the_deputy_takes_the_chairs_turn_when_the_chair_is_out(session: Session, room: Room, now: datetime) -> None:
    room.fire("seal", "hanna")
    declare_conflict(session, room.case_id, "dispute", "A dispute.", actor=room.actor("clara"), now=now)
    assert waits(session, room.scene, now) == {
        "omar": ["Open voting: Iris Vance", "Read the packet: Iris Vance"],
        "mika": ["Read the packet: Iris Vance"],
    }


def test_who_nominated_reads_and_is_not_asked_to_vote(session: Session, scene: Scene, now: datetime) -> None:
    room = built_room(session, scene, now, key="ben", to_level="senior-pm")
    room.case.nominated_by_id = scene.id("mika")
    room.fire("seal", "hanna")
    assert room.states()["mika"] == "recused"
    assert waits(session, scene, now, "mika", "jonas") == {"jonas": ["Read the packet: Ben Ito"]}


@pytest.mark.parametrize("key", ["hanna", "ravi"])
def test_a_conflict_takes_the_task_away(session: Session, scene: Scene, now: datetime, key: str) -> None:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hugo"), now=now)
    assign = {"hanna": None, "ravi": scene.id("ravi")}[key]
    if assign:
        assign_second_rater(session, case.id, assign, actor=scene.actor("hugo"), now=now)
    assert key in waits(session, scene, now)
    conflict = Conflict(
        case_id=case.id,
        person_id=scene.id(key),
        kind="dispute",
        reason="",
        declared_by_id=scene.id(key),
        declared_at=now,
    )
    session.add(conflict)
    session.flush()
    assert key not in waits(session, scene, now)


@pytest.mark.both_databases
def test_a_hr_partner_runs_no_case_of_their_own_line(session: Session, scene: Scene, now: datetime) -> None:
    session.get_one(Person, scene.id("hugo")).manager_id = scene.id("iris")
    session.get_one(Person, scene.id("dario")).manager_id = scene.id("hanna")
    open_case_of(session, scene, "iris", "staff-pm", now)
    assert waits(session, scene, now) == {}


def test_a_delegate_has_the_managers_tasks_and_no_vote(session: Session, room: Room, now: datetime) -> None:
    greta = Actor(room.scene.id("otto"), "Otto Nagy", delegators={room.scene.id("greta"): frozenset()})
    assert _titles(session, greta, now) == ["Seal packet: Iris Vance"]
    room.fire("seal", "hanna")
    mika = Actor(room.scene.id("otto"), "Otto Nagy", delegators={room.scene.id("mika"): frozenset()})
    assert _titles(session, mika, now) == []


def test_the_list_is_sorted_summed_and_has_one_filled_button(
    session: Session, scene: Scene, now: datetime, client: FlaskClient
) -> None:
    for key, level in (("ben", "senior-pm"), ("iris", "staff-pm")):
        case = open_case_of(session, scene, key, level, now)
        fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    proposal = Proposal((scene.id("erin"), scene.id("dev")), "")
    propose_givers(session, case.id, proposal, actor=scene.actor("iris"), now=now)
    page = Door(client, session, now, scene.company.ids).enter("greta").get("/")
    assert words(page, ".page-head .lede") == "5 things, about 1 h 35 min in all. Nothing is late."
    assert listed(page, ".card-x > header") == ["This week 1 thing, about 5 min", "Later 4 things, about 1 h 30 min"]
    assert listed(page, ".todo .what") == [
        "Approve whom to ask: Iris Vance 2 people are proposed",
        "Choose second rater: Ben Ito Second rater to be chosen · case 2026A-001",
        "Choose second rater: Iris Vance Second rater to be chosen · case 2026A-002",
        "Rate: Ben Ito First view, before feedback · case 2026A-001",
        "Rate: Iris Vance First view, before feedback · case 2026A-002",
    ]
    assert listed(page, ".btn-primary") == ["Open : Approve whom to ask: Iris Vance"]


def test_silence_is_explained(session: Session, room: Room, now: datetime, client: FlaskClient) -> None:
    door = Door(client, session, now, room.scene.company.ids)
    assert listed(door.enter("iris").get("/"), ".todo li") == [
        "Iris Vance: Building the case Whose turn: the manager, HR Fri 11 Dec, 22:59 in 25 days others Look : Iris Vance"  # noqa: E501 - a line of the page
    ]
    session.execute(sa.update(CycleDate).where(CycleDate.name == "nomination_deadline").values(on_day=now.date()))
    assert words(door.enter("otto").get("/"), ".empty") == (
        "Nothing waits for you Autumn 2026 takes nominations until Monday 16 November 2026: your own, or of somebody "
        "who reports to you. Look at Autumn 2026"
    )
    yesterday = now.date() - timedelta(days=1)
    session.execute(sa.update(CycleDate).where(CycleDate.name == "nomination_deadline").values(on_day=yesterday))
    assert words(door.enter("otto").get("/"), ".empty") == (
        "Nothing waits for you When somebody needs something from you, it is here, with the day until when. "
        "Read the ladders"
    )
    assert words(door.enter("ines").get("/"), ".empty") == (
        "Nothing waits for you You give the roles: HR partners, the appeals panel, executives, auditors. HR sees on "
        "this page which of them are missing. See who holds which role"
    )


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("action", "day"),
    [("decide_promote", "no date"), ("decide_not_yet", "Mon 30 Nov, 22:59 in 14 days"), ("decide_defer", "no date")],
)
def test_an_answer_leads_to_its_letter_and_is_not_told_by_the_list(
    session: Session, now: datetime, client: FlaskClient, statements: Statements, action: str, day: str
) -> None:
    room = announced_room(session, now, action)
    door = Door(client, session, now, room.scene.company.ids)
    door.enter("iris").get("/")
    with statements() as issued:
        page = door.client.get("/")
    assert listed(page, ".todo .what") == [
        "Read the letter It is there, and says what comes next · case 2026A-001",
    ]
    assert [link["href"] for link in soup(page).select(".todo .what a")] == [f"/cases/{room.case_id}/letter"]
    due, days = soup(page).select_one(".todo .meta span"), soup(page).select(".todo .meta a")
    assert due is not None
    assert [door.client.get(str(link["href"])).status_code for link in days] == ([] if day == "no date" else [200])
    assert (" ".join(due.text.replace("To my calendar: Read the letter", "").split()), len(issued)) == (day, 3)


def test_a_letter_that_ended_a_case_is_on_the_list_for_thirty_days(session: Session, now: datetime) -> None:
    room = announced_room(session, now, "decide_promote")
    found = [waits(session, room.scene, now + timedelta(days=30, seconds=seconds), "iris", "ben") for seconds in (0, 1)]
    assert found == [{"iris": ["Read the letter"]}, {}]


def test_who_has_accepted_the_answer_is_led_on(session: Session, now: datetime) -> None:
    room = announced_room(session, now, "decide_not_yet")
    waiting = load_home(session, room.actor("greta"), now=now).waiting
    assert [(row.candidate, str(row.stage)) for row in waiting] == [("Iris Vance", "The letter is out")]
    room.fire("close_appeal_window", "iris")
    assert waits(session, room.scene, now, "iris", "greta") == {
        "iris": ["Agree growth plan"],
        "greta": ["Agree growth plan: Iris Vance"],
    }


def test_what_is_late_says_so(session: Session, scene: Scene, now: datetime, client: FlaskClient) -> None:
    case: Case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.execute(sa.update(CaseToken).where(CaseToken.case_id == case.id).values(due_at=now - timedelta(days=3)))
    page = Door(client, session, now, scene.company.ids).enter("hanna").get("/")
    assert words(page, ".page-head .lede") == "1 thing, about 5 min. 1 is late."
    assert words(page, ".due.late") == "Fri 13 Nov, 09:00 3 days late"
    assert listed(page, ".card-x > header") == ["Late 1 thing, about 5 min"]


def test_what_is_late_comes_first_under_its_own_heading(
    session: Session, scene: Scene, now: datetime, client: FlaskClient
) -> None:
    days = {"iris": 0, "ben": -1, "cora": 9, "finn": -40}
    for (key, day), level in zip(days.items(), ("staff-pm", "senior-pm", "senior-pm", "pm-2"), strict=True):
        case = open_case_of(session, scene, key, level, now)
        due_at = now + timedelta(days=day)
        session.execute(sa.update(CaseToken).where(CaseToken.case_id == case.id).values(due_at=due_at))
    page = Door(client, session, now, scene.company.ids).enter("hanna").get("/")
    assert listed(page, ".card-x > header") == [
        "Late 2 things, about 10 min",
        "This week 1 thing, about 5 min",
        "Later 1 thing, about 5 min",
    ]
    assert [line.split(" Nominated")[0] for line in listed(page, ".todo .what")] == [
        "Confirm eligibility: Finn Berg",
        "Confirm eligibility: Ben Ito",
        "Confirm eligibility: Iris Vance",
        "Confirm eligibility: Cora Diaz",
    ]


def test_the_same_few_statements_whatever_waits(
    session: Session, scene: Scene, now: datetime, client: FlaskClient, statements: Statements
) -> None:
    door, counts = Door(client, session, now, scene.company.ids), []
    for key, level in (("iris", "staff-pm"), ("ben", "senior-pm"), ("cora", "senior-pm"), ("mats", "director-pm")):
        case = open_case_of(session, scene, key, level, now)
        fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
        door.enter("hanna").get("/")
        with statements() as issued:
            door.client.get("/")
        counts.append(len(issued))
    assert counts == [4, 4, 4, 4]


@pytest.mark.both_databases
def test_a_part_of_each_kind_is_found_from_the_side_of_who_has_it(
    session: Session, scene: Scene, now: datetime
) -> None:
    case = open_case_of(session, scene, "greta", "director-pm", now)
    case.committee_id = scene.committee_id
    keys = ("ines", "otto", "abel", "mats")
    seated, member, panelist, second = map(scene.id, keys)

    def found() -> dict[str, list[int]]:
        session.flush()
        return {key: [each.id for each in list_own_cases(session, scene.actor(key))] for key in (*keys, "greta")}

    before = found()
    session.add(Seat(case_id=case.id, person_id=seated, role="member", state="seated", entered_at=now))
    session.add(CommitteeMember(committee_id=scene.committee_id, person_id=member, role="member"))
    session.add(PanelScore(case_id=case.id, person_id=panelist))
    case.second_rater_id = second
    assert before == {"ines": [], "otto": [], "abel": [], "mats": [], "greta": [case.id]}
    assert found() == {key: [case.id] for key in before}


def test_lines_show_names_as_they_are_written_whatever_signs_they_have(
    session: Session, scene: Scene, door: Door, now: datetime
) -> None:
    open_case_of(session, scene, "iris", "staff-pm", now)
    name = "100 % <b>Iris</b> %(words)s {x}"
    session.get_one(Person, scene.id("iris")).name = name
    page = door.enter("hanna").get("/")
    verb = f"Confirm eligibility: {name}"
    assert listed(page, ".todo .what a") == [verb]
    assert listed(page, ".todo .what p") == ["Nominated · case 2026A-001"]
    assert listed(page, ".todo .act a") == [f"Open : {verb}"]
    assert listed(page, ".todo .meta a") == [f"To my calendar : {verb}"]


def test_lines_lead_to_their_own_case_and_the_very_first_stands_out(
    session: Session, scene: Scene, door: Door, now: datetime
) -> None:
    cases = [
        open_case_of(session, scene, key, level, now) for key, level in (("iris", "staff-pm"), ("ben", "senior-pm"))
    ]
    page = soup(door.enter("hanna").get("/"))
    links = page.select(".todo .what a")
    found = {link.text.rpartition(": ")[2]: link["href"] for link in links}
    assert found == {"Iris Vance": f"/cases/{cases[0].id}", "Ben Ito": f"/cases/{cases[1].id}"}
    assert [link["href"] for link in page.select(".todo .act a")] == [link["href"] for link in links]
    assert ["btn-primary" in link["class"] for link in page.select(".todo .act a")] == [True, False]
