"""What waits for a person, and which jobs they have: the home page and the navigation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.text import text
from review.domain.workflow import MAIN
from review.domain.worklist import Task, TodoRow, find_tasks
from review.models import Case, CaseToken, CommitteeMember, Conflict, Feedback, PanelScore, Person, Seat
from review.queries.pinned import load_definition

DAYS_SOON = 7


@dataclass(frozen=True, slots=True)
class Jobs:
    """Which parts of the navigation a person has, with how many things wait in them."""

    own_case_id: int | None
    asked: int
    has_been_asked: bool
    has_reports: bool
    is_on_committee: bool


@dataclass(frozen=True, slots=True)
class _CaseRow:
    """A case that may hold something for a person, with the roles they have in it."""

    id: int
    code: str
    candidate: str
    definition_id: int
    tokens: dict[str, str]
    due: dict[str, datetime | None]
    roles: frozenset[str]
    seat: str | None


def find_jobs(session: Session, actor: Actor) -> Jobs:
    """Return which jobs a person has; one statement."""
    me = actor.person_id
    own = sa.select(sa.func.max(Case.id)).where(Case.candidate_id == me).scalar_subquery()
    asked = sa.select(sa.func.count()).where(Feedback.giver_id == me, Feedback.state.in_(("asked", "writing")))
    ever = sa.exists().where(Feedback.giver_id == me, Feedback.state.not_in(("proposed", "rejected", "cancelled")))
    reports = sa.exists().where(Person.manager_id == me, Person.is_active)
    member = sa.exists().where(CommitteeMember.person_id == me)
    row = session.execute(sa.select(own, asked.scalar_subquery(), ever, reports, member)).one()
    return Jobs(row[0], row[1], bool(row[2]), bool(row[3]), bool(row[4]))


def list_todo(session: Session, actor: Actor) -> tuple[TodoRow, ...]:
    """Return everything that waits for the actor, the most urgent first; the same statements for any number of rows."""
    rows = [*_case_tasks(session, actor), *_feedback_tasks(session, actor)]
    return tuple(sorted(rows, key=lambda row: (row.due_at is None, row.due_at, row.minutes, row.about)))


def _case_tasks(session: Session, actor: Actor) -> Iterator[TodoRow]:
    for row in _load_cases(session, actor):
        definition = load_definition(session, row.definition_id)
        for task in find_tasks(definition, row.tokens, row.roles):
            yield _todo(row, task)
        if row.seat in {"seated", "read"} and row.tokens[MAIN] in {"reading", "voting"}:
            yield _seat_task(row)


def _todo(row: _CaseRow, task: Task) -> TodoRow:
    return TodoRow(
        verb=task.title,
        about=row.candidate,
        context=text("Case %(code)s", code=row.code),
        due_at=row.due.get(task.region) or row.due.get(MAIN),
        minutes=task.minutes,
        page=task.form or "case",
        case_id=row.id,
    )


def _seat_task(row: _CaseRow) -> TodoRow:
    is_reading = row.seat == "seated"
    return TodoRow(
        verb=text("Read the packet") if is_reading else text("Vote"),
        about=row.candidate,
        context=text("Case %(code)s", code=row.code),
        due_at=row.due.get(MAIN),
        minutes=30 if is_reading else 20,
        page="packet" if is_reading else "ballot",
        case_id=row.id,
    )


def _load_cases(session: Session, actor: Actor) -> list[_CaseRow]:
    """Read the open cases in which the actor has a role, token by token, in one statement."""
    found: dict[int, list[Any]] = defaultdict(list)
    for record in session.execute(_case_statement(actor)):
        found[record.id].append(record)
    rows = []
    for records in found.values():
        first = records[0]
        roles = _roles(first, actor)
        rows.append(
            _CaseRow(
                id=first.id,
                code=first.code,
                candidate=first.name,
                definition_id=first.workflow_version_id,
                tokens={record.region: record.token for record in records},
                due={record.region: record.due_at for record in records},
                roles=roles,
                seat=first.seat_state if "member" in roles else None,
            )
        )
    return rows


def _case_statement(actor: Actor) -> Any:
    me = actor.person_id
    below = sa.select(Person.id).where(Person.manager_id == me).cte("below", recursive=True)
    below = below.union(sa.select(Person.id).where(Person.manager_id == below.c.id))
    declared = sa.exists().where(Conflict.case_id == Case.id, Conflict.person_id == me)
    gave = sa.exists().where(Feedback.case_id == Case.id, Feedback.giver_id == me, Feedback.state != "proposed")
    member = sa.and_(CommitteeMember.committee_id == Case.committee_id, CommitteeMember.person_id == me)
    return (
        sa.select(
            Case.id,
            Case.code,
            Case.candidate_id,
            Case.manager_id,
            Case.second_rater_id,
            Case.workflow_version_id,
            Case.state,
            Person.name,
            CaseToken.region,
            CaseToken.state.label("token"),
            CaseToken.due_at,
            Seat.state.label("seat_state"),
            _seat_role().label("seat_role"),
            sa.or_(declared, Case.candidate_id == me).label("is_out"),
            Case.candidate_id.in_(sa.select(below.c.id)).label("is_below"),
            gave.label("has_given"),
            _is_panelist(actor).label("is_panelist"),
        )
        .join(CaseToken, CaseToken.case_id == Case.id)
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(Seat, sa.and_(Seat.case_id == Case.id, Seat.person_id == me))
        .outerjoin(CommitteeMember, member)
        .where(Case.closed_at.is_(None), _has_part(actor))
        .order_by(Case.id)
    )


def _seat_role() -> Any:
    return sa.func.coalesce(Seat.role, CommitteeMember.role)


def _is_panelist(actor: Actor) -> Any:
    return sa.exists().where(
        PanelScore.case_id == Case.id, PanelScore.person_id == actor.person_id, PanelScore.scored_at.is_(None)
    )


def _has_part(actor: Actor) -> Any:
    mine = [actor.person_id, *actor.delegators]
    company = actor.roles.union(*actor.delegators.values())
    return sa.or_(
        Case.candidate_id.in_(mine),
        Case.manager_id.in_(mine),
        Case.second_rater_id.in_(mine),
        _seat_role().is_not(None),
        _is_panelist(actor),
        sa.true() if company & {Role.HR, Role.APPEALS, Role.EXECUTIVE} else sa.false(),
    )


def _roles(record: Any, actor: Actor) -> frozenset[str]:
    """Return the workflow roles of the actor in a case of the list, conflicts taken out as roles_in() does."""
    mine = {actor.person_id, *actor.delegators}
    held: set[str] = set()
    if record.candidate_id == actor.person_id:
        held.add("candidate")
    elif record.manager_id in mine:
        held.add("manager")
    if record.second_rater_id in mine and not record.is_out:
        held.add("second_rater")
    if record.is_panelist:
        held.add("panelist")
    company = actor.roles.union(*actor.delegators.values())
    if not record.is_out:
        held |= {str(role) for role in (Role.EXECUTIVE,) if role in company}
        if record.seat_role is None and record.state == "appeal":
            held |= {str(role) for role in (Role.APPEALS,) if role in company}
    is_barred = record.is_out or record.is_below
    if not is_barred and not record.has_given and Role.HR in company:
        held.add("hr")
    if not is_barred and record.seat_role and record.seat_state != "recused":
        held.add("chair" if record.seat_role == "chair" else "member")
        held.add("member")
    return frozenset(held)


def _feedback_tasks(session: Session, actor: Actor) -> Iterator[TodoRow]:
    approvals: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_feedback_statement(actor)):
        if row.state == "proposed":
            approvals[row.case_id].append(row)
        else:
            yield _giving(row)
    for case_id, rows in approvals.items():
        yield TodoRow(
            verb=text("Approve whom to ask"),
            about=rows[0].name,
            context=text("Case %(code)s", code=rows[0].code),
            due_at=min((row.due_at for row in rows if row.due_at), default=None),
            minutes=5,
            page="ask",
            case_id=case_id,
        )


def _feedback_statement(actor: Actor) -> Any:
    columns = (Feedback.id, Feedback.case_id, Feedback.state, Feedback.due_at, Person.name, Case.code)
    to_give = sa.and_(Feedback.giver_id == actor.person_id, Feedback.state.in_(("asked", "writing")))
    to_approve = sa.and_(
        Case.manager_id.in_([actor.person_id, *actor.delegators]),
        Feedback.state == "proposed",
        Feedback.is_hidden_from_manager.is_(False),
    )
    return (
        sa.select(*columns)
        .join(Case, Case.id == Feedback.case_id)
        .join(Person, Person.id == Case.candidate_id)
        .where(Case.closed_at.is_(None), sa.or_(to_give, to_approve))
        .order_by(Feedback.id)
    )


def _giving(row: Any) -> TodoRow:
    return TodoRow(
        verb=text("Give feedback"),
        about=row.name,
        context=text("You were asked") if row.state == "asked" else text("You said yes"),
        due_at=row.due_at,
        minutes=10,
        page="feedback",
        case_id=row.case_id,
        item_id=row.id,
    )
