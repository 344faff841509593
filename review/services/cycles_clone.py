"""A cycle set up like an earlier one: all of it copied, its dates moved to a new opening, and what was left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.cycle_dates import DATE_NAMES
from review.domain.date_rules import DAYS_AFTER, FIXED, MOST, OPENING, DateRule
from review.domain.eligibility_rules import Rules
from review.domain.text import Text, plural, text
from review.models import (
    Committee,
    CommitteeMember,
    Cycle,
    EligibilityRuling,
    LadderVersion,
    OptOut,
    Person,
    WorkflowVersion,
)
from review.queries.cycles import lock_cycle
from review.services import audit
from review.services.cycles import CyclePlan, create_cycle, find_made, require_hr
from review.services.cycles_in_draft import read_plan

Counted = type[EligibilityRuling] | type[OptOut]


def clone_cycle(
    session: Session,
    source_id: int,
    *,
    code: str,
    name: str,
    opening: date,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> tuple[Cycle, tuple[Text, ...]]:
    """Set up a draft like another cycle, to open on a day; return it and what could not be carried over.

    The same form sent twice is one draft, returned both times. Raises NotAllowed, NotFound, Invalid with every fault.
    """
    require_hr(actor)
    source = lock_cycle(session, source_id)
    plan, left = _carry(session, read_plan(session, source_id))
    left = (*left, *_list_leavers(session, source_id), *_stay_behind(session, source_id))
    made = find_made(session, code, request_key, actor=actor, now=now)
    if made is not None:
        return made, left
    rules = _shift(plan, _opened_on(source, plan) or opening, opening)
    cycle = create_cycle(session, replace(plan, code=code, name=name, date_rules=rules), actor=actor, now=now)
    _copy_committees(session, source_id, cycle.id)
    audit.record(
        session,
        "cycle.clone",
        actor=actor,
        now=now,
        subject_type="cycle",
        subject_id=cycle.id,
        detail={"source": source.code},
    )
    return cycle, left


def _carry(session: Session, plan: CyclePlan) -> tuple[CyclePlan, tuple[Text, ...]]:
    """Return the plan without functions that nobody works in any more, and a word on each newer version."""
    known = set(session.scalars(sa.select(Person.function).where(Person.is_active).distinct()))
    heard = tuple(name for name in plan.required_functions if name in known)
    asked = plan.eligibility.functions
    let_in = tuple(name for name in asked if name in known)
    left = [
        text("Nobody works in it any more, so it is not asked for: %(function)s", function=name)
        for name in dict.fromkeys((*plan.required_functions, *asked))
        if name not in known
    ]
    left += _newer(session, plan)
    rules: Rules = replace(plan.eligibility, functions=let_in)
    return replace(plan, required_functions=heard, eligibility=rules), tuple(left)


def _newer(session: Session, plan: CyclePlan) -> list[Text]:
    """Return a sentence for each version that has a newer one; the clone keeps the old one."""
    found = []
    here = session.get_one(LadderVersion, plan.ladder_version_id)
    latest = session.scalar(sa.select(sa.func.max(LadderVersion.id)).where(LadderVersion.key == here.key))
    if latest and latest > here.id:
        found.append(text("There is a newer version of the ladder %(name)s", name=here.name))
    for version_id in sorted(set(plan.workflows.values())):
        version = session.get_one(WorkflowVersion, version_id)
        newest = session.scalar(
            sa.select(sa.func.max(WorkflowVersion.version)).where(
                WorkflowVersion.key == version.key, WorkflowVersion.published_at.is_not(None)
            )
        )
        if newest and newest > version.version:
            found.append(text("There is a newer version of the workflow “%(title)s”", title=version.title))
    return found


def _opened_on(source: Cycle, plan: CyclePlan) -> date | None:
    """Return the day from which the dates of the source are counted: its opening, else its first; None without any."""
    rule = plan.date_rules.get(OPENING)
    if rule and rule.day:
        return rule.day
    opened = [source.opened_at.astimezone(ZoneInfo(source.zone)).date()] if source.opened_at else []
    return min([*opened, *plan.dates.values()], default=None)


def _shift(plan: CyclePlan, before: date, opening: date) -> dict[str, DateRule]:
    """Return the rules for a new opening: rules stay, a fixed day becomes its distance from the opening."""
    rules: Mapping[str, DateRule] = plan.date_rules or {
        name: DateRule(day=plan.dates[name]) for name in (*DATE_NAMES, *plan.dates) if name in plan.dates
    }
    shifted = {OPENING: DateRule(day=opening)}
    for name, rule in rules.items():
        if name == OPENING:
            continue
        shifted[name] = _moved(rule, before, opening)
    return shifted


def _moved(rule: DateRule, before: date, opening: date) -> DateRule:
    if rule.way != FIXED or rule.day is None:
        return rule
    distance = (rule.day - before).days
    if 0 <= distance <= MOST:
        return DateRule(DAYS_AFTER, distance, OPENING)
    return DateRule(day=opening + (rule.day - before))


def _copy_committees(session: Session, source_id: int, cycle_id: int) -> None:
    for row in session.scalars(
        sa.select(Committee).where(Committee.cycle_id == source_id).order_by(Committee.id)
    ).all():
        copy = Committee(cycle_id=cycle_id, name=row.name)
        session.add(copy)
        session.flush()
        members = session.execute(
            sa.select(CommitteeMember.person_id, CommitteeMember.role)
            .join(Person, Person.id == CommitteeMember.person_id)
            .where(CommitteeMember.committee_id == row.id, Person.is_active)
            .order_by(CommitteeMember.id)
        ).all()
        for person_id, role in members:
            session.add(CommitteeMember(committee_id=copy.id, person_id=person_id, role=role))
    session.flush()


def _list_leavers(session: Session, source_id: int) -> list[Text]:
    """Return a sentence for each member of the source's committees who has left."""
    gone = session.execute(
        sa.select(Person.name, Committee.name)
        .join(CommitteeMember, CommitteeMember.person_id == Person.id)
        .join(Committee, Committee.id == CommitteeMember.committee_id)
        .where(Committee.cycle_id == source_id, Person.is_active.is_(False))
        .order_by(Committee.id, CommitteeMember.id)
    )
    return [text("%(name)s has left and is not on %(committee)s", name=name, committee=of) for name, of in gone]


def _stay_behind(session: Session, source_id: int) -> list[Text]:
    def count(model: Counted) -> int:
        return session.scalar(sa.select(sa.func.count()).where(model.cycle_id == source_id)) or 0

    found = []
    if ruled := count(EligibilityRuling):
        found.append(
            plural(
                "%(count)s person was let in or left out by hand; that was for the last cycle",
                "%(count)s people were let in or left out by hand; that was for the last cycle",
                ruled,
            )
        )
    if out := count(OptOut):
        found.append(
            plural(
                "%(count)s person said “not now”; they are asked anew",
                "%(count)s people said “not now”; they are asked anew",
                out,
            )
        )
    return found
