"""What has been kept long enough, by kind: how much, and since when; what is held is left out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.checks.facts import ANSWERED
from review.domain.privacy_file import Kind, PrivacyRules
from review.domain.values import dataclass
from review.models import (
    Book,
    Case,
    CaseNote,
    DiscussionNote,
    ExampleRating,
    Feedback,
    FeedbackAnswer,
    HookDelivery,
    Message,
    Packet,
    PacketCopy,
    PastCase,
    Person,
    PulledCase,
    Rating,
    RatingLine,
    RequestKey,
    RetentionRun,
    SignIn,
    SignInAttempt,
    Vote,
    VoteLine,
)
from review.queries.privacy_holds import is_case_held, is_person_held

PSEUDONYM = "pseudonym-"
Due = sa.Select[Any]


@dataclass(frozen=True)
class DueRow:
    """A kind of data: its clock, how much of it is due, and since when the oldest of it is kept."""

    kind: Kind
    after_days: int
    why: str
    count: int
    oldest_at: date | None


@dataclass(frozen=True)
class RunRow:
    """A run: who approved it, and what was removed."""

    id: int
    approved_by: str
    approved_at: datetime
    done_at: datetime | None
    removed: dict[str, int]


def list_due(session: Session, rules: PrivacyRules, *, now: datetime) -> tuple[DueRow, ...]:
    """Return for each kind what is due; one statement a kind."""
    rows = []
    for kind, clock in rules.clocks.items():
        due = select_due(kind, rules, now=now).subquery()
        count, oldest = session.execute(sa.select(sa.func.count(), sa.func.min(due.c.at)).select_from(due)).one()
        rows.append(DueRow(kind, clock.after_days, clock.why, count, oldest))
    return tuple(rows)


def list_runs(session: Session) -> tuple[RunRow, ...]:
    """Return the runs, newest first; one statement."""
    rows = session.execute(
        sa.select(RetentionRun, Person.name)
        .join(Person, Person.id == RetentionRun.approved_by_id)
        .order_by(RetentionRun.id.desc())
        .limit(50)
    )
    return tuple(RunRow(row.id, name, row.approved_at, row.done_at, row.removed) for row, name in rows)


def select_due(kind: Kind, rules: PrivacyRules, *, now: datetime) -> Due:
    """Return the statement for the rows of a kind that are due, each with the moment it is counted from."""
    before, today = now - timedelta(days=rules.clocks[kind].after_days), now.date()
    match kind:
        case Kind.MAILS:
            is_over = sa.or_(Message.sent_at.is_not(None), Message.dropped_at.is_not(None))
            held = sa.or_(is_person_held(Message.to_person_id, today), _in_held_case(Message.case_id, today))
            return _rows(Message.id, Message.created_at, before).where(is_over, sa.not_(held))
        case Kind.SIGN_INS:
            return _rows(SignIn.id, SignIn.last_seen_at, before).where(sa.not_(is_person_held(SignIn.person_id, today)))
        case Kind.FAILED_SIGN_INS | Kind.FORM_KEYS:
            table = SignInAttempt if kind is Kind.FAILED_SIGN_INS else RequestKey
            return _rows(table.id, table.at, before)
        case Kind.PRINT_COPIES:
            case_id = sa.select(Packet.case_id).where(Packet.id == PacketCopy.packet_id).scalar_subquery()
            held = sa.or_(is_person_held(PacketCopy.person_id, today), _in_held_case(case_id, today))
            return _rows(PacketCopy.id, PacketCopy.made_at, before).where(sa.not_(held))
        case Kind.BOOKS:
            return _rows(Book.id, Book.asked_at, before).where(sa.not_(is_person_held(Book.person_id, today)))
    return _select_due_of_cases(kind, before, today)


def _select_due_of_cases(kind: Kind, before: datetime, today: date) -> Due:
    if kind is Kind.PAST_CASES:
        found = _rows(PastCase.id, PastCase.announced_on, before.date())
        return found.where(sa.not_(is_person_held(PastCase.person_id, today)))
    if kind is Kind.EXAMPLE_RATINGS:
        held = is_person_held(ExampleRating.person_id, today)
        return _rows(ExampleRating.id, ExampleRating.rated_at, before).where(sa.not_(held))
    if kind is Kind.HOOK_CALLS:  # one that is still tried has no end
        held = _in_held_case(HookDelivery.case_id, today)
        return _rows(HookDelivery.id, HookDelivery.ended_at, before).where(sa.not_(held))
    return _rows(Case.id, Case.closed_at, before).where(sa.not_(is_case_held(today)), _has(kind))


def _rows(number: Any, at: Any, before: date) -> Due:
    return sa.select(number.label("id"), at.label("at")).where(at <= before)


def _in_held_case(case_id: Any, today: date) -> sa.ColumnElement[bool]:
    return sa.exists().where(Case.id == case_id, is_case_held(today))


def _has(kind: Kind) -> sa.ColumnElement[bool]:
    """Return the condition that something of a kind is left in a case."""
    if kind is Kind.CLOSED_CASES:
        candidate = sa.select(Person.external_id).where(Person.id == Case.candidate_id).scalar_subquery()
        return sa.not_(candidate.startswith(PSEUDONYM))
    if kind is Kind.VOTES_AND_NOTES:
        return sa.or_(
            sa.exists().where(Vote.case_id == Case.id, Vote.reason != ""),
            sa.exists().where(Vote.case_id == Case.id, VoteLine.vote_id == Vote.id, VoteLine.reason != ""),
            sa.exists().where(DiscussionNote.case_id == Case.id),
            sa.exists().where(CaseNote.case_id == Case.id),
            sa.exists().where(PulledCase.case_id == Case.id, PulledCase.reason != ""),
        )
    of_case = (FeedbackAnswer.feedback_id == Feedback.id, Feedback.case_id == Case.id)
    if kind is Kind.FEEDBACK_TEXT:
        return sa.exists().where(*of_case, is_worded())
    drafts = sa.exists().where(RatingLine.rating_id == Rating.id, Rating.case_id == Case.id, Rating.locked_at.is_(None))
    return sa.or_(drafts, sa.exists().where(*of_case, Feedback.state.not_in(ANSWERED)))


def is_worded() -> sa.ColumnElement[bool]:
    """Return the condition that an answer holds words."""
    return sa.or_(*(getattr(FeedbackAnswer, name) != "" for name in ("situation", "done", "effect", "link")))
