"""Announced cases with known votes, ratings, feedback and days, written as rows: enough of them to count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.models import (
    Case,
    CaseToken,
    CycleWorkflow,
    Feedback,
    FeedbackAnswer,
    Person,
    Rating,
    RatingLine,
    Seat,
    Vote,
    VoteLine,
)
from review.queries.pinned import load_definition
from review.services import audit
from tests.factories import Scene

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
VOTERS = ("mika", "jonas", "aya")
GIVERS = (("dev", "Design"), ("lena", "Data"), ("erin", "Engineering"))
STAYS = ("confirm_eligible", "seal", "open_voting", "reveal_votes", "decide_promote", "announce_promotion")
DAYS = (2, 30, 5, 4, 0, 7)


@dataclass(frozen=True, slots=True)
class Plan:
    """One case: where its candidate works, what each voter gave on all criteria, and what came of it."""

    function: str = "Product"
    votes: tuple[int, int, int] = (4, 4, 3)
    is_promoted: bool = True
    country: str = "DE"


def announce(session: Session, scene: Scene, plans: list[Plan], now: datetime) -> list[Case]:
    """Write a person and an announced case for each plan, and return the cases."""
    clara = session.get_one(Person, scene.id("clara"))
    version = _workflow_version(session, scene)
    cases = []
    for number, plan in enumerate(plans):
        person = Person(
            external_id=f"A{number}",
            name=f"Person {number:02}",
            function=plan.function,
            country=plan.country,
            level_id="pm-2",
            level_since_on=date(2020, 1, 6),
        )
        session.add(person)
        session.flush()
        case = Case(
            code=f"2026A-9{number:02}",
            cycle_id=scene.cycle_id,
            workflow_version_id=version,
            candidate_id=person.id,
            manager_id=clara.id,
            kind="promotion",
            track_id="ic",
            from_level_id="pm-2",
            to_level_id="senior-pm",
            nominated_by_id=clara.id,
            nomination="manager",
            committee_id=scene.committee_id,
            state="promoted" if plan.is_promoted else "closed_not_yet",
            phase="announced" if plan.is_promoted else "closed",
            outcome="promoted" if plan.is_promoted else "not_yet",
            vote_round=1,
            shuffle_seed=1,
            created_at=now,
            closed_at=now,
        )
        session.add(case)
        session.flush()
        session.add(CaseToken(case_id=case.id, region="main", state=case.state, entered_at=now))
        _judge(session, scene, case, plan, now)
        _answer(session, scene, case, now)
        cases.append(case)
    _record(session, cases, now)
    session.commit()
    return cases


def _workflow_version(session: Session, scene: Scene) -> int:
    found = session.scalars(
        sa.select(CycleWorkflow.workflow_version_id).where(
            CycleWorkflow.cycle_id == scene.cycle_id, CycleWorkflow.track_id == "ic"
        )
    ).one()
    assert set(STAYS) <= set(load_definition(session, found).actions)
    return found


def _judge(session: Session, scene: Scene, case: Case, plan: Plan, now: datetime) -> None:
    """Write a first view of 3, a rating of 4 and the votes, the same on all criteria."""
    for name, value in (("first", 3), ("final", 4)):
        rating = Rating(case_id=case.id, round=name, rater_id=case.manager_id, locked_at=now, created_at=now)
        session.add(rating)
        session.flush()
        for each in CRITERIA:
            session.add(RatingLine(rating_id=rating.id, criterion_id=each, value=value, updated_at=now))
    for key, value in zip(VOTERS, plan.votes, strict=True):
        seat = Seat(case_id=case.id, person_id=scene.id(key), state="voted", entered_at=now, opened_at=now)
        session.add(seat)
        session.flush()
        vote = Vote(
            case_id=case.id,
            seat_id=seat.id,
            person_id=scene.id(key),
            round=1,
            overall="promote" if value > 3 else "not_yet",
            cast_at=now,
            updated_at=now,
        )
        session.add(vote)
        session.flush()
        session.add_all(VoteLine(vote_id=vote.id, criterion_id=each, value=value) for each in CRITERIA)


def _answer(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    """Write an answer of each giver, who rate one criterion 3, 4 and 5."""
    for value, (key, function) in enumerate(GIVERS, 3):
        asked = Feedback(
            case_id=case.id,
            giver_id=scene.id(key),
            function=function,
            state="frozen",
            entered_at=now,
            submitted_at=now,
        )
        session.add(asked)
        session.flush()
        session.add(FeedbackAnswer(feedback_id=asked.id, criterion_id=CRITERIA[0], value=value, updated_at=now))


def _record(session: Session, cases: list[Case], now: datetime) -> None:
    """Record the moves of all cases, each stage DAYS long."""
    at = now - timedelta(days=sum(DAYS))
    for action, days in zip(("open", *STAYS), (*DAYS, 0), strict=True):
        entries = [audit.Entry(f"case.{action}", case.id, None, None, {}) for case in cases]
        audit.record_all(session, entries, actor=SYSTEM, now=at)
        at += timedelta(days=days)
