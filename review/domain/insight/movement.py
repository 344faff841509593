"""How judgements moved: from the first view to the rating with feedback, to the votes, to the last votes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from review.domain.calibration import SCALE
from review.domain.insight.facts import Counts, Facts
from review.domain.insight.sheet import RANGE, Line, Section, Table, Words, tell_estimate
from review.domain.statistics.figure import Kind, shown_from
from review.domain.statistics.intervals import estimate_mean
from review.domain.text import Text, text

Key = tuple[int, str]
LEAD = text("What feedback, a second pair of eyes and the discussion changed. Moving is neither good nor bad.")
HEADER = (
    text("Step"),
    text("Cases"),
    text("Up"),
    text("The same"),
    text("Down"),
    text("Mean change"),
    RANGE,
    text("Why not"),
)
WIDEST = float(SCALE[-1] - SCALE[0])
NEARLY = 1e-9


def tell_movement(facts: Facts) -> Section:
    """Return the section on movement, each step over the cases and criteria that have both of its ends."""
    first, final = (_ratings(facts, each) for each in ("first", "final"))
    votes = {(vote.case_id, vote.criterion_id): mean for vote in facts.votes if (mean := _mean(vote.first)) is not None}
    last = {
        (vote.case_id, vote.criterion_id): mean
        for vote in facts.votes
        if vote.last and (mean := _mean(vote.last)) is not None
    }
    steps: tuple[tuple[Text, Mapping[Key, float], Mapping[Key, float]], ...] = (
        (text("First view to rating with feedback"), first, final),
        (text("Second rating against the rating"), final, _ratings(facts, "second")),
        (text("Rating to the mean of the votes"), final, votes),
        (text("Votes before the discussion to the last ones"), votes, last),
    )
    lines = tuple(_line(name, before, after, facts.least) for name, before, after in steps)
    notes = (text("Up, the same and down count criteria of cases; n counts cases, and intervals draw whole cases."),)
    return Section("movement", text("Movement"), LEAD, (), (Table("steps", text("Steps"), HEADER, lines),), notes)


def _ratings(facts: Facts, wanted: str) -> dict[Key, float]:
    """Return what was given in a round; of two raters of one round, as after a handover, the last."""
    return {(each.case_id, each.criterion_id): float(each.value) for each in facts.ratings if each.round == wanted}


def _mean(counts: Counts) -> float | None:
    n = sum(counts)
    return sum(value * count for value, count in zip(SCALE, counts, strict=True)) / n if n else None


def _line(name: Text, before: Mapping[Key, float], after: Mapping[Key, float], least: int) -> Line:
    moved = [(key[0], after[key] - before[key]) for key in before if key in after]
    totals: dict[int, float] = defaultdict(float)
    counts: dict[int, int] = defaultdict(int)
    for case_id, change in moved:
        totals[case_id] += change
        counts[case_id] += 1
    n = len(counts)
    if n < least:
        return Line(name, ("", "", "", "", "", "", shown_from(least)))
    estimate = estimate_mean([totals[each] for each in counts], list(counts.values()), low=-WIDEST, high=WIDEST)
    told, value, interval, why = tell_estimate(estimate, Kind.CHANGE, least)
    cells: tuple[Words, ...] = (told, *_directions(change for _, change in moved), value, interval, why)
    return Line(name, cells)


def _directions(changes: Iterable[float]) -> tuple[str, str, str]:
    up = same = down = 0
    for change in changes:
        up += change > NEARLY
        down += change < -NEARLY
        same += abs(change) <= NEARLY
    return str(up), str(same), str(down)
