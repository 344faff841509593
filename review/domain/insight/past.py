"""What past cases say, which files brought in: promotion rates of earlier cycles, and months between promotions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from review.domain.insight.facts import Facts
from review.domain.insight.rates import is_promotion, tell_hidden
from review.domain.insight.sheet import RANGE, Line, Section, Table, Words, draw_share, tell_estimate, tell_figure
from review.domain.statistics.fairness import Rate, find_hidden
from review.domain.statistics.figure import Figure, Kind, write_interval, write_number
from review.domain.statistics.intervals import estimate_share, wilson
from review.domain.statistics.spread import estimate_median
from review.domain.text import Text, text

LEAD = text(
    "Past cases of this ladder, as the files say that brought them in: nothing of it was decided here, and nobody "
    "checked it. They are counted apart from the cases of this cycle and are in no other figure."
)
OTHER_RULES = text(
    "Earlier cycles had other rules and other people: where two intervals overlap, the difference can be chance."
)
STILL_WAITING = text(
    "Months lie between two promotions of one person, both of them brought in. Who still waits is not among them, so "
    "the true wait is longer."
)
PLAIN = (text("Promoted"), text("Rate"), RANGE)


def tell_past(facts: Facts) -> Section:
    """Return the section on what was decided before Dualtrack."""
    title = text("Before Dualtrack, brought in")
    if not facts.past:
        return Section("past", title, LEAD, notes=(text("No past case of this ladder was brought in."),))
    hits, n = sum(each.hits for each in facts.past), sum(each.n for each in facts.past)
    figures = (
        Figure(
            text("Promoted before"),
            text("Of the decided past cases that asked for a promotion, those that were promoted."),
            estimate_share(hits, n, least=facts.least),
            Kind.SHARE,
            text("past cases"),
        ),
        Figure(
            text("Months between two promotions"),
            text("Half of the people who were promoted twice waited at most so long for the second one."),
            estimate_median([each.months for each in facts.spells]),
            Kind.DAYS,
            text("pairs of promotions"),
        ),
    )
    told = tuple(tell_figure(each, facts.least) for each in figures)
    tables = (_by_cycle(facts), _by_grade(facts), _by_track(facts))
    return Section("past", title, LEAD, told, tables, (OTHER_RULES, STILL_WAITING))


def _by_cycle(facts: Facts) -> Table:
    """Return the rate of each earlier cycle in the order of their answers, and below them that of this one."""
    rates: dict[str, Rate] = defaultdict(lambda: Rate(0, 0))
    days: dict[str, date] = {}
    for each in facts.past:
        rates[each.cycle] = Rate(rates[each.cycle].hits + each.hits, rates[each.cycle].n + each.n)
        days[each.cycle] = max(days.get(each.cycle, each.on), each.on)
    lines, note = _shown(rates, sorted(rates, key=lambda name: (days[name], name)), facts.least)
    marked = [Line(text("%(cycle)s, brought in", cycle=line.name), line.cells, line.bar) for line in lines]
    here = [case for case in facts.decided if is_promotion(case)]
    if len(here) >= facts.least:
        marked.append(_line(text("This cycle"), Rate(sum(case.is_promoted for case in here), len(here))))
    return Table("past-cycles", text("Cycle by cycle"), (text("Cycle"), *PLAIN), tuple(marked), note)


def _by_grade(facts: Facts) -> Table:
    rates: dict[str, Rate] = defaultdict(lambda: Rate(0, 0))
    for each in facts.past:
        name = f"{each.track} {each.grade}".strip()
        rates[name] = Rate(rates[name].hits + each.hits, rates[name].n + each.n)
    lines, note = _shown(rates, sorted(rates), facts.least)
    title = text("By track and grade, all earlier cycles together")
    return Table("past-rates", title, (text("Track and grade"), *PLAIN), tuple(lines), note)


def _by_track(facts: Facts) -> Table:
    months: dict[str, list[float]] = defaultdict(list)
    for each in facts.spells:
        months[each.track].append(each.months)
    hidden = find_hidden({name: len(each) for name, each in months.items()}, facts.least)
    lines = tuple(
        Line(name, tell_estimate(estimate_median(months[name]), Kind.DAYS, facts.least))
        for name in sorted(months)
        if name not in hidden
    )
    header = (text("Track"), text("n"), text("Middle, months"), RANGE, text("Why not"))
    note = tell_hidden(facts.least) if hidden else ""
    return Table("past-months", text("Months between two promotions, by track"), header, lines, note)


def _shown(rates: Mapping[str, Rate], names: Iterable[str], least: int) -> tuple[list[Line], Words]:
    """Return a line for each that is large enough, and a note where others are hidden."""
    hidden = find_hidden({name: rate.n for name, rate in rates.items()}, least)
    note: Words = tell_hidden(least) if hidden else ""
    return [_line(name, rates[name]) for name in names if name not in hidden], note


def _line(name: Words, rate: Rate) -> Line:
    interval = wilson(rate.hits, rate.n)
    cells: tuple[Text | str, ...] = (
        text("%(hits)s of %(n)s", hits=rate.hits, n=rate.n),
        write_number(rate.share, Kind.SHARE),
        write_interval(interval, Kind.SHARE),
    )
    return Line(name, cells, draw_share(rate.share, interval))
