"""A manager follows up their own cases: everybody open at once, nobody told apart, nothing of hidden givers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import Invalid, NotFound, TransitionRefused
from review.models import AuditEvent, Case, Feedback, Message
from review.queries.chasing_team import TeamCase, list_team_cases
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import AnswerDraft, Decline, decline, move_own, save_answer
from review.services.feedback_chasing_team import extend_all, remind_all, replace_one
from review.services.sweep import fire_due_timers
from review.services.transitions import fire
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.outsider import CRITERIA

LATER = date(2026, 12, 9)


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    """Ask four colleagues about Ben; three of them say yes. HR asks one more, of whom the manager knows nothing."""
    case = collecting(session, scene, "ben", "senior-pm", now)
    ask(session, scene, case, now, "erin", "dev", "lena", "sam")
    ask(session, scene, case, now, "omar", is_hidden=True)
    for key in ("erin", "dev", "lena", "omar"):
        move(session, scene, case, now, key, "accept")
    session.commit()
    return case


def collecting(session: Session, scene: Scene, key: str, level: str, now: datetime) -> Case:
    case = open_case_of(session, scene, key, level, now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    return case


def ask(session: Session, scene: Scene, case: Case, now: datetime, *keys: str, is_hidden: bool = False) -> None:
    proposal = Proposal(tuple(scene.id(key) for key in keys), is_hidden_from_manager=is_hidden)
    propose_givers(session, case.id, proposal, actor=scene.actor("hanna"), now=now)


def request(session: Session, scene: Scene, case: Case, key: str) -> Feedback:
    found = sa.select(Feedback).where(Feedback.giver_id == scene.id(key), Feedback.case_id == case.id)
    return session.scalars(found).one()


def move(session: Session, scene: Scene, case: Case, now: datetime, key: str, action: str) -> None:
    row = request(session, scene, case, key)
    move_own(session, case.id, row.id, action, actor=scene.actor(key), now=now)


def send(session: Session, scene: Scene, case: Case, now: datetime, key: str) -> None:
    row = request(session, scene, case, key)
    for criterion in CRITERIA:
        draft = AnswerDraft("In spring", f"Seen in {criterion}", "We signed", "Annex B", 4)
        save_answer(session, case.id, row.id, criterion, draft, version=0, actor=scene.actor(key), now=now)
    move(session, scene, case, now, key, "submit")


def look(session: Session, scene: Scene, now: datetime, by: str = "greta") -> tuple[TeamCase, ...]:
    return list_team_cases(session, scene.actor(by), now=now)


def told(session: Session, scene: Scene, *templates: str) -> list[str]:
    names = {number: key for key, number in scene.company.ids.items()}
    rows = session.scalars(sa.select(Message.to_person_id).where(Message.template.in_(templates)))
    return sorted(names[number] for number in rows)


@pytest.mark.both_databases
def test_a_manager_sees_who_is_asked_and_who_said_yes(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (board,) = look(session, scene, now)
    assert (board.code, board.candidate, board.last_on) == ("2026A-001", "Ben Ito", date(2026, 12, 11))
    assert [(row.name, row.due_on) for row in board.asked] == [("Sam Tran", date(2026, 11, 23))]
    assert [(row.name, row.due_on) for row in board.agreed] == [
        ("Dev Banerjee", None),
        ("Erin Malik", None),
        ("Lena Fuchs", None),
    ]
    assert board.ended == ()


@pytest.mark.parametrize("what", ["sent", "sent by the hidden one", "late", "reminded", "extended"])
def test_the_board_is_the_same_whoever_has_sent_or_is_late(
    session: Session, scene: Scene, case: Case, now: datetime, what: str
) -> None:
    later = now + timedelta(days=17)  # past every day that was given, and before anything expires
    move(session, scene, case, now, "sam", "accept")
    before = look(session, scene, later)
    if what == "sent":
        send(session, scene, case, now, "erin")
    elif what == "sent by the hidden one":
        send(session, scene, case, now, "omar")
    elif what == "late":
        fire_due_timers(session, now=later)
    elif what == "reminded":
        remind_all(session, case.id, actor=scene.actor("greta"), now=now)
    else:
        extend_all(session, case.id, LATER, actor=scene.actor("greta"), now=now)
    assert look(session, scene, later) == before


def test_all_who_are_open_are_reminded_and_no_others(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    send(session, scene, case, now, "erin")
    session.execute(sa.delete(Message))
    for _ in range(2):  # a second time adds nothing
        remind_all(session, case.id, actor=scene.actor("greta"), now=now)
    assert told(session, scene, "feedback_nudge") == ["dev", "lena", "sam"]
    done = session.scalars(sa.select(AuditEvent.actor_id).where(AuditEvent.kind == "feedback.remind")).all()
    assert done == [scene.id("greta")] * 3


def test_all_who_are_open_get_a_later_day_and_are_told(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    send(session, scene, case, now, "erin")
    hidden = request(session, scene, case, "omar").due_at
    end = datetime.fromisoformat("2026-12-09T22:59:59+00:00")
    extend_all(session, case.id, LATER, actor=scene.actor("greta"), now=now)
    assert [request(session, scene, case, key).due_at for key in ("dev", "lena", "sam")] == [end] * 3
    assert request(session, scene, case, "omar").due_at == hidden != end
    assert told(session, scene, "feedback_moved") == ["dev", "lena", "sam"]
    extend_all(session, case.id, date(2026, 12, 8), actor=scene.actor("greta"), now=now)
    assert request(session, scene, case, "sam").due_at == end, "who has longer keeps it"


@pytest.mark.parametrize(
    ("until", "why"),
    [
        (None, "Choose a day"),
        (date(2026, 11, 15), "The new day must be later"),
        (date(2026, 12, 12), "Feedback in this cycle ends on 2026-12-11"),
    ],
)
def test_a_day_that_cannot_be_given(
    session: Session, scene: Scene, case: Case, now: datetime, until: date | None, why: str
) -> None:
    with pytest.raises(TransitionRefused, match=why):
        extend_all(session, case.id, until, actor=scene.actor("greta"), now=now)


def test_somebody_else_is_asked_for_who_said_no(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    row, greta = request(session, scene, case, "sam"), scene.actor("greta")
    decline(session, case.id, row.id, Decline("no_time", "", "Mika Saar"), actor=scene.actor("sam"), now=now)
    (board,) = look(session, scene, now)
    assert [(row.name, str(row.words), row.substitute) for row in board.ended] == [
        ("Sam Tran", "Declined", "Mika Saar")
    ]
    replace_one(session, case.id, row.id, actor=greta, now=now)
    assert request(session, scene, case, "mika").state == "asked"
    (board,) = look(session, scene, now)
    assert [row.substitute for row in board.ended] == [""]


def test_a_substitute_whom_hr_has_asked_is_refused_without_a_trace(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    row, greta = request(session, scene, case, "sam"), scene.actor("greta")
    decline(session, case.id, row.id, Decline("no_time", "", "Omar Haddad"), actor=scene.actor("sam"), now=now)
    assert [row.substitute for row in look(session, scene, now)[0].ended] == ["Omar Haddad"]
    with pytest.raises(Invalid, match="Omar Haddad: Cannot be asked in this case; choose somebody else"):
        replace_one(session, case.id, row.id, actor=greta, now=now)
    with pytest.raises(NotFound):
        replace_one(session, case.id, request(session, scene, case, "omar").id, actor=greta, now=now)


def test_nobody_else_has_this_board(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    for key in ("ben", "hanna", "erin", "dario", "mats", "clara", "ines"):
        assert look(session, scene, now, by=key) == ()
        with pytest.raises(NotFound):
            remind_all(session, case.id, actor=scene.actor(key), now=now)


def test_once_feedback_is_closed_there_is_nothing_to_follow_up(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    for key in ("erin", "dev", "lena"):
        send(session, scene, case, now, key)
    fire(session, case.id, "close_feedback", actor=scene.actor("hanna"), now=now)
    assert look(session, scene, now) == ()
    with pytest.raises(TransitionRefused, match="Feedback is closed"):
        remind_all(session, case.id, actor=scene.actor("greta"), now=now)


def test_that_somebody_who_said_yes_is_late_is_told_to_hr_alone(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    move(session, scene, case, now, "sam", "accept")
    for key in ("sam", "omar"):
        send(session, scene, case, now, key)
    session.execute(sa.delete(Message))
    fire_due_timers(session, now=now + timedelta(days=17))
    assert told(session, scene, "escalate_feedback") == ["hanna", "hanna", "hanna", "hugo", "hugo", "hugo"]


@pytest.mark.both_databases
def test_more_cases_and_requests_take_no_more_statements(
    session: Session, scene: Scene, case: Case, now: datetime, statements: Statements
) -> None:
    with statements() as few:
        assert len(look(session, scene, now)) == 1
    for key, level in (("iris", "staff-pm"), ("cora", "senior-pm")):
        other = collecting(session, scene, key, level, now)
        ask(session, scene, other, now, "erin", "dev", "lena", "sam", "omar", "jonas", "aya")
    session.commit()
    session.expire_all()
    with statements() as many:
        assert [len(board.asked) for board in look(session, scene, now)] == [1, 7, 7]
    assert len(many) == len(few)
