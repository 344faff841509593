"""Whom to ask: people named in evidence, how full they are, substitutes, and the days of each request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.errors import Invalid
from review.domain.evidence_draft import EvidenceDraft, EvidenceLink, Tag
from review.models import Case, Cycle, Feedback, Message, Person
from review.queries.asking import AskPage, load_ask_page
from review.queries.case_page import load_case_page
from review.queries.recipients import find_recipients
from review.queries.standing import load_standing
from review.services.evidence import add_evidence
from review.services.feedback import Proposal, decide_request, propose_givers
from review.services.feedback_answers import AnswerDraft, Decline, decline, move_own, save_answer
from review.services.sweep import fire_due_timers
from review.services.transitions import fire, fire_item
from tests.factories import Scene, open_case_of

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")


def collecting(session: Session, scene: Scene, key: str, level: str, now: datetime) -> Case:
    case = open_case_of(session, scene, key, level, now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return collecting(session, scene, "ben", "senior-pm", now)


Look = Callable[..., AskPage]
Ask = Callable[..., list[Feedback]]


@pytest.fixture
def look(session: Session, scene: Scene, case: Case, now: datetime) -> Look:
    def load(key: str, words: str = "", at: datetime = now) -> AskPage:
        return load_ask_page(session, load_standing(session, case.id, scene.actor(key), now=at), words=words, now=at)

    return load


@pytest.fixture
def ask(session: Session, scene: Scene, case: Case, now: datetime) -> Ask:
    def propose(by: str, *keys: str, on: Case = case, at: datetime = now, **more: bool) -> list[Feedback]:
        proposal = Proposal(tuple(scene.id(key) for key in keys), **more)
        return list(propose_givers(session, on.id, proposal, actor=scene.actor(by), now=at))

    return propose


def add(session: Session, scene: Scene, case: Case, now: datetime, title: str, done: str, label: str = "") -> None:
    links = (EvidenceLink(label, "https://example.org/x"),) if label else ()
    draft = EvidenceDraft(title, done, "It held", links, tags=tuple(Tag(each) for each in CRITERIA))
    add_evidence(session, case.id, draft, actor=scene.actor("ben"), now=now)


@pytest.fixture
def evidence(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    add(session, scene, case, now, "Pricing memo", "Written with Sam Tran and ERIN MALIK.")
    add(session, scene, case, now, "Data agreement", "Erin Malik and Greta Holm agreed", "Lena Fuchs was there")


def names(page: AskPage) -> list[tuple[str, list[str]]]:
    return [(each.card.name, [str(reason) for reason in each.reasons]) for each in page.found.people]


@pytest.mark.usefixtures("evidence")
def test_people_named_in_evidence_are_suggested_missing_functions_first(look):
    assert names(look("ben")) == [
        ("Erin Malik", ["Named in E1, E2", "Nobody from Engineering is asked yet"]),
        ("Lena Fuchs", ["Named in E2", "Nobody from Data is asked yet"]),
        ("Sam Tran", ["Named in E1"]),
    ]


@pytest.mark.usefixtures("evidence")
def test_who_is_on_the_list_is_suggested_no_more_and_their_function_is_no_longer_missing(look, ask):
    ask("ben", "lena")
    assert [name for name, _ in names(look("ben"))] == ["Erin Malik", "Sam Tran"]


@pytest.mark.usefixtures("evidence")
def test_the_manager_and_hr_are_told_of_the_same_evidence(look):
    assert names(look("greta")) == names(look("hanna")) == names(look("ben"))


@pytest.mark.usefixtures("evidence")
def test_people_are_found_by_the_evidence_that_names_them(look):
    found = {words: [name for name, _ in names(look("ben", words))] for words in ("E2", "data agreement", "E9", "memo")}
    assert found["E2"] == found["data agreement"] == ["Erin Malik", "Greta Holm", "Lena Fuchs"]
    assert (found["E9"], found["memo"]) == ([], ["Sam Tran", "Erin Malik"])


@pytest.mark.usefixtures("evidence")
def test_whom_a_decliner_names_comes_first(session, scene, case, now, look, ask):
    erin, dev = ask("greta", "erin", "dev")
    decline(session, case.id, erin.id, Decline("no_time", "", "Mika Saar"), actor=scene.actor("erin"), now=now)
    decline(session, case.id, dev.id, Decline("no_time"), actor=scene.actor("dev"), now=now)
    assert names(look("greta"))[0] == (
        "Mika Saar",
        ["Erin Malik said no and suggests them", "Nobody from Engineering is asked yet"],
    )
    assert [name for name, _ in names(look("ben"))] == ["Erin Malik", "Lena Fuchs", "Sam Tran"]


def busy(session: Session, scene: Scene, case: Case, key: str, count: int, now: datetime) -> list[Feedback]:
    """Ask somebody in so many other cases."""
    asked = []
    for number in range(count):
        person = Person(external_id=f"b{key}{number}", name=f"Candidate {number}", function="Product")
        session.add(person)
        session.flush()
        columns = {each.key: getattr(case, each.key) for each in Case.__table__.columns if each.key != "id"}
        other = Case(**{**columns, "code": f"B-{key}-{number}", "candidate_id": person.id})
        session.add(other)
        session.flush()
        row = Feedback(case_id=other.id, giver_id=scene.id(key), function="Data", state="asked", entered_at=now)
        session.add(row)
        asked.append(row)
    session.commit()
    return asked


def loads(page: AskPage) -> dict[str, str]:
    return {each.card.name: str(each.load.words) for each in page.found.people}


@pytest.mark.both_databases
def test_how_full_somebody_is_counts_open_requests_of_all_other_cases(session, scene, case, now, look, ask):
    for key, count in (("lena", 3), ("jonas", 4)):
        busy(session, scene, case, key, count, now)
    (row,) = busy(session, scene, case, "omar", 1, now)
    sixth = busy(session, scene, case, "aya", 6, now)
    assert loads(look("ben", "head")) == {
        "Aya Sato": "Full",
        "Jonas Weber": "Nearly full",
        "Omar Haddad": "Has time",
        "Petra Klein": "Has time",
        "Tomas Ek": "Has time",
    }
    assert loads(look("ben", "lena")) == {"Lena Fuchs": "Has time"}
    sixth[0].state = "submitted"
    session.commit()
    assert loads(look("ben", "aya"))["Aya Sato"] == "Full", "an answer that came must not show"
    sixth[1].state = "declined"
    session.commit()
    assert loads(look("ben", "aya"))["Aya Sato"] == "Nearly full"
    assert row.state == "asked"


def test_a_request_of_the_case_itself_changes_no_load(session, scene, case, now, look, ask):
    busy(session, scene, case, "aya", 5, now)
    before = loads(look("greta", "aya"))
    ask("hanna", "aya", is_hidden_from_manager=True)
    assert loads(look("greta", "aya")) == before == {"Aya Sato": "Nearly full"}


def test_who_is_full_is_asked_with_a_tick_and_not_without(session, scene, case, now, ask):
    busy(session, scene, case, "aya", 6, now)
    with pytest.raises(Invalid) as refused:
        ask("ben", "aya", "dev")
    assert [(fault.field, str(fault.what)) for fault in refused.value.faults] == [
        ("asks_full", "Aya Sato is full: 60 minutes or more are asked already")
    ]
    assert session.scalar(sa.select(sa.func.count()).where(Feedback.case_id == case.id)) == 0
    assert len(ask("ben", "aya", "dev", asks_full=True)) == 2


def test_a_cycle_says_itself_how_much_is_asked_of_one_person(session, scene, case, now, look, ask):
    busy(session, scene, case, "aya", 1, now)
    cycle = session.get_one(Cycle, case.cycle_id)
    cycle.policy = {**cycle.policy, "giver_load": {"minutes_a_request": 20, "nearly_full_above": 20, "full_above": 30}}
    session.commit()
    assert loads(look("ben", "aya")) == {"Aya Sato": "Full"}
    with pytest.raises(Invalid, match="Aya Sato is full: 20 minutes or more are asked already"):
        ask("ben", "aya")


def days(page: AskPage) -> dict[str, list[tuple[str, int | None]]]:
    return {
        row.name: [(str(step.words), step.on_day.day if step.on_day else None) for step in row.steps]
        for row in page.rows
    }


@pytest.mark.both_databases
def test_each_request_is_followed_by_days_and_a_finished_one_reads_as_one_begun(session, scene, case, now, look, ask):
    later = [now + timedelta(days=count) for count in range(4)]
    erin, dev, lena, sam = ask("ben", "erin", "dev", "lena", "sam")
    for row in (erin, dev):
        decide_request(session, case.id, row.id, "approve", actor=scene.actor("greta"), now=later[1])
    fire_item(session, case.id, lena, "approve_by_silence", actor=SYSTEM, now=later[2])
    for key, row in (("erin", erin), ("dev", dev)):
        move_own(session, case.id, row.id, "accept", actor=scene.actor(key), now=later[2])
    for criterion in CRITERIA:
        draft = AnswerDraft(cannot_judge=True)
        save_answer(session, case.id, dev.id, criterion, draft, version=0, actor=scene.actor("dev"), now=later[3])
    move_own(session, case.id, dev.id, "submit", actor=scene.actor("dev"), now=later[3])
    session.commit()
    said_yes = [("Proposed", 16), ("Approved", 17), ("Asked", 17), ("Said yes", 18)]
    expected = {
        "Dev Banerjee": said_yes,
        "Erin Malik": said_yes,
        "Lena Fuchs": [("Proposed", 16), ("Approved by silence", 18), ("Asked", 18), ("Said yes", None)],
        "Sam Tran": [("Proposed", 16), ("Approved", None), ("Asked", None), ("Said yes", None)],
    }
    assert days(look("ben", at=later[3])) == days(look("greta", at=later[3])) == expected
    (mika,) = ask("greta", "mika", at=later[3])
    assert days(look("greta", at=later[3]))["Mika Saar"] == [("Asked", 19), ("Said yes", None)]
    assert mika.state == "asked"
    assert sam.state == "proposed"


def test_no_mail_about_a_hidden_giver_reaches_the_manager(session, scene, case, now, ask):
    (hidden,) = ask("hanna", "dev", is_hidden_from_manager=True)
    (seen,) = ask("hanna", "lena")
    told = {
        row.id: {name for name in ("greta", "hanna") if scene.id(name) in find_recipients(session, case, place, roles)}
        for row, place, roles in (
            (hidden, f"feedback:{hidden.id}", ["manager"]),
            (seen, f"feedback:{seen.id}", ["manager"]),
        )
    }
    assert told == {hidden.id: {"hanna"}, seen.id: {"greta"}}
    later = now + timedelta(days=15)
    fire_due_timers(session, now=later)
    late = sa.select(Message.to_person_id, Message.params).where(Message.template == "escalate_feedback")
    told_late = sorted((person, params["page"]) for person, params in session.execute(late))
    assert told_late == sorted((scene.id(name), "ask") for name in ("greta", "hanna", "hugo")), "each hears of one"


@pytest.mark.both_databases
def test_mutual_voices_are_a_number_for_who_knows_authors_and_from_three_on(session, scene, case, now, look, ask):
    other = collecting(session, scene, "cora", "senior-pm", now)

    def answer(on: Case, giver: str) -> None:
        (row,) = ask("hanna", giver, on=on)
        for criterion in CRITERIA:
            draft = AnswerDraft(cannot_judge=True)
            save_answer(session, on.id, row.id, criterion, draft, version=0, actor=scene.actor(giver), now=now)
        move_own(session, on.id, row.id, "submit", actor=scene.actor(giver), now=now)

    answer(case, "cora")
    answer(case, "erin")
    assert look("hanna").mutual is None
    answer(case, "dev")
    assert look("hanna").mutual == (0, 3)
    answer(other, "ben")
    assert {key: look(key).mutual for key in ("hanna", "greta", "ben")} == {"hanna": (1, 3), "greta": None, "ben": None}


def test_the_page_of_the_case_names_whom_the_page_of_asking_names(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    """The candidate their own proposals alone, the manager none that HR hides."""
    for key, giver, hidden in (("ben", "erin", False), ("greta", "dev", False), ("hanna", "lena", True)):
        proposal = Proposal((scene.id(giver),), is_hidden_from_manager=hidden)
        propose_givers(session, case.id, proposal, actor=scene.actor(key), now=now)
    seen = {}
    for key in ("ben", "greta", "hanna"):
        standing = load_standing(session, case.id, scene.actor(key), now=now)
        asked = load_case_page(session, standing, now=now).asked or ()
        listed = load_ask_page(session, standing, words="", now=now).rows
        assert [row.name for row in asked] == [row.name for row in listed]
        seen[key] = [row.name for row in asked]
    assert seen == {
        "ben": ["Erin Malik"],
        "greta": ["Dev Banerjee", "Erin Malik"],
        "hanna": ["Dev Banerjee", "Erin Malik", "Lena Fuchs"],
    }
