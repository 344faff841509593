"""The order of a committee's cases."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.domain.agenda import AgendaCase, order_cases
from review.domain.ballot import CountedVote, Rules, Tally, count_votes

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
    ),
    unique_by=lambda case: case.case_id,
)


@given(CASES)
def test_every_case_stands_once_and_the_same_absences_together(cases: list[AgendaCase]) -> None:
    agenda = order_cases(cases)
    assert sorted([*agenda.discuss, *agenda.consent, *agenda.sealed]) == sorted(case.case_id for case in cases)
    out = {case.case_id: case.out_ids for case in cases}
    for part in (agenda.discuss, agenda.consent, agenda.sealed):
        runs = [out[number] for place, number in enumerate(part) if not place or out[part[place - 1]] != out[number]]
        assert len(runs) == len(set(runs))
