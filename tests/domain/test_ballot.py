"""The tally and what a ballot must hold: by equality, on every kind of doubt."""

from __future__ import annotations

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
        (votes("promote", "promote", "not_yet"), None, ["Promote has 2 of 3 votes; that is no majority"]),
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
    assert (tally.is_unanimous, tally.largest_spread) == (False, 2)


def test_nobody_could_tell() -> None:
    skill = count_votes([vote(1, "defer", None), vote(2, "defer", None)], NAMES, RULES).criteria[0]
    assert (skill.mean, skill.median, skill.spread, skill.unable, skill.is_in_doubt) == (None, None, None, 2, False)


def test_dissent_is_against_what_was_decided_not_against_the_majority() -> None:
    cast = votes("promote", "promote", "not_yet", "defer")
    assert find_dissent(cast, "promote") == (3, 4)
    assert find_dissent(cast, "not_yet") == (1, 2, 4)


ANY_VOTES = st.lists(
    st.builds(
        vote,
        st.integers(1, 99),
        st.sampled_from(list(Overall)),
        st.none() | st.integers(1, 5),
        st.none() | st.integers(1, 5),
    ),
    max_size=9,
)


@given(ANY_VOTES, st.randoms())
def test_order_never_matters_and_a_suggestion_has_its_majority(cast: list[CountedVote], random: object) -> None:
    shuffled = list(cast)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    tally = count_votes(cast, NAMES, RULES)
    assert count_votes(shuffled, NAMES, RULES) == tally
    assert sum(tally.split.values()) == len(cast)
    assert (tally.outcome is None) == bool(tally.reasons)
    if tally.outcome is not None:
        assert tally.split[tally.outcome] * 2 > len(cast)
        assert tally.split[tally.outcome] >= RULES.quorum
        assert not tally.is_tied
        assert not any(each.is_in_doubt for each in tally.criteria)


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
