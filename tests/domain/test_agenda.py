"""The order of a committee's cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise, permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from review.domain.agenda import AgendaCase, find_first_speaker, find_missing, order_cases
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


def runs(part: Sequence[int], out: Mapping[int, frozenset[int]]) -> list[frozenset[int]]:
    """Return who is out, one after another, each as long as it stays the same."""
    return [each for each, _ in groupby(out[number] for number in part)]


def leavings(order: Sequence[frozenset[int]], person: int) -> int:
    """Count how often somebody leaves the room."""
    return sum(person in out and (not place or person not in order[place - 1]) for place, out in enumerate(order))


@given(CASES)
def test_every_case_stands_once_in_the_part_it_belongs_to(cases: list[AgendaCase]) -> None:
    agenda = order_cases(cases)
    assert sorted(agenda.order) == sorted(case.case_id for case in cases)
    for case in cases:
        is_agreed = case.tally is AGREED and not case.is_pulled  # the one tally of one answer that nobody doubts
        if case.tally is None:
            expected = agenda.sealed
        elif not is_agreed:
            expected = agenda.discuss
        elif case.missing:
            expected = agenda.waiting
        else:
            expected = agenda.consent
        assert case.case_id in expected


@given(CASES, st.randoms())
def test_the_same_facts_give_the_same_order(cases: list[AgendaCase], random: Random) -> None:
    shuffled = list(cases)
    random.shuffle(shuffled)
    assert order_cases(shuffled) == order_cases(cases)


@given(CASES)
def test_the_same_absences_stand_together(cases: list[AgendaCase]) -> None:
    agenda = order_cases(cases)
    out = {case.case_id: case.out_ids for case in cases}
    for part in (agenda.discuss, agenda.waiting, agenda.consent, agenda.sealed):
        found = runs(part, out)
        assert len(found) == len(set(found))


@given(CASES)
def test_whose_conflicts_are_those_of_nobody_else_leaves_once_a_part(cases: list[AgendaCase]) -> None:
    """Where no two groups of absences overlap, each member leaves at most once in each part."""
    alone = [replace(case, out_ids=frozenset(sorted(case.out_ids)[:1])) for case in cases]
    agenda = order_cases(alone)
    out = {case.case_id: case.out_ids for case in alone}
    for part in (agenda.discuss, agenda.waiting, agenda.consent, agenda.sealed):
        found = runs(part, out)
        for person in (1, 2, 3):
            assert leavings(found, person) == any(person in each for each in found)


@given(CASES)
def test_two_members_never_leave_more_often_than_in_the_best_order(cases: list[AgendaCase]) -> None:
    """With two conflicted members every order of the groups is tried: none has fewer leave."""
    pairs = [replace(case, out_ids=case.out_ids & {1, 2}) for case in cases]
    agenda = order_cases(pairs)
    out = {case.case_id: case.out_ids for case in pairs}
    for part in (agenda.discuss, agenda.waiting, agenda.consent, agenda.sealed):
        found = runs(part, out)
        best = min(sum(leavings(order, person) for person in (1, 2)) for order in permutations(found))
        assert sum(leavings(found, person) for person in (1, 2)) == best


@given(CASES)
def test_within_the_same_absences_the_most_disputed_comes_first(cases: list[AgendaCase]) -> None:
    agenda = order_cases(cases)
    found = {case.case_id: case for case in cases}
    for one, other in pairwise(agenda.discuss):
        first, second = found[one], found[other]
        assert first.tally is not None
        assert second.tally is not None
        if first.out_ids == second.out_ids:
            assert (first.tally.disagreement, -one) >= (second.tally.disagreement, -other)


def test_whoever_may_not_vote_passes_the_turn_on() -> None:
    members = (5, 6, 7)
    assert [find_first_speaker(members, turn, {5, 6, 7}) for turn in range(4)] == [5, 6, 7, 5]
    assert [find_first_speaker(members, turn, {5, 7}) for turn in range(4)] == [5, 7, 7, 5]
    assert (find_first_speaker(members, 1, set()), find_first_speaker((), 1, {5})) == (None, None)


@given(st.integers(1, 9), st.integers(0, 60))
def test_turns_to_speak_first_are_even_where_everybody_votes(people: int, cases: int) -> None:
    members = tuple(range(people))
    turns = [find_first_speaker(members, turn, set(members)) for turn in range(cases)]
    counts = [turns.count(each) for each in members]
    assert max(counts) - min(counts) in {0, 1}


@given(st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=30))
def test_who_speaks_first_votes_on_the_case_and_depends_on_it_alone(able: list[set[int]]) -> None:
    members = tuple(range(7))
    found = [find_first_speaker(members, turn, each) for turn, each in enumerate(able)]
    assert all(who in each if each else who is None for who, each in zip(found, able, strict=True))
    assert found[-1] == find_first_speaker(members, len(able) - 1, able[-1])
