"""What waits for each role in each state of the shipped workflows, and whose turn it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.domain.workflow import Definition, enter
from review.domain.workflow_file import Workflow, parse_workflow
from review.domain.worklist import find_holders, find_tasks

WORKFLOWS = Path(__file__).parents[2] / "workflows"
READY = {"packet": "submitted", "feedback": "enough", "rating": "rated", "second_rating": "done"}
BEGUN = {"packet": "writing", "feedback": "asking", "rating": "first_view", "second_rating": "to_assign"}


def load(key: str) -> Definition:
    def find(name: str) -> str:
        return (WORKFLOWS / name).read_text(encoding="utf-8")

    parsed = parse_workflow(find(f"{key}.yaml"), f"{key}.yaml", find)
    assert isinstance(parsed, Workflow), parsed
    return parsed.definition


IC, MANAGEMENT = load("ic"), load("management")


def turns(definition: Definition, tokens: dict[str, str], **more: object) -> dict[str, list[str]]:
    """Return the tasks of every role that has any."""
    found = {
        role: [str(task.title) for task in find_tasks(definition, tokens, frozenset({role}), **more)]  # type: ignore[arg-type]
        for role in definition.roles
    }
    return {role: titles for role, titles in found.items() if titles}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("nominated", {"hr": ["Confirm eligibility"]}),
        ("reading", {"chair": ["Open voting"]}),
        ("voting", {"chair": ["Reveal votes"]}),
        ("discussion", {"chair": ["Decide"]}),
        ("decided", {"hr": ["Announce the decision"]}),
        ("not_yet", {"candidate": ["Appeal / Accept the decision"]}),
        ("appeal", {"appeals": ["Answer the appeal"], "candidate": ["Withdraw the appeal"]}),
        ("growth_plan", {"manager": ["Agree growth plan"], "candidate": ["Agree growth plan"]}),
        ("promoted", {}),
        ("withdrawn", {}),
    ],
)
@pytest.mark.parametrize("definition", [IC, MANAGEMENT], ids=["ic", "management"])
def test_each_state_waits_for_the_right_people(
    definition: Definition, state: str, expected: dict[str, list[str]]
) -> None:
    assert turns(definition, {"main": state}) == expected


@pytest.mark.parametrize("definition", [IC, MANAGEMENT], ids=["ic", "management"])
def test_no_task_is_named_after_a_state(definition: Definition) -> None:
    states = {state.title for _, machine in definition.machines() for state in machine.states.values()}
    titles = set()
    for place, state in definition.states.items():
        for region, machine in state.regions.items() or [("", None)]:
            for inner in machine.states if machine else [""]:
                tokens = dict(enter(definition, {}, place)) | ({region: inner} if region else {})
                titles |= {title for found in turns(definition, tokens).values() for title in found}
    assert titles & states == set()


def test_only_people_managers_wait_for_a_signature() -> None:
    assert turns(MANAGEMENT, {"main": "signoff"}) == {"executive": ["Sign off"]}


@pytest.mark.parametrize(
    ("changed", "heard", "expected"),
    [
        (
            {},
            0,
            {
                "candidate": ["Submit self-review"],
                "manager": ["Rate", "Choose second rater"],
                "hr": ["Choose second rater"],
            },
        ),
        ({"packet": "submitted"}, 0, {"manager": ["Rate", "Choose second rater"], "hr": ["Choose second rater"]}),
        (
            {"packet": "submitted", "second_rating": "asked"},
            3,
            {"manager": ["Close feedback", "Rate"], "second_rater": ["Rate"]},
        ),
        ({**READY, "rating": "with_feedback"}, 3, {"manager": ["Rate"]}),
        ({**READY, "rating": "with_feedback", "feedback": "asking"}, 2, {}),
        (READY, 3, {"manager": ["Seal packet"], "hr": ["Seal packet"]}),
    ],
)
def test_while_a_case_is_built_each_part_has_its_holder(
    changed: dict[str, str], heard: int, expected: dict[str, list[str]]
) -> None:
    assert turns(IC, {"main": "collecting", **BEGUN, **changed}, heard=heard) == expected


def test_hr_steps_in_for_the_manager_only_once_it_is_late() -> None:
    tokens = {"main": "collecting", **READY, "feedback": "asking", "rating": "first_view"}
    in_time = find_tasks(IC, tokens, frozenset({"hr"}), heard=3)
    late = find_tasks(IC, tokens, frozenset({"hr"}), late=("main",), heard=3)
    assert [str(task.title) for task in in_time] == []
    assert [str(task.title) for task in late] == ["Close feedback"]
    assert find_holders(IC, tokens, heard=3) == {"manager"}
    assert find_holders(IC, tokens, late=("feedback",), heard=3) == {"manager", "hr"}


def test_a_panel_is_set_up_and_closed_by_hr() -> None:
    tokens = dict(enter(MANAGEMENT, {}, "collecting"))
    assert turns(MANAGEMENT, tokens, heard=0)["hr"] == ["Choose second rater", "Schedule panel"]
    tokens["panel"] = "scheduled"
    assert turns(MANAGEMENT, tokens, heard=0)["hr"] == ["Choose second rater", "Close panel"]


def test_a_task_says_where_it_is_done_how_long_it_takes_and_its_stage() -> None:
    task = find_tasks(IC, {"main": "collecting", **BEGUN}, frozenset({"manager"}), heard=0)[0]
    assert (task.region, task.action, task.form, task.minutes, str(task.stage)) == (
        "rating",
        "lock_first_view",
        "rating",
        40,
        "First view, before feedback",
    )


def test_a_self_review_takes_longer_than_the_button_that_sends_it() -> None:
    task = find_tasks(IC, {"main": "collecting", **BEGUN}, frozenset({"candidate"}), heard=0)[0]
    assert (task.region, task.action, task.minutes) == ("packet", "submit_packet", 120)
