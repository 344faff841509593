"""Workflows as tables: every condition in words, every action once a state, and where live cases would go."""

from __future__ import annotations

import pytest

from review.domain.checks import CHECKS
from review.domain.workflow_definition import Guard
from review.domain.workflow_sheet import CONDITIONS, MoveLine, list_actions, list_moves, say_condition
from review.domain.workflow_versions import plan_migration
from tests.domain.workflow_ways import DEFINITIONS

IC = DEFINITIONS["ic"]


def test_every_check_has_words() -> None:
    assert set(CONDITIONS) | {"in_state", "case_in"} == set(CHECKS)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("packet_rendered", "the packet is ready to read"),
        ({"quorum": {"at_least": 3}}, "3 votes count"),
        ({"revotes": {"below": 2}}, "voted again fewer than 2 times"),
        ({"feedback_count": {"at_least": 3}}, "3 answers are in"),
        ({"feedback_count": {"at_least": 4, "kind": "peer"}}, "4 answers of colleagues are in"),
        ({"feedback_count": {"at_least": 5, "kind": "upward"}}, "5 answers of direct reports are in"),
        ({"functions_covered": {"at_least": 2, "from_cycle": True}}, "2 functions are heard"),
        ({"all_criteria_rated": {"round": "first"}}, "every criterion has a first view"),
        ({"decision_is": {"outcome": "not_yet"}}, "the decision is: not yet"),
        ({"in_state": {"region": "rating", "state": "rated"}}, "Rating in"),
        ({"in_state": {"region": "second_rating", "state": ["done", "waived"]}}, "Second rating in / No second rating"),
        ({"case_in": {"states": ["voting"]}}, "the case is at: Independent votes"),
        ({"any": ["letter_ready", "gaps_named"]}, "the letter is ready or a gap is named"),
        ({"all": ["letter_ready", "gaps_named"]}, "the letter is ready and a gap is named"),
        ({"not": "not_on_committee"}, "not: had no seat on the case"),
    ],
)
def test_conditions_are_said_before_any_case(condition: object, said: str) -> None:
    assert str(say_condition(IC, Guard.model_validate(condition))) == said


def test_every_action_stands_at_every_state_it_leaves() -> None:
    tables = list_actions(DEFINITIONS["management"])
    assert [(table.name, table.is_item) for table in tables] == [
        ("", False),
        ("packet", False),
        ("feedback", False),
        ("rating", False),
        ("second_rating", False),
        ("panel", False),
        ("feedback", True),
        ("seat", True),
    ]
    lines = [(line.state, line.title) for line in tables[0].lines if line.title in ("Withdraw", "Sign off")]
    assert lines == [
        ("Nominated", "Withdraw"),
        ("Building the case", "Withdraw"),
        ("Packet sealed, committee reads", "Withdraw"),
        ("Independent votes", "Withdraw"),
        ("Committee discusses", "Withdraw"),
        ("Executive sign-off", "Sign off"),
        ("Executive sign-off", "Withdraw"),
        ("Decided, not yet announced", "Withdraw"),
    ]
    firsts = [line.state for line in tables[0].lines if line.is_first]
    assert len(firsts) == len(set(firsts))


def test_moves_name_where_cases_stand_and_what_they_could_go_to() -> None:
    live = {("main", "voting"): 2, ("panel", "scored"): 1, ("item.seat", "read"): 5, ("main", "decided"): 0}
    old, plan = DEFINITIONS["management"], plan_migration(DEFINITIONS["management"], IC, {}, live)
    voting, panel, seat = list_moves(old, IC, plan)
    assert (voting.token, voting.title, voting.count, voting.target) == (
        "main.voting",
        "Independent votes",
        2,
        "voting",
    )
    assert [choice.name for choice in voting.choices] == list(IC.states)
    assert panel == MoveLine("panel", "scored", "Leadership panel scored", 1, None, (), False)
    assert (seat.token, seat.title, seat.target, seat.is_item) == ("item.seat.read", "Packet read", "read", True)
