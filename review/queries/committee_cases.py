"""HR's page of committees: who is on each, and a narrowed page of the cases to be given to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.seating import SeatingChoice
from review.domain.values import dataclass
from review.models import Case, Committee, Cycle, Person
from review.queries.closeness import CaseColumns, find_conflicts_of
from review.queries.committees import UNSEATED, CommitteeRow, describe_loads, list_committees, propose_committees
from review.queries.fixed_words import fixed
from review.queries.own_part import is_part_of
from review.queries.people_words import names_case, split_words
from review.queries.pinned import load_ladder
from review.queries.ready import Ready

PAGE_SIZE, MOST_KEPT = 50, 64
CYCLE_ID, ME = sa.bindparam("cycle_id", type_=sa.Integer), sa.bindparam("me", type_=sa.Integer)
CAN_ASSIGN = Case.phase.in_(fixed(UNSEATED))
IS_UNASSIGNED = sa.and_(Case.committee_id.is_(None), CAN_ASSIGN)


@dataclass(frozen=True)
class AssignSearch:
    """Which cases; empty for all. Words are looked for in the case's number and the candidate's name, title, function.

    `is_unassigned`: those that can be given to a committee and have none. `is_sealed`: those that stay where they are.
    """

    words: str = ""
    committee_id: int | None = None
    is_unassigned: bool = False
    is_sealed: bool = False
    page: int = 1


@dataclass(frozen=True)
class AssignRow:
    """A case to be given to a committee; `out` names the members who are too close to it.

    `proposal` is the committee it would go to by itself, for a case that has none.
    """

    case_id: int
    code: str
    candidate: str
    to_level: str
    committee_id: int | None
    committee: str
    can_assign: bool
    out: tuple[str, ...]
    proposal: SeatingChoice | None


@dataclass(frozen=True)
class SetUp:
    """The committees of a cycle and a page of its cases, as HR sees them; `total` cases fit, of `count` there are."""

    cycle_id: int
    cycle: str
    state: str
    committees: tuple[CommitteeRow, ...]
    cases: tuple[AssignRow, ...]
    total: int
    count: int
    unassigned: int
    page: int


def load_set_up(session: Session, cycle_id: int, actor: Actor, wanted: AssignSearch) -> SetUp:
    """Return HR's page of committees; cases that this HR partner is part of are not there. Raises NotFound.

    A page beyond the last one is the first. Proposals begin at the loads that the committees have, on each page anew.
    """
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound
    committees = list_committees(session, cycle_id, actor.person_id)
    if not actor.has(Role.HR):
        return SetUp(cycle.id, cycle.name, cycle.state, committees, (), 0, 0, 0, 1)
    values = {"cycle_id": cycle_id, "me": actor.person_id, "committee": wanted.committee_id}
    [(count, unassigned)] = _COUNTS.rows(session.connection(), values)
    total, records = _pick(session, values, wanted)
    if not records and wanted.page > 1:
        wanted = replace(wanted, page=1)
        total, records = _pick(session, values, wanted)
    rows = _rows(session, cycle, committees, records)
    total = count if total is None else total
    return SetUp(cycle.id, cycle.name, cycle.state, committees, rows, total, count, unassigned, wanted.page)


def list_unassigned(session: Session, cycle_id: int, actor: Actor) -> tuple[int, ...]:
    """Return the cases of a cycle that have no committee yet and can be given to one, as HR sees them."""
    if not actor.has(Role.HR):
        return ()
    statement = sa.select(Case.id).where(*_seen(), IS_UNASSIGNED)
    return tuple(session.scalars(statement, {"cycle_id": cycle_id, "me": actor.person_id}))


def list_names(session: Session, cycle_id: int) -> dict[int, str]:
    """Return what the committees of a cycle are called, by number."""
    rows = session.execute(sa.select(Committee.id, Committee.name).where(Committee.cycle_id == cycle_id))
    return {row.id: row.name for row in rows}


def _seen() -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of the running cases of a cycle that HR runs."""
    return Case.cycle_id == CYCLE_ID, Case.closed_at.is_(None), sa.not_(is_part_of(ME))


def _pick(
    session: Session, values: dict[str, Any], wanted: AssignSearch
) -> tuple[int | None, list[tuple[CaseColumns, str, str]]]:
    """Return the cases of the page with their candidate and committee, by number; one statement.

    With them comes how many fit; None where the cases are not narrowed: all do.
    """
    values = {**values, "offset": (wanted.page - 1) * PAGE_SIZE}
    alike = replace(wanted, committee_id=None if wanted.committee_id is None else 0, page=1)
    if wanted.words:  # others are looked for each time: not worth spelling a statement out
        rows: Sequence[Any] = session.connection().execute(_select_page(alike), values).all()
    else:
        rows = _ready_page(alike).rows(session.connection(), values)
    total = (rows[0][-1] if rows else 0) if _conditions(wanted) else None
    return total, [(CaseColumns(*case), name, committee) for *case, name, committee, _ in rows]


@lru_cache(MOST_KEPT)
def _ready_page(alike: AssignSearch) -> Ready:
    """Return the statement of a page, for all that are narrowed alike."""
    return Ready(lambda: _select_page(alike))


def _select_page(alike: AssignSearch) -> sa.Select[Any]:
    narrowed = _conditions(alike)
    columns: list[Any] = [getattr(Case, name) for name in CaseColumns._fields]
    total = sa.func.count().over() if narrowed else sa.literal(0)
    return (
        sa.select(*columns, Person.name, sa.func.coalesce(Committee.name, ""), total)
        .select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(Committee, Committee.id == Case.committee_id)
        .where(*_seen(), *narrowed)
        .order_by(Case.code, Case.id)
        .limit(PAGE_SIZE)
        .offset(sa.bindparam("offset", type_=sa.Integer))
    )


_COUNTS = Ready(
    lambda: sa.select(sa.func.count(), sa.func.count(sa.case((IS_UNASSIGNED, 1)))).select_from(Case).where(*_seen())
)


def _conditions(wanted: AssignSearch) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a search; of which committee is the parameter `committee`."""
    found = [names_case(word) for word in split_words(wanted.words)]
    if wanted.committee_id is not None:
        found.append(Case.committee_id == sa.bindparam("committee", type_=sa.Integer))
    if wanted.is_unassigned:
        found.append(IS_UNASSIGNED)
    if wanted.is_sealed:
        found.append(sa.not_(CAN_ASSIGN))
    return found


def _rows(
    session: Session,
    cycle: Cycle,
    committees: Sequence[CommitteeRow],
    records: Sequence[tuple[CaseColumns, str, str]],
) -> tuple[AssignRow, ...]:
    cases = [case for case, *_ in records]
    on = {row.id: row.members for row in committees}
    found = find_conflicts_of(session, cases, {cycle.id: cycle.policy["conflicts"]})
    ladder = load_ladder(session, cycle.ladder_version_id)
    waiting = [case for case in cases if case.committee_id is None and case.phase in UNSEATED]
    proposals = propose_committees(describe_loads(committees, ladder), found, waiting, cycle, ladder)
    return tuple(
        AssignRow(
            case_id=case.id,
            code=case.code,
            candidate=candidate,
            to_level=ladder.level(case.to_level_id).name,
            committee_id=case.committee_id,
            committee=committee,
            can_assign=case.phase in UNSEATED,
            out=tuple(each.name for each in on.get(case.committee_id or 0, ()) if each.person_id in found[case.id]),
            proposal=proposals.get(case.id),
        )
        for case, candidate, committee in records
    )
