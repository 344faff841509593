"""A ladder laid out for reading: levels as columns, tracks side by side by grade, criteria as rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from review.domain.ladder import Activity, CellKind, Criterion, Expectation, Ladder, Level, Measure, MoveKind, Step
from review.domain.ladder_moves import share_track
from review.domain.level_text import BOUNDS
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

SILENCE: Mapping[CellKind, Text] = {
    CellKind.ABSENT: text("The ladder says nothing here; it is not rated."),
    CellKind.NOT_DEFINED: text("Not defined at this level. The ladder says so; it is not rated."),
    CellKind.BLANK: text("Left blank in the ladder; it is not rated."),
}
MOVES: Mapping[MoveKind, Text] = {
    MoveKind.PROMOTION: text("Promotion"),
    MoveKind.TRACK_CHANGE: text("Change of track at the same grade, not a promotion"),
    MoveKind.LATERAL: text("Move to the side"),
    MoveKind.STEP_DOWN: text("Step down"),
    MoveKind.ENTRY: text("Entry from another discipline"),
}


@dataclass(frozen=True)
class Column:
    """A level as the head of a column."""

    level: Level
    is_people_manager: bool
    track_name: str
    is_here: bool

    @property
    def label(self) -> str:
        """Return code and name, as a cell is labelled where there is no head."""
        return self.level.label


@dataclass(frozen=True)
class Group:
    """Neighbouring columns of one grade; no heading where the levels have none."""

    heading: Text | None
    span: int


@dataclass(frozen=True)
class Named:
    """Another cell that a cell's words lean on."""

    where: str
    summary: str


@dataclass(frozen=True)
class Cell:
    """What a level asks, ready to be read; `silence` says why nothing is asked."""

    column: Column
    content: Expectation
    silence: Text | None
    measures: tuple[Text, ...]
    named: tuple[Named, ...]
    repeats: str


@dataclass(frozen=True)
class Row:
    """A criterion with its cells, or with the steps that score its points."""

    criterion: Criterion
    cells: tuple[Cell, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Way:
    """A level that one may move to, how, and what it takes."""

    level: Level
    is_people_manager: bool
    kind: Text
    conditions: tuple[Text, ...]


@dataclass(frozen=True)
class Sheet:
    """The whole table, or the part of it that was asked for."""

    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    stepped: tuple[Row, ...]
    accumulates: bool
    is_checklist: bool

    @property
    def has_details(self) -> bool:
        """Say whether anything is told about the levels themselves."""
        return any(_has_details(column.level) for column in self.columns)

    @property
    def has_groups(self) -> bool:
        """Say whether any column has a grade."""
        return any(group.heading for group in self.groups)


def lay_out(ladder: Ladder, *, track_id: str | None = None, near: str | None = None, here: str | None = None) -> Sheet:
    """Return the table of a ladder.

    `track_id`: only this track. `near`: only this level and what is next to it by grade or move. `here`: the reader's.
    """
    levels = [level for level in _ordered(ladder) if track_id is None or track_id in level.tracks]
    if near is not None:
        wanted = _neighbours(ladder, near)
        levels = [level for level in levels if level.id in wanted]
    columns = tuple(_column(ladder, level, here) for level in levels)
    rows = tuple(lay_out_row(ladder, criterion, columns) for criterion in ladder.criteria)
    return Sheet(
        columns,
        tuple(_groups(columns)),
        tuple(row for row in rows if not _is_only_steps(ladder, row)),
        tuple(row for row in rows if _is_only_steps(ladder, row)),
        ladder.is_accumulating,
        ladder.is_checklist,
    )


def lay_out_pair(ladder: Ladder, one: str, other: str) -> tuple[Row, ...]:
    """Return every criterion with its cells at two levels."""
    columns = tuple(_column(ladder, ladder.level(level_id), None) for level_id in (one, other))
    rows = (lay_out_row(ladder, criterion, columns) for criterion in ladder.criteria)
    return tuple(row for row in rows if not _is_only_steps(ladder, row))


def lay_out_row(ladder: Ladder, criterion: Criterion, columns: tuple[Column, ...]) -> Row:
    """Return a criterion with its cells under these columns."""
    return Row(criterion, tuple(_cell(ladder, criterion, column) for column in columns), criterion.steps)


def find_ways(ladder: Ladder, level_id: str) -> tuple[Way, ...]:
    """Return where one may go from a level, and what each way takes."""
    origin = ladder.level(level_id)
    return tuple(
        Way(
            ladder.level(move.to_level),
            ladder.leads_people(move.to_level),
            describe_move(move.kind, origin, ladder.level(move.to_level)),
            _conditions(ladder, origin, ladder.level(move.to_level), move.kind),
        )
        for move in ladder.moves_from(level_id)
    )


def group_activities(ladder: Ladder) -> tuple[tuple[str, tuple[Activity, ...]], ...]:
    """Return the activities of the growth sheet under their headings, in the order of the file."""
    groups: dict[str, list[Activity]] = {}
    for activity in ladder.growth_activities:
        groups.setdefault(activity.group, []).append(activity)
    return tuple((group, tuple(activities)) for group, activities in groups.items())


def describe_move(kind: MoveKind, origin: Level, target: Level) -> Text:
    """Return what a move between two levels is, in words."""
    if kind is MoveKind.PROMOTION and not share_track(origin, target):
        return text("Promotion and change of track")
    return MOVES[kind]


def measure_text(measure: Measure) -> Text:
    """Return a measure as a sentence."""
    value = text("%(value)s %(unit)s", value=measure.value, unit=measure.unit) if measure.unit else measure.value
    return text("%(name)s: %(bound)s %(value)s", name=measure.name, bound=BOUNDS[measure.op], value=value)


def _ordered(ladder: Ladder) -> list[Level]:
    """Return the levels by grade where all have one, else as the file has them."""
    if any(level.grade is None for level in ladder.levels):
        return list(ladder.levels)
    return sorted(ladder.levels, key=lambda level: level.grade or 0)


def _neighbours(ladder: Ladder, level_id: str) -> set[str]:
    grade = ladder.level(level_id).grade
    beside = {level_id}
    for move in ladder.moves:
        if level_id in (move.from_level, move.to_level):
            beside |= {end for end in (move.from_level, move.to_level) if end}
    if grade is not None:
        grades = {level.id: level.grade for level in ladder.levels if level.grade is not None}
        beside |= {other for other, other_grade in grades.items() if abs(other_grade - grade) <= 1}
    return beside


def _column(ladder: Ladder, level: Level, here: str | None) -> Column:
    names = [ladder.track(track_id).name for track_id in level.tracks]
    is_one_of_many = len(ladder.tracks) > 1 and len(names) == 1
    return Column(level, ladder.leads_people(level.id), names[0] if is_one_of_many else "", level.id == here)


def _groups(columns: tuple[Column, ...]) -> list[Group]:
    groups = []
    for grade, members in groupby(columns, key=lambda column: column.level.grade):
        span = len(list(members))
        heading = None if grade is None else text("Grade %(grade)s", grade=grade)
        if grade is not None and span > 1:
            heading = text("Grade %(grade)s, %(ways)s equal ways", grade=grade, ways=span)
        groups.append(Group(heading, span))
    return groups


def _cell(ladder: Ladder, criterion: Criterion, column: Column) -> Cell:
    content = ladder.expectation(criterion.id, column.level.id)
    named = tuple(
        Named(_where(ladder, criterion, reference.level_id, reference.criterion_id), reference.summary)
        for reference in content.refers_to
    )
    measures = tuple(measure_text(measure) for measure in content.measures)
    repeats = ladder.level(content.same_as).name if content.same_as else ""
    return Cell(column, content, SILENCE.get(content.kind), measures, named, repeats)


def _where(ladder: Ladder, criterion: Criterion, level_id: str, criterion_id: str) -> str:
    level = ladder.level(level_id).name
    return level if criterion_id == criterion.id else f"{level}, {ladder.criterion(criterion_id).name}"


def _has_details(level: Level) -> bool:
    told = (level.summary, level.typical_time, level.experience, level.pay_band, level.terminal, level.max_reports)
    return any(told) or level.min_years is not None


def _is_only_steps(ladder: Ladder, row: Row) -> bool:
    cells = (ladder.expectation(row.criterion.id, level.id) for level in ladder.levels)
    return bool(row.steps) and all(cell.kind is CellKind.ABSENT for cell in cells)


def _conditions(ladder: Ladder, origin: Level, target: Level, kind: MoveKind) -> tuple[Text, ...]:
    conditions = []
    if kind is MoveKind.PROMOTION and origin.min_months:
        conditions.append(text("At least %(months)s months at %(code)s.", months=origin.min_months, code=origin.code))
    if kind is MoveKind.PROMOTION and ladder.evidence_periods:
        one, many = "%(count)s period of work at the next level.", "%(count)s periods of work at the next level."
        conditions.append(plural(one, many, ladder.evidence_periods))
    if target.min_reports is not None and ladder.leads_people(target.id) and not ladder.leads_people(origin.id):
        least, most = target.min_reports, target.max_reports
        if most is None:
            conditions.append(text("An open role with %(least)s reports or more is needed.", least=least))
        else:
            conditions.append(text("An open role for %(least)s to %(most)s reports is needed.", least=least, most=most))
    return tuple(conditions)
