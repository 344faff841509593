"""The conflict graph: who is too close to a case, by which facts, and what that means under the policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from review.domain.values import dataclass


class ConflictKind(StrEnum):
    """Why somebody is too close; the last four and `set_by_hr` are said by people, the others follow from facts."""

    SELF = "self"
    CHAIN = "chain"
    FORMER_MANAGER_NOW = "was_manager"
    NOMINATOR = "nominator"
    GIVER = "giver"
    SECOND_RATER = "second_rater"
    RIVAL = "rival"
    CLOSE_PERSONAL = "close_personal"
    FORMER_MANAGER = "former_manager"
    DISPUTE = "dispute"
    OTHER = "other"
    SET_BY_HR = "set_by_hr"


OUT_OF_THE_RACE = ("withdrawn", "ineligible")
"""Outcomes of a case that is no rival of another any more."""

DECLARABLE = (
    ConflictKind.CLOSE_PERSONAL,
    ConflictKind.FORMER_MANAGER,
    ConflictKind.DISPUTE,
    ConflictKind.OTHER,
)


class ConflictLevel(StrEnum):
    """What a conflict means: out of the case, no vote, or a line for the chair."""

    OUT = "out"
    NO_VOTE = "no_vote"
    SHOWN = "shown"


LEVELS = {each.value: each for each in ConflictLevel}


@dataclass(frozen=True)
class Closeness:
    """The facts that make people close to one case, by person id."""

    candidate_id: int
    chain_ids: frozenset[int] = frozenset()  # managers of any distance up, and direct reports
    former_manager_ids: frozenset[int] = frozenset()
    nominator_id: int | None = None
    giver_ids: frozenset[int] = frozenset()  # whose feedback is in
    second_rater_id: int | None = None
    rival_ids: frozenset[int] = frozenset()  # candidates of the cycle for the same level, where it has few seats
    declared: Mapping[int, frozenset[str]] = field(default_factory=dict)  # person -> kinds, those set by HR included


def find_conflicts(facts: Closeness, levels: Mapping[str, str]) -> dict[int, dict[ConflictKind, ConflictLevel]]:
    """Return, for each person who is too close, the kinds of conflict and what each means; many share one answer.

    Args:
        levels: kind -> level from the cycle's policy; a kind said by people that is not named there counts as
            `declared`, anything else not named is no conflict.
    """
    found: dict[int, dict[ConflictKind, ConflictLevel]] = {}
    for kind, people in _list_close(facts):
        level = levels.get(kind, levels.get("declared") if kind in DECLARABLE else None)
        if level is None:
            continue
        alone = {kind: LEVELS[level]}
        for person in people:
            found[person] = found[person] | alone if person in found else alone
    return found


def _list_close(facts: Closeness) -> Iterator[tuple[ConflictKind, Iterable[int]]]:
    """Yield the kinds of conflict that there are, and who has them."""
    yield ConflictKind.SELF, (facts.candidate_id,)
    yield ConflictKind.CHAIN, facts.chain_ids
    yield ConflictKind.FORMER_MANAGER_NOW, facts.former_manager_ids
    if facts.nominator_id is not None:
        yield ConflictKind.NOMINATOR, (facts.nominator_id,)
    yield ConflictKind.GIVER, facts.giver_ids
    if facts.second_rater_id is not None:
        yield ConflictKind.SECOND_RATER, (facts.second_rater_id,)
    yield ConflictKind.RIVAL, facts.rival_ids
    for person, kinds in facts.declared.items():
        for kind in kinds:
            yield ConflictKind(kind), (person,)


def limited_levels(policy: Mapping[str, Any]) -> frozenset[str]:
    """Return the levels for which a cycle has few seats, so that its candidates are rivals, from its policy."""
    return frozenset(policy.get("seat_limited_levels", ()))


def people_at(found: Mapping[int, Mapping[ConflictKind, ConflictLevel]], level: ConflictLevel) -> frozenset[int]:
    """Return the people who have a conflict of this level."""
    return frozenset(person for person, kinds in found.items() if level in kinds.values())
