"""Lists for programs: by number, from one number on, with the same rows as the pages have for the same reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Right, Role
from review.domain.values import dataclass
from review.models import Case, CaseToken, Cycle, Decision, Person
from review.queries.own_part import is_part_of
from review.queries.people import PersonCard, may
from review.queries.people_words import has_word, match_words, split_words
from review.queries.pinned import load_definition
from review.queries.told import was_told

DECIDED = ("promote", "not_yet", "defer")


@dataclass(frozen=True)
class CaseSlice:
    """Which cases of a cycle; empty for all."""

    words: str = ""
    state: str = ""
    committee_id: int | None = None
    is_late: bool = False


@dataclass(frozen=True)
class ListedCase:
    """A case of a cycle, and where it stands."""

    id: int
    code: str
    candidate_id: int
    candidate: str
    function: str
    kind: str
    from_level_id: str | None
    to_level_id: str
    state: str
    state_title: str
    entered_at: datetime | None
    due_at: datetime | None
    is_late: bool
    committee_id: int | None


@dataclass(frozen=True)
class ListedDecision:
    """An announced decision."""

    case_id: int
    code: str
    candidate_id: int
    external_id: str
    from_level_id: str | None
    to_level_id: str
    outcome: str
    decided_at: datetime


def list_people_after(
    session: Session, actor: Actor, *, words: str = "", function: str = "", after: int, limit: int
) -> tuple[PersonCard, ...]:
    """List people who are here and fit, by number; nobody for who may not read the directory."""
    if not may(actor, Right.READ, "directory"):
        return ()
    conditions = [Person.is_active, Person.id > after, *match_words(words)]
    if function:
        conditions.append(Person.function == function)
    statement = sa.select(Person.id, Person.name, Person.title, Person.function).where(*conditions)
    return tuple(PersonCard(*row) for row in session.execute(statement.order_by(Person.id).limit(limit)))


def count_cases(session: Session, actor: Actor) -> dict[int, int] | None:
    """Return how many cases each cycle has that HR finds there, those with none left out; None for everybody else."""
    if not actor.has(Role.HR):
        return None
    mine = sa.not_(is_part_of(actor.person_id))
    rows = session.execute(sa.select(Case.cycle_id, sa.func.count()).where(mine).group_by(Case.cycle_id))
    return {row[0]: row[1] for row in rows}


def list_cases_after(
    session: Session, cycle_id: int, actor: Actor, wanted: CaseSlice, *, after: int, limit: int, now: datetime
) -> tuple[ListedCase, ...]:
    """List the cases of a cycle that fit, by number; nothing for everybody but HR.

    Cases that the actor is part of, or close to, are left out, as on the page of the cycle.
    """
    cycle = session.get(Cycle, cycle_id) if actor.has(Role.HR) else None
    if cycle is None:
        return ()
    zone = ZoneInfo(cycle.zone)
    is_late = CaseToken.due_at < datetime.combine(now.astimezone(zone).date(), time.min, zone)
    columns: tuple[Any, ...] = (
        Case.id,
        Case.code,
        Case.candidate_id,
        Person.name,
        Person.function,
        Case.kind,
        Case.from_level_id,
        Case.to_level_id,
        Case.state,
        Case.workflow_version_id,
        CaseToken.entered_at,
        CaseToken.due_at,
        sa.func.coalesce(is_late, sa.false()),
        Case.committee_id,
    )
    rows = session.execute(
        sa.select(*columns)
        .select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
        .where(Case.cycle_id == cycle_id, Case.id > after, sa.not_(is_part_of(actor.person_id)))
        .where(*_conditions(wanted, is_late))
        .order_by(Case.id)
        .limit(limit)
    ).all()
    titles = {version: _titles(session, version) for version in {row.workflow_version_id for row in rows}}
    return tuple(_case(row, titles[row.workflow_version_id]) for row in rows)


def list_decisions_after(
    session: Session, cycle_id: int, actor: Actor, *, after: int, limit: int
) -> tuple[ListedDecision, ...]:
    """List the announced decisions of a cycle, by number of the case; nothing for everybody but HR.

    Cases that the actor is part of, or close to, are left out, as on the page of the cycle.
    """
    if not actor.has(Role.HR):
        return ()
    columns: tuple[Any, ...] = (
        Case.id,
        Case.code,
        Case.candidate_id,
        Person.external_id,
        Case.from_level_id,
        Case.to_level_id,
        Decision.outcome,
        Decision.recorded_at,
    )
    rows = session.execute(
        sa.select(*columns)
        .select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .join(Decision, sa.and_(Decision.case_id == Case.id, Decision.replaced_at.is_(None)))
        .where(Case.cycle_id == cycle_id, Case.id > after, was_told(Case), Decision.outcome.in_(DECIDED))
        .where(sa.not_(is_part_of(actor.person_id)))
        .order_by(Case.id)
        .limit(limit)
    )
    return tuple(ListedDecision(*row) for row in rows)


def _conditions(wanted: CaseSlice, is_late: Any) -> list[Any]:
    words = split_words(wanted.words)
    found: list[Any] = [sa.or_(has_word(word), Case.code.icontains(word, autoescape=True)) for word in words]
    if wanted.state:
        found.append(Case.state == wanted.state)
    if wanted.committee_id is not None:
        found.append(Case.committee_id == wanted.committee_id)
    return [*found, is_late] if wanted.is_late else found


def _case(row: Any, titles: Mapping[str, str]) -> ListedCase:
    number, code, candidate_id, name, function, kind, start, target, state, _version, *rest = row
    entered_at, due_at, is_late, committee_id = rest
    where = (state, titles[state], entered_at, due_at, bool(is_late), committee_id)
    return ListedCase(number, code, candidate_id, name, function, kind, start, target, *where)


def _titles(session: Session, version_id: int) -> Mapping[str, str]:
    return {name: state.title for name, state in load_definition(session, version_id).states.items()}
