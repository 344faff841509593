"""What a ladder asks in one criterion at one level, in the words that a page puts beside somebody's work."""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.ladder import Ladder, Measure
from review.domain.ladder_parts import Expectation
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.writing import clean_line

BOUNDS: Mapping[str, Text] = {
    "<": text("less than"),
    "<=": text("at most"),
    "=": text("exactly"),
    ">=": text("at least"),
    ">": text("more than"),
}


@dataclass(frozen=True)
class SignalText:
    """One thing that can be seen in somebody's work."""

    id: str
    text: str


@dataclass(frozen=True)
class LevelText:
    """A level's mark and what it asks in a criterion; `measures` are whole sentences."""

    code: str
    name: str
    is_people_manager: bool
    summary: str
    signals: tuple[SignalText, ...]
    measures: tuple[Text, ...]


def describe_level(ladder: Ladder, criterion_id: str, level_id: str | None) -> LevelText | None:
    """Return what a level asks in a criterion; None without a level, or where the ladder does not know it.

    It is made once for each ladder: the page of a case shows it for two levels in each criterion.
    """
    if level_id is None:
        return None
    found: LevelText | None = ladder.described.get((criterion_id, level_id))
    if found is None and any(level.id == level_id for level in ladder.levels):
        found = ladder.described[(criterion_id, level_id)] = _describe(ladder, criterion_id, level_id)
    return found


def _describe(ladder: Ladder, criterion_id: str, level_id: str) -> LevelText:
    level = ladder.level(level_id)
    cell = ladder.expectation(criterion_id, level_id)
    return LevelText(
        level.code or level.name,
        level.name,
        ladder.leads_people(level_id),
        cell.summary,
        tuple(SignalText(signal.id, signal.text) for signal in (*cell.base, *cell.signals)),
        tuple(_measure(measure) for measure in cell.measures),
    )


def say_expectation(cell: Expectation) -> str:
    """Return what a cell asks in one line: its summary, or the signals that it consists of."""
    return cell.summary or " ".join(clean_line(signal.text) for signal in (*cell.base, *cell.signals))


def _measure(measure: Measure) -> Text:
    return text(
        "%(name)s: %(bound)s %(value)s %(unit)s",
        name=measure.name,
        bound=BOUNDS[measure.op],
        value=measure.value,
        unit=measure.unit,
    )
