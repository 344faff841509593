"""People files taken in: what would change, and the change itself, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid
from review.domain.people_changes import (
    ChangeKind,
    KnownPerson,
    PersonState,
    Plan,
    PlannedChange,
    Reference,
    Scope,
)
from review.domain.people_file import PeopleFile, PersonField
from review.domain.people_plan import plan_changes
from review.domain.text import text
from review.models import Person
from review.queries.directory import find_level_names, find_levels_today, list_known_people
from review.queries.privacy_erasure import list_tombstones, mark
from review.services import audit
from review.services.people.handover import hand_over_cases, lock_running_cases
from review.services.people.history import Standing, chunks, standing_of, write_history
from review.services.people.leaving import put_out
from review.services.people.rights import keeper


def plan_import(session: Session, file: PeopleFile, *, actor: Actor, now: datetime, scope: Scope) -> Plan:
    """Say exactly what a file would change and what is wrong with it; changes nothing.

    Raises NotAllowed for anybody who may not write the directory.
    """
    keeper(actor)
    return _plan(session, file, list_known_people(session), actor=actor, now=now, scope=scope)


def apply_changes(
    session: Session, file: PeopleFile, *, actor: Actor, now: datetime, scope: Scope, digest: str = ""
) -> Plan:
    """Take a people file in and return what was changed; the same file again changes nothing.

    Args:
        scope: FULL also marks everybody whom the file does not name as having left.
        digest: SHA-256 of the file, for the trail.

    Raises NotAllowed, and Invalid with every fault at once; then nothing was changed. Writes the directory and its
    history, puts leavers out, hands running cases over, and records one event a person and one for the import.
    """
    acting = keeper(actor)
    known = list_known_people(session)
    plan = _plan(session, file, known, actor=actor, now=now, scope=scope)
    if plan.faults:
        raise Invalid(plan.faults)
    moved = [change for change in plan.changes if change.before and change.has(PersonField.MANAGER)]
    lock_running_cases(session, [change.before.person_id for change in moved if change.before])
    ids = _Writer(session, plan, {person.state.external_id: person.person_id for person in known}, now).write()
    managers = {
        ids[change.after.external_id]: ids[change.after.manager] if change.after.manager else None for change in moved
    }
    hand_over_cases(session, managers, actor=acting, now=now)
    roles = put_out(session, [ids[change.after.external_id] for change in plan.of_kind(ChangeKind.LEAVE)], now=now)
    entries = [_entry(change, ids[change.after.external_id], roles) for change in plan.changes]
    summary = audit.Entry("people.import", detail={**plan.counts(), "scope": scope.value, "digest": digest})
    audit.record_all(session, [*entries, summary], actor=acting, now=now)
    return plan


def _plan(
    session: Session, file: PeopleFile, known: list[KnownPerson], *, actor: Actor, now: datetime, scope: Scope
) -> Plan:
    reference = Reference({}, _zones())
    if PersonField.LEVEL in file.fields:
        reference = Reference(find_level_names(session), _zones(), find_levels_today(session, now.date()))
    plan = plan_changes(file, known, reference, scope, now.date())
    for change in plan.of_kind(ChangeKind.LEAVE):
        if change.before is not None and change.before.person_id == actor.person_id:
            what = text("You would put yourself out: %(who)s would be marked as having left", who=change.after.label)
            expected = text("a file in which you are still here")
            own = Fault(what, expected, row=change.row, field=PersonField.LEFT_ON.value)
            return replace(plan, faults=(*plan.faults, own))
    return _without_erased(session, plan)


def _without_erased(session: Session, plan: Plan) -> Plan:
    """Leave out newcomers who were erased here, with a note on each: nobody comes back unseen."""
    tombstones = list_tombstones(session)
    joins = plan.of_kind(ChangeKind.JOIN) if tombstones else ()
    erased = [change for change in joins if not tombstones.isdisjoint(_marks(session, change.after))]
    if not erased:
        return plan
    said = "Row %(row)s is left out: it names somebody who was erased here. If they are back, give them another number"
    notes = tuple(text(said, row=change.row) for change in erased)
    kept = tuple(change for change in plan.changes if change not in erased)
    return replace(plan, changes=kept, notes=(*plan.notes, *notes))


def _marks(session: Session, state: PersonState) -> set[str]:
    return {mark(session, "number", state.external_id), *([mark(session, "email", state.email)] if state.email else [])}


class _Writer:
    """Writes planned changes to the rows of people: newcomers from the top down, then everybody else."""

    def __init__(self, session: Session, plan: Plan, ids: dict[str, int], now: datetime) -> None:
        self._session = session
        self._joins = {change.after.external_id: change.after for change in plan.of_kind(ChangeKind.JOIN)}
        self._others = [change for change in plan.changes if change.kind is not ChangeKind.JOIN]
        self._ids = ids
        self._now = now

    def write(self) -> Mapping[str, int]:
        """Write everything; return everybody's number by external id."""
        people = self._load()
        self._free_addresses(people)
        self._add_newcomers()
        for change in self._others:
            self._lay_over(people[change.after.external_id], change)
        self._session.flush()
        standings = [self._standing(state) for state in self._joins.values()]
        standings += [standing_of(person) for person in people.values()]
        write_history(self._session, standings, self._now.date())
        return self._ids

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


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
