"""Cycles before they are opened: edited, discarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from review.domain.access import Actor
from review.domain.checks.registry import AtLeast
from review.domain.date_rules import read_rules as read_date_rules
from review.domain.eligibility_rules import read_rules
from review.domain.errors import Conflict, Fault, Invalid, NotFound, TransitionRefused
from review.domain.policy import SWITCHES, find_disagreements, read_policy
from review.domain.text import Text, plural, text
from review.domain.workflow_definition import Definition
from review.models import (
    Case,
    Committee,
    CommitteeMember,
    Cycle,
    CycleDate,
    CycleWorkflow,
    EligibilityRuling,
    KeptView,
    OptOut,
    Rehearsal,
)
from review.queries.committees import list_committees
from review.queries.cycle_choices import list_ladders, list_workflows
from review.queries.cycles import lock_cycle
from review.queries.pinned import load_definition
from review.queries.policies import house_policy
from review.services import audit
from review.services.cycles import CyclePlan, accept_plan, fill_in, keep_code, require_hr

Dates = Mapping[str, CycleDate]
Pinned = Mapping[str, CycleWorkflow]


def edit_cycle(session: Session, cycle_id: int, plan: CyclePlan, *, version: int, actor: Actor, now: datetime) -> Cycle:
    """Change a draft to what a plan says.

    Args:
        version: of what the form was written from.

    Raises NotAllowed, TransitionRefused once the cycle is open, Invalid with every fault, Conflict when somebody else
    saved first.
    """
    require_hr(actor)
    cycle = lock_cycle(session, cycle_id)
    require_draft(cycle.state)
    plan = plan.settled()
    accept_plan(session, plan, cycle_id)
    _accept_quorum(session, cycle, plan)
    days = session.scalars(sa.select(CycleDate).where(CycleDate.cycle_id == cycle_id))
    pins = session.scalars(sa.select(CycleWorkflow).where(CycleWorkflow.cycle_id == cycle_id))
    dates, pinned = {row.name: row for row in days}, {row.track_id: row for row in pins}
    theirs, mine = _plan_of(cycle, dates, pinned).words(), plan.words()
    changed = sorted(name for name in theirs | mine if theirs.get(name) != mine.get(name))
    if cycle.policy != plan.policy and not any(name in SWITCHES for name in changed):
        changed.append("policy")  # what no field of a form shows: the meaning of conflicts, votes that may follow
    if not changed:
        return cycle
    if cycle.version != version:
        raise Conflict(theirs, mine, cycle.version, choices=_choices(session, plan))
    _write_plan(session, cycle, plan, dates, pinned)
    audit.record(
        session,
        "cycle.edit",
        actor=actor,
        now=now,
        subject_type="cycle",
        subject_id=cycle.id,
        detail={"fields": changed},
    )
    return cycle


def take_over_policy(session: Session, cycle_id: int, *, version: int, actor: Actor, now: datetime) -> Cycle:
    """Give a draft the policy that new cycles begin with; errors as in `edit_cycle`."""
    require_hr(actor)
    plan = replace(read_plan(session, cycle_id), policy=house_policy(session))
    return edit_cycle(session, cycle_id, plan, version=version, actor=actor, now=now)


def discard_cycle(session: Session, cycle_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a draft away with its dates and committees; raise TransitionRefused once it is open or has cases."""
    require_hr(actor)
    cycle = lock_cycle(session, cycle_id)
    require_draft(cycle.state)
    cases = session.scalar(sa.select(sa.func.count()).select_from(Case).where(Case.cycle_id == cycle_id)) or 0
    if cases:
        raise TransitionRefused([plural("%(count)s case belongs to it", "%(count)s cases belong to it", cases)])
    code, committees = cycle.code, sa.select(Committee.id).where(Committee.cycle_id == cycle_id)
    session.execute(sa.delete(CommitteeMember).where(CommitteeMember.committee_id.in_(committees)))
    for part in (Committee, CycleDate, CycleWorkflow, EligibilityRuling, KeptView, OptOut, Rehearsal):
        session.execute(sa.delete(part).where(part.cycle_id == cycle_id))
    session.delete(cycle)
    audit.record(
        session,
        "cycle.discard",
        actor=actor,
        now=now,
        subject_type="cycle",
        subject_id=cycle_id,
        detail={"code": code},
    )


def _accept_quorum(session: Session, cycle: Cycle, plan: CyclePlan) -> None:
    """Raise Invalid where another quorum is one that a committee cannot reach, or that a workflow does not count."""
    quorum = SWITCHES["quorum"].read(plan.policy)
    if quorum == SWITCHES["quorum"].read(cycle.policy):
        return
    faults = [
        Fault(
            plural(
                "%(name)s has only %(count)s member", "%(name)s has only %(count)s members", size, name=committee.name
            ),
            text("a quorum of %(count)s at the most", count=size),
            field="quorum",
        )
        for committee in list_committees(session, cycle.id)
        if 0 < (size := len(committee.members)) < quorum
    ]
    policy = read_policy(plan.policy)
    for version_id in dict.fromkeys(plan.workflows.values()):
        definition = load_definition(session, version_id)
        if find_disagreements(policy, definition):
            what = text("The workflow “%(title)s” counts otherwise", title=definition.title)
            faults.append(Fault(what, _counted(definition), field="quorum"))
    if faults:
        raise Invalid(faults)


def _counted(definition: Definition) -> Text:
    """Return the quorum that a workflow counts."""
    counts = (
        guard.typed_params.at_least
        for action in definition.actions.values()
        for guard in action.when
        if guard.name == "quorum" and isinstance(guard.typed_params, AtLeast)
    )
    return text("a quorum of %(count)s", count=next(counts, 0))


def require_draft(state: str) -> None:
    """Raise TransitionRefused for a cycle in any other state."""
    if state == "draft":
        return
    opened = text("This cycle has been opened: only its dates can be moved now, each by itself")
    raise TransitionRefused([opened if state == "open" else text("This cycle is closed")])


def read_plan(session: Session, cycle_id: int) -> CyclePlan:
    """Return what a cycle says as a plan; raise NotFound."""
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound
    days = session.scalars(sa.select(CycleDate).where(CycleDate.cycle_id == cycle_id).order_by(CycleDate.id))
    pins = session.scalars(
        sa.select(CycleWorkflow).where(CycleWorkflow.cycle_id == cycle_id).order_by(CycleWorkflow.id)
    )
    return _plan_of(cycle, {row.name: row for row in days}, {row.track_id: row for row in pins})


def _plan_of(cycle: Cycle, dates: Dates, pinned: Pinned) -> CyclePlan:
    return CyclePlan(
        code=cycle.code,
        name=cycle.name,
        zone=cycle.zone,
        country=cycle.country,
        ladder_version_id=cycle.ladder_version_id,
        workflows={track: row.workflow_version_id for track, row in pinned.items()},
        dates={name: row.on_day for name, row in dates.items()},
        required_functions=tuple(cycle.required_functions),
        policy=cycle.policy,
        date_rules=read_date_rules(cycle.date_rules),
        eligibility=read_rules(cycle.eligibility),
    )


def _write_plan(session: Session, cycle: Cycle, plan: CyclePlan, dates: Dates, pinned: Pinned) -> None:
    """Write a plan over what is there; dates and workflows that it does not name go away."""
    flag_modified(cycle, "state")  # a new version, even where only a date or a workflow is another
    fill_in(cycle, plan)
    keep_code(session)
    for name, day in plan.dates.items():
        date_row = dates.get(name) or CycleDate(cycle_id=cycle.id, name=name)
        date_row.on_day = day
        session.add(date_row)
    for track, version in plan.workflows.items():
        pin = pinned.get(track) or CycleWorkflow(cycle_id=cycle.id, track_id=track)
        pin.workflow_version_id = version
        session.add(pin)
    for name in dates.keys() - plan.dates.keys():
        session.delete(dates[name])
    for track in pinned.keys() - plan.workflows.keys():
        session.delete(pinned[track])


def _choices(session: Session, plan: CyclePlan) -> dict[str, dict[str, str]]:
    """Return what the fields of a plan that name a version can be, by field: version and its name."""
    workflows = {str(row.id): row.label for row in list_workflows(session)}
    ladders = {str(row.id): row.label for row in list_ladders(session)}
    return {"ladder": ladders, **{f"workflow-{track}": workflows for track in plan.workflows}}
