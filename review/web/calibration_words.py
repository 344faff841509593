"""The words of the calibration grid, worked out once for the page: nothing is translated inside its row loop."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import format_decimal, gettext

from review.domain.ballot import OVERALL_WORDS
from review.domain.calibration import SCALE, Cell, Given, GridRow, Round
from review.queries.calibration import Grid
from review.web.words import default_scale, short_words, tr

NONE = "–"
Value = str | int | float | None


CellWords = tuple[str, str, str, str, str]
"""A cell as it is written: a class for its colour, number and word, what it was, why, and the lines below."""
RowWords = tuple[int, str, str, tuple[CellWords, ...], str, str]
"""A row as it is written: number of the case, candidate, what the case is, cells, answers and state."""


class Writer:
    """Writes cells and rows in the reader's language; the numbers of the reasons come from the page."""

    def __init__(self, numbers: Mapping[tuple[int, str], str]) -> None:
        short = short_words(default_scale())
        self.numbers = numbers
        self.words = {value: f"{value} {short[value]}" for value in SCALE} | {0: short[0]}
        first_view, second = gettext("First view: %(value)s"), gettext("Second: %(value)s")
        apart = gettext("%(count)s apart")
        by_value: dict[int | None, str] = {None: self.words[0], **{value: self.words[value] for value in SCALE}}
        self.first_views = {value: first_view % {"value": words} for value, words in by_value.items()}
        self.seconds = {value: second % {"value": words} for value, words in by_value.items()}
        self.classes = {value: f"h v{value or 0}" for value in by_value}
        self.aparts = {count: apart % {"count": count} for count in range(1, SCALE[-1])}
        self.votes, self.then = gettext("Votes: %(mean)s"), gettext("Votes: %(mean)s, then %(last)s")
        self.was = gettext("was %(value)s")
        self.not_asked, self.not_yet = gettext("Not asked here"), gettext("No rating to be seen yet")
        self.overall = {str(key): tr(words) for key, words in OVERALL_WORDS.items()}
        self.means: dict[int, str] = {}

    def row(self, row: GridRow) -> RowWords:
        """Write a row."""
        move = f"{row.from_level} → {row.to_level}" if row.from_level else row.to_level
        return (
            row.case_id,
            row.candidate,
            f"{move} · {row.function} · {row.code}",
            tuple([self.cell(row.case_id, each, cell) for each, cell in row.cells.items()]),
            ", ".join([f"{self.overall.get(each, each)} {count}" for each, count in sorted(row.split.items())]),
            row.state,
        )

    def cell(self, case_id: int, criterion: str, cell: Cell) -> CellWords:
        """Write a cell."""
        if not cell.is_asked:
            return "muted", self.not_asked, "", "", ""
        stands, votes = cell.stands, self.line_of_votes(cell)
        lines = [self.first_views[cell.first_view.value]] if cell.first_view else []
        if cell.second:
            lines.append(self.seconds[cell.second.value])
        if votes:
            lines.append(votes)
        css = "h muted" if stands is None else self.classes[stands.value]
        return (
            f"{css} chg" if cell.changed else css,
            self.not_yet if stands is None else self.value(stands),
            self.was % {"value": self.value(cell.final)} if cell.changed else "",
            self.numbers.get((case_id, criterion), ""),
            "\n".join(lines),
        )

    def line_of_votes(self, cell: Cell) -> str:
        """Write the votes of a cell: the mean before and after, and how far the last ones lie apart."""
        first, last = cell.first, cell.last
        if last is not None:
            line = self.then % {"mean": self.mean(first), "last": self.mean(last)}
        elif first is not None:
            line = self.votes % {"mean": self.mean(first)}
        else:
            return ""
        spread = cell.vote_spread
        return f"{line}; {self.aparts[spread]}" if spread else line

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
