"""The make-up of committees: who sits where, which committee takes which case, and what never happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.make_up import CaseFacts, Part, Place, Proposal, Sitter, Situation, Wish, find_make_up_faults
from review.domain.make_up_cases import propose_make_up

FUNCTIONS = ("Engineering", "Design", "Data", "Sales", "Finance")
A, B = 1, 2


def people(count: int, *, grade: int | None = 6) -> dict[int, Sitter]:
    return {n: Sitter(n, f"Person {n}", FUNCTIONS[n % len(FUNCTIONS)], grade) for n in range(1, count + 1)}


def situation(
    sitters: dict[int, Sitter],
    cases: list[CaseFacts],
    *,
    committees: int = 2,
    size: int = 5,
    most: int | None = None,
    seed: int = 7,
    places: tuple[Place, ...] = (),
) -> Situation:
    names = {number: f"Committee {'ABCDEFGH'[number - 1]}" for number in range(1, committees + 1)}
    return Situation(names, sitters, places, tuple(cases), Wish(committees, size, 3, most, seed))


def case(number: int, *barred: int, grade: int = 4, committee: int | None = None, is_sealed: bool = False) -> CaseFacts:
    return CaseFacts(number, f"PR-{number}", grade, frozenset(barred), committee, is_sealed)


def taken_over(given: Situation, proposal: Proposal) -> Situation:
    """Return the situation after a proposal has been taken over."""
    homes = {each.case_id: each.committee for each in proposal.cases}
    return replace(
        given,
        places=tuple(Place(each.committee, each.person_id, each.part) for each in proposal.places),
        cases=tuple(replace(each, committee=homes.get(each.id, each.committee)) for each in given.cases),
    )


def parts(proposal: Proposal) -> dict[tuple[int, int], Part]:
    return {(each.committee, each.person_id): each.part for each in proposal.places}


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    count = draw(st.integers(0, 24))
    sitters = {
        n: Sitter(n, f"P{n}", draw(st.sampled_from(FUNCTIONS)), draw(st.sampled_from((None, 4, 5, 6, 7))))
        for n in range(1, count + 1)
    }
    ids = st.sets(st.integers(1, max(count, 1)), max_size=6)
    cases = [case(n, *draw(ids), grade=draw(st.integers(4, 7))) for n in range(1, draw(st.integers(0, 14)) + 1)]
    return situation(
        sitters,
        cases,
        committees=draw(st.integers(1, 4)),
        size=draw(st.integers(3, 9)),
        most=draw(st.sampled_from((None, 1, 3, 20))),
        seed=draw(st.integers(0, 99)),
    )


@given(situations())
def test_no_bound_is_ever_broken(given: Situation) -> None:
    proposal = propose_make_up(given)
    sizes = Counter(each.committee for each in proposal.places)
    assert all(size <= given.wish.size for size in sizes.values())
    assert max(Counter(each.person_id for each in proposal.places).values(), default=1) == 1
    assert max(Counter(each.committee for each in proposal.cases if each.committee).values(), default=0) <= given.most
    assert [each.case_id for each in proposal.cases] == [each.id for each in given.cases]
    leaders = Counter((each.committee, each.part) for each in proposal.places if each.part is not Part.MEMBER)
    assert set(leaders.values()) <= {1}
    assert {each for each, _ in leaders} == set(sizes)


@given(situations())
def test_nobody_with_a_conflict_is_seated_and_nobody_below_the_target(given: Situation) -> None:
    proposal = propose_make_up(given)
    facts = {each.id: each for each in given.cases}
    on = {number: {each.person_id for each in proposal.places if each.committee == number} for number in given.names}
    led = {(each.committee, each.person_id) for each in proposal.places if each.part is not Part.MEMBER}
    for choice in proposal.cases:
        if choice.committee is None:
            continue
        members, barred = on[choice.committee], facts[choice.case_id].barred
        seated = members - set(choice.out)
        assert set(choice.out) == members & barred
        assert len(seated) >= given.wish.quorum
        assert any((choice.committee, person) in led for person in seated)
        assert all((given.sitters[one].grade or 99) >= (facts[choice.case_id].grade or 0) for one in seated)


@given(situations())
def test_the_same_seed_gives_the_same_and_taken_over_it_changes_nothing(given: Situation) -> None:
    proposal = propose_make_up(given)
    assert propose_make_up(given) == proposal
    after = propose_make_up(taken_over(given, proposal))
    assert parts(proposal).items() <= parts(after).items()  # a place that stayed free may be filled now
    assert [each.committee for each in after.cases if each.was is not None] == [
        each.committee for each in proposal.cases if each.committee is not None
    ]


@given(situations(), st.integers(1, 24))
def test_after_a_leaver_only_what_must_move_moves(given: Situation, leaver: int) -> None:
    before = taken_over(given, propose_make_up(given))
    left = replace(before, sitters={n: each for n, each in before.sitters.items() if n != leaver})
    proposal = propose_make_up(left)
    kept = {(each.committee, each.person_id) for each in before.places if each.person_id != leaver}
    assert kept <= set(parts(proposal))
    assert {(each.committee, each.person_id) for each in proposal.taken_off} == {
        (each.committee, each.person_id) for each in before.places if each.person_id == leaver
    }
    for choice in proposal.cases:
        if choice.was is not None and choice.is_changed:
            facts = next(each for each in left.cases if each.id == choice.case_id)
            on = {each for number, each in parts(proposal) if number == choice.was}
            led = {
                each.person_id
                for each in proposal.places
                if each.committee == choice.was and each.part is not Part.MEMBER
            }
            assert len(on - facts.barred) < left.wish.quorum or not led - facts.barred


@given(situations())
def test_what_is_proposed_can_be_taken_over_as_it_is(given: Situation) -> None:
    proposal = propose_make_up(given)
    places = [Place(each.committee, each.person_id, each.part) for each in proposal.places]
    assert find_make_up_faults(given, places, {each.case_id: each.committee for each in proposal.cases}) == ()


def test_two_hundred_cases_are_spread_evenly_over_six_committees() -> None:
    cases = [case(n, n % 54 + 1, (n * 7) % 54 + 1) for n in range(1, 201)]
    proposal = propose_make_up(situation(people(54), cases, committees=6, size=9))
    loads = Counter(each.committee for each in proposal.cases)
    assert None not in loads
    assert max(loads.values()) - min(loads.values()) <= 7
    assert [sum(each.committee == number for each in proposal.places) for number in range(1, 7)] == [9] * 6
    assert sum(len(each.out) for each in proposal.cases) == 0


def test_functions_are_spread_and_every_choice_has_its_words() -> None:
    proposal = propose_make_up(situation(people(10), [case(1), case(2, 1)], committees=2, size=5))
    for number in (A, B):
        on = [each for each in proposal.places if each.committee == number]
        assert len({each.person_id % len(FUNCTIONS) for each in on}) == len(FUNCTIONS)
        assert [each.part for each in on][:2] == [Part.CHAIR, Part.DEPUTY]
    assert {str(each.reason) for each in proposal.cases} == {"Here nobody on it has a conflict; 1 case in all"}
    member = next(each for each in proposal.places if each.part is Part.MEMBER and each.person_id != 1)
    assert str(member.reason).endswith("grade 6, above every target it is meant for; no conflict with any case")


def test_who_leads_is_told_why_and_so_is_who_is_left() -> None:
    proposal = propose_make_up(situation(people(6) | {7: Sitter(7, "Person 7", "Law", 2)}, [case(1)], committees=1))
    chair, deputy = proposal.places[:2]
    assert str(chair.reason).endswith(
        " was not on it yet; grade 6, above every target it is meant for. "
        "Leads it: no conflict with any case, the fewest on it"
    )
    assert str(deputy.reason).endswith("Leads where the chair may not: no conflict with any case")
    assert {str(words) for words in proposal.left.values()} == {"Every place is taken"}
    short = propose_make_up(situation(people(4) | {7: Sitter(7, "Person 7", "Law", 2)}, [case(1)], committees=1))
    assert {number: str(words) for number, words in short.left.items()} == {
        7: "Stands below the target levels where a place is free"
    }


def test_those_who_reach_the_highest_level_sit_together() -> None:
    sitters = people(10, grade=5) | {n: Sitter(n, f"Person {n}", "Sales", 7) for n in (11, 12, 13)}
    cases = [case(1, grade=7), case(2), case(3), case(4)]
    proposal = propose_make_up(situation(sitters, cases, committees=2, size=3))
    assert {each.person_id for each in proposal.places if each.committee == A} == {11, 12, 13}
    assert proposal.cases[0].committee == A


def test_one_case_of_a_high_level_does_not_keep_the_others_from_a_committee() -> None:
    sitters = people(3, grade=5) | {9: Sitter(9, "Person 9", "Sales", 7)}
    proposal = propose_make_up(situation(sitters, [case(1, grade=7), case(2), case(3)], committees=1, size=4))
    assert [each.committee for each in proposal.cases] == [None, A, A]


@pytest.mark.parametrize(
    ("cases", "most", "words"),
    [
        ([case(1, grade=7), case(2)], None, "Person 2 on Committee A stands below the target level"),
        ([case(1, 1, 2, 3)], None, "Committee A has neither a chair nor a deputy who may sit on it"),
        ([case(1), case(2)], 1, "Committee A is full"),
    ],
)
def test_a_case_that_cannot_be_placed_says_why(cases: list[CaseFacts], most: int | None, words: str) -> None:
    sitters = people(3, grade=5) | {1: Sitter(1, "Person 1", "Design", 7)}
    proposal = propose_make_up(situation(sitters, cases, committees=1, size=3, most=most))
    (none,) = [each for each in proposal.cases if each.committee is None]
    assert [str(each) for each in dict(none.reason.values)["whys"]] == [words]  # type: ignore[attr-defined]


def test_a_full_committee_makes_room_for_a_case_that_fits_nowhere_else() -> None:
    standing = tuple(Place(A if n < 4 else B, n, Part.CHAIR if n in (1, 4) else Part.MEMBER) for n in range(1, 7))
    cases = [case(1), case(2), case(3, 4), case(4, 4)]
    proposal = propose_make_up(situation(people(6), cases, size=3, most=2, places=standing))
    homes = {each.case_id: each.committee for each in proposal.cases}
    assert Counter(homes.values()) == {A: 2, B: 2}
    assert homes == {1: B, 2: B, 3: A, 4: A}


def test_the_deputy_takes_over_from_a_chair_who_left() -> None:
    standing = tuple(Place(A, n, {1: Part.CHAIR, 2: Part.DEPUTY}.get(n, Part.MEMBER)) for n in (1, 2, 3, 4, 5))
    sitters = {n: each for n, each in people(6).items() if n != 1}
    proposal = propose_make_up(situation(sitters, [case(1, committee=A)], committees=1, places=standing))
    chair = proposal.places[0]
    assert (chair.person_id, chair.part, str(chair.reason)) == (
        2, Part.CHAIR, "The chair has left; the deputy takes over",
    )  # fmt: skip
    assert [each.person_id for each in proposal.taken_off] == [1]
    assert {each.person_id for each in proposal.places if each.was is None} == {6}


def test_a_late_conflict_moves_that_case_alone() -> None:
    given = situation(people(10), [case(n) for n in range(1, 9)])
    before = taken_over(given, propose_make_up(given))
    first = before.cases[0]
    leaders = [each.person_id for each in before.places if each.committee == first.committee][:2]
    late = replace(before, cases=(replace(first, barred=frozenset(leaders)), *before.cases[1:]))
    proposal = propose_make_up(late)
    assert [each.case_id for each in proposal.cases if each.is_changed] == [first.id]
    assert {each.was for each in proposal.places} == {Part.CHAIR, Part.DEPUTY, Part.MEMBER}
    assert str(proposal.cases[0].reason).startswith("Moves: Committee")


def test_a_sealed_case_and_who_sits_on_it_stay() -> None:
    held = (Place(A, 1, Part.CHAIR, is_held=True),)
    given = situation(people(6), [case(1, 1, committee=A, is_sealed=True), case(2)], committees=1, places=held)
    proposal = propose_make_up(given)
    assert [each.case_id for each in proposal.cases] == [2]
    assert proposal.places[0].person_id == 1
    faults = find_make_up_faults(given, [Place(A, 2, Part.CHAIR)], {2: A})
    assert [str(each.what) for each in faults] == ["Person 1 holds a seat on a running case and stays on Committee A"]


@pytest.mark.parametrize(
    ("places", "cases", "words"),
    [
        ([(A, 1, "chair"), (A, 2, "chair")], {}, "Committee A has more than one chair"),
        ([(A, 1, "member")], {}, "Committee A has no chair"),
        ([(A, 1, "chair"), (A, 1, "member")], {}, "Person 1 is on Committee A twice"),
        ([(9, 1, "chair")], {}, "Choose a committee of this cycle and somebody from the list"),
        ([(A, 1, "chair"), (A, 2, "member")], {1: A},
         "PR-1: Committee A has 2 members who may vote, 3 are needed"),
        ([(A, 3, "chair"), (A, 2, "member")], {1: A},
         "PR-1: Committee A has neither a chair nor a deputy who may sit on it"),
        ([(A, 1, "chair")], {1: 9}, "There is no such committee in this cycle"),
    ],
)  # fmt: skip
def test_what_hands_may_not_break(places: list[tuple[int, int, str]], cases: dict[int, int | None], words: str) -> None:
    given = situation(people(20), [case(1, 3)], committees=1)
    faults = find_make_up_faults(given, [Place(one, two, Part(three)) for one, two, three in places], cases)
    assert [str(each.what) for each in faults] == [words]
