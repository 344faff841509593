"""Writing planned changes to the directory: people, their history, their cases, the trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.people_changes import ChangeKind, PersonState, PlannedChange
from review.domain.people_file import PersonField
from review.models import Person
from review.services import audit
from review.services.people.handover import hand_over_cases, lock_running_cases
from review.services.people.history import Standing, chunks, standing_of, write_history
from review.services.people.leaving import put_out
from review.services.people.telling import tell_of_open_work


def write_changes(
    session: Session,
    changes: Sequence[PlannedChange],
    ids: dict[str, int],
    *,
    actor: Actor,
    now: datetime,
    summary: audit.Entry | None = None,
) -> None:
    """Write planned changes and their history, put leavers out, hand running cases over; an event for each person.

    HR is told when leavers still hold work.

    Args:
        ids: everybody's number by external id; newcomers' are added.
        summary: the event of the whole import, the last one.
    """
    moved = list_moved(changes)
    lock_running_cases(session, [change.before.person_id for change in moved if change.before])
    _Writer(session, changes, ids, now).write()
    managers = {
        ids[change.after.external_id]: ids[change.after.manager] if change.after.manager else None for change in moved
    }
    hand_over_cases(session, managers, actor=actor, now=now)
    left = [ids[change.after.external_id] for change in changes if change.kind is ChangeKind.LEAVE]
    roles = put_out(session, left, now=now)
    tell_of_open_work(session, left, actor=actor, now=now)
    entries = [_entry(change, ids[change.after.external_id], roles) for change in changes]
    audit.record_all(session, [*entries, summary] if summary else entries, actor=actor, now=now)


def list_moved(changes: Sequence[PlannedChange]) -> list[PlannedChange]:
    """Return the changes of people who are here already and get another manager."""
    return [change for change in changes if change.before and change.has(PersonField.MANAGER)]


class _Writer:
    """Writes planned changes to the rows of people: newcomers from the top down, then everybody else."""

    def __init__(self, session: Session, changes: Sequence[PlannedChange], ids: dict[str, int], now: datetime) -> None:
        self._session = session
        joins = [change for change in changes if change.kind is ChangeKind.JOIN]
        self._joins = {change.after.external_id: change.after for change in joins}
        self._others = [change for change in changes if change.kind is not ChangeKind.JOIN]
        self._ids = ids
        self._now = now

    def write(self) -> None:
        """Write everything; newcomers get their numbers."""
        people = self._load()
        self._free_addresses(people)
        self._add_newcomers()
        for change in self._others:
            self._lay_over(people[change.after.external_id], change)
        self._session.flush()
        standings = [self._standing(state) for state in self._joins.values()]
        standings += [standing_of(person) for person in people.values()]
        write_history(self._session, standings, self._now.date())

    def _load(self) -> dict[str, Person]:
        people: dict[str, Person] = {}
        for ids in chunks(sorted(self._ids[change.after.external_id] for change in self._others)):
            locked = sa.select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update(key_share=True)
            people.update((person.external_id, person) for person in self._session.scalars(locked))
        return people

    def _free_addresses(self, people: Mapping[str, Person]) -> None:
        """Take addresses off those who give them to somebody else, as no two rows may hold one even for a moment."""
        claimed = {state.email for state in self._joins.values()}
        claimed |= {change.after.email for change in self._others if change.has(PersonField.EMAIL)}
        for change in self._others:
            person = people[change.after.external_id]
            if change.has(PersonField.EMAIL) and person.email in claimed:
                person.email = None
        self._session.flush()

    def _add_newcomers(self) -> None:
        for rank in self._ranks():
            for states in chunks(rank):
                self._session.execute(sa.insert(Person), [self._values(state) for state in states])
                keys = [state.external_id for state in states]
                added = sa.select(Person.external_id, Person.id).where(Person.external_id.in_(keys))
                self._ids.update((row[0], row[1]) for row in self._session.execute(added))

    def _ranks(self) -> Iterator[list[PersonState]]:
        """Give newcomers in ranks, each rank's managers being known by then; there is no ring among them."""
        waiting = list(self._joins.values())
        while waiting:
            yield [state for state in waiting if state.manager is None or state.manager in self._ids]
            waiting = [state for state in waiting if state.external_id not in self._ids]

    def _lay_over(self, person: Person, change: PlannedChange) -> None:
        for name, value in self._values(change.after).items():
            setattr(person, name, value)
        if change.kind is not ChangeKind.CHANGE:
            person.is_active = change.kind is not ChangeKind.LEAVE

    def _values(self, state: PersonState) -> dict[str, object]:
        return {
            "external_id": state.external_id,
            "name": state.name,
            "email": state.email,
            "title": state.title,
            "function": state.function,
            "manager_id": self._ids[state.manager] if state.manager else None,
            "level_id": state.level,
            "level_since_on": state.level_since,
            "joined_on": state.joined_on,
            "left_on": state.left_on,
            "country": state.country,
            "zone": state.zone,
        }

    def _standing(self, state: PersonState) -> Standing:
        manager_id = self._ids[state.manager] if state.manager else None
        return Standing(self._ids[state.external_id], manager_id, state.title, state.function, state.level)


def _entry(change: PlannedChange, person_id: int, roles: Mapping[int, tuple[str, ...]]) -> audit.Entry:
    detail: dict[str, object] = {"fields": [field.field.value for field in change.fields]}
    if person_id in roles:
        detail["roles"] = list(roles[person_id])
    return audit.Entry(f"person.{change.kind.value}", None, "person", person_id, detail)
