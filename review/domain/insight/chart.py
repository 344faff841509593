"""Where each mark of a chart of shares stands, in units of its drawing; templates for page and print write it down."""

from __future__ import annotations

from collections.abc import Sequence

from review.domain.insight.sheet import WHOLE, Line, Words
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.writing import cut_line

WIDTH, STEP, BAR_AT, BAR_HEIGHT = 300, 34, 15, 10
"""How wide the drawing is, from one bar to the next, where a bar is below its label, and how thick it is."""
LONGEST_LABEL = 46
"""Letters that fit above a bar; the whole name stands in the table beside the chart."""
MARKS = (0, 250, 500, 750, WHOLE)


@dataclass(frozen=True)
class ShareRow:
    """One bar: its label, its width, and the line of its interval."""

    label: Words
    label_y: int
    y: int
    width: float
    whisker: str


@dataclass(frozen=True)
class ShareChart:
    """Shares one below the other on one scale; `words` is the same for those who do not see it."""

    height: int
    rows: tuple[ShareRow, ...]
    marks: tuple[tuple[float, str], ...]
    marks_y: int
    words: tuple[Text, ...]


def draw_shares(lines: Sequence[Line]) -> ShareChart:
    """Place a bar of a share, and the line of its interval, for each line of a table that has one."""
    rows: list[ShareRow] = []
    words: list[Text] = []
    for line in lines:
        if line.bar is None:
            continue
        top, low, high = len(rows) * STEP, _along(line.bar.low), _along(line.bar.high)
        y = top + BAR_AT + BAR_HEIGHT // 2
        whisker = f"M{low} {y}H{high}M{low} {y - 3}v6M{high} {y - 3}v6"
        label = cut_line(line.name, LONGEST_LABEL) if isinstance(line.name, str) else line.name
        rows.append(ShareRow(label, top + 11, top + BAR_AT, _along(line.bar.value), whisker))
        share, low_share, high_share = (
            round(100 * each / WHOLE) for each in (line.bar.value, line.bar.low, line.bar.high)
        )
        words.append(
            text(
                "%(name)s: %(share)s %% (%(low)s to %(high)s).",
                name=line.name,
                share=share,
                low=low_share,
                high=high_share,
            )
        )
    foot = len(rows) * STEP
    marks = tuple((_along(share), f"{100 * share // WHOLE} %") for share in MARKS)
    return ShareChart(foot + 14, tuple(rows), marks, foot + 12, tuple(words))


def _along(share: int) -> float:
    return round(WIDTH * share / WHOLE, 1)
