"""Whether a stage lets people of one group through less often, level by level; silent where groups are small."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from review.domain.insight.facts import INELIGIBLE, CaseFact, Facts
from review.domain.insight.sheet import Line, Section, Table, Words, draw_share
from review.domain.statistics.fairness import (
    FEWEST_HITS,
    FEWEST_TO_TEST,
    SIGNIFICANT,
    Comparison,
    Rate,
    compare,
    count_holm,
    find_hidden,
)
from review.domain.statistics.figure import Kind, write_interval, write_number
from review.domain.statistics.intervals import wilson
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

LEAD = text(
    "Of everybody who came to a stage, how many of each group went on. A signal is a reason to look at cases, not a "
    "proof; and no signal does not mean that all is well."
)
HEADER = (
    text("Group"),
    text("Went on"),
    text("Rate"),
    text("95 %% interval"),
    text("Share of the highest rate"),
    text("Chance alone"),
    text("Within levels"),
    text("What it says"),
)
NOTHING_TO_COMPARE = text("No group is large enough to be shown.")
Cells = dict[tuple[str, str], Rate]
"""Rates by group and level."""


@dataclass(frozen=True)
class Stage:
    """One stage: its title, and how many of each group and level came to it and went on."""

    key: str
    title: Text
    cells: Cells


@dataclass(frozen=True)
class _Compared:
    """A group's rate with what it is compared to; `found` None where it is the highest, or nothing is tested."""

    name: str
    rate: Rate
    found: Comparison | None
    is_best: bool
    is_alone: bool = False


def tell_fairness(facts: Facts, by: Words) -> Section:
    """Return the section on fairness by the attribute of people that `by` names."""
    title = text("Fairness by stage: %(by)s", by=by)
    if facts.running:
        waiting = plural(
            "One case is not announced yet. Stages are counted once all are.",
            "%(count)s cases are not announced yet. Stages are counted once all are.",
            facts.running,
        )
        return Section("fairness", title, LEAD, notes=(waiting,))
    compared = {stage.key: _compare(stage, facts.least) for stage in find_stages(facts)}
    tables = tuple(_table(stage, compared[stage.key], facts.least) for stage in find_stages(facts))
    found = [each.found for rows in compared.values() for each in rows if each.found]
    return Section("fairness", title, LEAD, (), tables, tuple(_notes(found)))


def find_stages(facts: Facts) -> tuple[Stage, ...]:
    """Return eligible to nominated, nominated to committee, committee to promoted."""
    nominated = [case for case in facts.cases if case.kind != "entry" and case.outcome != INELIGIBLE]
    met = [case for case in nominated if case.was_sealed]
    eligible: Cells = _count(nominated, lambda _case: True)
    for each in facts.eligible:
        before = eligible.get((each.group, each.level), Rate(0, 0))
        eligible[each.group, each.level] = Rate(before.hits, before.n + each.count)
    return (
        Stage("nominated", text("Of those who could be nominated, nominated"), eligible),
        Stage(
            "committee", text("Of those nominated, before a committee"), _count(nominated, lambda case: case.was_sealed)
        ),
        Stage("promoted", text("Of those before a committee, promoted"), _count(met, lambda case: case.is_promoted)),
    )


def _count(cases: Iterable[CaseFact], went_on: Callable[[CaseFact], bool]) -> Cells:
    n: dict[tuple[str, str], int] = defaultdict(int)
    hits: dict[tuple[str, str], int] = defaultdict(int)
    for case in cases:
        n[case.group, case.from_level] += 1
        hits[case.group, case.from_level] += went_on(case)
    return {key: Rate(hits[key], n[key]) for key in n}


def _compare(stage: Stage, least: int) -> list[_Compared]:
    """Return the groups that may be shown, each against the one with the highest rate of those that can be tested."""
    levels: dict[str, dict[str, Rate]] = defaultdict(dict)
    for (group, level), rate in stage.cells.items():
        levels[group][level] = rate
    whole = {
        group: Rate(sum(r.hits for r in each.values()), sum(r.n for r in each.values()))
        for group, each in levels.items()
    }
    hidden = find_hidden({group: rate.n for group, rate in whole.items()}, least)
    shown = {group: whole[group] for group in sorted(whole) if group not in hidden and whole[group].n}
    best = _find_best(shown)
    if best is None or not shown[best].hits:
        return [_Compared(name, rate, None, is_best=False, is_alone=len(shown) == 1) for name, rate in shown.items()]
    return [
        _Compared(
            name,
            rate,
            None if name == best else compare(rate, shown[best], _pair(levels[name], levels[best])),
            name == best,
        )
        for name, rate in shown.items()
    ]


def _find_best(shown: Mapping[str, Rate]) -> str | None:
    """Return the group with the highest rate: of those with enough people, if any; the first by name of several."""
    if len(shown) < 2:
        return None
    enough = {name: rate for name, rate in shown.items() if rate.n >= FEWEST_TO_TEST} or shown
    return max(enough, key=lambda name: enough[name].share)


def _pair(group: Mapping[str, Rate], best: Mapping[str, Rate]) -> list[tuple[Rate, Rate]]:
    return [(group[level], best[level]) for level in sorted(group.keys() & best.keys())]


def _table(stage: Stage, rows: list[_Compared], least: int) -> Table:
    note: Words = ""
    if not rows:
        note = NOTHING_TO_COMPARE
    elif sum(rate.n for rate in stage.cells.values()) > sum(each.rate.n for each in rows):
        note = text(
            "Groups of fewer than %(least)s are hidden, and others with them, so that none can be worked out.",
            least=least,
        )
    return Table(stage.key, stage.title, HEADER, tuple(map(_line, rows)), note)


def _line(row: _Compared) -> Line:
    rate, found = row.rate, row.found
    interval = wilson(rate.hits, rate.n)
    cells: tuple[Words, ...] = (
        text("%(hits)s of %(n)s", hits=rate.hits, n=rate.n),
        write_number(rate.share, Kind.SHARE),
        write_interval(interval, Kind.SHARE),
        "" if found is None else write_number(found.ratio, Kind.SHARE),
        "" if found is None else write_number(found.chance, Kind.CHANCE),
        "" if found is None or found.level_chance is None else write_number(found.level_chance, Kind.CHANCE),
        _say(row),
    )
    return Line(row.name or text("none named"), cells, draw_share(rate.share, interval))


def _say(row: _Compared) -> Words:
    if row.is_best:
        return text("The highest rate; the others are held against it")
    if row.is_alone:
        return text("No other group is large enough to be held against")
    if row.found is None:
        return text(
            "Not tested: from %(people)s people each and %(hits)s who went on", people=FEWEST_TO_TEST, hits=FEWEST_HITS
        )
    return _say_signal(row.found) if row.found.is_signal else _say_power(row.found)


def _say_signal(found: Comparison) -> Text:
    if found.level_chance is None:
        return text("A signal in all; no level has people of both groups")
    if found.level_chance >= SIGNIFICANT:
        return text("A signal in all, not within levels: look at who is at which level")
    return text("A signal: look at these cases")


def _say_power(found: Comparison) -> Text:
    power = round(100 * found.power)
    return text("No signal. A true share of 80 %% would show in %(power)s of 100 such cycles", power=power)


def _notes(found: list[Comparison]) -> Iterable[Words]:
    yield text(
        "A signal needs three things: less than four fifths of the highest rate, still so with one person more, and a "
        "chance of less than 5 in 100 (Fisher, mid-p). “Within levels” is the same chance where people of one level "
        "alone are compared (Cochran, Mantel, Haenszel, exact)."
    )
    if found:
        yield plural(
            "One comparison is made on this page; taken alone it stands at: %(held)s.",
            "%(count)s comparisons are made on this page; taken together (Holm), %(held)s would stand.",
            len(found),
            held=count_holm([each.chance for each in found]),
        )
