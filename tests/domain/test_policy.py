"""The shipped policy reads well; each mistake in a policy is found at its place; what must hold cannot be loosened."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.domain.conflicts import ConflictLevel
from review.domain.policy import PolicyFile, find_disagreements, parse_policy, read_policy
from review.domain.workflow_file import Workflow, parse_workflow
from tests.domain.test_workflow_lint import change, split_marks
from tests.domain.workflow_ways import DEFINITIONS, SOURCES

SOURCE = (Path(__file__).parents[2] / "workflows" / "policy.yaml").read_text(encoding="utf-8")

BROKEN = {
    "unknown conflict": (("  rival: out ", "  «rivals: out "), ("conflicts:\n", "conflicts: «\n")),
    "unknown level": (("giver: no_vote", "giver: «never"),),
    "self loosened": (("self: out", "self: «shown"),),
    "chain loosened": (("chain: out", "chain: «no_vote"),),
    "quorum too small": (("quorum: 3", "quorum: «2"),),
    "majority of a minority": (("majority_above_percent: 50", "majority_above_percent: «40"),),
    "n3 too small": (("n3: 3", "n3: «2"),),
    "n5 too small": (("n5: 5", "n5: «4"),),
    "a switch that is neither on nor off": (("manager_sees_authors: false", "manager_sees_authors: «no"),),
    "a switch of another kind": (("candidate_sees_feedback: summary", "candidate_sees_feedback: «all"),),
    "unknown key": (("revotes: 2", "revotes: 2\n  «recounts: 3"),),
    "a key missing": (("  revotes: 2\n", ""), ("ballot:\n", "«ballot:\n")),
    "a load of nothing": (("minutes_a_request: 10", "minutes_a_request: «0"),),
    "a request that fits nobody": (
        ("minutes_a_request: 10", "minutes_a_request: 70"),
        ("nearly_full_above: 40", "nearly_full_above: «40"),
        ("full_above: 60", "full_above: «60"),
    ),
    "full before nearly full": (("nearly_full_above: 40", "nearly_full_above: «61"),),
    "a level with few seats that is named twice": (("seat_limited_levels: []", "seat_limited_levels: [cpo, «cpo]"),),
    "a level that is no word": (("seat_limited_levels: []", "seat_limited_levels: [«7]"),),
    "another schema": (("review-policy/1", "«review-policy/2"),),
}


def policy() -> PolicyFile:
    parsed = parse_policy(SOURCE, "policy.yaml")
    assert isinstance(parsed, PolicyFile)
    return parsed


@pytest.mark.parametrize("name", set(BROKEN) - {"unknown conflict"})
def test_finds_each_mistake_at_its_place(name: str) -> None:
    source, places = split_marks(change(SOURCE, BROKEN[name]))
    faults = parse_policy(source, "policy.yaml")
    assert not isinstance(faults, PolicyFile)
    assert [(fault.file, fault.line, fault.column) for fault in faults] == [("policy.yaml", *place) for place in places]
    assert all(fault.expected is not None or str(fault.what) for fault in faults)


def test_tells_of_an_unknown_conflict_and_of_the_one_that_is_missing_then() -> None:
    faults = parse_policy(SOURCE.replace("  rival: out", "  rivals: out"), "policy.yaml")
    assert not isinstance(faults, PolicyFile)
    assert [str(fault.what) for fault in faults] == [
        'nothing is said of the conflict "rival"',
        'there is no conflict "rivals"',
    ]


def test_conflicts_that_are_no_list_of_names_are_told_once() -> None:
    before, _, after = SOURCE.partition("conflicts:\n")
    rest = after[after.index("\nballot:") :]
    faults = parse_policy(f"{before}conflicts: 3{rest}", "policy.yaml")
    assert not isinstance(faults, PolicyFile)
    assert [(fault.line, fault.column) for fault in faults] == [(before.count("\n") + 1, len("conflicts: ") + 1)]


@pytest.mark.parametrize("source", ["", "- a\n", "text\n"])
def test_refuses_what_is_no_policy(source: str) -> None:
    faults = parse_policy(source, "policy.yaml")
    assert not isinstance(faults, PolicyFile)
    assert [str(fault.what) for fault in faults] == ["this is not a policy"]


def test_the_shipped_policy_has_the_defaults_of_the_house() -> None:
    read = policy().policy
    out = {"self", "chain", "was_manager", "rival", "declared", "set_by_hr"}
    assert {kind for kind, level in read.conflicts.items() if level is ConflictLevel.OUT} == out
    no_vote = {"nominator", "giver", "second_rater"}
    assert {kind for kind, level in read.conflicts.items() if level is ConflictLevel.NO_VOTE} == no_vote
    assert (read.ballot.quorum, read.ballot.majority_above_percent, read.ballot.revotes) == (3, 50, 2)
    assert (read.thresholds.n3, read.thresholds.n5) == (3, 5)
    assert read.anonymity.candidate_sees_feedback == "summary"
    assert not read.anonymity.manager_sees_authors
    assert read.anonymity.candidate_sees_final_rating
    load = read.giver_load
    assert (load.minutes_a_request, load.nearly_full_above, load.full_above) == (10, 40, 60)


def test_a_policy_without_limits_has_those_that_are_shipped() -> None:
    start, end = SOURCE.index("giver_load:"), SOURCE.index("months_between_cases")
    parsed = parse_policy(SOURCE[:start] + SOURCE[end:], "policy.yaml")
    assert isinstance(parsed, PolicyFile)
    assert parsed.policy.giver_load == policy().policy.giver_load


def test_what_a_cycle_keeps_reads_back_as_the_same_policy() -> None:
    assert read_policy(policy().data) == policy().policy


def test_the_shipped_policy_agrees_with_the_shipped_workflows() -> None:
    assert [find_disagreements(policy().policy, definition) for definition in DEFINITIONS.values()] == [(), ()]


def test_a_workflow_that_counts_otherwise_is_found() -> None:
    source = SOURCES["ic.yaml"].replace("revotes: {below: 2}", "revotes: {below: 3}")
    parsed = parse_workflow(source, "ic.yaml", SOURCES.get)
    assert isinstance(parsed, Workflow)
    (finding,) = find_disagreements(policy().policy, parsed.definition)
    assert finding.path == ("actions", "vote_again", "when", 0)
    assert str(finding.what) == "the policy allows another number of revotes: 2"
