"""The cycles that lists are measured on: cases in ten committees, each with five reviews by some of fifty reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.many_cases import copy_cases, copy_row, open_alike
from bench.pages import NOW
from review.models import Case, Committee, CommitteeMember, Cycle, Feedback, FeedbackAnswer, Person

CASES, GROWN = 1_000, 10_000
REVIEWERS, REVIEWS_A_CASE, COMMITTEES = 50, 5, 10
OWN_PEOPLE = 37
"""How many of the cases are of the manager's own people: there are three things to do in each, 111 in all."""
OTHER_MANAGERS = 40
AWAITED = 50
"""How many requests for feedback wait for an answer."""
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
SENTENCE = "Two teams disagreed about a price, and both had signed the plan by late June."
"""Fifteen words on each of the four criteria: sixty a review."""


def fill_cycle(session: Session, pattern: Case) -> Sequence[int]:
    """Copy a case beside those of its cycle until there are so many; let each of them be reviewed five times.

    Return the managers of those that are not of the pattern's own.
    """
    cycle_id = pattern.cycle_id
    known = session.scalars(sa.select(Case.id).where(Case.cycle_id == cycle_id).order_by(Case.id)).all()
    session.execute(sa.update(Cycle).where(Cycle.id == cycle_id).values(case_count=CASES))
    reviewers = _hire(session, "r", "Reviewer", REVIEWERS, pattern)
    managers = _hire(session, "m", "Manager", OTHER_MANAGERS, pattern)
    committees = _found_committees(session, cycle_id, pattern, reviewers)
    session.execute(sa.update(Case).where(Case.id.in_(known[OWN_PEOPLE:])).values(manager_id=managers[0]))
    unlike = [
        {
            "code": f"B-{number:03d}",
            "manager_id": managers[number % OTHER_MANAGERS],
            "committee_id": committees[number % COMMITTEES],
        }
        for number in range(len(known) + 1, CASES + 1)
    ]
    cases = [*known, *copy_cases(session, pattern, "Candidate", unlike, first=len(known))]
    reviews = _review(session, cases, reviewers)
    answers = [
        {"feedback_id": number, "criterion_id": criterion, "done": SENTENCE, "value": 3 + number % 3, "updated_at": NOW}
        for number in reviews
        for criterion in CRITERIA
    ]
    session.execute(sa.insert(FeedbackAnswer), answers)
    return managers


def found_grown(session: Session, pattern: Case) -> int:
    """Open a cycle with ten times the cases and reviews, by the same reviewers; return its number."""
    cycle_id = open_alike(session, pattern.cycle_id, "B3", GROWN)
    reviewers = session.scalars(sa.select(Person.id).where(Person.external_id.like("r%")).order_by(Person.id)).all()
    committees = _found_committees(session, cycle_id, pattern, reviewers)
    unlike: list[dict[str, Any]] = [
        {
            "cycle_id": cycle_id,
            "code": f"B3-{number:03d}",
            "manager_id": None,
            "committee_id": committees[number % COMMITTEES],
        }
        for number in range(1, GROWN + 1)
    ]
    cases = copy_cases(session, pattern, "Candidate", unlike)
    awaited = sa.and_(Feedback.case_id == pattern.id, Feedback.state == "asked")
    copy_row(session, Feedback, awaited, [{"case_id": case_id} for case_id in cases[:AWAITED]])
    _review(session, cases, reviewers)
    return cycle_id


def _hire(session: Session, key: str, title: str, count: int, pattern: Case) -> list[int]:
    """Put so many people beside the candidate, who report to nobody; return their numbers."""
    people = [
        {"external_id": f"{key}{place:02d}", "name": f"{title} {place:02d}", "manager_id": None}
        for place in range(count)
    ]
    return copy_row(session, Person, Person.id == pattern.candidate_id, people)


def _found_committees(session: Session, cycle_id: int, pattern: Case, reviewers: Sequence[int]) -> list[int]:
    """Found ten committees, with a tenth of the reviewers on each; return their numbers."""
    names = [{"cycle_id": cycle_id, "name": f"Committee {number}"} for number in range(1, COMMITTEES + 1)]
    committees = copy_row(session, Committee, Committee.id == pattern.committee_id, names)
    size = len(reviewers) // COMMITTEES
    rows = [
        {"committee_id": committees[place // size], "person_id": person, "role": "member" if place % size else "chair"}
        for place, person in enumerate(reviewers)
    ]
    session.execute(sa.insert(CommitteeMember), rows)
    return committees


def _review(session: Session, cases: Sequence[int], reviewers: Sequence[int]) -> Sequence[int]:
    """Let five reviewers answer about each case, in turn, of as many committees; return the numbers of the requests."""
    step = REVIEWERS // REVIEWS_A_CASE
    given = [
        {
            "case_id": case_id,
            "giver_id": reviewers[(place + step * turn) % REVIEWERS],
            "function": "Product",
            "state": "submitted",
            "entered_at": NOW,
            "submitted_at": NOW,
        }
        for place, case_id in enumerate(cases)
        for turn in range(REVIEWS_A_CASE)
    ]
    return session.scalars(sa.insert(Feedback).returning(Feedback.id, sort_by_parameter_order=True), given).all()
