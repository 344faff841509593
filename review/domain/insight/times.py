"""How long cases stood in each stage."""

from __future__ import annotations

from collections import defaultdict

from review.domain.insight.facts import Facts
from review.domain.insight.sheet import Line, Section, Table
from review.domain.statistics.figure import Kind, shown_from, write_number
from review.domain.statistics.spread import find_spread
from review.domain.text import text

LEAD = text(
    "Days from entering a stage to leaving it, all visits of a case together: where cases wait, not who was slow."
)
HEADER = (text("Stage"), text("Cases"), text("Middle"), text("Middle half"), text("Why not"))


def tell_times(facts: Facts) -> Section:
    """Return the section on time per stage, in the order of the workflow."""
    stages: dict[tuple[int, str], list[float]] = defaultdict(list)
    for stay in facts.stays:
        stages[stay.order, stay.stage].append(stay.days)
    lines = tuple(_line(name, days, facts.least) for (_, name), days in sorted(stages.items()))
    note = text("Half of the cases took at most the middle; half lie in the middle half.")
    table = Table("stages", text("Days in a stage"), HEADER, lines, note if lines else "")
    return Section("times", text("Time per stage"), LEAD, (), (table,))


def _line(name: str, days: list[float], least: int) -> Line:
    spread = find_spread(days) if len(days) >= least else None
    if spread is None:
        return Line(name, ("", "", "", shown_from(least)))
    half = text(
        "%(low)s to %(high)s", low=write_number(spread.low, Kind.DAYS), high=write_number(spread.high, Kind.DAYS)
    )
    return Line(name, (str(spread.n), write_number(spread.median, Kind.DAYS), half, ""))
