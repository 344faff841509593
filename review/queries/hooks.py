"""Hooks and their calls, for those who look after them; and what a digest counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.hook_kinds import Form
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Case, CaseToken, Cycle, Hook, HookDelivery, Person
from review.queries.api_tokens import is_keeper
from review.queries.own_part import is_part_of

PAGE_SIZE = 50
WITH_COMMITTEE = (Phase.VOTING, Phase.REVEALED, Phase.DECIDED)
"""Told as one number: how many are at which of these says what the committee keeps to itself."""


@dataclass(frozen=True)
class HookRow:
    """A hook in the list; of its address the host alone, since the rest may be a secret."""

    id: int
    name: str
    form: str
    host: str
    kinds: tuple[str, ...]
    owner: str
    owner_id: int
    made_at: datetime
    off_at: datetime | None
    off_why: str
    waiting: int
    last_sent_at: datetime | None


@dataclass(frozen=True)
class DeliveryRow:
    """One call: what of, how often tried, what was answered; never which case it is about."""

    id: int
    key: str
    kind: str
    happened_at: datetime
    due_at: datetime
    attempts: int
    answer: int | None
    error: str
    ended_at: datetime | None
    outcome: str


@dataclass(frozen=True)
class StageCount:
    """How many cases of a cycle wait in a phase, and how many of them are late."""

    cycle_id: int
    cycle: str
    phases: tuple[Phase, ...]
    count: int
    late: int


def list_hooks(session: Session, actor: Actor) -> tuple[HookRow, ...]:
    """List all hooks for those who look after them, the newest first; nothing for others."""
    return tuple(_read_hooks(session, sa.true())) if is_keeper(actor) else ()


def count_signing_hooks(session: Session) -> int:
    """Return how many hooks that are on sign what they send, for whoever runs the installation."""
    signing = sa.select(sa.func.count()).where(Hook.form == Form.EVENTS, Hook.off_at.is_(None))
    return session.scalar(signing) or 0


def load_hook(session: Session, hook_id: int, actor: Actor) -> HookRow:
    """Return one hook; raise NotFound, also for who may not look after hooks."""
    found = next(_read_hooks(session, Hook.id == hook_id), None) if is_keeper(actor) else None
    if found is None:
        raise NotFound
    return found


def list_deliveries(
    session: Session, hook_id: int, *, before: int | None = None, limit: int = PAGE_SIZE
) -> tuple[DeliveryRow, ...]:
    """Return the calls of a hook, the newest first; `before`: only those with a smaller number."""
    row = HookDelivery
    columns: tuple[Any, ...] = (
        row.id,
        row.key,
        row.kind,
        row.happened_at,
        row.due_at,
        row.attempts,
        row.answer,
        row.error,
        row.ended_at,
        row.outcome,
    )
    statement = sa.select(*columns).where(row.hook_id == hook_id).order_by(row.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(row.id < before)
    return tuple(DeliveryRow(*found) for found in session.execute(statement))


def count_waiting(session: Session, actor: Actor, *, today: date) -> tuple[StageCount, ...]:
    """Count the cases of running cycles by phase for an HR partner, without those they are part of or close to.

    What the committee keeps to itself until the announcement is one number.
    """
    if not actor.has(Role.HR):
        return ()
    zones = session.execute(sa.select(Cycle.id, Cycle.zone).where(Cycle.state == "open")).all()
    found: dict[tuple[int, str, Phase], Counter[str]] = {}
    for cycle_id, zone in zones:
        is_late = CaseToken.due_at < datetime.combine(today, time.min, ZoneInfo(zone))
        rows = session.execute(
            sa.select(Cycle.name, Case.phase, sa.func.count(), sa.func.sum(sa.case((is_late, 1), else_=0)))
            .select_from(Case)
            .join(Cycle, Cycle.id == Case.cycle_id)
            .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
            .where(Case.cycle_id == cycle_id, Case.closed_at.is_(None), sa.not_(is_part_of(actor.person_id)))
            .group_by(Cycle.name, Case.phase)
        )
        for name, phase, count, late in rows:
            first = WITH_COMMITTEE[0] if phase in WITH_COMMITTEE else Phase(phase)
            found.setdefault((cycle_id, name, first), Counter()).update(count=count, late=late or 0)
    ordered = sorted(found.items(), key=lambda each: (each[0][1], each[0][0], each[0][2].rank))
    return tuple(
        StageCount(cycle_id, name, WITH_COMMITTEE if phase in WITH_COMMITTEE else (phase,), said["count"], said["late"])
        for (cycle_id, name, phase), said in ordered
    )


def _read_hooks(session: Session, condition: sa.ColumnElement[bool]) -> Iterator[HookRow]:
    of_hook = HookDelivery.hook_id == Hook.id
    waiting = sa.select(sa.func.count()).where(of_hook, HookDelivery.ended_at.is_(None)).scalar_subquery()
    sent = sa.select(sa.func.max(HookDelivery.ended_at)).where(of_hook, HookDelivery.outcome == "sent")
    rows = session.execute(
        sa.select(Hook, Person.name, waiting, sent.scalar_subquery())
        .join(Person, Person.id == Hook.owner_id)
        .where(condition)
        .order_by(Hook.id.desc())
    )
    for hook, owner, count, sent_at in rows:
        yield HookRow(
            hook.id,
            hook.name,
            hook.form,
            urlsplit(hook.address).hostname or "",
            tuple(hook.kinds),
            owner,
            hook.owner_id,
            hook.made_at,
            hook.off_at,
            hook.off_why,
            count,
            sent_at,
        )
