"""Both shipped workflows, facts with which everything is met, and a way to walk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from review.domain.checks import CaseFacts, FeedbackFact
from review.domain.workflow import Step, Tokens, decide, start
from review.domain.workflow_file import Workflow, parse_workflow

FOLDER = Path(__file__).parents[2] / "workflows"
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")}
CRITERIA = {"hard-skills": "Hard skills", "leadership": "Leadership"}
ALL = frozenset(CRITERIA)


def load(file: str) -> Workflow:
    parsed = parse_workflow(SOURCES[file], file, SOURCES.get)
    assert isinstance(parsed, Workflow)
    return parsed


DEFINITIONS = {key: load(f"{key}.yaml").definition for key in ("ic", "management")}
EVERYBODY = frozenset(DEFINITIONS["management"].roles) | {"system"}

READY = CaseFacts(
    criteria=CRITERIA,
    self_reviewed=ALL,
    evidenced=ALL,
    cited={"final": ALL, "second": ALL},
    rated={"first": ALL, "final": ALL, "second": ALL},
    feedback=(
        FeedbackFact("peer", "Engineering"),
        FeedbackFact("peer", "Design"),
        FeedbackFact("peer", "Data"),
        FeedbackFact("upward", "Product"),
        FeedbackFact("upward", "Product"),
        FeedbackFact("upward", "Product"),
    ),
    required_functions=("Engineering", "Design", "Sales"),
    panel_scores=2,
    is_packet_rendered=True,
    seats_able_to_vote=5,
    votes_cast=5,
    votes_counted=5,
    gaps_named=1,
    is_letter_ready=True,
    is_approved_by_second_person=True,
    plan_agreed_by=frozenset({"candidate", "manager"}),
)


def ready(**changes: Any) -> CaseFacts:
    return replace(READY, **changes)


def walk(key: str, *steps: tuple[str, str], **changes: Any) -> Tokens:
    """Make moves, each as one role; a step may be refused by none of the facts."""
    definition = DEFINITIONS[key]
    tokens = start(definition)
    decision = None
    for role, action in steps:
        seen = ready(**{"decision": decision, **changes})
        result = decide(definition, tokens, action, frozenset({role}), seen)
        assert isinstance(result, Step), (action, result)
        tokens, decision = result.after, result.decision or decision
    return tokens


BUILD = (
    ("hr", "confirm_eligible"),
    ("manager", "lock_first_view"),
    ("candidate", "submit_packet"),
    ("manager", "close_feedback"),
    ("manager", "submit_rating"),
    ("hr", "assign_second_rater"),
    ("second_rater", "submit_second_rating"),
)
PANEL = (("hr", "schedule_panel"), ("hr", "close_panel"))
MEET = (("manager", "seal"), ("chair", "open_voting"), ("chair", "reveal_votes"))
