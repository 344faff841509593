"""The words of the calibration grid, worked out once for the page: nothing is translated inside its row loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import format_decimal, gettext

from review.domain.ballot import OVERALL_WORDS
from review.domain.calibration import SCALE, Cell, Given, GridRow, Round
from review.queries.calibration import Grid
from review.web.words import default_scale, short_words, tr

NONE = "–"
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class CellWords:
    """A cell as it is written: a class for its colour, number and word, what it was, and the lines below."""

    css: str
    value: str
    was: str
    why: str
    lines: str


@dataclass(frozen=True, slots=True)
class RowWords:
    """A row as it is written."""

    case_id: int
    candidate: str
    about: str
    cells: tuple[CellWords, ...]
    votes: str
    state: str


class Writer:
    """Writes cells and rows in the reader's language; the numbers of the reasons come from the page."""

    def __init__(self, numbers: Mapping[tuple[int, str], str]) -> None:
        short = short_words(default_scale())
        self.numbers = numbers
        self.words = {value: f"{value} {short[value]}" for value in SCALE} | {0: short[0]}
        self.first_view, self.second = gettext("First view: %(value)s"), gettext("Second: %(value)s")
        self.votes, self.then = gettext("Votes: %(mean)s"), gettext("Votes: %(mean)s, then %(last)s")
        self.apart, self.was = gettext("%(count)s apart"), gettext("was %(value)s")
        self.not_asked, self.not_yet = gettext("Not asked here"), gettext("No rating to be seen yet")
        self.overall = {str(key): tr(words) for key, words in OVERALL_WORDS.items()}
        self.means: dict[int, str] = {}

    def row(self, row: GridRow) -> RowWords:
        """Write a row."""
        move = f"{row.from_level} → {row.to_level}" if row.from_level else row.to_level
        return RowWords(
            case_id=row.case_id,
            candidate=row.candidate,
            about=f"{move} · {row.function} · {row.code}",
            cells=tuple(self.cell(row.case_id, each, cell) for each, cell in row.cells.items()),
            votes=", ".join(f"{self.overall.get(each, each)} {count}" for each, count in sorted(row.split.items())),
            state=row.state,
        )

    def cell(self, case_id: int, criterion: str, cell: Cell) -> CellWords:
        """Write a cell."""
        if not cell.is_asked:
            return CellWords("muted", self.not_asked, "", "", "")
        stands = cell.stands
        lines = [
            self.first_view % {"value": self.value(cell.first_view)} if cell.first_view else "",
            self.second % {"value": self.value(cell.second)} if cell.second else "",
            self.line_of_votes(cell),
        ]
        return CellWords(
            css=("h muted" if stands is None else f"h v{stands.value or 0}") + (" chg" if cell.changed else ""),
            value=self.not_yet if stands is None else self.value(stands),
            was=self.was % {"value": self.value(cell.final)} if cell.changed else "",
            why=self.numbers.get((case_id, criterion), ""),
            lines="\n".join(line for line in lines if line),
        )

    def line_of_votes(self, cell: Cell) -> str:
        """Write the votes of a cell: the mean before and after, and how far the last ones lie apart."""
        if cell.first is None and cell.last is None:
            return ""
        if cell.last is not None:
            line = self.then % {"mean": self.mean(cell.first), "last": self.mean(cell.last)}
        else:
            line = self.votes % {"mean": self.mean(cell.first)}
        return f"{line}; {self.apart % {'count': cell.vote_spread}}" if cell.vote_spread else line

    def value(self, given: Given | None) -> str:
        """Write a rating as number and word."""
        return self.words[given.value or 0] if given else NONE

    def mean(self, votes: Round | None) -> str:
        """Write a mean with one place."""
        mean = votes.mean if votes else None
        if mean is None:
            return NONE
        tenths = round(mean * 10)
        if tenths not in self.means:
            self.means[tenths] = format_decimal(tenths / 10, "0.0")
        return self.means[tenths]


def table_of(grid: Grid, rows: tuple[GridRow, ...]) -> tuple[list[str], list[list[Value]]]:
    """Return head and rows of the grid for a spreadsheet: numbers alone, 0 for "cannot tell"."""
    head = [gettext("Case"), gettext("Candidate"), gettext("Function"), gettext("From"), gettext("To")]
    head += [gettext("Committee"), gettext("State")]
    parts = (
        gettext("first view"), gettext("manager"), gettext("changed to"), gettext("second rating"),
        gettext("votes, first mean"), gettext("votes, last mean"), gettext("votes apart"),
    )  # fmt: skip
    head += [f"{name}: {part}" for name in grid.criteria.values() for part in parts]
    table: list[list[Value]] = []
    for row in rows:
        line: list[Value] = [row.code, row.candidate, row.function, row.from_level, row.to_level, row.committee]
        line.append(row.state)
        for criterion in grid.criteria:
            line += _numbers(row.cells[criterion])
        table.append(line)
    return head, table


def _numbers(cell: Cell) -> list[Value]:
    changed = Given(cell.changed.value) if cell.changed else None
    ratings = [
        None if each is None else each.value or 0 for each in (cell.first_view, cell.final, changed, cell.second)
    ]
    means = [round(each.mean, 2) if each and each.mean is not None else None for each in (cell.first, cell.last)]
    return [*ratings, *means, cell.votes.spread if cell.votes else None]
