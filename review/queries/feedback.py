"""Reading feedback in a case: in mixed order, and no more of it than the reader's rights hold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.checks.facts import ANSWERED
from review.domain.feedback_request import UPWARD
from review.domain.giver_contract import read_terms
from review.domain.packet_anchors import number_feedback
from review.domain.text import Text, text
from review.models import Feedback, FeedbackAnswer, Person
from review.queries.standing import Standing


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What a giver wrote on one criterion; `value` 1 to 5, or None with `cannot_judge`, or None while a draft."""

    criterion_id: str
    name: str
    situation: str = ""
    done: str = ""
    effect: str = ""
    link: str = ""
    value: int | None = None
    cannot_judge: bool = False
    version: int = 0

    @property
    def is_answered(self) -> bool:
        """Tell whether the question counts as answered, as the check `feedback_complete` does."""
        return self.cannot_judge or (self.value is not None and bool(self.done.strip()))


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One answer that is in. Author, function, kind and day are None for who may not know the author.

    `signed` says the same in words, ready for a page.
    """

    id: int
    anchor: str
    author: str | None
    function: str | None
    kind: str | None
    answered_on: date | None
    signed: Text
    answers: tuple[AnswerRow, ...]

    def on(self, criterion_id: str) -> AnswerRow | None:
        """Return what it says on one criterion, None where it was not asked."""
        return next((answer for answer in self.answers if answer.criterion_id == criterion_id), None)


def read_feedback(session: Session, standing: Standing) -> tuple[FeedbackRow, ...]:
    """Return the answers that the actor may read now, F1 first; two statements, none where nothing may be read.

    Answers of direct reports come only from the floor on (three, or what the policy asks), and always without names.
    """
    if not standing.may_read("feedback.text"):
        return ()
    records = session.execute(
        sa.select(Feedback, Person.name)
        .join(Person, Person.id == Feedback.giver_id)
        .where(Feedback.case_id == standing.case.id, Feedback.state.in_(ANSWERED))
    ).all()
    upward = [row.id for row, _ in records if row.kind == UPWARD]
    floor = read_terms(standing.cycle.policy, candidate="", kind=UPWARD, is_hidden_from_manager=False).floor
    shown = {row.id: (row, name) for row, name in records if row.kind != UPWARD or len(upward) >= floor}
    answers = load_answers(session, standing, list(shown))
    anchors = number_feedback(shown, standing.case.shuffle_seed)
    return tuple(_row(standing, *shown[number], anchor, answers[number]) for number, anchor in anchors.items())


def load_answers(session: Session, standing: Standing, feedback_ids: list[int]) -> dict[int, tuple[AnswerRow, ...]]:
    """Return the answers of several givers, in the ladder's order of criteria; the caller decides who may read them."""
    names = {criterion.id: criterion.name_for(standing.case.track_id) for criterion in standing.criteria}
    found: dict[int, dict[str, AnswerRow]] = defaultdict(dict)
    for row in session.scalars(sa.select(FeedbackAnswer).where(FeedbackAnswer.feedback_id.in_(feedback_ids))):
        if row.criterion_id in names:
            found[row.feedback_id][row.criterion_id] = _answer(row, names[row.criterion_id])
    return {
        number: tuple(found[number][criterion] for criterion in names if criterion in found[number])
        for number in feedback_ids
    }


def _answer(row: FeedbackAnswer, name: str) -> AnswerRow:
    return AnswerRow(
        criterion_id=row.criterion_id,
        name=name,
        situation=row.situation,
        done=row.done,
        effect=row.effect,
        link=row.link,
        value=row.value,
        cannot_judge=row.cannot_judge,
        version=row.version,
    )


def _row(standing: Standing, row: Feedback, name: str, anchor: str, answers: tuple[AnswerRow, ...]) -> FeedbackRow:
    knows = standing.may_read("feedback.author")
    if not knows or row.kind == UPWARD:
        signed = text("A direct report, without a name") if knows else text("Without a name; the order is mixed")
        return FeedbackRow(row.id, anchor, None, None, UPWARD if knows else None, None, signed, answers)
    sent_at = row.submitted_at or row.entered_at
    sent_on = sent_at.astimezone(ZoneInfo(standing.cycle.zone)).date()
    signed = text("%(name)s, %(function)s, %(day)s", name=name, function=row.function, day=sent_on)
    return FeedbackRow(row.id, anchor, name, row.function, row.kind, sent_on, signed, answers)
