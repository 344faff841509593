"""The record as a page: who did what kind of thing, for HR, the auditor and the operator; no content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.models import AuditEvent, Case, Conflict, Feedback, Person

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

    Args:
        before: only events with a smaller seq.
        kind: only kinds that begin like this.
    """
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
        statement = statement.where(AuditEvent.kind.startswith(kind, autoescape=True))
    if not actor.has(Role.AUDITOR):
        statement = statement.where(AuditEvent.kind.not_in(HIDDEN_KINDS), *_not_own(actor))
    rows = [EventRow(*row) for row in session.execute(statement)]
    more = len(rows) > PAGE_SIZE
    return EventPage(tuple(rows[:PAGE_SIZE]), rows[PAGE_SIZE - 1].seq if more else None)


def _not_own(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Leave out the cases an actor is part of or close to: one's own, of one's reports, declared, given to."""
    me = actor.person_id
    below = sa.select(Person.id).where(Person.manager_id == me).cte("below", recursive=True)
    below = below.union(sa.select(Person.id).where(Person.manager_id == below.c.id))
    declared = sa.exists().where(Conflict.case_id == Case.id, Conflict.person_id == me)
    gave = sa.exists().where(Feedback.case_id == Case.id, Feedback.giver_id == me, Feedback.state != "proposed")
    close = sa.or_(Case.candidate_id == me, Case.candidate_id.in_(sa.select(below.c.id)), declared, gave)
    return [sa.or_(AuditEvent.case_id.is_(None), sa.not_(close))]
