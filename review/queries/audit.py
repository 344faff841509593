"""The record as a page: who did what kind of thing, for HR, the auditor and the operator; details for the auditor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.values import dataclass
from review.models import AuditEvent, Case, Person
from review.queries.event_details import SEALED, Detail, Opener, SealedRow, make_opener, with_keys
from review.queries.own_part import is_part_of, select_near
from review.queries.people_words import MOST_SEARCHED, split_words
from review.queries.statement_plans import plan_for_these

PAGE_SIZE = 50
AT_ONCE = 1_000
READERS = frozenset({Role.HR, Role.AUDITOR, Role.IT_ADMIN})
DRAFTS = "%.draft"
ABOUT_DATA = ("hold.", "erasure.", "subject_access.")
"""How kinds begin that tell what somebody or HR wants with a person's data: to know of it may defeat its reason."""
"""Drafts tell who was writing when; only the auditor sees them."""
_BEHALF, _ABOUT = sa.orm.aliased(Person), sa.orm.aliased(Person)


@dataclass(frozen=True)
class EventFilter:
    """Which events are wanted; empty values want all.

    `kind` is how the kind begins, `who` words of a name or e-mail (who did it, for whom, or whom it names), `case` a
    case's code or how it begins; `since` and `until` are moments, the second left out.
    """

    kind: str = ""
    who: str = ""
    case: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class EventRow:
    """One event: when, who, for whom, what kind of thing, about whom, on which case; `detail` for the auditor alone."""

    seq: int
    at: datetime
    kind: str
    actor: str
    on_behalf_of: str
    about: str
    case_code: str
    case_id: int | None
    mac: str
    detail: Detail | None = None


@dataclass(frozen=True)
class EventPage:
    """A page of events, the newest first; `next_before` is where the next page starts."""

    rows: tuple[EventRow, ...]
    next_before: int | None


EVERYTHING = EventFilter()


def list_events(
    session: Session, actor: Actor, wanted: EventFilter = EVERYTHING, *, before: int | None = None
) -> EventPage:
    """Return events by seq, keyset-paged; nobody sees any of cases they are part of or close to.

    Nor what is done with the data of such people, or with their own; who only runs the installation, of anybody.

    Who only runs the installation may not know of cases: their events have no number, and no more of the kind than the
    word before its dot, since a kind may tell a decision.

    Args:
        before: only events with a smaller seq.
    """
    plan_for_these(session)
    statement = _select(actor, wanted).order_by(AuditEvent.seq.desc()).limit(PAGE_SIZE + 1)
    if before is not None:
        statement = statement.where(AuditEvent.seq < before)
    found = session.execute(statement).all()
    opener = make_opener(session) if actor.has(Role.AUDITOR) else None
    rows = tuple(_read(row, actor, opener) for row in found[:PAGE_SIZE])
    return EventPage(rows, rows[-1].seq if len(found) > PAGE_SIZE else None)


def walk_events(session: Session, actor: Actor, wanted: EventFilter = EVERYTHING) -> Iterator[list[EventRow]]:
    """Return the same events, the oldest first, a piece at a time; the caller may end its transaction in between."""
    opener, last = make_opener(session) if actor.has(Role.AUDITOR) else None, 0
    while True:
        plan_for_these(session)
        statement = _select(actor, wanted).where(AuditEvent.seq > last).order_by(AuditEvent.seq).limit(AT_ONCE)
        rows = [_read(row, actor, opener) for row in session.execute(statement)]
        if not rows:
            return
        last = rows[-1].seq
        yield rows


def find_case_code(session: Session, actor: Actor, case_id: int) -> str:
    """Return the code of a case whose record the actor may read; raise NotFound."""
    if not _knows_cases(actor):
        raise NotFound
    code = session.scalar(sa.select(Case.code).where(Case.id == case_id, sa.not_(is_part_of(actor.person_id))))
    if code is None:
        raise NotFound
    return code


def _knows_cases(actor: Actor) -> bool:
    return actor.has(Role.AUDITOR) or actor.has(Role.HR)


def _select(actor: Actor, wanted: EventFilter) -> sa.Select[*tuple[Any, ...]]:
    """Return the statement for the events that are wanted and that the actor may see."""
    is_about = sa.and_(AuditEvent.subject_type == "person", _ABOUT.id == AuditEvent.subject_id)
    statement = (
        sa.select(
            AuditEvent.at,
            sa.func.coalesce(Person.name, ""),
            sa.func.coalesce(_BEHALF.name, ""),
            sa.func.coalesce(_ABOUT.name, ""),
            sa.func.coalesce(Case.code, ""),
            AuditEvent.case_id,
            AuditEvent.mac,
            *SEALED,
        )
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .outerjoin(_BEHALF, _BEHALF.id == AuditEvent.on_behalf_of_id)
        .outerjoin(_ABOUT, is_about)
        .outerjoin(Case, Case.id == AuditEvent.case_id)
        .where(sa.or_(AuditEvent.case_id.is_(None), sa.not_(is_part_of(actor.person_id))))
        .where(_may_know_of_data(actor))
    )
    if not actor.has(Role.AUDITOR):
        statement = statement.where(AuditEvent.kind.not_like(DRAFTS))
    return with_keys(statement.where(*_conditions(wanted, knows_cases=_knows_cases(actor))))


def _may_know_of_data(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that an event tells nothing of somebody's data, or to who may know of it."""
    others = sa.and_(*(sa.not_(AuditEvent.kind.startswith(kind, autoescape=True)) for kind in ABOUT_DATA))
    of_case = AuditEvent.subject_type != "person"  # its case says who may know of it
    if not _knows_cases(actor):
        return sa.or_(others, of_case)
    return sa.or_(others, of_case, AuditEvent.subject_id.not_in(select_near(actor.person_id)))


def _conditions(wanted: EventFilter, *, knows_cases: bool) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.kind:
        yield _begins(wanted.kind[:MOST_SEARCHED], knows_cases=knows_cases)
    if wanted.who:
        of_nobody = sa.true() if knows_cases else AuditEvent.case_id.is_(None)  # else it would tell who is masked
        yield sa.and_(of_nobody, _concerns(wanted.who))
    if wanted.case:
        has_code = Case.code.istartswith(wanted.case[:MOST_SEARCHED], autoescape=True)
        meant = sa.select(Case.id).where(has_code).correlate(None)
        begins = AuditEvent.case_id.in_(meant)  # their events by the index; by the code of each event all were read
        yield begins if knows_cases else sa.false()
    if wanted.since is not None:
        yield AuditEvent.at >= wanted.since
    if wanted.until is not None:
        yield AuditEvent.at < wanted.until


def _concerns(words: str) -> sa.ColumnElement[bool]:
    """Return the condition that somebody with these words in name or e-mail did it, had it done, or is named by it."""
    spelled = (
        sa.or_(Person.name.icontains(w, autoescape=True), Person.email.icontains(w, autoescape=True))
        for w in split_words(words)
    )
    people = sa.select(Person.id).where(*spelled).scalar_subquery()
    named = sa.and_(AuditEvent.subject_type == "person", AuditEvent.subject_id.in_(people))
    return sa.or_(AuditEvent.actor_id.in_(people), AuditEvent.on_behalf_of_id.in_(people), named)


def _begins(kind: str, *, knows_cases: bool) -> sa.ColumnElement[bool]:
    """Return the filter by kind; where kinds are masked it asks no more than what is shown."""
    begins = AuditEvent.kind.startswith(kind, autoescape=True)
    if knows_cases:
        return begins
    word, dot, _rest = kind.partition(".")
    masked = AuditEvent.kind.startswith(f"{word}{dot}", autoescape=True)
    return sa.case((AuditEvent.case_id.is_(None), begins), else_=masked)


def _read(row: sa.Row[*tuple[Any, ...]], actor: Actor, opener: Opener | None) -> EventRow:
    at, who, behalf, about, code, case_id, mac, *rest = row
    sealed = SealedRow._make(rest)
    detail = None if opener is None else opener.open(sealed)
    shown = EventRow(sealed.seq, at, sealed.kind, who, behalf, about, code, case_id, mac, detail)
    if _knows_cases(actor) or not code:
        return shown
    return replace(
        shown, kind=shown.kind.partition(".")[0], actor="", on_behalf_of="", about="", case_code="", case_id=None
    )
