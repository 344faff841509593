"""The order of a committee's cases."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.domain.agenda import AgendaCase, find_missing, order_cases
from review.domain.ballot import CountedVote, Overall, Rules, Tally, count_votes
from review.domain.text import text

RULES = Rules(3, 50, 2)


def tally(*cast: tuple[str, int]) -> Tally:
    votes = [CountedVote(person, overall, {"skill": value}) for person, (overall, value) in enumerate(cast)]
    return count_votes(votes, {"skill": "Skill"}, RULES)


AGREED = tally(("promote", 4), ("promote", 4), ("promote", 4))
AGREED_IN_DOUBT = tally(("promote", 3), ("promote", 5), ("promote", 4))
SPLIT = tally(("promote", 4), ("not_yet", 4), ("promote", 4))
TORN = tally(("promote", 5), ("not_yet", 2), ("defer", 3))


def test_agreed_cases_go_together_and_the_rest_by_disagreement() -> None:
    agenda = order_cases(
        [
            AgendaCase(1, tally=AGREED),
            AgendaCase(2, tally=SPLIT),
            AgendaCase(3, tally=TORN),
            AgendaCase(4, tally=AGREED_IN_DOUBT),
        ]
    )
    assert (agenda.discuss, agenda.consent, agenda.sealed) == ((3, 2, 4), (1,), ())


def test_a_case_that_was_taken_off_is_talked_about_and_one_with_gaps_to_name_waits() -> None:
    agenda = order_cases(
        [
            AgendaCase(1, tally=AGREED, is_pulled=True),
            AgendaCase(2, tally=AGREED, missing=(text("Name a gap"),)),
            AgendaCase(3, tally=AGREED, is_pulled=True, missing=(text("Name a gap"),)),
            AgendaCase(4, tally=SPLIT, missing=(text("Name a gap"),)),
            AgendaCase(5, tally=AGREED),
        ]
    )
    assert (agenda.discuss, agenda.waiting, agenda.consent) == ((4, 1, 3), (2,), (5,))
    assert agenda.order == (4, 1, 3, 2, 5)


def test_what_is_missing_before_an_outcome_is_decided() -> None:
    def missing(outcome: Overall, named: int, unanswered: int) -> list[str]:
        return [str(each) for each in find_missing(outcome, gaps_named=named, gaps_unanswered=unanswered)]

    unanswered = "2 gaps of an earlier case have no answer yet"
    name_one = "Name at least one gap: what is missing, and when it is looked at again"
    assert missing(Overall.PROMOTE, 0, 0) == []
    assert missing(Overall.PROMOTE, 0, 2) == [unanswered]
    assert missing(Overall.NOT_YET, 0, 2) == [unanswered, name_one]
    assert missing(Overall.NOT_YET, 1, 0) == []
    assert missing(Overall.DEFER, 0, 2) == []


def test_sealed_cases_keep_the_order_of_their_numbers() -> None:
    assert order_cases([AgendaCase(7), AgendaCase(2), AgendaCase(5)]).sealed == (2, 5, 7)


def test_a_conflicted_member_leaves_once() -> None:
    out, both = frozenset({9}), frozenset({8, 9})
    agenda = order_cases(
        [
            AgendaCase(1, out, TORN),
            AgendaCase(2, frozenset(), SPLIT),
            AgendaCase(3, both, SPLIT),
            AgendaCase(4, out, AGREED_IN_DOUBT),
        ]
    )
    assert agenda.discuss == (1, 4, 3, 2)


CASES = st.lists(
    st.builds(
        AgendaCase,
        st.integers(1, 40),
        st.frozensets(st.integers(1, 3)),
        st.sampled_from([None, AGREED, AGREED_IN_DOUBT, SPLIT, TORN]),
        st.booleans(),
        st.sampled_from([(), (text("Name a gap"),)]),
    ),
    unique_by=lambda case: case.case_id,
)


@given(CASES)
def test_every_case_stands_once_and_the_same_absences_together(cases: list[AgendaCase]) -> None:
    agenda = order_cases(cases)
    assert sorted(agenda.order) == sorted(case.case_id for case in cases)
    out = {case.case_id: case.out_ids for case in cases}
    for part in (agenda.discuss, agenda.waiting, agenda.consent, agenda.sealed):
        runs = [out[number] for place, number in enumerate(part) if not place or out[part[place - 1]] != out[number]]
        assert len(runs) == len(set(runs))
