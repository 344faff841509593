"""Requests for one's own data: a person's own, and those that an HR partner who is not involved can answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.bundle import Bundle, Entry, Reader, TakenOut, read_bundle
from review.domain.bundle import take_out as without
from review.domain.errors import NotFound
from review.domain.schedule import end_of_day
from review.domain.subject_access import OPEN, State
from review.domain.text import plural, text
from review.domain.values import dataclass
from review.domain.worklist import TodoRow
from review.models import Case, Person, Redaction, SubjectRequest
from review.queries.fixed_words import fixed
from review.queries.own_part import is_part_of
from review.queries.standing import load_standing

_ME, _THEY = aliased(Person), aliased(Person)
MINUTES = 15
"""About how long it takes to look one bundle through."""


@dataclass(frozen=True)
class RequestRow:
    """A request: whose, since when, by when, and where it stands. `until_at`: when its download ends."""

    id: int
    person_id: int
    person: str
    asked_at: datetime
    due_on: date
    state: State
    released_at: datetime | None
    until_at: datetime | None
    is_here: bool

    @property
    def is_open(self) -> bool:
        """Tell whether it waits for its answer."""
        return self.state in OPEN


def is_handled_by(actor: Actor, person_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that an HR partner has no part in anything about a person: cases, line of reports, self.

    For HR partners in person alone; `person_id` is a column.
    """
    if actor.person_id is None or not actor.has(Role.HR):
        return sa.false()
    return has_no_part(actor.person_id, person_id)


def has_no_part(me: Any, person_id: Any) -> sa.ColumnElement[bool]:
    """Return the same condition for somebody of HR, `me` being a number or a parameter; `person_id` is a column."""
    part = sa.select(Case.id).where(Case.candidate_id == person_id, is_part_of(me))
    involved = part.correlate_except(Case).exists()  # not the case that the statement around it may be about
    above = sa.exists().where(_THEY.id == person_id, _THEY.manager_id == me)
    below = sa.exists().where(_ME.id == me, _ME.manager_id == person_id)
    return sa.and_(person_id != me, sa.not_(sa.or_(involved, above, below)))


def may_handle(session: Session, actor: Actor, person_id: int) -> bool:
    """Tell whether an HR partner may answer for a person's data; one statement."""
    found = sa.select(Person.id).where(Person.id == person_id, is_handled_by(actor, Person.id))
    return session.scalar(found) is not None


def find_anybody_named(session: Session, actor: Actor, words: str) -> int | None:
    """Return the one person, here or gone, whom an e-mail, a number or a whole name means; None for nobody or several.

    Nobody is found for whom the HR partner may not answer.
    """
    wanted = words.strip()
    meant = sa.or_(Person.email == wanted.lower(), Person.external_id == wanted, Person.name == wanted)
    rows = session.scalars(sa.select(Person.id).where(meant, is_handled_by(actor, Person.id)).limit(2)).all()
    return rows[0] if wanted and len(rows) == 1 else None


def list_own_requests(session: Session, actor: Actor) -> tuple[RequestRow, ...]:
    """Return what the actor has asked for, newest first; one statement."""
    return _rows(session, SubjectRequest.person_id == actor.person_id)


def list_requests(session: Session, actor: Actor) -> tuple[RequestRow, ...]:
    """Return the requests that an HR partner can answer, those that are due first; one statement."""
    return _rows(session, is_handled_by(actor, SubjectRequest.person_id))


def sum_up(waiting: Collection[tuple[date, str | None]]) -> TodoRow:
    """Return what waits for an HR partner who can answer requests, due with the first.

    It names nobody: the list of things to do goes to calendars and programs, too.

    Args:
        waiting: of each the day until which it waits, and the zone of whoever asks.
    """
    return TodoRow(
        verb=text("Answer whoever asks for their data"),
        about="",
        context=plural("%(count)s request waits", "%(count)s requests wait", len(waiting)),
        due_at=min(end_of_day(due_on, ZoneInfo(zone or "UTC")) for due_on, zone in waiting),
        minutes=MINUTES * len(waiting),
        page="data_requests",
    )


def find_request(session: Session, actor: Actor, request_id: int) -> RequestRow | None:
    """Return a request for the HR partner who can answer it; None for everybody else."""
    found = _rows(session, sa.and_(SubjectRequest.id == request_id, is_handled_by(actor, SubjectRequest.person_id)))
    return found[0] if found else None


def load_content(session: Session, request_id: int) -> Bundle | None:
    """Return what a request holds, less what HR took out; None where nothing is gathered or it is removed."""
    content = session.scalar(sa.select(SubjectRequest.content).where(SubjectRequest.id == request_id))
    if content is None:
        return None
    return without(read_bundle(content), list_taken_out(session, request_id))


def find_own_content(session: Session, request_id: int, actor: Actor, *, now: datetime) -> Bundle | None:
    """Return what was handed out to the actor and is still there; None for everybody else."""
    found = sa.select(SubjectRequest.id).where(
        SubjectRequest.id == request_id,
        SubjectRequest.person_id == actor.person_id,
        SubjectRequest.state == State.RELEASED,
        SubjectRequest.until_at > now,
    )
    return load_content(session, request_id) if session.scalar(found) is not None else None


def list_taken_out(session: Session, request_id: int) -> tuple[TakenOut, ...]:
    """Return what HR took out of a bundle beside the rules."""
    rows = sa.select(Redaction.entry, Redaction.words, Redaction.reason).where(Redaction.request_id == request_id)
    return tuple(TakenOut(*row) for row in session.execute(rows.order_by(Redaction.id)))


def may_look_at(session: Session, entry: Entry, actor: Actor, *, now: datetime) -> bool:
    """Tell whether an HR partner may read an entry before its release: what the grid lets them read in its case."""
    if entry.reader is Reader.NOBODY or entry.is_withheld:
        return False
    if entry.reader is Reader.HR or entry.case_id is None:
        return entry.reader is Reader.HR
    try:
        standing = load_standing(session, entry.case_id, actor, now=now)
    except NotFound:
        return False
    return Role.HR in standing.roles and all(standing.may_read(thing) for thing in entry.things)


def _rows(session: Session, condition: sa.ColumnElement[bool]) -> tuple[RequestRow, ...]:
    kept = SubjectRequest
    is_answered = sa.case((kept.state.in_(OPEN), 0), else_=1)
    rows = session.execute(
        sa.select(
            kept.id,
            kept.person_id,
            Person.name.label("person"),
            kept.asked_at,
            kept.due_on,
            kept.state,
            kept.released_at,
            kept.until_at,
            Person.is_active.label("is_here"),
        )
        .join(Person, Person.id == kept.person_id)
        .where(condition)
        .order_by(is_answered, sa.case((kept.state.in_(OPEN), kept.due_on)), kept.id.desc())
    )
    return tuple(RequestRow(**{**row, "state": State(row["state"])}) for row in rows.mappings())


def pick_waiting(me: sa.BindParameter[int]) -> sa.Select[int, date, str | None]:
    """Return the select of the open requests that somebody of HR can answer: id, day, zone of whoever asks."""
    return (
        sa.select(SubjectRequest.id, SubjectRequest.due_on, Person.zone)
        .join(Person, Person.id == SubjectRequest.person_id)
        .where(SubjectRequest.state.in_(fixed(sorted(OPEN))), has_no_part(me, SubjectRequest.person_id))
    )
