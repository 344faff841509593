"""The page of a case: what this actor may see of it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.ladder import Level
from review.domain.level_text import LevelText, describe_level
from review.domain.phase import Phase
from review.domain.schedule import Calendar
from review.domain.stages import Stage, find_shown_state, list_stages
from review.domain.text import Text, text
from review.domain.working_days import holidays_of
from review.domain.worklist import find_holders
from review.domain.writing import count_words
from review.models import AuditEvent, CaseNote, CaseToken, Feedback, Person
from review.queries.cycles import load_dates
from review.queries.evidence import EvidenceRow, list_evidence, read_self_reviews
from review.queries.standing import Standing

ASKED_WORDS = {
    "proposed": text("Proposed"),
    "asked": text("No answer yet"),
    "writing": text("Said yes"),
    "submitted": text("Said yes"),
    "frozen": text("Said yes"),
    "declined": text("Declined"),
    "rejected": text("Not approved"),
    "expired": text("Did not answer"),
    "cancelled": text("Cancelled"),
}
"""What a candidate and a manager see of a request: who said yes, never who has finished."""


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """A criterion of the case: what both levels ask, what the candidate wrote, the evidence for it."""

    id: str
    name: str
    start: LevelText | None
    target: LevelText | None
    words: str
    word_count: int
    evidence: tuple[EvidenceRow, ...]


@dataclass(frozen=True, slots=True)
class AskedRow:
    """Somebody proposed or asked for feedback."""

    name: str
    function: str
    state: Text


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the history."""

    on_day: date
    words: Text | str
    who: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What somebody wrote with an action."""

    on_day: date
    who: str
    action: Text | str
    body: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything the page shows. Parts that the actor may not read are empty or None."""

    start: Level | None
    target: Level
    is_people_track: bool
    stages: tuple[Stage, ...]
    stage_title: Text | str
    held_by: tuple[str, ...]
    due_on: date | None
    manager: str
    criteria: tuple[CriterionRow, ...]
    sees_case_content: bool
    asked: tuple[AskedRow, ...] | None
    role_fit: tuple[tuple[str, str], ...]
    notes: tuple[NoteRow, ...]
    log: tuple[LogRow, ...]


def load_case_page(session: Session, standing: Standing, *, now: datetime) -> CasePage:
    """Read the page of a case for the actor of the standing; the number of statements does not depend on the case."""
    case, ladder, definition = standing.case, standing.ladder, standing.definition
    knows = standing.may_read("decision.outcome")
    dates = load_dates(session, standing.cycle.id)
    calendar = Calendar(ZoneInfo(standing.cycle.zone), holidays_of(standing.cycle.country, now.year - 1), dates)
    token = session.scalars(sa.select(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region == "main")).one()
    shown = find_shown_state(definition, standing.facts.tokens, knows_outcome=knows)
    shown_tokens = {**standing.facts.tokens, "main": shown}
    is_embargoed = shown != case.state
    return CasePage(
        start=ladder.level(case.from_level_id) if case.from_level_id else None,
        target=ladder.level(case.to_level_id),
        is_people_track=ladder.track(case.track_id).people_manager,
        stages=list_stages(definition, standing.facts.tokens, calendar, token.entered_at, knows_outcome=knows),
        stage_title=text(definition.states[shown].title),
        held_by=tuple(
            definition.roles[role] for role in definition.roles if role in find_holders(definition, shown_tokens)
        ),
        due_on=None if is_embargoed or token.due_at is None else calendar.day_of(token.due_at),
        manager=session.get_one(Person, case.manager_id).name if case.manager_id else "",
        criteria=_criteria(session, standing),
        sees_case_content=standing.may_read("packet.draft") or standing.may_read("packet.sealed"),
        asked=_asked(session, standing),
        role_fit=_role_fit(standing),
        notes=_notes(session, standing, calendar),
        log=_log(session, standing, calendar, knows=knows),
    )


def _criteria(session: Session, standing: Standing) -> tuple[CriterionRow, ...]:
    case, ladder = standing.case, standing.ladder
    words = read_self_reviews(session, standing)
    evidence = list_evidence(session, standing)
    return tuple(
        CriterionRow(
            id=criterion.id,
            name=criterion.name_for(case.track_id),
            start=describe_level(ladder, criterion.id, case.from_level_id),
            target=describe_level(ladder, criterion.id, case.to_level_id),
            words=words.get(criterion.id, ""),
            word_count=count_words(words.get(criterion.id, "")),
            evidence=tuple(row for row in evidence if criterion.id in row.criteria),
        )
        for criterion in standing.criteria
    )


def _asked(session: Session, standing: Standing) -> tuple[AskedRow, ...] | None:
    if not standing.may_read("feedback.proposals"):
        return None
    statement = (
        sa.select(Person.name, Feedback.function, Feedback.state)
        .join(Person, Person.id == Feedback.giver_id)
        .where(Feedback.case_id == standing.case.id)
        .order_by(Person.name)
    )
    if standing.roles & {"manager", "candidate"} and not standing.roles & {"hr", "chair"}:
        statement = statement.where(Feedback.is_hidden_from_manager.is_(False))
    return tuple(AskedRow(row.name, row.function, ASKED_WORDS[row.state]) for row in session.execute(statement))


def _role_fit(standing: Standing) -> tuple[tuple[str, str], ...]:
    answers: dict[str, Any] = standing.case.role_fit
    if not answers or not (standing.may_read("packet.draft") or standing.may_read("packet.sealed")):
        return ()
    return tuple((question.question, str(answers.get(question.id, ""))) for question in standing.ladder.role_fit)


def _notes(session: Session, standing: Standing, calendar: Calendar) -> tuple[NoteRow, ...]:
    """Notes written while the case was built go to its parties, later ones to those who read the notes of its phase."""
    rows = session.execute(
        sa.select(CaseNote, Person.name)
        .outerjoin(Person, Person.id == CaseNote.author_id)
        .where(CaseNote.case_id == standing.case.id)
        .order_by(CaseNote.id)
    )
    shown = []
    for note, name in rows:
        if note.action.startswith(("feedback.", "seat.")) or not _may_read_note(standing, Phase(note.phase)):
            continue
        shown.append(NoteRow(calendar.day_of(note.at), name or "", _title(standing, note.action), note.body))
    return tuple(shown)


def _may_read_note(standing: Standing, phase: Phase) -> bool:
    if phase.rank <= Phase.COLLECTING.rank:
        return standing.may_read("case.stage")
    return standing.may_read("discussion.notes")


def _log(session: Session, standing: Standing, calendar: Calendar, *, knows: bool) -> tuple[LogRow, ...]:
    """The moves of the case, as far as the actor may know them: nothing of items, nothing that tells an outcome."""
    if not standing.may_read("case.stage"):
        return ()
    rows = session.execute(
        sa.select(AuditEvent.at, AuditEvent.kind, AuditEvent.detail, Person.name)
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(AuditEvent.case_id == standing.case.id, AuditEvent.kind.like("case.%"))
        .order_by(AuditEvent.seq.desc())
    )
    definition = standing.definition
    lines = []
    for at, kind, detail, name in rows:
        action = kind.removeprefix("case.")
        after = definition.states.get(detail.get("after", {}).get("main", ""))
        is_late_phase = after is not None and after.phase is not None and after.phase.rank >= Phase.REVEALED.rank
        if is_late_phase and not (knows or standing.may_read("discussion.notes")):
            continue
        if after is not None and after.phase is Phase.DECIDED and not knows:
            continue
        lines.append(LogRow(calendar.day_of(at), _title(standing, action), name or ""))
    return tuple(lines)


def _title(standing: Standing, action: str) -> Text | str:
    if action == "open":
        return text("Nominated")
    for _, machine in standing.definition.machines():
        if action in machine.actions:
            return text(machine.actions[action].title)
    return {"manager_changed": text("A new manager took over")}.get(action, action)
