"""Growth plans: written by candidate and manager, agreed by both, and with that the case is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from review.domain.access import Actor
from review.domain.errors import Conflict, Fault, Invalid, NotFound, TransitionRefused
from review.domain.text import text
from review.domain.values import dataclass
from review.models import Gap, GrowthItem, GrowthPlan
from review.queries.growth import PARTIES, THING, agreeing_action, find_plan
from review.queries.mentors import name_mentor
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.request_keys import claim
from review.services.transitions import fire

LONGEST_LINE = 300
LONGEST_GOAL = 4_000
SELF_RATED = range(1, 6)


@dataclass(frozen=True)
class PlanDraft:
    """Who helps, and what may be spent on learning. `mentor_id` is somebody chosen, who wins over the words."""

    mentor: str
    training_budget: str
    mentor_id: int | None = None


@dataclass(frozen=True)
class ItemDraft:
    """One activity; skill, experience and interest are 1 to 5. An item that answers a gap has a goal and a day."""

    activity: str
    gap_id: int | None = None
    goal: str = ""
    due_on: date | None = None
    skill: int | None = None
    experience: int | None = None
    interest: int | None = None


@dataclass(frozen=True)
class Saved:
    """What a save did: the version to go on from, and whether an agreement was taken back by it."""

    version: int
    has_taken_back: bool


def save_plan(session: Session, case_id: int, draft: PlanDraft, *, version: int, actor: Actor, now: datetime) -> Saved:
    """Keep mentor and training budget; agreements given before are taken back.

    Raises NotFound for anybody but candidate and manager, Conflict, Invalid.
    """
    standing = _writing(session, case_id, actor, now)
    draft = _with_mentor(session, standing, draft)
    plan = find_plan(session, case_id)
    if (plan.version if plan else 0) != version:
        theirs = {"mentor": plan.mentor, "training_budget": plan.training_budget} if plan else {}
        mine = {"mentor": draft.mentor, "training_budget": draft.training_budget}
        raise Conflict(theirs, mine, plan.version if plan else 0)
    long = [name for name in ("mentor", "training_budget") if len(getattr(draft, name)) > LONGEST_LINE]
    if long:
        expected = text("at most %(count)s signs", count=LONGEST_LINE)
        raise Invalid([Fault(text("This is too long"), expected, field=name) for name in long])
    plan = plan or _new_plan(session, case_id, now)
    plan.mentor, plan.training_budget = draft.mentor, draft.training_budget
    return _touch(session, standing, plan, "growth.plan", now)


def save_item(
    session: Session,
    case_id: int,
    item_id: int | None,
    draft: ItemDraft,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Saved | None:
    """Add an activity, or change one; agreements given before are taken back. None when this form was sent before.

    Raises NotFound, Invalid, and Conflict when the other one has changed the activity since `version`.
    """
    standing = _writing(session, case_id, actor, now)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    faults = find_faults(draft, _gap_ids(session, case_id))
    if faults:
        raise Invalid(faults)
    plan = find_plan(session, case_id) or _new_plan(session, case_id, now)
    item = _new_item(session, plan) if item_id is None else _item(session, plan, item_id)
    if item_id is not None and item.version != version:
        theirs = {"activity_free": item.activity, "goal": item.goal}
        raise Conflict(theirs, {"activity_free": draft.activity, "goal": draft.goal}, item.version)
    item.activity, item.gap_id, item.goal, item.due_on = draft.activity, draft.gap_id, draft.goal, draft.due_on
    item.skill, item.experience, item.interest = draft.skill, draft.experience, draft.interest
    session.add(item)
    session.flush()
    saved = _touch(session, standing, plan, "growth.item", now)
    return Saved(item.version, saved.has_taken_back)


def remove_item(session: Session, case_id: int, item_id: int, *, actor: Actor, now: datetime) -> Saved:
    """Take an activity out of the plan; agreements given before are taken back."""
    standing = _writing(session, case_id, actor, now)
    plan = find_plan(session, case_id)
    if plan is None:
        raise NotFound
    session.delete(_item(session, plan, item_id))
    return _touch(session, standing, plan, "growth.remove", now)


def agree(
    session: Session, case_id: int, *, version: int, actor: Actor, now: datetime, request_key: str | None = None
) -> bool:
    """Agree to the plan as it was shown; the second agreement makes the move that closes the case.

    Args:
        version: of the plan that was read.

    Returns whether the case was closed. Raises NotFound for anybody but candidate and manager, TransitionRefused while
    a gap has no activity, before the growth plan's own step, and when the plan has changed since it was read.
    """
    standing = _writing(session, case_id, actor, now)
    if not claim(session, request_key, actor=actor, now=now):
        return False
    plan = find_plan(session, case_id)
    if plan is None or plan.version != version:
        raise TransitionRefused([text("The plan has changed since you opened this page; read it again")])
    action = agreeing_action(standing)
    if action is None and standing.case.closed_at is None:
        raise TransitionRefused([text("The plan is agreed once the appeal is over or the decision is accepted")])
    if standing.facts.gaps_without_activity:
        raise TransitionRefused([text("First each gap needs an activity")])
    for role in PARTIES & standing.workflow_roles:
        setattr(plan, f"agreed_by_{role}_at", now)
    session.flush()
    _record(session, standing, plan, "growth.agree", now)
    if action is None or plan.agreed_by_candidate_at is None or plan.agreed_by_manager_at is None:
        return False
    fire(session, case_id, action, actor=actor, now=now)
    return True


def find_faults(draft: ItemDraft, gap_ids: frozenset[int]) -> list[Fault]:
    """Return what is wrong with an activity."""
    faults = []
    if not draft.activity.strip():
        faults.append(Fault(text("Choose an activity, or write one"), field="activity"))
    if len(draft.activity) > LONGEST_LINE:
        expected = text("at most %(count)s signs", count=LONGEST_LINE)
        faults.append(Fault(text("This is too long"), expected, field="activity_free"))
    if len(draft.goal) > LONGEST_GOAL:
        expected = text("at most %(count)s signs", count=LONGEST_GOAL)
        faults.append(Fault(text("This is too long"), expected, field="goal"))
    for name in ("skill", "experience", "interest"):
        if getattr(draft, name) is not None and getattr(draft, name) not in SELF_RATED:
            faults.append(Fault(text("Choose 1 to 5"), field=name))
    if draft.gap_id is not None:
        if draft.gap_id not in gap_ids:
            faults.append(Fault(text("There is no such gap in this case"), field="gap"))
        if not draft.goal.strip():
            faults.append(Fault(text("Say what will show that the gap is met"), field="goal"))
        if draft.due_on is None:
            faults.append(Fault(text("Say by when"), field="due_on"))
    return faults


def _writing(session: Session, case_id: int, actor: Actor, now: datetime) -> Standing:
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_write(THING) or standing.workflow_roles.isdisjoint(PARTIES):
        raise NotFound
    return standing


def _with_mentor(session: Session, standing: Standing, draft: PlanDraft) -> PlanDraft:
    """Return the draft with the mentor's name where somebody was chosen."""
    if draft.mentor_id is None:
        return draft
    name = name_mentor(session, standing, draft.mentor_id)
    if name is None:
        raise Invalid([Fault(text("Somebody in the line of reports cannot be the mentor"), field="mentor")])
    return replace(draft, mentor=name, mentor_id=None)


def _gap_ids(session: Session, case_id: int) -> frozenset[int]:
    return frozenset(session.scalars(sa.select(Gap.id).where(Gap.case_id == case_id, Gap.removed_at.is_(None))))


def _new_plan(session: Session, case_id: int, now: datetime) -> GrowthPlan:
    plan = GrowthPlan(case_id=case_id, updated_at=now)
    session.add(plan)
    session.flush()
    return plan


def _new_item(session: Session, plan: GrowthPlan) -> GrowthItem:
    last = session.scalar(sa.select(sa.func.max(GrowthItem.position)).where(GrowthItem.plan_id == plan.id))
    return GrowthItem(plan_id=plan.id, position=(last or 0) + 1)


def _item(session: Session, plan: GrowthPlan, item_id: int) -> GrowthItem:
    item = session.scalar(sa.select(GrowthItem).where(GrowthItem.id == item_id, GrowthItem.plan_id == plan.id))
    if item is None:
        raise NotFound
    return item


def _touch(session: Session, standing: Standing, plan: GrowthPlan, kind: str, now: datetime) -> Saved:
    """Give the plan a new version, whatever changed in it: an agreement counts for the version that was read."""
    has_agreement = plan.agreed_by_candidate_at is not None or plan.agreed_by_manager_at is not None
    plan.agreed_by_candidate_at = plan.agreed_by_manager_at = None
    plan.updated_at = now
    flag_modified(plan, "updated_at")
    session.flush()
    _record(session, standing, plan, kind, now)
    return Saved(plan.version, has_agreement)


def _record(session: Session, standing: Standing, plan: GrowthPlan, kind: str, now: datetime) -> None:
    audit.record(
        session,
        kind,
        actor=standing.actor,
        now=now,
        case_id=standing.case.id,
        subject_type="growth_plan",
        subject_id=plan.id,
    )
