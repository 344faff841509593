"""A people file taken in part by part, each a transaction of its own, so that nobody who saves waits long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from review.adapters.connections import only_reading
from review.domain.access import Actor
from review.domain.errors import Invalid
from review.domain.people_changes import KnownPerson, Plan, PlannedChange, Scope, order_top_down
from review.domain.people_file import PeopleFile, PersonField
from review.domain.values import dataclass
from review.models import Person
from review.queries.directory import list_known_people
from review.services import audit
from review.services.people.handover import lock_running_cases
from review.services.people.history import chunks
from review.services.people.importing import plan_import
from review.services.people.rights import keeper
from review.services.people.writing import list_moved, write_changes

PART = 500
"""Changes in one transaction: about a second."""
REST_SECONDS = 0.12
"""How long others may write before the next one: whoever waits for SQLite's lock looks every tenth of a second."""
LOOKS = 10
"""How often a directory that somebody else changes meanwhile is compared anew."""


class DirectoryMovedError(Exception):
    """The directory is not as it was when it was compared with the file."""


@dataclass(frozen=True)
class Wish:
    """A people file and how it is to be taken in.

    `seen`: fingerprint of the changes that somebody looked at; without one whatever is different is changed.
    """

    file: PeopleFile
    scope: Scope
    digest: str
    seen: str = ""


@dataclass(frozen=True)
class Progress:
    """How far it is: changes made of all, and what the whole of it is once all are made."""

    done: int
    total: int
    counts: dict[str, int]


@dataclass(slots=True)
class _Left:
    """What is left to do, by a look at the directory as it is."""

    plan: Plan
    changes: list[PlannedChange]
    ids: dict[str, int]


def take_in(
    engine: Engine,
    wish: Wish,
    *,
    actor: Actor,
    now: datetime,
    before: Progress | None = None,
    note: Callable[[Session, Progress], None] = lambda _session, _progress: None,
    is_over: Callable[[], bool] = lambda: False,
) -> Progress:
    """Take a file in; what is compared first takes no lock, each part is whole or not at all, and so is its note.

    One that was broken off is begun anew and makes the changes that are left; the same file again changes nothing.

    Args:
        before: how far an earlier try came: then what is left is taken in without having been looked at.
        note: told of each part in its transaction.
        is_over: asked between parts; when it says so, the rest is left for a later try.

    Raises NotAllowed, Invalid with every fault at once, and DirectoryMovedError when the changes are not those that
    were looked at, or somebody changes the same people all the time.
    """
    left = _look(engine, wish, actor, now)
    if before is None and wish.seen and left.plan.fingerprint() != wish.seen:
        raise DirectoryMovedError
    done, counts = (before.done, before.counts) if before else (0, left.plan.counts())
    looks, rest = 1, Event()
    while True:
        part, left_over = left.changes[:PART], len(left.changes)
        progress = Progress(done + len(part), done + left_over, counts)
        try:
            _write_part(engine, wish, left, part, progress, actor=actor, now=now, note=note)
        except (DirectoryMovedError, IntegrityError):
            if looks == LOOKS:
                raise DirectoryMovedError from None
            left, looks = _look(engine, wish, actor, now), looks + 1
            continue
        done, left.changes = progress.done, left.changes[PART:]
        if not left.changes or is_over():
            return progress
        rest.wait(REST_SECONDS)


def _look(engine: Engine, wish: Wish, actor: Actor, now: datetime) -> _Left:
    """Compare the file with the directory."""
    with Session(only_reading(engine)) as session:
        plan = plan_import(session, wish.file, actor=actor, now=now, scope=wish.scope)
        known = list_known_people(session)
    if plan.faults:
        raise Invalid(plan.faults)
    ids = {person.state.external_id: person.person_id for person in known}
    return _Left(plan, order_top_down(plan.changes, known), ids)


def _write_part(
    engine: Engine,
    wish: Wish,
    left: _Left,
    part: Sequence[PlannedChange],
    progress: Progress,
    *,
    actor: Actor,
    now: datetime,
    note: Callable[[Session, Progress], None],
) -> None:
    """Make some of the changes, with their note; the last part brings the event of the whole file."""
    summary = audit.Entry("people.import", detail={**progress.counts, "scope": wish.scope.value, "digest": wish.digest})
    ids = dict(left.ids)
    with Session(engine) as session:
        lock_running_cases(session, [change.before.person_id for change in list_moved(part) if change.before])
        _check_unmoved(session, part)
        _free_addresses(session, part, ids)
        is_last = progress.done == progress.total
        write_changes(session, part, ids, actor=keeper(actor), now=now, summary=summary if is_last else None)
        note(session, progress)
        session.commit()
    left.ids = ids


def _check_unmoved(session: Session, part: Iterable[PlannedChange]) -> None:
    """Lock whom a part changes; raise DirectoryMovedError where they are not as they were compared."""
    before = {change.before.person_id: change.before for change in part if change.before}
    joining = [change.after.external_id for change in part if change.before is None]
    session.execute(
        sa.select(Person.id).where(Person.id.in_(before)).order_by(Person.id).with_for_update(key_share=True)
    )
    there = {person.person_id: person for person in list_known_people(session, before)}
    if any(not _is_as_compared(each, there.get(number)) for number, each in before.items()):
        raise DirectoryMovedError
    if session.scalars(sa.select(Person.id).where(Person.external_id.in_(joining))).first() is not None:
        raise DirectoryMovedError


def _is_as_compared(before: KnownPerson, there: KnownPerson | None) -> bool:
    """Tell whether somebody is as they were; their address may have gone to somebody of an earlier part."""
    return there in (before, replace(before, state=replace(before.state, email=None)))


def _free_addresses(session: Session, part: Iterable[PlannedChange], ids: dict[str, int]) -> None:
    """Take addresses off those who give them to somebody of this part and get their own new one in a later part."""
    changed = [change.after for change in part if change.before is None or change.has(PersonField.EMAIL)]
    claimed = {state.email: ids.get(state.external_id) for state in changed}
    for emails in chunks([email for email in claimed if email]):
        held = sa.select(Person.id, Person.email).where(Person.email.in_(emails))
        others = [number for number, email in session.execute(held) if claimed[email] != number]
        session.execute(sa.update(Person).where(Person.id.in_(others)).values(email=None))
