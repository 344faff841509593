"""The page of a case: what each reader sees of it, and plain moves."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import AuditEvent, Case, CaseToken, Employment, Person
from review.services.transitions import fire
from tests.committee_room import MEMBERS, built_room, sealed_room
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import Door, listed, soup, words


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return open_case_of(session, scene, "iris", "staff-pm", now)


def test_the_candidate_sees_where_it_is_and_that_nothing_is_needed(case: Case, door: Door) -> None:
    page = door.enter("iris").get(f"/cases/{case.id}")
    assert words(page, "h1") == "Your case for Staff PM"
    assert listed(page, ".stepper li") == [
        "Nominated (current stage) until Fri 20 Nov, in 4 days",
        "Building the case (not started) until Fri 11 Dec",
        "Packet sealed, committee reads (not started) until Fri 8 Jan",
        "Independent votes (not started) until Tue 12 Jan",
        "Committee discusses (not started)",
        "Answer (not started) told on Fri 22 Jan",
    ]
    assert words(page, ".note.info") == (
        "Nothing is needed from you today Whose turn it is: HR. Until Friday 20 November 2026."
    )


def test_the_candidate_is_led_to_what_comes_next(
    session: Session, scene: Scene, case: Case, door: Door, now: datetime
) -> None:
    """First to the writing; then to sending it; then there is nothing to do, and what may be added is said."""
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    path, client = f"/cases/{case.id}", door.enter("iris")
    page = client.get(path)
    assert listed(page, "main :is(a, summary).btn-primary") == ["Write the self-review"]
    assert listed(page, ".note.info") == []
    write_all(client, path)
    assert listed(client.get(path), "main :is(a, summary).btn-primary") == ["Submit self-review"]
    assert client.post(f"{path}/actions", data={"action": "submit_packet", "confirmed": "yes"}).status_code == 303
    page = client.get(path)
    assert listed(page, "main :is(a, summary).btn-primary") == []
    assert "You may still add evidence until the packet is sealed" in words(page, ".note.info")


def write_all(client: FlaskClient, path: str) -> None:
    """Write on each criterion, and one piece of evidence for all of them."""
    criteria = ("hard-skills", "cross-functionality", "leadership", "accountability")
    for each in criteria:
        data = {"self_review": "What I did.", "version": "0"}
        assert client.post(f"{path}/self-review/{each}", data=data).status_code == 303
    shown = {"title": "Relaunch", "done": "Led it.", "tags": list(criteria)}
    assert client.post(f"{path}/evidence/new", data=shown).status_code == 303


def test_regions_are_named_under_the_stage_and_days_under_what_is_done(
    session: Session, scene: Scene, case: Case, door: Door, now: datetime
) -> None:
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    page = door.enter("greta").get(f"/cases/{case.id}")
    assert listed(page, ".stepper li")[:2] == [
        "Nominated (done) since Mon 16 Nov",
        (
            "Building the case (current stage) until Fri 11 Dec, in 25 days Self-review and evidence"
            " Collecting feedback First view, before feedback Second rater to be chosen"
        ),
    ]


def test_who_sees_what_was_written_is_said_as_it_is_now(session: Session, now: datetime, client: FlaskClient) -> None:
    room = sealed_room(session, now)
    door = Door(client, session, now, room.scene.company.ids)
    never = "Who will see this: Never: the people who write feedback about you."
    sealed = (
        "Who will see this: Since the packet was sealed: you, Greta Holm, the managers above, HR and the committee on "
        "your case; the second rater until the votes begin. No one with a declared conflict."
    )
    path = f"/cases/{room.case_id}"
    assert listed(door.enter("iris").get(path), "[aria-labelledby=vis] .vis") == [sealed, never]
    ben = open_case_of(session, room.scene, "ben", "senior-pm", now)
    path = f"/cases/{ben.id}"
    building = listed(door.enter("ben").get(path), "[aria-labelledby=vis] .vis")
    assert building[-2] == (
        "Who will see this: Once sealed, after Fri 11 Dec: also the committee on your case and the managers above "
        "Greta Holm. No one with a declared conflict."
    )
    door.client.post(f"{path}/actions", data={"action": "withdraw", "confirmed": "yes"})
    assert listed(door.client.get(path), "[aria-labelledby=vis] .vis") == [never]


@pytest.mark.parametrize(
    ("key", "status"),
    [
        *dict.fromkeys(("iris", "greta", "hanna", "hugo"), 200).items(),
        *dict.fromkeys(("dario", "clara", "erin", "noor", "petra", "abel", "ines", "otto"), 404).items(),
    ],
)
def test_who_opens_a_case_being_built(
    session: Session, scene: Scene, case: Case, door: Door, key: str, status: int, now: datetime
) -> None:
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    answer = door.enter(key).get(f"/cases/{case.id}")
    assert answer.status_code == status
    if status == 404:
        assert answer.data == door.client.get("/cases/987654").data


def test_a_draft_is_its_writers_alone(session: Session, now: datetime, client: FlaskClient) -> None:
    room = built_room(session, open_scene(session, now), now)
    session.execute(sa.update(CaseToken).where(CaseToken.region == "packet").values(state="writing"))
    session.commit()
    door = Door(client, session, now, room.scene.company.ids)
    seen = {
        key: "I did it." in words(door.enter(key).get(f"/cases/{room.case_id}")) for key in ("iris", "greta", "hanna")
    }
    assert seen == {"iris": True, "greta": False, "hanna": False}


def test_a_note_of_the_manager_on_the_rating_stays_with_the_manager(
    session: Session, now: datetime, client: FlaskClient
) -> None:
    room = built_room(session, open_scene(session, now), now)
    room.fire("revise_rating", "greta", note="Feedback made me doubt leadership.")
    room.fire("return_packet", "greta", note="Say more on accountability.")
    door = Door(client, session, now, room.scene.company.ids)
    seen = {
        key: listed(door.enter(key).get(f"/cases/{room.case_id}"), "[aria-labelledby=notes] blockquote")
        for key in ("iris", "greta", "hanna")
    }
    rating = "Feedback made me doubt leadership. Greta Holm, Mon 16 Nov: Revise rating"
    packet = "Say more on accountability. Greta Holm, Mon 16 Nov: Return to candidate"
    assert seen == {"iris": [packet], "greta": [rating, packet], "hanna": [packet]}


def test_why_a_packet_was_reopened_is_told_to_those_who_built_it(
    session: Session, now: datetime, client: FlaskClient
) -> None:
    room = sealed_room(session, now)
    room.fire("unseal", "hanna", note="A giver took words back.")
    door = Door(client, session, now, room.scene.company.ids)
    seen = {
        key: listed(door.enter(key).get(f"/cases/{room.case_id}"), "[aria-labelledby=notes] blockquote")
        for key in ("iris", "greta")
    }
    line = "A giver took words back. Hanna Ruiz, Mon 16 Nov: Reopen the packet"
    assert seen == {"iris": [line], "greta": [line]}


@pytest.mark.both_databases
def test_the_committee_has_no_names_in_the_candidates_history(
    session: Session, now: datetime, client: FlaskClient
) -> None:
    room = sealed_room(session, now)
    room.reveal()
    room.fire("vote_again", "clara", note="Leadership was read in two ways.")
    door = Door(client, session, now, room.scene.company.ids)
    lines = listed(door.enter("iris").get(f"/cases/{room.case_id}"), "[aria-labelledby=history] li")
    assert lines[:3] == [
        "Mon 16 Nov Reveal votes the chair",
        "Mon 16 Nov Open voting the chair",
        "Mon 16 Nov Seal packet Hanna Ruiz",
    ]
    assert listed(door.enter("mika").get(f"/cases/{room.case_id}"), "[aria-labelledby=history] li")[:2] == [
        "Mon 16 Nov Reveal votes Clara Boateng",
        "Mon 16 Nov Open voting Clara Boateng",
    ]


@pytest.mark.both_databases
def test_only_the_committee_and_hr_know_of_a_second_vote(session: Session, now: datetime, client: FlaskClient) -> None:
    room = sealed_room(session, now)
    room.reveal()
    room.fire("vote_again", "clara", note="Leadership was read in two ways.")
    room.be_present(*MEMBERS)
    for key in MEMBERS:
        room.vote(key)
    room.fire("reveal_votes", "clara")
    door = Door(client, session, now, room.scene.company.ids)
    history = "[aria-labelledby=history] li"
    told = {key: listed(door.enter(key).get(f"/cases/{room.case_id}"), history) for key in ("iris", "mika", "hanna")}
    assert told["iris"][:3] == [
        "Mon 16 Nov Reveal votes the chair",
        "Mon 16 Nov Open voting the chair",
        "Mon 16 Nov Seal packet Hanna Ruiz",
    ]
    whole = [f"Mon 16 Nov {words} Clara Boateng" for words in ("Reveal votes", "Vote again", "Reveal votes")]
    assert (told["mika"][:3], told["hanna"][:3]) == (whole, whole)


def test_a_plain_move_takes_effect_once(session: Session, case: Case, door: Door) -> None:
    client = door.enter("hanna")
    form = {"action": "confirm_eligible", "confirmed": "yes", "request_key": "one"}
    answers = [client.post(f"/cases/{case.id}/actions", data=form) for _ in range(2)]
    assert [(each.status_code, each.location) for each in answers] == [(303, f"/cases/{case.id}")] * 2
    kinds = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind.like("case.%")).order_by(AuditEvent.seq))
    assert kinds.all() == ["case.open", "case.confirm_eligible"]


def test_an_action_with_a_form_of_its_own_goes_to_its_page(
    session: Session, now: datetime, client: FlaskClient
) -> None:
    room = built_room(session, open_scene(session, now), now)
    session.execute(sa.update(CaseToken).where(CaseToken.region == "rating").values(state="with_feedback"))
    session.commit()
    answer = (
        Door(client, session, now, room.scene.company.ids)
        .enter("greta")
        .post(f"/cases/{room.case_id}/actions", data={"action": "submit_rating"})
    )
    assert (answer.status_code, answer.location) == (303, f"/cases/{room.case_id}/rate")
    assert session.scalar(sa.select(CaseToken.state).where(CaseToken.region == "rating")) == "with_feedback"


def test_what_ends_a_case_says_so_before_it_is_taken(
    session: Session, scene: Scene, case: Case, door: Door, now: datetime
) -> None:
    ends = "The case ends with it: %s. Nobody can take that back."
    assert listed(door.enter("hanna").get(f"/cases/{case.id}"), "details b") == [ends % "Not eligible"]
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    client = door.enter("iris")
    write_all(client, f"/cases/{case.id}")
    page = client.get(f"/cases/{case.id}")
    assert listed(page, ".option > details > summary") == ["Submit self-review", "Withdraw"]
    assert listed(page, "details b") == [ends % "Withdrawn"]


def test_a_note_that_is_missing_is_asked_for(session: Session, case: Case, door: Door) -> None:
    answer = door.enter("hanna").post(f"/cases/{case.id}/actions", data={"action": "reject_nomination", "note": " "})
    assert answer.status_code == 422
    assert session.scalar(sa.select(Case.state)) == "nominated"


def test_a_conflict_declared_late_ends_access_at_the_next_request(
    session: Session, now: datetime, client: FlaskClient
) -> None:
    from review.services.conflicts import declare_conflict

    room = sealed_room(session, now)
    door = Door(client, session, now, room.scene.company.ids)
    addresses = [f"/cases/{room.case_id}", f"/cases/{room.case_id}/packet", f"/cases/{room.case_id}/packet.pdf"]
    before = [door.enter("mika").get(each).status_code for each in addresses[:2]]
    declare_conflict(session, room.case_id, "dispute", "A dispute.", actor=room.actor("mika"), now=now)
    after = [door.enter("mika").get(each) for each in addresses]
    assert before == [200, 200]
    assert [each.status_code for each in after] == [404] * 3
    assert {each.data for each in after} == {client.get("/cases/987654").data}


def test_a_former_manager_sees_nothing_of_it_any_more(
    session: Session, scene: Scene, case: Case, door: Door, now: datetime
) -> None:
    iris = session.get_one(Person, scene.id("iris"))
    session.add(
        Employment(person_id=iris.id, manager_id=scene.id("greta"), from_on=date(2020, 1, 6), until_on=now.date())
    )
    iris.manager_id = case.manager_id = scene.id("mats")
    session.commit()
    assert {key: door.enter(key).get(f"/cases/{case.id}").status_code for key in ("greta", "mats")} == {
        "greta": 404,
        "mats": 200,
    }


def test_one_filled_button_and_no_dead_one(
    session: Session, scene: Scene, case: Case, door: Door, now: datetime
) -> None:
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    for key in ("iris", "greta", "hanna"):
        page = soup(door.enter(key).get(f"/cases/{case.id}"))
        assert len(page.select("summary.btn-primary, a.btn-primary, form:not(details form) .btn-primary")) == 1
        dead = page.select("[aria-disabled=true]")
        assert (key, len(dead)) == (key, {"iris": 1, "greta": 3, "hanna": 2}[key])
        assert [each for each in dead if page.find(id=each["aria-describedby"]) is None] == []


def test_a_case_that_was_never_sealed_has_no_session(session: Session, now: datetime, client: FlaskClient) -> None:
    """Withdrawn before its seal, nobody met on it; withdrawn after, its session is a place to look back."""
    room = built_room(session, open_scene(session, now), now)
    after = built_room(session, room.scene, now, key="ben", to_level="senior-pm")
    after.fire("seal", "hanna")
    hanna = Door(client, session, now, room.scene.company.ids).enter("hanna")
    offered = []
    for each, candidate in ((room, "iris"), (after, "ben")):
        each.fire("withdraw", candidate)
        links = listed(hanna.get(f"/cases/{each.case_id}"), "nav[aria-label='Pages of this case'] a")
        offered.append("Go to the session" in links)
    assert offered == [False, True]
