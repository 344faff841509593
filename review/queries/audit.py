"""The record as a page: who did what kind of thing, for HR, the auditor and the operator; no content."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.models import AuditEvent, Case, Person
from review.queries.own_part import is_part_of

PAGE_SIZE = 50
READERS = frozenset({Role.HR, Role.AUDITOR, Role.IT_ADMIN})
HIDDEN_KINDS = ("rating.draft", "feedback.draft", "vote.draft")
"""Drafts tell who was writing when; only the auditor sees them."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event: when, who, for whom, what kind of thing, on which case."""

    seq: int
    at: datetime
    kind: str
    actor: str
    on_behalf_of: str
    case_code: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of events, the newest first; `next_before` is where the next page starts."""

    rows: tuple[EventRow, ...]
    next_before: int | None


def list_events(session: Session, actor: Actor, *, before: int | None = None, kind: str = "") -> EventPage:
    """Return events by seq, keyset-paged; an HR partner sees none of cases they are part of or close to.

    Who only runs the installation may not know of cases: their events have no number, and no more of the kind than the
    word before its dot, since a kind may tell a decision.

    Args:
        before: only events with a smaller seq.
        kind: only kinds that begin like this.
    """
    knows_cases = actor.has(Role.AUDITOR) or actor.has(Role.HR)
    behalf = sa.orm.aliased(Person)
    statement = (
        sa.select(
            AuditEvent.seq,
            AuditEvent.at,
            AuditEvent.kind,
            sa.func.coalesce(Person.name, ""),
            sa.func.coalesce(behalf.name, ""),
            sa.func.coalesce(Case.code, ""),
        )
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .outerjoin(behalf, behalf.id == AuditEvent.on_behalf_of_id)
        .outerjoin(Case, Case.id == AuditEvent.case_id)
        .order_by(AuditEvent.seq.desc())
        .limit(PAGE_SIZE + 1)
    )
    if before is not None:
        statement = statement.where(AuditEvent.seq < before)
    if kind:
        statement = statement.where(_begins(kind, knows_cases=knows_cases))
    if not actor.has(Role.AUDITOR):
        not_own = sa.or_(AuditEvent.case_id.is_(None), sa.not_(is_part_of(actor.person_id)))
        statement = statement.where(AuditEvent.kind.not_in(HIDDEN_KINDS), not_own)
    rows = [EventRow(*row) for row in session.execute(statement)]
    shown = tuple(rows[:PAGE_SIZE] if knows_cases else (_mask(row) for row in rows[:PAGE_SIZE]))
    return EventPage(shown, rows[PAGE_SIZE - 1].seq if len(rows) > PAGE_SIZE else None)


def _begins(kind: str, *, knows_cases: bool) -> sa.ColumnElement[bool]:
    """Return the filter by kind; where kinds are masked it asks no more than what is shown."""
    begins = AuditEvent.kind.startswith(kind, autoescape=True)
    if knows_cases:
        return begins
    word, dot, _rest = kind.partition(".")
    masked = AuditEvent.kind.startswith(f"{word}{dot}", autoescape=True)
    return sa.case((AuditEvent.case_id.is_(None), begins), else_=masked)


def _mask(row: EventRow) -> EventRow:
    if not row.case_code:
        return row
    return replace(row, kind=row.kind.partition(".")[0], actor="", on_behalf_of="", case_code="")
