"""The tally and what a ballot must hold: by equality, on every kind of doubt."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.ballot import (
    BallotDraft,
    CountedVote,
    LineDraft,
    Overall,
    Rules,
    count_votes,
    find_dissent,
    find_faults,
    find_missing,
)

RULES = Rules(quorum=3, majority_above_percent=50, discuss_from_spread=2)
NAMES = {"skill": "Skill", "care": "Care"}


def vote(person: int, overall: str, skill: int | None = 4, care: int | None = 4) -> CountedVote:
    return CountedVote(person, overall, {"skill": skill, "care": care})


def votes(*overall: str) -> list[CountedVote]:
    return [vote(person, each) for person, each in enumerate(overall, 1)]


@pytest.mark.parametrize(
    ("given_votes", "outcome", "reasons"),
    [
        (votes("promote", "promote", "promote"), Overall.PROMOTE, []),
        (votes("not_yet", "not_yet", "not_yet", "promote"), Overall.NOT_YET, []),
        (votes("promote", "promote"), None, ["2 votes count; the quorum is 3"]),
        (votes(), None, ["0 votes count; the quorum is 3"]),
        (votes("promote", "promote", "not_yet", "not_yet"), None, ["The votes are tied"]),
        # more than half of three, but fewer than the quorum
        (votes("promote", "promote", "not_yet"), None, ["Promote has 2 of 3 votes; it takes 3 that say the same"]),
        # as many as the quorum, but only half
        (
            votes("promote", "promote", "promote", "not_yet", "not_yet", "defer"),
            None,
            ["Promote has 3 of 6 votes; that is no majority"],
        ),
        # two points apart on one criterion
        (
            [*votes("promote", "promote", "promote"), vote(4, "promote", skill=2)],
            None,
            ["In the zone of doubt: Skill"],
        ),
        # one point apart, mean 3.6, standard error 0.24: below the bar by more than that
        (
            [
                vote(1, "not_yet", 3),
                vote(2, "not_yet", 3),
                vote(3, "not_yet", 3),
                vote(4, "not_yet", 3),
                vote(5, "not_yet", 4),
            ],
            Overall.NOT_YET,
            [],
        ),
        # mean 3.8, standard error 0.2: the bar lies within it
        (
            [vote(1, "promote", 3), *(vote(person, "promote") for person in (2, 3, 4, 5))],
            None,
            ["In the zone of doubt: Skill"],
        ),
    ],
)
def test_the_tally_suggests_or_says_why_not(
    given_votes: list[CountedVote], outcome: Overall | None, reasons: list[str]
) -> None:
    tally = count_votes(given_votes, NAMES, RULES)
    assert (tally.outcome, [str(reason) for reason in tally.reasons]) == (outcome, reasons)


def test_the_figures_of_a_criterion() -> None:
    tally = count_votes([vote(1, "promote", 3), vote(2, "promote", 5), vote(3, "defer", None)], NAMES, RULES)
    skill, care = tally.criteria
    assert (dict(skill.counts), skill.unable, skill.mean, skill.median, skill.spread, skill.is_in_doubt) == (
        {3: 1, 5: 1}, 1, 4.0, 4.0, 2, True,
    )  # fmt: skip
    assert (dict(care.counts), care.unable, care.spread, care.is_in_doubt) == ({4: 3}, 0, 0, False)
    assert tally.split == {Overall.PROMOTE: 2, Overall.NOT_YET: 0, Overall.DEFER: 1}
    assert not tally.is_unanimous


def test_nobody_could_tell() -> None:
    skill = count_votes([vote(1, "defer", None), vote(2, "defer", None)], NAMES, RULES).criteria[0]
    assert (skill.mean, skill.median, skill.spread, skill.unable, skill.is_in_doubt) == (None, None, None, 2, False)


def test_dissent_is_against_what_was_decided_not_against_the_majority() -> None:
    cast = votes("promote", "promote", "not_yet", "defer")
    assert find_dissent(cast, "promote") == (3, 4)
    assert find_dissent(cast, "not_yet") == (1, 2, 4)


RATINGS = st.none() | st.integers(1, 5)
ANY_VOTES = st.lists(st.builds(vote, st.integers(1, 99), st.sampled_from(list(Overall)), RATINGS, RATINGS), max_size=9)
ANY_RULES = st.builds(Rules, st.integers(1, 5), st.integers(50, 80), st.integers(1, 4))


def tell_outcome(cast: list[CountedVote], rules: Rules) -> Overall | None:
    """Work the suggestion out slowly, in the words of the rules and in figures without fractions."""
    for each in Overall:
        given_to = [one for one in cast if one.overall == each]
        others = [[one for one in cast if one.overall == other] for other in Overall if other != each]
        is_leading = all(len(given_to) > len(other) for other in others)
        has_majority = 100 * len(given_to) > rules.majority_above_percent * len(cast)
        if is_leading and has_majority and len(given_to) >= rules.quorum and not tell_doubt(cast, rules):
            return each
    return None


def tell_doubt(cast: list[CountedVote], rules: Rules) -> list[str]:
    """Name the criteria in doubt: two lie far apart, or the mean within one standard error of 4."""
    doubtful = []
    for criterion in NAMES:
        values = [value for one in cast if (value := one.values[criterion]) is not None]
        pairs = [abs(one - other) for one in values for other in values]
        count, total = len(values), sum(values)
        if not any(pairs):
            continue  # nobody could tell, or all say the same
        # (mean - 4)² ≤ variance / n, both sides times n³ (n - 1)
        off = (total - 4 * count) ** 2 * count * (count - 1)
        scatter = count * sum(value**2 for value in values) - total**2
        if max(pairs) >= rules.discuss_from_spread or off <= scatter * count:
            doubtful.append(criterion)
    return doubtful


@given(ANY_VOTES, ANY_RULES)
def test_the_tally_is_that_of_a_slow_count(cast: list[CountedVote], rules: Rules) -> None:
    tally = count_votes(cast, NAMES, rules)
    assert tally.outcome == tell_outcome(cast, rules)
    assert [each.criterion_id for each in tally.criteria if each.is_in_doubt] == tell_doubt(cast, rules)
    for each in tally.criteria:
        values = sorted(value for one in cast if (value := one.values[each.criterion_id]) is not None)
        assert dict(each.counts) == {value: values.count(value) for value in values}
        assert each.unable == len(cast) - len(values)
        assert each.spread == (values[-1] - values[0] if values else None)
        middle = values[(len(values) - 1) // 2 : len(values) // 2 + 1]
        assert each.median == (sum(middle) / len(middle) if middle else None)


@given(ANY_VOTES, st.randoms())
def test_order_never_matters(cast: list[CountedVote], random: Random) -> None:
    shuffled = list(cast)
    random.shuffle(shuffled)
    assert count_votes(shuffled, NAMES, RULES) == count_votes(cast, NAMES, RULES)


@given(ANY_VOTES, ANY_RULES)
def test_a_suggestion_has_quorum_majority_and_no_tie_and_else_there_is_a_reason(
    cast: list[CountedVote], rules: Rules
) -> None:
    tally = count_votes(cast, NAMES, rules)
    assert sum(tally.split.values()) == len(cast)
    assert (tally.outcome is None) == bool(tally.reasons)
    is_tied = len(cast) > 0 and sorted(tally.split.values())[-1] == sorted(tally.split.values())[-2]
    if is_tied or len(cast) < rules.quorum:
        assert tally.outcome is None


@given(ANY_VOTES, st.sampled_from(list(Overall)), RATINGS)
def test_a_vote_more_for_an_answer_never_lowers_its_share(
    cast: list[CountedVote], overall: Overall, value: int | None
) -> None:
    before, after = (count_votes(each, NAMES, RULES) for each in (cast, [*cast, vote(0, overall, value)]))
    assert after.split == {**before.split, overall: before.split[overall] + 1}
    assert after.split[overall] * max(len(cast), 1) >= before.split[overall] * (len(cast) + 1)
    for other in set(Overall) - {overall}:
        assert after.split[other] * len(cast) <= before.split[other] * (len(cast) + 1)


@given(ANY_VOTES, ANY_RULES)
def test_who_agrees_in_everything_never_takes_a_suggestion_away(cast: list[CountedVote], rules: Rules) -> None:
    """The one more votes as most do and rates where all agree; where ratings differ, it cannot tell."""
    before = count_votes(cast, NAMES, rules)
    if before.outcome is None:
        return
    agreed = [next(iter(each.counts)) if each.spread == 0 else None for each in before.criteria]
    assert count_votes([*cast, vote(0, before.outcome, *agreed)], NAMES, rules).outcome == before.outcome


@given(ANY_VOTES, st.sampled_from(list(Overall)))
def test_dissent_and_agreement_are_all_votes(cast: list[CountedVote], outcome: Overall) -> None:
    agreeing = tuple(each.person_id for each in cast if each.overall == outcome)
    assert sorted((*find_dissent(cast, outcome), *agreeing)) == sorted(each.person_id for each in cast)


def complete(**lines: LineDraft) -> BallotDraft:
    given_lines = {"skill": LineDraft(4), "care": LineDraft(4), **lines}
    return BallotDraft(given_lines, "promote", "high", "It holds.")


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (LineDraft(4), []),
        (LineDraft(5, False, "More than once.", ("e:1",)), []),
        (LineDraft(5), ["reason-skill", "cites-skill"]),
        (LineDraft(3, False, "  ", ("e:1",)), ["reason-skill"]),
        (LineDraft(3, False, "Late."), ["cites-skill"]),
        (LineDraft(), ["rating-skill"]),
        (LineDraft(None, True), ["reason-skill"]),
        (LineDraft(None, True, "Nothing on it."), []),
    ],
)
def test_whoever_departs_from_the_manager_says_why_and_cites(line: LineDraft, fields: list[str]) -> None:
    faults = find_missing(complete(skill=line), NAMES, {"skill": 4, "care": 4})
    assert [fault.field for fault in faults] == fields


def test_without_a_managers_rating_every_score_is_explained() -> None:
    faults = find_missing(complete(), NAMES, {"care": None})
    assert [fault.field for fault in faults] == ["reason-skill", "cites-skill", "reason-care", "cites-care"]


def test_an_empty_ballot_lists_everything() -> None:
    faults = find_missing(BallotDraft(), NAMES, {})
    assert [(fault.field, str(fault.what)) for fault in faults] == [
        ("rating-skill", "Skill has no vote"),
        ("rating-care", "Care has no vote"),
        ("overall", "Overall has no vote"),
        ("confidence", "Say how sure you are"),
        ("reason", "Say what decides it for you"),
    ]


def test_what_can_never_be_kept() -> None:
    draft = BallotDraft({"skill": LineDraft(6, anchors=("e:9",)), "charm": LineDraft(4)}, "maybe", "very", "x" * 20_001)
    assert [fault.field for fault in find_faults(draft, NAMES, {"e:1"})] == [
        "ballot", "rating-skill", "cites-skill", "overall", "confidence", "reason",
    ]  # fmt: skip
    assert find_faults(complete(skill=LineDraft(1, anchors=("e:1",))), NAMES, {"e:1"}) == []
