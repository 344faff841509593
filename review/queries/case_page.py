"""The page of a case: what this actor may see of it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from review.domain.access import Role
from review.domain.checks import CaseFacts
from review.domain.feedback_request import LIVE, UPWARD, request_words
from review.domain.feedback_sight import ASKING
from review.domain.ladder import Level
from review.domain.level_text import LevelText, describe_level
from review.domain.phase import Phase
from review.domain.schedule import Calendar
from review.domain.stages import Stage, find_shown_state, is_embargoed, list_stages
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.domain.working_days import holidays_of
from review.domain.worklist import find_holders, find_tasks
from review.domain.writing import count_words
from review.queries.askable import sees_request
from review.queries.case_history import History, LogRow, NoteRow, kinds_of_history, tell_history
from review.queries.case_lines import Lines, load_lines
from review.queries.evidence import EvidenceRow, list_evidence, may_read_self_review
from review.queries.letters import list_earlier_letters
from review.queries.standing import Standing

HOW_WORDS = {
    "own": text("Nominated by themselves"),
    "manager": text("Nominated"),
    "opt_out": text("Nominated as everybody eligible is"),
}


@dataclass(frozen=True)
class CriterionRow:
    """A criterion of the case: what both levels ask, what the candidate wrote, the evidence for it."""

    id: str
    name: str
    start: LevelText | None
    target: LevelText | None
    words: str
    word_count: int
    evidence: tuple[EvidenceRow, ...]


@dataclass(frozen=True)
class AskedRow:
    """Somebody proposed or asked for feedback."""

    name: str
    function: str
    state: Text


@dataclass(frozen=True)
class NominationRow:
    """Who nominated the candidate, how, and why."""

    by: str
    how: Text
    reason: str


@dataclass(frozen=True)
class OtherCase:
    """Another case of the same candidate."""

    id: int
    code: str
    cycle: str


@dataclass(frozen=True)
class CasePage:
    """Everything the page shows. Parts that the actor may not read are empty or None; `has_packet` for the actor.

    `held_by` are roles of the workflow; `tasks` are the actions that are the actor's turn; `is_waiting` is true for the
    candidate and the manager when others have something to do, not they; `has_manager_left` for HR alone; `others`, the
    newest first, for the candidate alone. `has_earlier_letter` where an appeal was granted and no answer followed.
    """

    start: Level | None
    target: Level
    has_earlier_letter: bool
    is_people_track: bool
    stages: tuple[Stage, ...]
    stage_title: Text
    held_by: tuple[str, ...]
    due_on: date | None
    told_on: date | None
    dates: dict[str, date]
    is_waiting: bool
    tasks: frozenset[str]
    manager: str
    has_manager_left: bool
    nomination: NominationRow | None
    criteria: tuple[CriterionRow, ...]
    sees_words: bool
    has_packet: bool
    asked: tuple[AskedRow, ...] | None
    role_fit: tuple[tuple[str, str], ...]
    notes: tuple[NoteRow, ...]
    log: tuple[LogRow, ...]
    others: tuple[OtherCase, ...]


def load_case_page(session: Session, standing: Standing, *, now: datetime) -> CasePage:
    """Read the page of a case for the actor of the standing; the number of statements does not depend on the case."""
    case, ladder, tokens = standing.case, standing.ladder, standing.facts.tokens
    lines = load_lines(session, case, _kinds(standing))
    dates = {line.name: line.at.date() for line in lines["day"]}
    calendar = Calendar(ZoneInfo(standing.cycle.zone), holidays_of(standing.cycle.country, now.year - 1), dates)
    entered_at, due_at = lines["entered"][0].at, next((line.at for line in lines["due"]), None)
    names = {line.person_id: line.person or "" for line in lines["named"]}
    history = tell_history(standing, calendar, lines)
    is_insider = standing.may_read("committee.seats") or standing.may_read("decision.outcome")
    tasks = _tasks(standing)
    shown = find_shown_state(standing.definition, tokens, is_insider=is_insider, vote_round=case.vote_round)
    is_hidden = is_embargoed(standing.definition, tokens, is_insider=is_insider, vote_round=case.vote_round)
    return CasePage(
        start=ladder.level(case.from_level_id) if case.from_level_id else None,
        target=ladder.level(case.to_level_id),
        has_earlier_letter=_has_earlier_letter(session, standing),
        is_people_track=ladder.track(case.track_id).people_manager,
        stages=_stages(standing, calendar, entered_at, history, is_insider=is_insider),
        stage_title=text(standing.definition.states[shown].title),
        held_by=_holders(standing, shown, is_late=due_at is not None and due_at < now),
        due_on=None if is_hidden or due_at is None else calendar.day_of(due_at),
        told_on=dates.get("announcement_date") if standing.phase.rank < Phase.ANNOUNCED.rank else None,
        dates=dates,
        is_waiting=not tasks and _is_waiting(standing),
        tasks=tasks,
        manager=names.get(case.manager_id, ""),
        has_manager_left=_has_manager_left(standing, lines),
        nomination=_nomination(standing, names),
        criteria=_criteria(session, standing, lines),
        sees_words=may_read_self_review(standing),
        has_packet=bool(lines["sealed"]) and standing.may_read("packet.sealed"),
        asked=_asked(standing, lines),
        role_fit=_role_fit(standing),
        notes=history.notes,
        log=history.log,
        others=tuple(OtherCase(line.n, line.name, line.words) for line in reversed(lines["other"])),
    )


def _kinds(standing: Standing) -> frozenset[str]:
    """Return the kinds of lines that this reader may know of."""
    kinds = set(kinds_of_history(standing))
    if standing.may_read("feedback.proposals"):
        kinds.add("asked")
    if may_read_self_review(standing):
        kinds.add("written")
    if Role.CANDIDATE in standing.roles:
        kinds.add("other")
    return frozenset(kinds)


def _stages(
    standing: Standing, calendar: Calendar, entered_at: datetime, history: History, *, is_insider: bool
) -> tuple[Stage, ...]:
    return list_stages(
        standing.definition,
        standing.facts.tokens,
        calendar,
        entered_at,
        is_insider=is_insider,
        vote_round=standing.case.vote_round,
        entered_on=history.entered_on,
    )


def _is_waiting(standing: Standing) -> bool:
    """Tell whether the case goes on and its candidate or manager, who has no task, has nothing to decide for it."""
    if standing.case.closed_at is not None or not standing.roles & {Role.CANDIDATE, Role.MANAGER}:
        return False
    return Role.MANAGER not in standing.roles or all(each.state != "proposed" for each in standing.facts.requests)


def _tasks(standing: Standing) -> frozenset[str]:
    tasks = find_tasks(standing.definition, standing.facts.tokens, standing.workflow_roles, heard=standing.facts.heard)
    return frozenset(task.action for task in tasks)


def _holders(standing: Standing, shown: str, *, is_late: bool) -> tuple[str, ...]:
    """Return whose turn it is; those asked for feedback count while answers are open."""
    definition, tokens = standing.definition, {**standing.facts.tokens, MAIN: shown}
    held = set(find_holders(definition, tokens, late=(MAIN,) if is_late else (), heard=standing.facts.heard))
    if standing.phase is Phase.COLLECTING and _waits_for_givers(standing.facts):
        held.add("giver")
    return tuple(role for role in definition.roles if role in held)


def _waits_for_givers(facts: CaseFacts) -> bool:
    """Tell whether answers may still come; who may not know who has finished is told of the asking alone."""
    if facts.may_count:
        return any(each.is_open for each in facts.feedback)
    return facts.tokens.get("feedback") == ASKING and any(each.state in LIVE for each in facts.requests)


def _nomination(standing: Standing, names: Mapping[int | None, str]) -> NominationRow | None:
    """Return how the case began: for the person, their manager and HR."""
    if not standing.roles & {Role.CANDIDATE, Role.MANAGER, Role.HR}:
        return None
    case = standing.case
    return NominationRow(names.get(case.nominated_by_id, ""), HOW_WORDS[case.nomination], case.nomination_reason)


def _has_earlier_letter(session: Session, standing: Standing) -> bool:
    """Tell whether a letter that counts no more is all that was told; a look only at a case that ended after one."""
    is_left = standing.phase is Phase.CLOSED and not standing.was_told and standing.facts.appeals_used > 0
    return is_left and bool(list_earlier_letters(session, standing))


def _has_manager_left(standing: Standing, lines: Lines) -> bool:
    """Tell HR, who alone may know of it, whether a running case waits for a manager who has left."""
    if Role.HR not in standing.roles or standing.case.closed_at is not None:
        return False
    return any(line.person_id == standing.case.manager_id and not line.n for line in lines["named"])


def _criteria(session: Session, standing: Standing, lines: Lines) -> tuple[CriterionRow, ...]:
    case, ladder = standing.case, standing.ladder
    words = {line.name: line.words for line in lines["written"]}
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


def _asked(standing: Standing, lines: Lines) -> tuple[AskedRow, ...] | None:
    if not standing.may_read("feedback.proposals"):
        return None
    shown = [each for each in lines["asked"] if sees_request(standing, each.person_id, is_hidden=bool(each.n))]
    return tuple(
        AskedRow(each.person or "", each.words, _asked_words(each.name, each.state, standing)) for each in shown
    )


def _asked_words(kind: str, state: str, standing: Standing) -> Text:
    """Return how far a request is; of direct reports, whose answers carry no name, not even who said yes."""
    if kind == UPWARD and not standing.may_read("feedback.author"):
        return text("Asked")
    return request_words(state, standing.phase)


def _role_fit(standing: Standing) -> tuple[tuple[str, str], ...]:
    answers: dict[str, Any] = standing.case.role_fit
    if not answers or not (standing.may_read("packet.draft") or standing.may_read("packet.sealed")):
        return ()
    return tuple((question.question, str(answers.get(question.id, ""))) for question in standing.ladder.role_fit)
