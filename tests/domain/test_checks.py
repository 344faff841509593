"""What each check says: met or missing, in words, and who holds it."""
# ruff: noqa: E501 - one line a case reads as a table

from __future__ import annotations

from typing import Any

import pytest

from review.domain.checks import CHECKS, DECIDED_OUTCOMES, EFFECTS, OUTCOMES, CaseFacts, FeedbackFact, ItemFacts, judge
from review.domain.text import text
from tests.domain.workflow_ways import ALL, CRITERIA, DEFINITIONS

PEER, UPWARD = FeedbackFact("peer", "Design"), FeedbackFact("upward", "Product")
HIDDEN = FeedbackFact("peer", "Design", "submitted", is_kept_back=True)
WRITING = FeedbackFact("peer", "Sales", "writing")
LOST = FeedbackFact("peer", "Sales", "declined")
FUNCTIONS = ("Design", "Sales", "Data")

# name of the check, its parameters, facts, whether it is met, what it says, who holds it
CASES: list[tuple[str, dict[str, Any], dict[str, Any], bool, str, str | None]] = [
    ("in_state", {"region": "rating", "state": "rated"}, {"tokens": {"rating": "rated"}}, True, "rated", None),
    ("in_state", {"region": "rating", "state": ("rated", "kept")}, {"tokens": {"rating": "first"}}, False, "Still to come: rated or kept. Now: first", None),
    ("in_state", {"region": "rating", "state": "rated"}, {"tokens": {"main": "reading"}}, False, "Still to come: rated", None),
    ("case_in", {"states": ("reading",)}, {"tokens": {"main": "reading"}}, True, "The case is at this step: reading", None),
    ("case_in", {"states": ("reading", "voting")}, {"tokens": {"main": "decided"}}, False, "Only at this step: reading, voting. Now: decided", None),
    ("eligible", {}, {}, True, "Level, time in level and time since the last case are right", None),
    ("eligible", {}, {"obstacles": (text("9 of 12 months"), text("level is gone"))}, False, "9 of 12 months; level is gone", "hr"),
    ("self_review_complete", {}, {"criteria": CRITERIA, "self_reviewed": ALL}, True, "The self-review covers every criterion", None),
    ("self_review_complete", {}, {"criteria": CRITERIA, "self_reviewed": {"leadership"}}, False, "Nothing is written yet on: Hard skills", "candidate"),
    ("self_review_complete", {}, {}, False, "The ladder asks nothing of this level; HR must put that right", "hr"),
    ("evidence_for_every_criterion", {}, {"criteria": CRITERIA, "evidenced": ALL}, True, "Every criterion has evidence", None),
    ("evidence_for_every_criterion", {}, {"criteria": CRITERIA}, False, "No evidence yet for: Hard skills, Leadership", "candidate"),
    ("feedback_count", {"at_least": 2}, {"feedback": (PEER, UPWARD)}, True, "2 answers are in; 2 are needed", None),
    ("feedback_count", {"at_least": 2}, {"feedback": (PEER, WRITING)}, False, "1 answer is in; 2 are needed", "giver"),
    ("feedback_count", {"at_least": 2}, {"feedback": (PEER, LOST)}, False, "1 answer is in; 2 are needed", "candidate"),
    ("feedback_count", {"at_least": 1, "kind": "upward"}, {"feedback": (PEER,)}, False, "0 answers of direct reports are in; 1 are needed", "candidate"),
    ("feedback_count", {"at_least": 1, "kind": "upward"}, {"feedback": (FeedbackFact("upward", "Product", "asked"),)}, False, "0 answers of direct reports are in; 1 are needed", "report"),
    ("feedback_count", {"at_least": 1, "kind": "peer"}, {"feedback": (PEER, UPWARD)}, True, "1 answer of a colleague is in; 1 are needed", None),
    ("feedback_count", {"at_least": 1}, {"feedback": (FeedbackFact(state="frozen"),)}, True, "1 answer is in; 1 are needed", None),
    ("feedback_count", {"at_least": 3}, {"feedback": (PEER, PEER, WRITING), "may_count": False}, False, "Fewer than 3 answers are in", "giver"),
    ("feedback_count", {"at_least": 2}, {"feedback": (PEER, PEER, PEER), "may_count": False}, True, "At least 2 answers are in", None),
    ("feedback_count", {"at_least": 2}, {"feedback": (PEER, HIDDEN), "may_count": False}, False, "Fewer than 2 answers are in", "candidate"),
    ("feedback_count", {"at_least": 2}, {"feedback": (PEER, HIDDEN)}, True, "2 answers are in; 2 are needed", None),
    ("feedback_count", {"at_least": 1, "kind": "upward"}, {"feedback": (PEER,), "may_count": False}, False, "Direct reports: Fewer than 1 answer is in", "candidate"),
    ("feedback_count", {"at_least": 1, "kind": "peer"}, {"feedback": (PEER,), "may_count": False}, True, "Colleagues: At least 1 answer is in", None),
    ("functions_covered", {"at_least": 1}, {"feedback": (PEER,), "may_count": False}, True, "Enough functions are heard", None),
    ("functions_covered", {"at_least": 1}, {"feedback": (HIDDEN,), "may_count": False}, False, "Not enough functions are heard yet", "giver"),
    ("functions_covered", {"at_least": 1}, {"feedback": (PEER,)}, True, "Heard from: Design", None),
    ("functions_covered", {"at_least": 2}, {"feedback": (PEER, WRITING)}, False, "1 function is heard; 2 are needed", "candidate"),
    ("functions_covered", {"at_least": 2, "from_cycle": True}, {"feedback": (PEER, UPWARD), "required_functions": FUNCTIONS}, False, "1 function is heard; 2 are needed; nobody yet from: Sales, Data", "candidate"),
    ("functions_covered", {"at_least": 2, "from_cycle": True}, {"feedback": (PEER, WRITING), "required_functions": FUNCTIONS}, False, "1 function is heard; 2 are needed; nobody yet from: Sales, Data", "giver"),
    ("functions_covered", {"at_least": 3, "from_cycle": True}, {"feedback": (PEER,), "required_functions": ("Design",)}, True, "Heard from: Design", None),
    ("functions_covered", {"at_least": 2, "from_cycle": True}, {"feedback": (PEER, UPWARD)}, True, "Heard from: Design, Product", None),
    ("functions_covered", {"at_least": 1, "functions": ("Sales",)}, {"feedback": (PEER, WRITING)}, False, "Nobody is heard yet from: Sales", "giver"),
    ("all_criteria_rated", {"round": "first"}, {"criteria": CRITERIA, "rated": {"first": ALL}}, True, "Every criterion is rated", None),
    ("all_criteria_rated", {"round": "final"}, {"criteria": CRITERIA, "rated": {"first": ALL}}, False, "Not rated yet: Hard skills, Leadership", "manager"),
    ("all_criteria_rated", {"round": "second"}, {"criteria": CRITERIA, "rated": {"second": {"leadership"}}}, False, "Not rated yet: Hard skills", "second_rater"),
    ("every_rating_cites_evidence", {}, {"criteria": CRITERIA, "cited": {"final": ALL}}, True, "Every rating cites evidence", None),
    ("every_rating_cites_evidence", {}, {"criteria": CRITERIA, "cited": {"final": {"hard-skills"}, "second": ALL}}, False, "No evidence is cited for: Leadership", "manager"),
    ("every_rating_cites_evidence", {"round": "second"}, {"criteria": CRITERIA, "cited": {"final": ALL, "second": {"hard-skills"}}}, False, "No evidence is cited for: Leadership", "second_rater"),
    ("second_rater_not_conflicted", {}, {}, True, "No conflict of the second rater is known", None),
    ("second_rater_not_conflicted", {}, {"second_rater_conflict": text("in the team")}, False, "This person cannot be second rater: in the team", "hr"),
    ("panel_scored", {"at_least": 2}, {"panel_scores": 2}, True, "2 panel members have scored; 2 are needed", None),
    ("panel_scored", {"at_least": 2}, {"panel_scores": 1}, False, "1 panel member has scored; 2 are needed", "panelist"),
    ("packet_rendered", {}, {"is_packet_rendered": True}, True, "The packet is ready to read", None),
    ("packet_rendered", {}, {}, False, "The packet is still being made; this takes a minute", "system"),
    ("quorum_possible", {"at_least": 3}, {"seats_able_to_vote": 3}, True, "3 members can vote; 3 are needed", None),
    ("quorum_possible", {"at_least": 3}, {"seats_able_to_vote": 2}, False, "2 members can vote; 3 are needed", "hr"),
    ("votes_cast", {"at_least": 3}, {"votes_cast": 3}, True, "3 votes are in; 3 are needed", None),
    ("votes_cast", {"at_least": 3}, {"votes_cast": 1}, False, "1 vote is in; 3 are needed", "member"),
    ("all_present_have_voted", {}, {}, True, "Everybody present has voted", None),
    ("all_present_have_voted", {}, {"present_without_vote": 1}, False, "1 member present has not voted yet", "member"),
    ("quorum", {"at_least": 3}, {"votes_counted": 4}, True, "4 votes count; the quorum is 3", None),
    ("quorum", {"at_least": 3}, {"votes_counted": 1}, False, "1 vote counts; the quorum is 3", "chair"),
    ("revotes", {"below": 2}, {"revotes_used": 1}, True, "Voted again 1 time; the most is 2", None),
    ("revotes", {"below": 2}, {"revotes_used": 2}, False, "Voted again 2 times; the most is 2", None),
    ("not_recused", {}, {}, True, "You are not recused", None),
    ("not_recused", {}, {"is_actor_recused": True}, False, "You are recused from this case; the deputy acts in your place", "chair"),
    ("earlier_gaps_answered", {}, {}, True, "Every gap of an earlier case is answered", None),
    ("earlier_gaps_answered", {}, {"earlier_gaps_unanswered": 2}, False, "2 gaps of an earlier case have no answer yet", "chair"),
    ("gaps_named", {}, {"gaps_named": 1}, True, "1 gap is named", None),
    ("gaps_named", {}, {}, False, "Name at least one gap: what is missing, and when it is looked at again", "chair"),
    ("decision_is", {"outcome": "promote"}, {"decision": "promote"}, True, "The decision is: Promote", None),
    ("decision_is", {"outcome": "promote"}, {"decision": "defer"}, False, "The decision is Defer, not Promote", None),
    ("decision_is", {"outcome": "not_yet"}, {}, False, "Nothing is decided yet", "chair"),
    ("letter_ready", {}, {"is_letter_ready": True}, True, "The letter is ready", None),
    ("letter_ready", {}, {}, False, "The letter is not marked as ready", "hr"),
    ("second_person_approved", {}, {"is_approved_by_second_person": True}, True, "A second person has approved the release", None),
    ("second_person_approved", {}, {}, False, "A second person must approve the release", "hr"),
    ("not_on_committee", {}, {}, True, "You had no seat on this case", None),
    ("not_on_committee", {}, {"is_actor_on_committee": True}, False, "You sat on the committee of this case; somebody else must do this", None),
    ("appeals_used", {"below": 1}, {}, True, "0 appeals were made; the most is 1", None),
    ("appeals_used", {"below": 1}, {"appeals_used": 1}, False, "1 appeal was made; the most is 1", None),
    ("plan_answers_every_gap", {}, {}, True, "The plan answers every gap", None),
    ("plan_answers_every_gap", {}, {"gaps_without_activity": 1}, False, "1 gap has no activity in the plan", "manager"),
    ("plan_agreed_by_both", {}, {"plan_agreed_by": {"candidate", "manager"}}, True, "Candidate and manager have agreed to the plan", None),
    ("plan_agreed_by_both", {}, {"plan_agreed_by": {"candidate"}}, False, "The manager has not agreed to the plan yet", "manager"),
    ("plan_agreed_by_both", {}, {}, False, "The candidate has not agreed to the plan yet", "candidate"),
]  # fmt: skip

# the same for checks on one item
ITEMS: list[tuple[str, ItemFacts, bool, str, str | None]] = [
    ("giver_not_conflicted", ItemFacts(), True, "No conflict of the giver is known", None),
    ("giver_not_conflicted", ItemFacts(giver_conflict=text("is the candidate")), False, "This person cannot be asked: is the candidate", "candidate"),
    ("feedback_complete", ItemFacts(), True, "Every question is answered", None),
    ("feedback_complete", ItemFacts(unanswered=("Leadership", "Hard skills")), False, "Not answered yet: Leadership, Hard skills", "giver"),
    ("packet_opened", ItemFacts(is_packet_opened=True), True, "You have opened the packet", None),
    ("packet_opened", ItemFacts(), False, "Open the packet first", "member"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "params", "facts", "is_met", "says", "holder"), CASES)
def test_a_check_says_what_is_met_and_what_is_missing(
    name: str, params: dict[str, Any], facts: dict[str, Any], is_met: bool, says: str, holder: str | None
) -> None:
    verdict = judge(name, CaseFacts(**facts), **params)
    assert (verdict.is_met, str(verdict.reason), verdict.holder) == (is_met, says, holder)


@pytest.mark.parametrize(("name", "item", "is_met", "says", "holder"), ITEMS)
def test_a_check_on_an_item_does_too(name: str, item: ItemFacts, is_met: bool, says: str, holder: str | None) -> None:
    verdict = judge(name, CaseFacts(), item)
    assert (verdict.is_met, str(verdict.reason), verdict.holder) == (is_met, says, holder)


def test_every_check_is_tried_met_and_missing() -> None:
    tried = {(case[0], case[3]) for case in CASES} | {(item[0], item[2]) for item in ITEMS}
    assert tried == {(name, is_met) for name in CHECKS for is_met in (True, False)}


def test_the_shipped_workflows_use_every_check_and_every_effect() -> None:
    actions = [
        action
        for definition in DEFINITIONS.values()
        for machine in (*(each for _, each in definition.machines()), *definition.items.values())
        for action in machine.actions.values()
    ]
    assert {guard.name for action in actions for each in action.when for guard in each.walk()} == set(CHECKS)
    assert {effect for action in actions for effect in action.do} == set(EFFECTS)


def test_decided_outcomes_are_outcomes() -> None:
    assert set(DECIDED_OUTCOMES) < set(OUTCOMES)
