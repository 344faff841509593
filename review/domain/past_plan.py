"""Comparing a file of past cases with what is kept: what is added, what is changed, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date

from review.domain.past_case import VOTES, PastChange, PastField, PastPlan, PastReading, PastState
from review.domain.past_file import PastColumns, PastReader, PastRow, find_past_columns
from review.domain.people_cells import clean_cell
from review.domain.table import Row, Table
from review.domain.text import text
from review.domain.values import dataclass


@dataclass(frozen=True)
class PastPerson:
    """Somebody whom a row may mean; `is_near`: whoever brings the file in has a part in what is about them."""

    id: int
    name: str
    joined_on: date | None
    is_near: bool


@dataclass(frozen=True)
class PastGround:
    """What a file is compared with.

    People by number and by e-mail in small letters; levels, tracks and criteria by what they may be called, in small
    letters; the names and codes of cycles that are held here; past cases by person and cycle in small letters.
    """

    today: date
    numbers: Mapping[str, PastPerson]
    emails: Mapping[str, PastPerson]
    levels: Mapping[str, str]
    tracks_of: Mapping[str, tuple[str, ...]]
    tracks: Mapping[str, str]
    criteria: Mapping[str, str]
    cycles: frozenset[str] = frozenset()
    known: Mapping[tuple[int, str], tuple[int, PastState]] = field(default_factory=dict)


def plan_past(table: Table, reading: PastReading, ground: PastGround) -> PastPlan:
    """Say everything that a file would add and change, and everything that is wrong with it."""
    columns = find_past_columns(table, reading, ground.criteria)
    plan = PastPlan(
        faults=columns.faults,
        header=tuple(filter(None, map(clean_cell, table.header))),
        columns={name: clean_cell(table.header[at]) for name, at in columns.places.items()},
        criteria=tuple(columns.criteria),
        unread=columns.unread(table.header),
        notes=table.notes,
    )
    if columns.faults:
        return replace(plan, refused=len(table.rows))
    planner = _Planner(PastReader(table, columns, reading), columns, reading, ground)
    read = [planner.compare(row) for row in table.rows]
    changes = tuple(each for each in read if each is not None and each.before != each.after)
    order = {name: at for at, name in enumerate(map(clean_cell, table.header))}
    faults = sorted(planner.reader.faults, key=lambda fault: (fault.row or 0, order.get(fault.field or "", 0)))
    return replace(
        plan,
        changes=changes,
        faults=tuple(faults),
        same=sum(each is not None for each in read) - len(changes),
        refused=sum(each is None for each in read),
        strange_outcomes=tuple(planner.reader.strange),
        strange_levels=tuple(planner.strange),
    )


class _Planner:
    """Holds what one file is compared with."""

    def __init__(self, reader: PastReader, columns: PastColumns, reading: PastReading, ground: PastGround) -> None:
        self.reader = reader
        self.strange: dict[str, None] = {}
        self._reading = reading
        self._ground = ground
        self._columns = columns
        self._seen: dict[tuple[int, str], int] = {}

    def compare(self, raw: Row) -> PastChange | None:
        """Return what a row says beside what is known, None for a row with a fault."""
        faults_before, row = len(self.reader.faults), self.reader.read(raw)
        person, cycle = self._person(row), self._cycle(row)
        start, target = self._level(row, PastField.FROM_LEVEL), self._level(row, PastField.TO_LEVEL)
        self._check_day(row, person)
        if start is not None and start == target:
            expected = text("another level than the one before")
            self.reader.add(row, PastField.TO_LEVEL, text("both levels are the same"), expected)
        track = self._track(row, start, target)
        if len(self.reader.faults) > faults_before or person is None:
            return None
        if row.announced_on is None or row.outcome is None or target is None:
            return None
        key = (person.id, cycle.casefold())
        first = self._seen.setdefault(key, row.row)
        if first != row.row:
            expected = text("one row for a person and a cycle; row %(row)s is the first", row=first)
            self.reader.add(row, PastField.PERSON, text("the same past case again"), expected)
            return None
        known_id, before = self._ground.known.get(key, (None, None))
        said = PastState(
            person.id, cycle, row.announced_on, start, target, track, row.outcome,
            row.cells.get(PastField.REASON, ""), row.ratings, row.votes,
        )  # fmt: skip
        return PastChange(row.row, person.name, self._over(said, before), known_id, before)

    def _over(self, said: PastState, before: PastState | None) -> PastState:
        """Lay a row over what is known: of what the file has no column, what is known stays."""
        if before is None:
            return said
        has = self._columns.places
        kept = {name: value for name, value in before.ratings.items() if name not in self._columns.criteria}
        votes = {name: before.votes[name] for each, name in VOTES.items() if each not in has and name in before.votes}
        return replace(
            said,
            cycle=before.cycle,
            from_level_id=said.from_level_id if PastField.FROM_LEVEL in has else before.from_level_id,
            reason=said.reason if PastField.REASON in has else before.reason,
            ratings={**kept, **said.ratings},
            votes={**votes, **said.votes},
        )

    def _person(self, row: PastRow) -> PastPerson | None:
        words = row.cells.get(PastField.PERSON)
        if words is None:
            return None
        found = self._ground.numbers.get(words) or self._ground.emails.get(words.casefold())
        if found is None:
            expected = text("the number or the e-mail of somebody in the directory, here or gone")
            self.reader.add(row, PastField.PERSON, text("nobody is called “%(words)s”", words=words[:60]), expected)
        elif found.is_near:
            expected = text("another HR partner, who brings the same file in")
            self.reader.add(row, PastField.PERSON, text("you are part of this, or close to it"), expected)
        return found

    def _cycle(self, row: PastRow) -> str:
        cycle = row.cells.get(PastField.CYCLE, self._reading.cycle)
        if cycle.casefold() in self._ground.cycles:
            expected = text("a cycle that was held elsewhere")
            what = text("“%(cycle)s” is a cycle of this Dualtrack", cycle=cycle)
            self.reader.add(row, PastField.CYCLE, what, expected)
        return cycle

    def _level(self, row: PastRow, name: PastField) -> str | None:
        words = row.cells.get(name)
        if words is None:
            return None
        said = self._reading.levels.get(words.casefold())
        found = said if said in self._ground.tracks_of else self._ground.levels.get(words.casefold())
        if found is None:
            self.strange[words] = None
            expected = text("the id, code or name of a level of the newest ladder, or what stands for it")
            self.reader.add(row, name, text("there is no level “%(words)s”", words=words[:60]), expected)
        return found

    def _track(self, row: PastRow, start: str | None, target: str | None) -> str:
        """Return the track that is said, else the one that both levels are on, else the first of the target."""
        on = self._ground.tracks_of.get(target or "", ())
        words = row.cells.get(PastField.TRACK)
        if words is None:
            shared = [each for each in on if each in self._ground.tracks_of.get(start or "", ())]
            return next(iter([*shared, *on]), "")
        found = self._ground.tracks.get(words.casefold())
        if found is None or (target is not None and on and found not in on):
            expected = text("a track that the target level is on: %(names)s", names=", ".join(on))
            self.reader.add(row, PastField.TRACK, text("“%(words)s” is no such track", words=words[:60]), expected)
        return found or ""

    def _check_day(self, row: PastRow, person: PastPerson | None) -> None:
        if row.announced_on is None:
            return
        if row.announced_on > self._ground.today:
            what = text("the day is still to come")
            self.reader.add(row, PastField.ANNOUNCED_ON, what, text("a day that has passed"))
        elif person is not None and person.joined_on is not None and row.announced_on < person.joined_on:
            expected = text("a day from %(day)s on, when the person joined", day=person.joined_on.isoformat())
            self.reader.add(row, PastField.ANNOUNCED_ON, text("the person was not here yet"), expected)
