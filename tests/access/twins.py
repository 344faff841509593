"""Pairs of databases that are alike but for one secret: what somebody without the right is given must be alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import (
    Case,
    CheckIn,
    Conflict,
    Decision,
    DiscussionNote,
    Feedback,
    FeedbackAnswer,
    FeedbackSummary,
    Gap,
    Letter,
    Rating,
    RatingChange,
    RatingLine,
    Vote,
    VoteLine,
)
from tests.access.story import Story

Change = Callable[[Session, Story], None]
OTHER = "Nothing like what stood here before"


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret: the stage at which it is one, the rows of the grid that tell it, whose own it is, and the change."""

    stage: str
    rows: str
    change: Change
    own: str = ""
    own_rows: str = ""


def said(model: type, column: str, value: object, **where: object) -> Change:
    """Return the change of one column, in every row of a model that is as said."""

    def change(session: Session, _story: Story) -> None:
        of = [getattr(model, name) == wanted for name, wanted in where.items()]
        done = session.execute(sa.update(model).where(*of).values({column: value}))
        assert done.rowcount > 0  # type: ignore[attr-defined]

    return change


def of_person(model: type, key: str, column: str, value: object, by: str = "person_id") -> Change:
    """Return the change of one column in the rows of one person."""

    def change(session: Session, story: Story) -> None:
        said(model, column, value, **{by: story.id(key)})(session, story)

    return change


def _request_of(session: Session, story: Story, key: str) -> int:
    """Return the number of the request to somebody, asked in the session that changes it: another would keep it out."""
    mine = (Feedback.case_id == story.case_id, Feedback.giver_id == story.id(key))
    return session.scalars(sa.select(Feedback.id).where(*mine)).one()


def _swap_authors(session: Session, story: Story) -> None:
    """Let two givers have written each other's answer."""
    numbers = [_request_of(session, story, key) for key in ("erin", "dev")]
    for number, other in ((numbers[0], -1), (numbers[1], numbers[0]), (-1, numbers[1])):
        session.execute(sa.text("PRAGMA foreign_keys=OFF"))
        answers = sa.update(FeedbackAnswer).where(FeedbackAnswer.feedback_id == number)
        session.execute(answers.values(feedback_id=other))


def _line_of(key: str, column: str, value: object) -> Change:
    def change(session: Session, story: Story) -> None:
        votes = sa.select(Vote.id).where(Vote.person_id == story.id(key))
        session.execute(sa.update(VoteLine).where(VoteLine.vote_id.in_(votes)).values({column: value}))

    return change


def _rating_of(name: str, column: str, value: object) -> Change:
    def change(session: Session, _story: Story) -> None:
        ratings = sa.select(Rating.id).where(Rating.round == name)
        session.execute(sa.update(RatingLine).where(RatingLine.rating_id.in_(ratings)).values({column: value}))

    return change


def _words_of(key: str, column: str, value: object) -> Change:
    def change(session: Session, story: Story) -> None:
        mine = FeedbackAnswer.feedback_id == _request_of(session, story, key)
        session.execute(sa.update(FeedbackAnswer).where(mine).values({column: value}))

    return change


VOTE = {"own": "clara", "own_rows": "vote.own"}
SECRETS: Mapping[str, Secret] = {
    "what a member votes": Secret("voting", "vote.others", of_person(Vote, "clara", "overall", "promote"), **VOTE),
    "how sure a member is": Secret("voting", "vote.others", of_person(Vote, "clara", "confidence", "low"), **VOTE),
    "a member's rating": Secret("voting", "vote.others", _line_of("clara", "value", 1), **VOTE),
    "a revealed vote": Secret("revealed", "vote.others", of_person(Vote, "clara", "overall", "promote"), **VOTE),
    "a note": Secret("revealed", "discussion.notes", said(DiscussionNote, "body", OTHER)),
    "a changed rating": Secret("revealed", "discussion.notes rating.final", said(RatingChange, "value", 1)),
    "a gap": Secret("revealed", "decision.rationale", said(Gap, "missing", OTHER)),
    "the outcome": Secret("decided", "decision.outcome decision.rationale", said(Decision, "outcome", "promote")),
    "the reasons": Secret("decided", "decision.rationale", said(Decision, "rationale", OTHER)),
    "the letter": Secret("decided", "decision.rationale", said(Letter, "body", OTHER)),
    "the summary": Secret("decided", "feedback.summary", said(FeedbackSummary, "body", OTHER)),
    "what a giver wrote": Secret(
        "built", "feedback.text", _words_of("erin", "done", OTHER), "erin", "feedback.own_submitted"
    ),
    "how a giver rated": Secret(
        "built", "feedback.text", _words_of("erin", "value", 1), "erin", "feedback.own_submitted"
    ),
    "a giver's draft": Secret("collecting", "", _words_of("lena", "done", OTHER), "lena", "feedback.own_draft"),
    "the first view": Secret("built", "first_view.locked", _rating_of("first", "value", 5)),
    "a rating draft": Secret("built", "rating.draft", _rating_of("final", "value", 1)),
    "a second rating": Secret(
        "built", "second_rating.others", _rating_of("second", "value", 1), "ravi", "second_rating.own"
    ),
    "why somebody is out": Secret(
        "sealed", "", of_person(Conflict, "jonas", "reason", OTHER), "jonas", "conflict.own_declaration"
    ),
    "why a request was refused": Secret(
        "built", "feedback.proposals", said(Feedback, "refusal", OTHER, state="rejected")
    ),
    "a check-in": Secret("closed", "growth_plan.check_ins", said(CheckIn, "lines", [])),
    "the reason of a nomination": Secret("draft", "case.stage", said(Case, "nomination_reason", OTHER)),
}
"""Each secret by name."""
