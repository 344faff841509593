"""What was changed by hand in a proposal: kept apart from it, and put on it again."""

from __future__ import annotations

from review.domain.make_up import CaseChoice, Part, Place, PlaceChoice, Proposal
from review.domain.make_up_changes import Changes, apply_changes, narrow_changes
from review.domain.text import text

WHY = text("So")
PROPOSAL = Proposal(
    places=(
        PlaceChoice(1, 11, Part.CHAIR, Part.CHAIR, WHY),
        PlaceChoice(1, 12, Part.MEMBER, None, WHY),
        PlaceChoice(2, 12, Part.CHAIR, None, WHY),
    ),
    taken_off=(),
    left={13: WHY},
    cases=(CaseChoice(21, 1, None, (), WHY), CaseChoice(22, None, None, (), WHY)),
    advice=(),
)
NAMES = {1: "Panel", -2: "Committee B"}


def test_only_what_differs_from_the_proposal_is_kept() -> None:
    sent = Changes(
        {(1, 11): (1, Part.CHAIR), (1, 12): None, (0, 13): (2, Part.MEMBER), (3, 14): None, (0, 99): None},
        {21: 1, 22: 2, 29: 1},
        {-2: "Second", 1: "Panel", -9: "Ghost"},
    )
    kept = narrow_changes(PROPOSAL, NAMES, sent)
    assert kept == Changes({(1, 12): None, (0, 13): (2, Part.MEMBER)}, {22: 2}, {-2: "Second"})
    assert kept.count == 3
    assert narrow_changes(PROPOSAL, NAMES, Changes({(0, 13): None}, {22: None}, {-2: "Committee B"})).count == 0


def test_a_proposal_is_left_as_it_is_but_for_the_changes() -> None:
    unchanged = (Place(1, 11, Part.CHAIR), Place(1, 12, Part.MEMBER), Place(2, 12, Part.CHAIR))
    assert apply_changes(PROPOSAL, Changes({}, {}, {})) == (unchanged, {21: 1, 22: None})
    changes = Changes({(1, 12): None, (1, 11): (2, Part.DEPUTY), (0, 13): (1, Part.CHAIR)}, {21: None, 22: 2}, {})
    assert apply_changes(PROPOSAL, changes) == (
        (Place(2, 11, Part.DEPUTY), Place(2, 12, Part.CHAIR), Place(1, 13, Part.CHAIR)), {21: None, 22: 2},
    )  # fmt: skip
