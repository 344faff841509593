"""Whether shared cases can tell strict raters from strong teams, how far they can, and whom one might ask."""

from __future__ import annotations

from collections import defaultdict

from review.domain.insight.facts import Facts
from review.domain.insight.sheet import Line, Section, Table, Words
from review.domain.statistics.figure import Kind, write_number
from review.domain.statistics.severity import (
    FEWEST_LINKS,
    FEWEST_RATERS,
    MOST_RATERS,
    NINETY,
    Effect,
    Given,
    Links,
    find_links,
    find_questions,
)
from review.domain.text import Text, plural, text

OWN, OTHER = "final", "second"
LEAD = text(
    "With one manager for each candidate, a strict manager and a weak team look the same; only second ratings can tell "
    "them apart. A difference is a question to a person. It changes no rating."
)
EXAMPLES = text(
    "Whoever rates people here can rate a few example profiles first. What they give there is shown to each of them "
    "alone and is in no figure."
)


def tell_severity(facts: Facts) -> Section:
    """Return the section on severity: how the raters hang together, and a question where every gate holds."""
    given, home = _read(facts)
    links = find_links(given)
    managers = frozenset(home.values())
    questions = find_questions(given, home, managers) if given else {}
    tables = (_table(facts, links, questions),) if questions else ()
    return Section("severity", text("Strict and lenient raters"), LEAD, (), tables, _notes(links, managers, questions))


def _read(facts: Facts) -> tuple[list[Given], dict[int, int]]:
    """Return the mean that each rater gave each person, and each person's manager."""
    home = {case.id: case.manager_id for case in facts.cases if case.manager_id is not None}
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for rating in facts.ratings:
        if rating.round in (OWN, OTHER) and rating.case_id in home:
            found[rating.case_id, rating.rater_id].append(rating.value)
    given = [Given(case_id, rater, sum(values) / len(values)) for (case_id, rater), values in found.items()]
    rated = {each.person for each in given}
    return given, {case_id: manager for case_id, manager in home.items() if case_id in rated}


def _notes(links: Links, managers: frozenset[int], questions: dict[int, Effect]) -> tuple[Words, ...]:
    raters = len(links.ratings)
    if not raters:
        return EXAMPLES, text("Nothing is rated yet.")
    linked = sum(1 for count in links.ratings.values() if count)
    how_far = text(
        "%(linked)s of %(raters)s raters rated somebody whom another rated too; the largest group that hangs together "
        "by such cases has %(largest)s. It is connected when that group has all of them.",
        linked=linked,
        raters=raters,
        largest=links.sizes[0],
    )
    return EXAMPLES, how_far, *(() if questions else (_silence(links, len(managers & links.ratings.keys())),))


def _silence(links: Links, managers: int) -> Text:
    """Say which gate keeps the section silent."""
    if managers < FEWEST_RATERS:
        return text("No question: %(have)s managers rated, %(need)s are needed.", have=managers, need=FEWEST_RATERS)
    if not links.is_connected:
        return plural(
            "No question: the raters are not connected.",
            "No question: the raters fall into %(count)s groups that share no case, so nothing compares them.",
            len(links.sizes),
        )
    if len(links.ratings) > MOST_RATERS:
        return text("No question: this is worked out for up to %(most)s raters.", most=MOST_RATERS)
    return text(
        "No question: of nobody with %(links)s shared cases or more is a difference both clear and a fifth of a point. "
        "That does not show that all rate alike.",
        links=FEWEST_LINKS,
    )


def _table(facts: Facts, links: Links, questions: dict[int, Effect]) -> Table:
    header = (text("Manager"), text("Points"), text("90 %% interval"), text("Shared cases"), text("Question"))
    lines = tuple(
        Line(facts.names.get(rater, ""), _cells(effect, links.ratings[rater])) for rater, effect in questions.items()
    )
    return Table("severity", text("Worth a question"), header, tuple(sorted(lines, key=lambda line: str(line.name))))


def _cells(effect: Effect, shared: int) -> tuple[Words, ...]:
    low, high = (effect.mean - NINETY * effect.deviation, effect.mean + NINETY * effect.deviation)
    question = (
        text("Others rated the same people lower. Did they see other work?")
        if effect.mean > 0
        else text("Others rated the same people higher. Did they see other work?")
    )
    interval = text("%(low)s to %(high)s", low=write_number(low, Kind.CHANGE), high=write_number(high, Kind.CHANGE))
    return write_number(effect.mean, Kind.CHANGE), interval, str(shared), question
