"""Moves live cases from one published version of their workflow to another, all or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.phase import Phase
from review.domain.schedule import Calendar
from review.domain.text import text
from review.domain.workflow import MAIN, Definition, State, phase_of, state_of
from review.domain.workflow_versions import ITEM, MigrationPlan
from review.models import Case, CaseToken, Cycle, Feedback, Seat, Timer, WorkflowVersion
from review.queries.cycle_changes import is_given_longer
from review.queries.pinned import load_definition
from review.queries.workflows import plan_move
from review.services import audit, timers
from review.services.seals import unseal_if_back


def migrate_cases(
    session: Session, old_id: int, new_id: int, rename: Mapping[str, str], *, actor: Actor, now: datetime
) -> int:
    """Move every live case of one version to another; return how many.

    States keep the moment they were entered; what is due and the timers still ahead are worked out anew.

    Args:
        rename: `main.voting` to `ballot`, `item.feedback.asked` to `invited`; what is not named keeps its name.

    Raises NotFound, NotAllowed for everybody but HR, Invalid while a live state has no target.
    """
    acting = acting_as(actor, Role.HR)
    if acting is None:
        raise NotAllowed(text("Only HR can move cases to another version."), is_known=True)
    _require_same_workflow(session, old_id, new_id)
    statement = sa.select(Case).where(Case.workflow_version_id == old_id, Case.closed_at.is_(None))
    cases = session.scalars(
        statement.order_by(Case.id).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).all()
    plan = plan_move(session, old_id, new_id, rename)
    if plan.is_refused:
        raise Invalid(plan.faults)
    old, definition = load_definition(session, old_id), load_definition(session, new_id)
    calendars: dict[int, Calendar] = {}
    for case in cases:
        if case.cycle_id not in calendars:
            calendars[case.cycle_id] = timers.calendar_of(session, session.get_one(Cycle, case.cycle_id), now)
        before = Phase(case.phase)
        _move_case(session, case, (old, definition), plan, calendars[case.cycle_id], now=now)
        unseal_if_back(session, case, before, actor=acting, now=now)
        case.workflow_version_id = new_id
    detail = {"from": old_id, "to": new_id}
    moved = [audit.Entry("workflow.migrate", case.id, "workflow", new_id, detail) for case in cases]
    audit.record_all(session, moved, actor=acting, now=now)
    return len(cases)


def _require_same_workflow(session: Session, old_id: int, new_id: int) -> None:
    versions = [session.get(WorkflowVersion, version_id) for version_id in (old_id, new_id)]
    if any(version is None or version.published_at is None for version in versions):
        raise NotFound
    keys = {version.key for version in versions if version is not None}
    if len(keys) > 1 or old_id == new_id:
        raise Invalid([Fault(text("cases move between versions of one workflow"), text("another version of it"))])


def _move_case(
    session: Session,
    case: Case,
    versions: tuple[Definition, Definition],
    plan: MigrationPlan,
    calendar: Calendar,
    *,
    now: datetime,
) -> None:
    """Write the tokens of a case as they are in the new version, with its timers, and its items likewise.

    Args:
        versions: the old one and the new one.
    """
    definition = versions[1]
    old = {token.region: token for token in session.scalars(sa.select(CaseToken).where(CaseToken.case_id == case.id))}
    tokens = plan.migrate({region: token.state for region, token in old.items()})
    case.moves += 1
    timers.leave(session, case, tuple(old))
    session.execute(sa.delete(CaseToken).where(CaseToken.case_id == case.id))
    for region, name in tokens.items():
        entered_at = old[region].entered_at if region in old else now
        state = state_of(definition, tokens, region)
        due_at = _plan_again(session, case, calendar, region, state, entered_at=entered_at, now=now)
        token = CaseToken(
            case_id=case.id, region=region, state=name, entered_at=entered_at, entry=case.moves, due_at=due_at
        )
        session.add(token)
        before = old.get(region)
        if before is not None and before.due_at is not None and is_given_longer(before, due_at):
            timers.extend(session, case, token, state, calendar, until=calendar.day_of(before.due_at))
            _forget_past(session, case, region, now)
    case.state, case.phase = tokens[MAIN], str(phase_of(definition, tokens))
    session.flush()
    _move_items(session, case, versions, plan, calendar, now=now)


def _move_items(
    session: Session,
    case: Case,
    versions: tuple[Definition, Definition],
    plan: MigrationPlan,
    calendar: Calendar,
    *,
    now: datetime,
) -> None:
    old, new = versions
    for kind, items in _items_of(session, case).items():
        for item in items:
            place = f"{kind}:{item.id}"
            given = timers.find_given(item, old.items[kind].states[item.state], calendar)
            item.state = plan.targets[f"{ITEM}{kind}", item.state] or item.state
            timers.leave(session, case, (place,))
            state = new.items[kind].states[item.state]
            item.entry = case.moves
            item.due_at = _plan_again(session, case, calendar, place, state, entered_at=item.entered_at, now=now)
            timers.keep_given(session, case, item, state, calendar, given=given)
            _forget_past(session, case, place, now)
    session.flush()


def _items_of(session: Session, case: Case) -> dict[str, Iterable[Feedback | Seat]]:
    return {
        "feedback": session.scalars(
            sa.select(Feedback).where(Feedback.case_id == case.id).with_for_update(key_share=True)
        ).all(),
        "seat": session.scalars(sa.select(Seat).where(Seat.case_id == case.id).with_for_update(key_share=True)).all(),
    }


def _plan_again(
    session: Session, case: Case, calendar: Calendar, place: str, state: State, *, entered_at: datetime, now: datetime
) -> datetime | None:
    """Write the timers of a state as of when it was entered, without those whose moment has passed."""
    due_at = timers.enter(session, case, calendar, place, state, entry=case.moves, now=entered_at)
    session.flush()
    _forget_past(session, case, place, now)
    return due_at


def _forget_past(session: Session, case: Case, place: str, now: datetime) -> None:
    here = (Timer.case_id == case.id, Timer.place == place, Timer.entry == case.moves)
    session.execute(sa.delete(Timer).where(*here, Timer.due_at <= now))
