"""What the committees of the demo did holds together: voters, reasons, decisions, gaps, plans, panels."""

from __future__ import annotations

import re

import pytest

from review.demo.content import Case, DemoContent
from review.demo.script import anchors_in
from tests.domain.demo_cases import (
    ANNOUNCED,
    CASES,
    CONTENT,
    DECIDED,
    answered,
    committee_of,
    is_management,
    is_sealed,
    managers_above,
)

PRONOUN = re.compile(r"\b(?:he|she|him|his|hers?|himself|herself)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def content() -> DemoContent:
    return CONTENT


@CASES
def test_voters_sit_on_the_committee_and_may_vote(content: DemoContent, case: Case) -> None:
    voters = {vote.by for votes in case.rounds for vote in votes}
    if not voters and not case.readers:
        return
    seated = {member.person for member in committee_of(case).members}
    close = {conflict.member for conflict in case.conflicts} | managers_above(case.candidate)
    close |= set(answered(case)) | {case.nomination.by}
    close |= {case.second.rater} if case.second and case.second.rater else set()
    assert voters <= set(case.readers) <= seated - close
    assert set(case.absent) <= seated - voters
    assert all(len({vote.by for vote in votes}) == len(votes) for votes in case.rounds)


@CASES
def test_what_a_letter_takes_from_the_decision_fits_everybody(case: Case) -> None:
    if case.decision is None:
        return
    said = [case.decision.rationale, *(words for gap in case.decision.gaps for words in (gap.seen, gap.missing))]
    said += [part.paragraph for part in case.letter]
    assert [found[0] for each in said for found in PRONOUN.finditer(each)] == []


@CASES
def test_votes_away_from_the_manager_or_from_before_are_explained(content: DemoContent, case: Case) -> None:
    before: dict[tuple[str, str], int | None] = {}
    for votes in case.rounds:
        for vote in votes:
            assert case.final is not None
            assert len(vote.values) == len(content.criteria)
            for criterion, value in zip(content.criteria, vote.values, strict=True):
                own = before.get((vote.by, criterion), value)
                is_away = value not in (None, case.final.lines[criterion].value) or value != own
                assert is_away == (criterion in vote.why), (vote.by, criterion)
                before[vote.by, criterion] = value
            assert all(anchors_in(words) for words in vote.why.values())


@CASES
def test_the_decision_follows_the_votes(case: Case) -> None:
    outcome = DECIDED.get(case.target.state)
    assert (case.decision.outcome if case.decision else None) == outcome
    if case.decision is None:
        return
    votes = case.rounds[-1]
    against = {vote.by for vote in votes if vote.overall != outcome}
    assert len(votes) >= 3
    assert 2 * len(against) < len(votes)
    assert {dissent.by for dissent in case.decision.dissent} == against
    assert bool(case.decision.gaps) == (outcome == "not_yet")
    assert case.notes


@CASES
def test_gaps_of_an_earlier_case_are_answered(content: DemoContent, case: Case) -> None:
    earlier = [each for each in content.cases if each.candidate == case.candidate and each.cycle == "spring"]
    open_gaps = {gap.key for each in earlier if each.decision for gap in each.decision.gaps}
    if case.cycle == "spring" or case.decision is None:
        return
    assert {answer.gap for answer in case.decision.gap_answers} == open_gaps
    assert all(anchors_in(answer.why) for answer in case.decision.gap_answers)


@CASES
def test_what_comes_after_fits_the_state(content: DemoContent, case: Case) -> None:
    state = case.target.state
    assert bool(case.ending) == (state in {"ineligible", "withdrawn"})
    assert (case.appeal is not None) == (state == "appeal")
    assert (case.growth_plan is not None) == (state in {"growth_plan", "closed_not_yet"})
    assert not is_management(case) or (case.sign_off is not None) == (state == "promoted")
    assert state not in ANNOUNCED or case.letter
    assert bool(case.new_title) or state not in {"promoted", "decided", "signoff"}


@CASES
def test_a_growth_plan_answers_every_gap(case: Case) -> None:
    if case.growth_plan is None:
        return
    assert case.decision is not None
    gaps = {gap.key for gap in case.decision.gaps}
    assert {item.gap for item in case.growth_plan.items if item.gap} == gaps
    agreed = {"closed_not_yet": ("candidate", "manager"), "growth_plan": ("candidate",)}
    assert case.growth_plan.agreed_by == agreed[case.target.state]


@CASES
def test_panels_are_scored_before_the_seal(case: Case) -> None:
    if not is_management(case):
        assert case.panel is None
        return
    is_scored = is_sealed(case) or case.target.panel == "scored"
    scores = case.panel.scores if case.panel else ()
    assert (len(scores) >= 2 and all(score.value and score.reason for score in scores)) == is_scored
    assert (case.panel is None) == (case.target.panel == "unscheduled")
    assert not {score.by for score in scores} & managers_above(case.candidate)
