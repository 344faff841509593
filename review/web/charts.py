"""Where each mark of a dot strip stands; the macro in templates/macros/charts.html only writes it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Flask
from flask_babel import gettext

from review.domain.insight.chart import draw_shares
from review.domain.values import dataclass
from review.web.words import ScalePoint, tr

LEFT, STEP, RISE = 66, 52, 12
"""Middle of the first column, width of a column, height of a dot, in units of a 300 wide drawing."""
TARGET = 4
LEAST_DOTS = 2
BAR = 160


@dataclass(frozen=True)
class DotRow:
    """One line of votes: its axis, its label and its points."""

    label: str
    label_y: int
    y: int
    is_ring: bool
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class DotStrip:
    """A whole strip, with the same in words for those who do not see it."""

    height: int
    shade: int
    rows: tuple[DotRow, ...]
    triangle: str
    marks: tuple[tuple[int, str, bool], ...]
    marks_y: int
    words: str


def dot_strip(
    before: Mapping[int, int], after: Mapping[int, int] | None, manager: int | None, scale: Sequence[ScalePoint]
) -> DotStrip:
    """Place the votes of one criterion.

    Args:
        before: first votes, counted by rating 1 to 5. after: final votes, or None before there are any.
        manager: the manager's rating, if it may be shown.
    """
    lines = [(gettext("First"), before, after is not None)]
    if after is not None:
        lines.append((gettext("Final"), after, False))
    rows: list[DotRow] = []
    y = 0
    for index, (label, votes, is_ring) in enumerate(lines):
        y += _room(votes) + (4 if index == 0 else 12)
        points = tuple(
            (LEFT + (value - 1) * STEP, y - 7 - k * RISE) for value in sorted(votes) for k in range(votes[value])
        )
        rows.append(DotRow(label, y - 2, y, is_ring, points))
    height = 22 + RISE * len(lines) + sum(_room(votes) for _, votes, _ in lines)
    triangle = f"M{_middle(manager) - 22} {y - 2}l5 -9 5 9z" if manager else ""
    marks = tuple((_middle(point.value), point.short, point.value == TARGET) for point in scale)
    return DotStrip(height, height - 18, tuple(rows), triangle, marks, height - 3, _describe(lines, manager, scale))


def _middle(value: int) -> int:
    return LEFT + (value - 1) * STEP


def _room(votes: Mapping[int, int]) -> int:
    return max([LEAST_DOTS, *votes.values()]) * RISE + 6


def _describe(
    lines: Sequence[tuple[str, Mapping[int, int], bool]], manager: int | None, scale: Sequence[ScalePoint]
) -> str:
    names = {point.value: point.word for point in scale}
    parts = []
    for label, votes, _ in lines:
        counts = [f"{votes[value]} × {names[value]}" for value in sorted(votes) if votes[value]]
        parts.append(f"{label}: {tr(counts) if counts else gettext('no votes')}.")
    if manager:
        parts.append(gettext("Manager: %(word)s.", word=names[manager]))
    return " ".join(parts)


def bar_width(value: float, most: float) -> float:
    """Return the width of a plain bar of `value` out of `most`."""
    return round(BAR * min(max(value / most, 0), 1), 1) if most else 0


def init_app(app: Flask) -> None:
    """Give the macros the geometry."""
    app.jinja_env.globals.update(dot_strip=dot_strip, bar_width=bar_width, share_chart=draw_shares)
