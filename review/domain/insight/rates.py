"""How many of the decided cases were promoted, by grade and track."""

from __future__ import annotations

from collections import defaultdict

from review.domain.insight.facts import CaseFact, Facts
from review.domain.insight.sheet import Line, Section, Table, Words, draw_share, tell_figure
from review.domain.statistics.fairness import find_hidden
from review.domain.statistics.figure import Figure, Kind, write_interval, write_number
from review.domain.statistics.intervals import estimate_share, wilson
from review.domain.text import Text, text

LEAD = text("Promotions of the decided cases, by what they asked for. There is no share that any level should have.")
HEADER = (text("Track and grade"), text("Promoted"), text("Rate"), text("95 %% interval"))


def is_promotion(case: CaseFact) -> bool:
    """Tell whether a case asks for a promotion: no track change, no entry."""
    return case.kind == "promotion"


def tell_hidden(least: int) -> Text:
    """Say that groups are hidden, and why."""
    return text(
        "Groups of fewer than %(least)s are hidden, and others with them, so that none can be worked out.", least=least
    )


def tell_rates(facts: Facts) -> Section:
    """Return the section on promotion rates."""
    decided = [case for case in facts.decided if is_promotion(case)]
    promoted = sum(case.is_promoted for case in decided)
    figure = Figure(
        text("Promoted"),
        text("Of the decided cases that asked for a promotion, those that were promoted."),
        estimate_share(promoted, len(decided), least=facts.least),
        Kind.SHARE,
        text("cases"),
    )
    groups: dict[str, list[CaseFact]] = defaultdict(list)
    for case in decided:
        groups[f"{case.track} {case.grade}".strip()].append(case)
    hidden = find_hidden({name: len(cases) for name, cases in groups.items()}, facts.least)
    lines = tuple(_line(name, groups[name]) for name in sorted(groups) if name not in hidden)
    note: Words = tell_hidden(facts.least) if hidden else ""
    table = Table("rates", text("By track and grade"), HEADER, lines, note)
    return Section("rates", text("Promotion rate"), LEAD, (tell_figure(figure, facts.least),), (table,))


def _line(name: str, cases: list[CaseFact]) -> Line:
    hits, n = sum(case.is_promoted for case in cases), len(cases)
    interval = wilson(hits, n)
    cells: tuple[Words, ...] = (
        text("%(hits)s of %(n)s", hits=hits, n=n),
        write_number(hits / n, Kind.SHARE),
        write_interval(interval, Kind.SHARE),
    )
    return Line(name, cells, draw_share(hits / n, interval))
