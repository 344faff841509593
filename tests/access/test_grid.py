"""The table of rights against the oracle, cell by cell."""

import csv
from pathlib import Path

import pytest

from review.domain.access import SYSTEM, Actor, Parties, Right, Role, can, granted, roles_in
from review.domain.access_grid import CONDITIONS, GRID
from review.domain.phase import Phase

ORACLE = list(csv.DictReader((Path(__file__).parent / "access_grid.csv").read_text(encoding="utf-8").splitlines()))


def test_every_cell_is_as_the_oracle_says():
    told = {
        (row["object"].split(" ")[0], row["actor"], phase): row[phase] for row in ORACLE for phase in map(str, Phase)
    }
    ours = {
        (thing, str(role), str(phase)): str(granted(thing, role, phase))
        for thing in GRID
        for role in Role
        for phase in Phase
    }
    assert len(told) == 49 * 22 * 8
    assert ours == told


def test_every_condition_is_as_the_oracle_says():
    told = {(row["object"].split(" ")[0], row["actor"]): row["condition"] for row in ORACLE if row["condition"]}
    assert dict(CONDITIONS) == told


CASE = Parties(
    candidate_id=1,
    manager_id=2,
    former_manager_ids=frozenset({3}),
    skip_level_ids=frozenset({4}),
    second_rater_id=5,
    giver_ids=frozenset({6, 12}),
    members={7: "chair", 8: "member", 9: "deputy", 10: "member"},
    conflicts=frozenset({10}),
    chain=frozenset({15}),
)


@pytest.mark.parametrize(
    ("actor", "roles"),
    [
        (Actor(1), {"candidate", "other_employee"}),
        (Actor(2), {"manager", "other_employee"}),
        (Actor(3), {"former_manager", "other_employee"}),
        (Actor(4), {"skip_level", "other_employee"}),
        (Actor(5), {"second_rater", "other_employee"}),
        (Actor(6), {"giver", "other_employee"}),
        (Actor(7), {"chair", "other_employee"}),
        (Actor(9), {"member", "other_employee"}),
        (Actor(10), {"conflicted_member", "other_employee"}),
        (Actor(11, roles=frozenset({"hr"})), {"hr", "other_employee"}),
        (Actor(1, roles=frozenset({"hr"})), {"candidate", "involved_hr", "other_employee"}),
        (Actor(12, roles=frozenset({"hr"})), {"giver", "involved_hr", "other_employee"}),
        (Actor(13, roles=frozenset({"executive", "appeals"})), {"other_employee"}),
        (Actor(14, delegators={2: frozenset()}), {"manager", "other_employee"}),
        (Actor(14, delegators={8: frozenset()}), {"other_employee"}),
        (Actor(14, delegators={11: frozenset({"hr"})}), {"hr", "other_employee"}),
        (Actor(14, delegators={12: frozenset({"hr"})}), {"other_employee"}),  # a giver has no HR work to lend
        (Actor(14, delegators={15: frozenset({"hr"})}), {"other_employee"}),  # nor has who is close to the case
        (Actor(10, delegators={11: frozenset({"hr"})}), {"conflicted_member", "involved_hr", "other_employee"}),
        (Actor(2, is_active=False), {"ex_employee"}),
        (Actor(None), {"anonymous"}),
        (SYSTEM, set()),
    ],
)
def test_roles_in_a_case(actor, roles):
    assert roles_in(CASE, actor) == {Role(name) for name in roles}


def test_a_conflicted_chair_hands_the_case_to_the_deputy():
    parties = Parties(candidate_id=1, members={7: "chair", 9: "deputy"}, conflicts=frozenset({7}))
    assert roles_in(parties, Actor(7)) == {Role.CONFLICTED_CHAIR, Role.OTHER_EMPLOYEE}
    assert roles_in(parties, Actor(9)) == {Role.CHAIR, Role.MEMBER, Role.OTHER_EMPLOYEE}


def test_read_follows_from_write_and_needs_its_condition():
    manager = {Role.MANAGER}
    assert can(Right.READ, "feedback.text", manager, Phase.COLLECTING) is False
    assert can(Right.READ, "feedback.text", manager, Phase.COLLECTING, frozenset({"first_view_locked"})) is True
    assert can(Right.READ, "self_review.draft", {Role.CANDIDATE}, Phase.COLLECTING) is True
    assert can(Right.ACT, "self_review.draft", {Role.CANDIDATE}, Phase.COLLECTING) is False
