"""Comparing a people file with the directory: what would change, and everything that is wrong, at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from review.domain.errors import Fault
from review.domain.people_changes import (
    ChangeKind,
    FieldChange,
    KnownPerson,
    PersonState,
    Plan,
    PlannedChange,
    Reference,
    Scope,
    find_differences,
)
from review.domain.people_checks import check_chain, check_emails, count_left_managers
from review.domain.people_file import PeopleFile, PersonField, PersonRow
from review.domain.text import Text, plural, text

SHARED = frozenset(PersonField) - {PersonField.EXTERNAL_ID, PersonField.NAME, PersonField.EMAIL}
"""What is alike for many: in the plan of a large company each such change is kept once."""


def plan_changes(
    file: PeopleFile, known: Sequence[KnownPerson], reference: Reference, scope: Scope, today: date
) -> Plan:
    """Compare a file with the directory and say everything that would change and everything that is wrong."""
    return _Planner(file, known, reference, today).plan(scope)


class _Planner:
    """Holds the indexes while one file is compared."""

    def __init__(self, file: PeopleFile, known: Sequence[KnownPerson], reference: Reference, today: date) -> None:
        self._file = file
        self._known = {person.state.external_id: person for person in known}
        self._reference = reference
        self._today = today
        self._faults: list[Fault] = list(file.faults)
        rows = self._first_rows()
        self._unread, self._unclear = file.name_unread(), set[str]()
        self._past = {key for key, row in rows.items() if key not in self._known and self._has_left(row.left_on)}
        self._rows = {key: row for key, row in rows.items() if key not in self._past}
        self._keys = self._manager_keys()
        self._labels: dict[str, str] = {}
        self._alike: dict[FieldChange, FieldChange] = {}

    def plan(self, scope: Scope) -> Plan:
        """Work the whole file out."""
        after = {key: self._merge(row) for key, row in self._rows.items()}
        changes = [self._compare(state) for state in after.values()]
        if scope is Scope.FULL:
            changes += [self._leave(person) for person in self._absent()]
        found = tuple(change for change in changes if change.fields or change.kind is not ChangeKind.CHANGE)
        final = {key: person.state for key, person in self._known.items()}
        final.update((change.after.external_id, change.after) for change in found)
        self._faults += check_emails(final, self._rows, self._file)
        final.update((key, replace(final[key], manager=None)) for key in self._unclear & final.keys())
        self._faults += check_chain(final, self._rows, self._file)
        in_file = sum(1 for change in found if change.row is not None)
        order = {column: at for at, column in enumerate(self._file.columns.values())}
        faults = tuple(sorted(self._faults, key=lambda fault: (fault.row or 0, order.get(fault.field or "", 0))))
        return Plan(found, faults, tuple(self._notes(final)), len(self._rows) - in_file)

    def _first_rows(self) -> dict[str, PersonRow]:
        rows: dict[str, PersonRow] = {}
        for row in self._file.rows:
            rows.setdefault(row.external_id, row)
        firsts: dict[str, PersonRow] = {}
        for row in sorted((*self._file.rows, *self._file.unread), key=lambda row: row.row):
            first = firsts.setdefault(row.external_id, row) if row.external_id else row
            if first is not row:
                expected = text("one row a person; row %(row)s names %(id)s too", row=first.row, id=row.external_id)
                self._add(row, PersonField.EXTERNAL_ID, text("the same person again"), expected)
        return rows

    def _manager_keys(self) -> dict[str, str]:
        """Map whatever a manager may be called by to an external id; ids win over e-mails, e-mails over keys."""
        keys: dict[str, str] = {}
        holders: dict[str, PersonRow] = {}
        for row in self._rows.values():
            if row.manager_key is None:
                continue
            key = row.manager_key.casefold()
            if key in holders:
                expected = text("one person; row %(row)s has it too", row=holders[key].row)
                what = text("“%(key)s” stands for two people", key=row.manager_key)
                self._add(row, PersonField.MANAGER_KEY, what, expected)
                continue
            holders[key] = row
            keys[key] = row.external_id
        emails = [(person.state.email, key) for key, person in self._known.items()]
        emails += [(row.email, key) for key, row in self._rows.items()]
        keys.update((email.casefold(), key) for email, key in emails if email)
        keys.update((key.casefold(), key) for key in (*self._known, *self._rows))
        return keys

    def _merge(self, row: PersonRow) -> PersonState:
        """Lay the row over what is known; level, days, country and zone stay where the cell is blank."""
        fields = self._file.fields
        known = self._known.get(row.external_id)
        state = known.state if known else PersonState(row.external_id, row.name)
        level, level_since = self._held(row, state)
        return replace(
            state,
            name=row.name,
            email=row.email if PersonField.EMAIL in fields else state.email,
            title=row.title if PersonField.TITLE in fields else state.title,
            function=row.function if PersonField.FUNCTION in fields else state.function,
            manager=self._manager(row, state.manager) if PersonField.MANAGER in fields else state.manager,
            level=level,
            level_since=level_since,
            joined_on=row.joined_on or state.joined_on,
            left_on=self._left_on(row, known),
            country=row.country or state.country,
            zone=self._zone(row) or state.zone,
        )

    def _held(self, row: PersonRow, state: PersonState) -> tuple[str | None, date | None]:
        """Read the level and its day; today's level in the file does not undo one that is still to come into force."""
        level = self._level(row) or state.level
        is_told_early = row.level_since is not None and row.level_since > self._today
        if level is not None and level == self._reference.levels_today.get(row.external_id) and not is_told_early:
            return state.level, state.level_since
        return level, row.level_since or (self._today if level != state.level else state.level_since)

    def _left_on(self, row: PersonRow, known: KnownPerson | None) -> date | None:
        """Read a blank day as: is here; without the column whoever had left is taken as back."""
        if PersonField.LEFT_ON in self._file.fields or known is None or not known.is_active:
            return row.left_on
        return known.state.left_on

    def _manager(self, row: PersonRow, known: str | None) -> str | None:
        """Find who is named; where nobody is found the one who is known stays, and no other fault comes of it."""
        if row.manager is None:
            return None
        found = self._keys.get(row.manager.casefold())
        if found is not None:
            return found
        self._unclear.add(row.external_id)
        if row.manager.casefold() not in self._unread:
            what = text("nobody is “%(words)s”", words=row.manager)
            if row.manager in self._past:
                what = text("“%(words)s” had left before joining the directory", words=row.manager)
            expected = text("an external id, e-mail or key of somebody in the file or the directory")
            self._add(row, PersonField.MANAGER, what, expected)
        return known

    def _level(self, row: PersonRow) -> str | None:
        found = self._reference.levels.get((row.level or "").casefold())
        if row.level and found is None:
            names = ", ".join(dict.fromkeys(self._reference.levels.values())) or "–"
            what = text("there is no level “%(words)s”", words=row.level)
            self._add(row, PersonField.LEVEL, what, text("one of the ladder's levels: %(names)s", names=names))
        return found

    def _zone(self, row: PersonRow) -> str | None:
        if row.zone and row.zone not in self._reference.zones:
            what = text("there is no time zone “%(words)s”", words=row.zone)
            self._add(row, PersonField.ZONE, what, text("a name such as Europe/Berlin"))
            return None
        return row.zone

    def _compare(self, after: PersonState) -> PlannedChange:
        before = self._known.get(after.external_id)
        row = self._rows[after.external_id].row
        fields = self._differences(before.state if before else None, after)
        kind = ChangeKind.CHANGE
        if before is None:
            kind = ChangeKind.JOIN
        elif before.is_active is self._has_left(after.left_on):
            kind = ChangeKind.LEAVE if before.is_active else ChangeKind.RETURN
        return PlannedChange(kind, before, after, fields, row)

    def _differences(self, before: PersonState | None, after: PersonState) -> tuple[FieldChange, ...]:
        found = find_differences(before, after, self._label)
        return tuple(self._alike.setdefault(each, each) if each.field in SHARED else each for each in found)

    def _label(self, external_id: str) -> str:
        if external_id not in self._labels:
            self._labels[external_id] = self._spell(external_id)
        return self._labels[external_id]

    def _spell(self, external_id: str) -> str:
        if row := self._rows.get(external_id):
            return PersonState(external_id, row.name).label
        person = self._known.get(external_id)
        return person.state.label if person else external_id

    def _absent(self) -> Iterator[KnownPerson]:
        for key, person in self._known.items():
            if person.is_active and key not in self._rows and key.casefold() not in self._unread:
                yield person

    def _leave(self, person: KnownPerson) -> PlannedChange:
        after = replace(person.state, left_on=self._today)
        return PlannedChange(ChangeKind.LEAVE, person, after, self._differences(person.state, after))

    def _has_left(self, left_on: date | None) -> bool:
        return left_on is not None and left_on <= self._today

    def _notes(self, final: dict[str, PersonState]) -> Iterable[Text]:
        yield from self._file.notes
        if self._file.unknown_columns:
            names = ", ".join(self._file.unknown_columns)
            yield text("Not read, because no field is mapped to them: %(names)s.", names=names)
        if self._past:
            yield plural(
                "%(count)s person had left before being here and is not taken in.",
                "%(count)s people had left before being here and are not taken in.",
                len(self._past),
            )
        for label, count in count_left_managers(final, self._today, self._label):
            yield plural(
                "%(who)s has left but is still named as the manager of %(count)s person.",
                "%(who)s has left but is still named as the manager of %(count)s people.",
                count,
                who=label,
            )

    def _add(self, row: PersonRow, name: PersonField, what: Text, expected: Text) -> None:
        self._faults.append(Fault(what, expected, row=row.row, field=self._file.columns.get(name, name.value)))
