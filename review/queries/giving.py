"""Giving feedback: a giver's own request with its answers, and everything that was ever asked of a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.checks import ItemFacts
from review.domain.errors import NotFound
from review.domain.feedback_sight import sign
from review.domain.giver_contract import Promise, Terms, explain_waiting, promise, read_terms, warn_of_guesses
from review.domain.ladder import Ladder
from review.domain.level_text import LevelText, describe_level
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import Option
from review.domain.writing_aid import ask_back
from review.models import Case, Cycle, Feedback, LadderVersion, Person
from review.queries.feedback import AnswerRow, load_answers
from review.queries.items import roles_on_item
from review.queries.parties import ASKED_STATES
from review.queries.pinned import load_ladder
from review.queries.standing import Standing

OWN_STATES = frozenset(ASKED_STATES)
MINUTES = 10
"""What answering a whole request takes."""
WRITABLE = frozenset({"asked", "writing"})
GIVERS = frozenset({Role.GIVER, Role.EXTERNAL_GIVER})


@dataclass(frozen=True)
class LevelMark:
    """A level as its mark shows it."""

    code: str
    name: str
    is_people_manager: bool


@dataclass(frozen=True)
class Question:
    """One criterion that the giver is asked about: what the target level asks, and the answer so far."""

    id: str
    name: str
    target: LevelText | None
    answer: AnswerRow

    @classmethod
    def of_draft(cls, draft: Mapping[str, Any]) -> Question:
        """Return a question that holds a draft and nothing else, to look at."""
        return cls("", "", None, AnswerRow("", "", **draft))

    @property
    def asked_back(self) -> tuple[Text, ...]:
        """Return what the writer is asked about the draft, for their eyes alone."""
        given = self.answer
        return ask_back(
            situation=given.situation,
            done=given.done,
            effect=given.effect,
            link=given.link,
            cannot_judge=given.cannot_judge,
        )


@dataclass(frozen=True)
class GivePage:
    """A giver's own request; nothing of the case but its candidate, its levels and the ladder's words."""

    id: int
    case_id: int
    state: str
    candidate: str
    start: LevelMark | None
    target: LevelMark
    note: str
    note_by: str
    due_on: date | None
    sent_on: date | None
    today: date
    promises: tuple[Promise, ...]
    signed: dict[str, Text]  # what stands under it for each reader
    guesses: Text
    waiting: Text
    has_names: bool
    questions: tuple[Question, ...]
    can_write: bool
    options: tuple[Option, ...]
    is_external: bool

    @property
    def first_open(self) -> Question:
        """Return the first question without an answer, or the first of all."""
        return next((each for each in self.questions if not each.answer.is_answered), self.questions[0])

    @property
    def answered(self) -> int:
        """Return how many questions are answered."""
        return sum(each.answer.is_answered for each in self.questions)

    @property
    def minutes_left(self) -> int:
        """Return how many minutes the open questions take: ten for all of them together, none once all are answered."""
        return -(-MINUTES * (len(self.questions) - self.answered) // len(self.questions))

    def option(self, action: str) -> Option | None:
        """Return one of the actions open to the giver, None if it is not."""
        return next((option for option in self.options if option.id == action), None)


@dataclass(frozen=True)
class AskedLine:
    """One request in the list of all that was asked of a person."""

    id: int
    case_id: int
    candidate: str
    target: str
    cycle: str
    words: Text
    is_waiting: bool
    due_on: date | None
    today: date


def find_own_request(session: Session, standing: Standing, feedback_id: int) -> Feedback:
    """Return the giver's own request of this case; raise NotFound for anybody else's and for one never asked."""
    row = session.get(Feedback, feedback_id)
    is_own = row is not None and row.giver_id == standing.actor.person_id and row.case_id == standing.case.id
    if row is None or not is_own or row.state not in OWN_STATES or not standing.roles & GIVERS:
        raise NotFound
    return row


def find_questions(standing: Standing, row: Feedback) -> tuple[str, ...]:
    """Return the ids of the criteria that a request asks about."""
    rated = tuple(criterion.id for criterion in standing.criteria)
    return tuple(criterion for criterion in rated if criterion in row.criteria) or rated


def find_terms(standing: Standing, row: Feedback) -> Terms:
    """Return what the giver's contract depends on in this case."""
    return read_terms(
        standing.cycle.policy,
        candidate=standing.candidate.name,
        kind=row.kind,
        is_hidden_from_manager=row.is_hidden_from_manager,
        needs_sign_off=standing.parties.needs_sign_off,
        is_external=standing.actor.is_external,
    )


def load_give_page(session: Session, standing: Standing, feedback_id: int, *, now: datetime) -> GivePage:
    """Return a giver's own request; raise NotFound for everybody else."""
    row = find_own_request(session, standing, feedback_id)
    given = {answer.criterion_id: answer for answer in load_answers(session, standing, [row.id])[row.id]}
    questions = tuple(_question(standing, criterion, given) for criterion in find_questions(standing, row))
    terms, case, own = find_terms(standing, row), standing.case, session.get_one(Person, row.giver_id)
    zone = ZoneInfo((own.zone if own.is_external else None) or standing.cycle.zone)
    facts = ItemFacts(unanswered=tuple(each.name for each in questions if not each.answer.is_answered))
    promises = promise(terms)
    name = f"{own.name}, {own.title}" if own.is_external else own.name
    return GivePage(
        id=row.id,
        case_id=case.id,
        state=row.state,
        candidate=standing.candidate.name,
        start=_mark(standing.ladder, case.from_level_id) if case.from_level_id else None,
        target=_mark(standing.ladder, case.to_level_id),
        note=row.note,
        note_by=standing.candidate.name if row.proposed_by_id == case.candidate_id and not row.changed_by_id else "",
        due_on=row.due_at.astimezone(zone).date() if row.due_at else None,
        sent_on=row.submitted_at.astimezone(zone).date() if row.submitted_at else None,
        today=now.astimezone(zone).date(),
        promises=promises,
        signed={each.reader: sign(each.sight, kind=row.kind, name=name, function=row.function) for each in promises},
        guesses=warn_of_guesses(terms),
        waiting=explain_waiting(terms),
        has_names=terms.has_names,
        questions=questions,
        can_write=row.state in WRITABLE and standing.may_write("feedback.own_draft"),
        options=standing.item_options("feedback", row.state, roles_on_item(standing, row) & {"giver"}, facts),
        is_external=own.is_external,
    )


ASKED_WORDS = {
    "asked": text("Waits for your yes or no"),
    "writing": text("You said yes"),
    "submitted": text("Sent; you can take it back until the packet is sealed"),
    "frozen": text("In the sealed packet"),
    "declined": text("You said no; you may change your mind until the packet is sealed"),
    "expired": text("The time for it has passed"),
}


def list_asked(session: Session, actor: Actor, *, now: datetime) -> tuple[AskedLine, ...]:
    """Return everything that was asked of the actor, what waits first; one statement for any number of rows."""
    statement = (
        sa.select(Feedback, Case, Person.name, Cycle, LadderVersion)
        .join(Case, Case.id == Feedback.case_id)
        .join(Person, Person.id == Case.candidate_id)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(LadderVersion, LadderVersion.id == Cycle.ladder_version_id)
        .where(
            Feedback.giver_id == actor.person_id,
            Feedback.state.in_(OWN_STATES),
            Case.phase != Phase.DRAFT,
        )
        .order_by(Feedback.id.desc())
    )
    lines = [
        _line(session, (row, case, candidate, cycle, version), now)
        for row, case, candidate, cycle, version in session.execute(statement)
    ]
    return tuple(sorted(lines, key=lambda line: (not line.is_waiting, line.due_on or date.max)))


def _line(session: Session, record: tuple[Feedback, Case, str, Cycle, LadderVersion], now: datetime) -> AskedLine:
    row, case, candidate, cycle, version = record
    zone = ZoneInfo(cycle.zone)
    is_waiting = row.state in WRITABLE and case.phase == Phase.COLLECTING
    return AskedLine(
        id=row.id,
        case_id=case.id,
        candidate=candidate,
        target=load_ladder(session, version.id).level(case.to_level_id).name,
        cycle=cycle.name,
        words=ASKED_WORDS[row.state],
        is_waiting=is_waiting,
        due_on=row.due_at.astimezone(zone).date() if is_waiting and row.due_at else None,
        today=now.astimezone(zone).date(),
    )


def _question(standing: Standing, criterion_id: str, given: dict[str, AnswerRow]) -> Question:
    name = standing.ladder.criterion(criterion_id).name_for(standing.case.track_id)
    target = describe_level(standing.ladder, criterion_id, standing.case.to_level_id)
    return Question(criterion_id, name, target, given.get(criterion_id) or AnswerRow(criterion_id, name))


def _mark(ladder: Ladder, level_id: str) -> LevelMark:
    level = ladder.level(level_id)
    return LevelMark(level.code or level.name, level.name, ladder.leads_people(level_id))
