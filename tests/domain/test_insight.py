"""The sections of a cycle's figures: when they speak, when they are silent, and what hides whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from review.domain.insight.agreement import tell_agreement
from review.domain.insight.compose import compose_sheet
from review.domain.insight.facts import AnswerFact, CaseFact, EligibleFact, Facts, RatingFact, Stay, VoteFact
from review.domain.insight.fairness import find_stages, tell_fairness
from review.domain.insight.feedback import tell_feedback
from review.domain.insight.rates import tell_rates
from review.domain.insight.severity import tell_severity
from review.domain.insight.sheet import Section, Table, Told, read_sheet, spell, write_sheet
from review.domain.insight.times import tell_times
from review.domain.statistics.fairness import Rate
from review.domain.statistics.severity import MOST_RATERS

CRITERION = "leadership"


def case(
    number: int, group: str = "Product", *, level: str = "IC2", outcome: str = "promoted", **more: object
) -> CaseFact:
    """Return a decided case."""
    fact = CaseFact(number, "promotion", "A", group, level, "IC", "3", 1, outcome, was_sealed=True)
    return replace(fact, **more)  # type: ignore[arg-type]


def groups(*sizes: tuple[str, int, int]) -> Facts:
    """Return cases of groups given as (name, promoted, all)."""
    cases: list[CaseFact] = []
    for name, hits, n in sizes:
        cases += [case(len(cases) + k, name, outcome="promoted" if k < hits else "not_yet") for k in range(n)]
    return Facts(least=5, cases=tuple(cases))


def table(section: Section, key: str) -> Table:
    """Return a table of a section."""
    return next(each for each in section.tables if each.key == key)


def said(section: Section, key: str) -> dict[str, str]:
    """Return the last cell of each row of a table."""
    return {str(line.name): str(line.cells[-1]) for line in table(section, key).lines}


def figure(section: Section, name: str) -> Told:
    """Return a figure of a section."""
    return next(each for each in section.figures if str(each.name) == name)


def test_a_signal_says_where_to_look() -> None:
    """48 of 80 and 12 of 40: at one level it is a signal; a third group of few is only named as not tested."""
    told = said(tell_fairness(groups(("A", 48, 80), ("B", 12, 40), ("C", 5, 9)), "function"), "promoted")
    assert told == {
        "A": "The highest rate; the others are held against it",
        "B": "A signal: look at these cases",
        "C": "Not tested: from 10 people each and 5 who went on",
    }


def test_a_signal_that_levels_explain_says_so() -> None:
    """Equal within each level: fewer of B are at the level where most are promoted."""
    cases = [
        *(case(k, "A", level="IC2", outcome="promoted" if k < 160 else "not_yet") for k in range(200)),
        *(case(k, "A", level="IC3", outcome="promoted" if k < 520 else "not_yet") for k in range(500, 600)),
        *(case(k, "B", level="IC2", outcome="promoted" if k < 1080 else "not_yet") for k in range(1000, 1100)),
        *(case(k, "B", level="IC3", outcome="promoted" if k < 2040 else "not_yet") for k in range(2000, 2200)),
    ]
    told = said(tell_fairness(Facts(least=5, cases=tuple(cases)), "function"), "promoted")
    assert told["B"] == "A signal in all, not within levels: look at who is at which level"


def test_no_signal_tells_its_power() -> None:
    """Ten and ten: hardly anything would show."""
    told = said(tell_fairness(groups(("A", 5, 10), ("B", 5, 10)), "function"), "promoted")
    assert told["B"] == "No signal. A true share of 80 % would show in 7 of 100 such cycles"


def test_small_groups_are_hidden_with_another() -> None:
    section = tell_fairness(groups(("A", 10, 20), ("B", 3, 8), ("C", 1, 4)), "function")
    assert said(section, "promoted") == {"A": "No other group is large enough to be held against"}
    assert str(table(section, "promoted").note).startswith("Groups of fewer than 5 are hidden")


def test_the_policy_may_ask_for_larger_groups() -> None:
    facts = replace(groups(("A", 10, 20), ("B", 10, 12)), least=15)
    assert said(tell_fairness(facts, "function"), "promoted") == {}


def test_stages_follow_each_other() -> None:
    """Who was not eligible was never nominated; who came by an entry was not chosen from the ladder."""
    facts = replace(
        groups(("A", 2, 3)),
        cases=(
            *groups(("A", 2, 3)).cases,
            case(90, "A", outcome="withdrawn", was_sealed=False),
            case(91, "A", outcome="ineligible", was_sealed=False),
            case(92, "A", kind="entry"),
        ),
        eligible=(EligibleFact("A", "IC2", 6), EligibleFact("B", "IC2", 2)),
    )
    first, second, third = (stage.cells for stage in find_stages(facts))
    assert first == {("A", "IC2"): Rate(4, 10), ("B", "IC2"): Rate(0, 2)}
    assert second == {("A", "IC2"): Rate(3, 4)}
    assert third == {("A", "IC2"): Rate(2, 3)}


def test_stages_are_silent_while_a_case_is_on_its_way() -> None:
    section = tell_fairness(replace(groups(("A", 10, 20)), running=2), "function")
    assert section.tables == ()
    assert [str(note) for note in section.notes] == ["2 cases are not announced yet. Stages are counted once all are."]


@pytest.mark.parametrize(
    ("n", "value", "why", "word"),
    [
        (4, "", "Shown from 5 on", ""),
        (9, "", "9 are here; it is told from 10 on", ""),
        (10, "1.00", "", ""),
        (29, "1.00", "", ""),
        (30, "1.00", "", "Alike enough to rely on"),
    ],
)
def test_words_come_with_thirty_cases(n: int, value: str, why: str, word: str) -> None:
    votes = tuple(
        VoteFact(k, CRITERION, tuple(3 if place == k % 5 else 0 for place in range(5)), None) for k in range(n)
    )
    told = figure(tell_agreement(Facts(least=5, votes=votes)), "Votes, before the reveal")
    assert (str(told.value), str(told.why), str(told.word)) == (value, why, word)


def test_equal_votes_cannot_be_measured_and_nearly_equal_ones_get_another_coefficient() -> None:
    votes = tuple(VoteFact(k, CRITERION, (0, 0, 0, 3, 0), None) for k in range(12))
    ballots = {k: (3, 0, 0) if k else (2, 1, 0) for k in range(12)}
    section = tell_agreement(Facts(least=5, votes=votes, ballots=ballots))
    told = figure(section, "Votes, before the reveal")
    assert (told.value, str(told.why)) == ("", "It cannot be measured: there is no variation")
    assert str(figure(section, "Promote or not, nearly unanimous").value) == "0.94"
    divided = replace(Facts(least=5, votes=votes), ballots=dict.fromkeys(range(12), (2, 1, 0)))
    names = [str(each.name) for each in tell_agreement(divided).figures]
    assert "Promote or not, nearly unanimous" not in names


def ring(managers: int, shift: int, *, is_closed: bool = True) -> Facts:
    """Return people rated by their manager and the next manager; the first adds `shift`."""
    cases, ratings = [], []
    for number in range(managers * 4):
        own = number % managers
        other = (own + 1) % managers if is_closed or own % 2 == 0 else own - 1
        cases.append(case(number, manager_id=own))
        for name, rater in (("final", own), ("second", other)):
            value = 2 + number % 2 + (shift if rater == 0 else 0)
            ratings.append(RatingFact(number, name, rater, CRITERION, value))
    names = {number: f"Manager {number}" for number in range(managers)}
    return Facts(least=5, cases=tuple(cases), ratings=tuple(ratings), names=names)


def test_a_clear_difference_is_a_question() -> None:
    section = tell_severity(ring(6, 2))
    (line,) = table(section, "severity").lines
    assert line.name == "Manager 0"
    assert str(line.cells[-1]) == "Others rated the same people lower. Did they see other work?"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (ring(6, 0), "No question: of nobody with 3 shared cases"),
        (ring(4, 2), "No question: 4 managers rated, 5 are needed."),
        (ring(6, 2, is_closed=False), "No question: the raters fall into 3 groups"),
        (ring(MOST_RATERS + 1, 2), f"No question: this is worked out for up to {MOST_RATERS} raters."),
        (Facts(least=5), "Nothing is rated yet."),
    ],
)
def test_every_gate_says_why_it_is_shut(facts: Facts, why: str) -> None:
    section = tell_severity(facts)
    assert section.tables == ()
    assert str(section.notes[-1]).startswith(why)


def test_feedback_counts_functions_load_and_mutual_voices() -> None:
    """Five cases: all heard Design, four Data; one person answered in each."""
    answers = [AnswerFact(k, 7, "Design", 1, 3) for k in range(5)]
    answers += [AnswerFact(k, 10 + k, "Data", 1, 3) for k in range(4)]
    facts = replace(groups(("A", 5, 5)), answers=tuple(answers), required=("Design", "Data"), mutual=(2, 9))
    section = tell_feedback(facts)
    assert str(figure(section, "Every required function heard").value) == "80\u00a0%"
    rows = [(str(line.name), str(line.cells[0])) for line in table(section, "functions").lines]
    assert rows == [("Data", "4 of 5 cases"), ("Design", "5 of 5 cases")]
    assert str(figure(section, "Answers by one person").n) == "5 people"
    assert str(figure(section, "Answers by one person").value) == "1"
    assert str(figure(section, "Share of the busiest tenth").why) == "5 are here; it is told from 50 on"
    assert str(section.notes[0]).startswith("2 of 9 voices are mutual")
    silent = tell_feedback(replace(facts, mutual=(2, 4)))
    assert str(silent.notes[0]) == "Mutual voices are told from 5 voices on."


def test_rates_by_grade_hide_what_is_small() -> None:
    cases = [
        *(case(k, outcome="promoted" if k < 6 else "not_yet") for k in range(10)),
        *(case(k, grade="4") for k in range(20, 26)),
        *(case(k, grade="5") for k in range(30, 33)),
    ]
    section = tell_rates(Facts(least=5, cases=tuple(cases)))
    assert [(str(line.name), str(line.cells[0])) for line in table(section, "rates").lines] == [("IC 3", "6 of 10")]
    assert str(figure(section, "Promoted").n) == "19 cases"


def test_stages_are_in_the_order_of_the_workflow() -> None:
    stays = [
        Stay(place, name, day) for place, name in ((1, "Second"), (0, "First")) for day in (1.0, 2.0, 3.0, 4.0, 5.0)
    ]
    lines = table(tell_times(Facts(least=5, stays=(*stays, Stay(2, "Third", 1.0)))), "stages").lines
    assert [(line.name, *map(str, line.cells)) for line in lines] == [
        ("First", "5", "3.0", "2.0 to 4.0", ""),
        ("Second", "5", "3.0", "2.0 to 4.0", ""),
        ("Third", "", "", "", "Shown from 5 on"),
    ]


def test_an_empty_cycle_has_every_section_and_no_number() -> None:
    sheet = spell(compose_sheet(Facts(least=5), "function", cycle="C", company="", reader="R"), str)
    assert [told.value for section in sheet.sections for told in section.figures if told.value] == []
    assert read_sheet(write_sheet(sheet)) == sheet
