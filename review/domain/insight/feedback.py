"""Who was heard: required functions, how evenly, how much was asked of whom, and mutual voices as a fact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from review.domain.coverage import measure_balance
from review.domain.insight.facts import AnswerFact, Facts
from review.domain.insight.sheet import Line, Section, Table, draw_share, tell_figure
from review.domain.statistics.figure import Estimate, Figure, Kind, shown_from, too_few, withhold, write_number
from review.domain.statistics.intervals import estimate_share, wilson
from review.domain.statistics.spread import find_spread
from review.domain.text import Text, text

BUSIEST = 10
LEAD = text("Whom the cycle's cases were judged by: every required function, and no few people for everybody.")
CASES, PEOPLE = text("cases"), text("people")


def tell_feedback(facts: Facts) -> Section:
    """Return the section on feedback, of the cases that a committee decided."""
    decided = {case.id for case in facts.decided}
    heard: dict[int, list[AnswerFact]] = {case_id: [] for case_id in decided}
    for answer in facts.answers:
        if answer.case_id in heard:
            heard[answer.case_id].append(answer)
    cases = list(heard.values())
    figures = (_whole(cases, facts), _balance(cases, facts), *_load(cases, facts))
    tables = (_missing(cases, facts),) if facts.required else ()
    return Section(
        "feedback",
        text("Feedback"),
        LEAD,
        tuple(tell_figure(each, facts.least) for each in figures),
        tables,
        (_mutual(facts), _hidden_load()),
    )


def _functions(answers: Sequence[AnswerFact], required: Sequence[str]) -> set[str]:
    return {answer.function for answer in answers} & set(required)


def _whole(cases: list[list[AnswerFact]], facts: Facts) -> Figure:
    full = sum(len(_functions(each, facts.required)) == len(set(facts.required)) for each in cases)
    return Figure(
        text("Every required function heard"),
        text("Of the decided cases, those in which somebody of every required function answered."),
        estimate_share(full, len(cases), least=facts.least),
        Kind.SHARE,
        CASES,
    )


def _missing(cases: list[list[AnswerFact]], facts: Facts) -> Table:
    """Return how many cases each required function was heard in, those most often missing first."""
    counted = {name: sum(name in _functions(each, facts.required) for each in cases) for name in facts.required}
    header = (text("Required function"), text("Heard in"), text("Share"))
    if len(cases) < facts.least:
        return Table("functions", text("Functions heard"), header, (), shown_from(facts.least))
    lines = tuple(
        Line(
            name,
            (
                text("%(count)s of %(cases)s cases", count=count, cases=len(cases)),
                write_number(count / len(cases), Kind.SHARE),
            ),
            draw_share(count / len(cases), wilson(count, len(cases))),
        )
        for name, count in sorted(counted.items(), key=lambda pair: (pair[1], pair[0]))
    )
    return Table("functions", text("Functions heard"), header, lines)


def _balance(cases: list[list[AnswerFact]], facts: Facts) -> Figure:
    name = text("Balance between functions")
    says = text(
        "How evenly answers come from the required functions: 1 evenly, 0 all from one. The middle case is told."
    )
    measured = []
    for answers in cases:
        counted = Counter(answer.function for answer in answers)
        balance = measure_balance([counted[each] for each in dict.fromkeys(facts.required)])
        if balance is not None:
            measured.append(balance)
    spread = find_spread(measured) if len(measured) >= facts.least else None
    estimate = (
        Estimate(len(measured), spread.median)
        if spread
        else withhold(len(measured), too_few(len(measured), facts.least))
    )
    return Figure(name, says, estimate, Kind.NUMBER, text("cases with four or more of them"))


def _load(cases: list[list[AnswerFact]], facts: Facts) -> tuple[Figure, Figure]:
    counts = Counter(answer.giver_id for answers in cases for answer in answers)
    asked = sorted(counts.values(), reverse=True)
    spread = find_spread(asked) if len(asked) >= facts.least else None
    few = withhold(len(asked), too_few(len(asked), facts.least))
    busiest = sum(asked[: max(len(asked) // BUSIEST, 1)])
    has_tenth = len(asked) >= facts.least * BUSIEST
    return (
        Figure(
            text("Answers by one person"),
            text("How many answers the middle one of all who answered has given."),
            Estimate(len(asked), spread.median) if spread else few,
            Kind.COUNT,
            PEOPLE,
        ),
        Figure(
            text("Share of the busiest tenth"),
            text("How many of all answers come from the tenth of people who gave most; 10 %% would be even."),
            Estimate(len(asked), busiest / sum(asked))
            if has_tenth
            else withhold(len(asked), too_few(len(asked), facts.least * BUSIEST)),
            Kind.SHARE,
            PEOPLE,
        ),
    )


def _mutual(facts: Facts) -> Text:
    mutual, voices = facts.mutual
    if voices < facts.least:
        return text("Mutual voices are told from %(need)s voices on.", need=facts.least)
    return text(
        "%(mutual)s of %(voices)s voices are mutual: the two gave feedback about each other.",
        mutual=mutual,
        voices=voices,
    )


def _hidden_load() -> Text:
    return text(
        "Nobody is named here, and no pair. Answers of direct reports count for functions, not for mutual voices."
    )
