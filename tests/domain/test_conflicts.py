"""The conflict graph: which facts keep whom out, and what remains of their roles."""

from __future__ import annotations

from typing import Any

import pytest

from review.domain.access import Actor, Parties, roles_in
from review.domain.conflicts import Closeness, ConflictKind, ConflictLevel, find_conflicts, people_at

POLICY = {
    "self": "out",
    "chain": "out",
    "was_manager": "out",
    "nominator": "no_vote",
    "giver": "no_vote",
    "second_rater": "no_vote",
    "rival": "out",
    "declared": "out",
    "set_by_hr": "out",
}
CANDIDATE, SOMEBODY = 1, 7


@pytest.mark.parametrize(
    ("facts", "kind", "level"),
    [
        ({"chain_ids": frozenset({SOMEBODY})}, "chain", "out"),
        ({"former_manager_ids": frozenset({SOMEBODY})}, "was_manager", "out"),
        ({"nominator_id": SOMEBODY}, "nominator", "no_vote"),
        ({"giver_ids": frozenset({SOMEBODY})}, "giver", "no_vote"),
        ({"second_rater_id": SOMEBODY}, "second_rater", "no_vote"),
        ({"rival_ids": frozenset({SOMEBODY})}, "rival", "out"),
        ({"declared": {SOMEBODY: frozenset({"close_personal"})}}, "close_personal", "out"),
        ({"declared": {SOMEBODY: frozenset({"former_manager"})}}, "former_manager", "out"),
        ({"declared": {SOMEBODY: frozenset({"dispute"})}}, "dispute", "out"),
        ({"declared": {SOMEBODY: frozenset({"other"})}}, "other", "out"),
        ({"declared": {SOMEBODY: frozenset({"set_by_hr"})}}, "set_by_hr", "out"),
    ],
)
def test_each_fact_has_its_level(facts: dict[str, Any], kind: str, level: str) -> None:
    found = find_conflicts(Closeness(CANDIDATE, **facts), POLICY)
    assert found == {
        CANDIDATE: {ConflictKind.SELF: ConflictLevel.OUT},
        SOMEBODY: {ConflictKind(kind): ConflictLevel(level)},
    }


def test_a_policy_may_name_a_declared_kind_and_leave_others_out() -> None:
    facts = Closeness(CANDIDATE, giver_ids=frozenset({8}), declared={SOMEBODY: frozenset({"other", "dispute"})})
    found = find_conflicts(facts, {"self": "out", "declared": "out", "other": "shown"})
    assert found == {
        CANDIDATE: {ConflictKind.SELF: ConflictLevel.OUT},
        SOMEBODY: {ConflictKind.OTHER: ConflictLevel.SHOWN, ConflictKind.DISPUTE: ConflictLevel.OUT},
    }


def test_all_kinds_of_a_person_are_kept_and_the_hardest_counts() -> None:
    facts = Closeness(
        CANDIDATE, giver_ids=frozenset({SOMEBODY}), declared={SOMEBODY: frozenset({"dispute"})}, nominator_id=CANDIDATE
    )
    found = find_conflicts(facts, POLICY)
    assert found[SOMEBODY] == {ConflictKind.GIVER: ConflictLevel.NO_VOTE, ConflictKind.DISPUTE: ConflictLevel.OUT}
    assert people_at(found, ConflictLevel.OUT) == {CANDIDATE, SOMEBODY}
    assert people_at(found, ConflictLevel.NO_VOTE) == {CANDIDATE, SOMEBODY}
    assert people_at(found, ConflictLevel.SHOWN) == frozenset()


@pytest.mark.parametrize(
    ("parties", "actor", "roles"),
    [
        ({"members": {7: "member"}, "conflicts": frozenset({7})}, Actor(7), {"conflicted_member"}),
        ({"members": {7: "chair"}, "chain": frozenset({7})}, Actor(7), {"conflicted_chair"}),
        ({"members": {7: "member"}, "muted": frozenset({7})}, Actor(7), {"member"}),
        ({"manager_id": 7, "chain": frozenset({7})}, Actor(7), {"manager"}),
        ({"second_rater_id": 7, "conflicts": frozenset({7})}, Actor(7), set()),
        ({"second_rater_id": 7, "chain": frozenset({7})}, Actor(7), {"second_rater"}),
        ({"chain": frozenset({7})}, Actor(7, roles=frozenset({"hr"})), {"involved_hr"}),
        ({"members": {6: "chair", 7: "deputy"}, "conflicts": frozenset({6})}, Actor(7), {"member", "chair"}),
        ({"members": {6: "chair", 7: "deputy"}, "chain": frozenset({6})}, Actor(7), {"member", "chair"}),
        ({"members": {6: "chair", 7: "deputy"}, "muted": frozenset({6})}, Actor(7), {"member", "chair"}),
        ({"members": {CANDIDATE: "chair", 7: "deputy"}}, Actor(7), {"member", "chair"}),
        ({"members": {6: "member", 7: "deputy"}, "conflicts": frozenset({6})}, Actor(7), {"member"}),
        ({"members": {6: "chair", 7: "deputy"}}, Actor(7), {"member"}),
        ({"manager_id": 9}, Actor(7, delegators={9: frozenset()}), {"manager"}),
        (
            {"second_rater_id": 9, "conflicts": frozenset({9})},
            Actor(7, delegators={9: frozenset()}),
            set(),
        ),
        (
            {"second_rater_id": 9, "conflicts": frozenset({7})},
            Actor(7, delegators={9: frozenset()}),
            set(),
        ),
        ({"manager_id": 9}, Actor(1, delegators={9: frozenset()}), {"candidate"}),
        ({"members": {9: "member"}}, Actor(7, delegators={9: frozenset()}), set()),
    ],
)
def test_what_a_conflict_leaves(parties: dict[str, Any], actor: Actor, roles: set[str]) -> None:
    found = roles_in(Parties(CANDIDATE, **parties), actor)
    assert {str(role) for role in found} == roles | {"other_employee"}
