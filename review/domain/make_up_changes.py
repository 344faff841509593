"""What was changed by hand in a proposal of the make-up: only that has to be kept, the rest follows by itself."""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.make_up import Part, Place, Proposal
from review.domain.values import dataclass

PlaceKey = tuple[int, int]
"""The committee on which the proposal has somebody, 0 for none, and who it is."""


@dataclass(frozen=True)
class Changes:
    """Places (None: on no committee), the committee of cases (None: none yet), and names of new committees."""

    places: Mapping[PlaceKey, tuple[int, Part] | None]
    cases: Mapping[int, int | None]
    names: Mapping[int, str]

    @property
    def count(self) -> int:
        """Return how many places and cases are other than proposed."""
        return len(self.places) + len(self.cases)


def narrow_changes(proposal: Proposal, names: Mapping[int, str], changes: Changes) -> Changes:
    """Return what differs from a proposal; what it does not have is left out.

    Args:
        names: the committees by number, as the proposal calls them.
    """
    proposed: dict[PlaceKey, tuple[int, Part] | None] = {(0, person): None for person in proposal.left}
    proposed |= {(each.committee, each.person_id): (each.committee, each.part) for each in proposal.places}
    homes = {each.case_id: each.committee for each in proposal.cases}
    return Changes(
        {key: value for key, value in changes.places.items() if key in proposed and proposed[key] != value},
        {case: home for case, home in changes.cases.items() if case in homes and homes[case] != home},
        {number: name for number, name in changes.names.items() if number in names and names[number] != name},
    )


def apply_changes(proposal: Proposal, changes: Changes) -> tuple[tuple[Place, ...], dict[int, int | None]]:
    """Return the places and the committee of each case of a proposal as changed by hand."""
    places: dict[PlaceKey, tuple[int, Part] | None] = {
        (each.committee, each.person_id): (each.committee, each.part) for each in proposal.places
    }
    places |= changes.places
    cases = {each.case_id: changes.cases.get(each.case_id, each.committee) for each in proposal.cases}
    return tuple(Place(value[0], person, value[1]) for (_, person), value in places.items() if value), cases
