"""After a "not yet" in the demo: an appeal, the decision accepted, a growth plan that both agree to, its check-ins."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from review.demo.content import Milestone
from review.demo.stage import CaseStage
from review.demo.verdict import CheckIn, GrowthItem
from review.domain.access import Actor
from review.models import GrowthItem as ItemRow
from review.queries.growth import find_plan
from review.services.appeals import file_appeal
from review.services.check_ins import CheckInDraft, note_check_in
from review.services.growth import ItemDraft, PlanDraft, agree, save_item, save_plan

AGREED_BEFORE = timedelta(hours=3)


def play_growth(scene: CaseStage) -> None:
    """Put on the list what follows the announcement of a "not yet"."""
    add, appeal = scene.stage.add, scene.case.appeal
    if scene.has(Milestone.APPEALED):
        add(scene.at(Milestone.APPEALED), _appeal, scene)
    if scene.has(Milestone.APPEAL_DECIDED) and appeal is not None:
        add(scene.at(Milestone.APPEAL_DECIDED), _answer_appeal, scene)
    if scene.has(Milestone.ACCEPTED):
        add(scene.at(Milestone.ACCEPTED), _accept, scene)
    if scene.case.growth_plan is not None:
        _play_plan(scene)


def _play_plan(scene: CaseStage) -> None:
    plan, add = scene.case.growth_plan, scene.stage.add
    if plan is None:
        return
    start = scene.until(Milestone.ACCEPTED, Milestone.APPEAL_DECIDED)
    both = scene.until(Milestone.AGREED)
    moments = list(scene.stage.moments.spread(start, both - AGREED_BEFORE, len(plan.items) + 1))
    add(moments[0], _write_plan, scene)
    for at, item in zip(moments[1:], plan.items, strict=True):
        add(at, _write_item, scene, item)
    for place, party in enumerate(plan.agreed_by, 1):
        add(both - AGREED_BEFORE * (len(plan.agreed_by) - place), _agree, scene, party)
    for check_in in plan.check_ins:
        add(scene.stage.moments.on(check_in.day), _check_in, scene, check_in)


def _appeal(scene: CaseStage, *, now: datetime) -> None:
    appeal = scene.case.appeal
    if appeal is not None:
        body, actor = scene.fill(appeal.body), scene.actor(scene.case.candidate, now)
        file_appeal(scene.session, scene.id, appeal.ground, body, actor=actor, now=now)


def _answer_appeal(scene: CaseStage, *, now: datetime) -> None:
    appeal = scene.case.appeal
    if appeal is not None and appeal.decided_by is not None:
        action = "grant_appeal" if appeal.result == "granted" else "dismiss_appeal"
        scene.fire(action, scene.actor(appeal.decided_by, now), now=now, note=appeal.reason)


def _accept(scene: CaseStage, *, now: datetime) -> None:
    scene.fire("close_appeal_window", scene.actor(scene.case.candidate, now), now=now)


def _write_plan(scene: CaseStage, *, now: datetime) -> None:
    plan = scene.case.growth_plan
    if plan is not None:
        draft = PlanDraft(plan.mentor, plan.budget)
        save_plan(scene.session, scene.id, draft, version=0, actor=scene.actor(scene.case.candidate, now), now=now)


def _write_item(scene: CaseStage, item: GrowthItem, *, now: datetime) -> None:
    draft = ItemDraft(
        activity=item.activity,
        gap_id=scene.gaps[item.gap] if item.gap else None,
        goal=item.goal,
        due_on=scene.stage.moments.on(item.due).date() if item.due is not None else None,
        skill=item.skill,
        experience=item.experience,
        interest=item.interest,
    )
    actor = scene.actor(scene.case.candidate, now)
    save_item(scene.session, scene.id, None, draft, version=0, actor=actor, now=now)


def _agree(scene: CaseStage, party: str, *, now: datetime) -> None:
    plan = find_plan(scene.session, scene.id)
    if plan is not None:
        agree(scene.session, scene.id, version=plan.version, actor=_party(scene, party, now), now=now)


def _check_in(scene: CaseStage, check_in: CheckIn, *, now: datetime) -> None:
    plan = find_plan(scene.session, scene.id)
    if plan is None:
        return
    rows = sa.select(ItemRow.position, ItemRow.id).where(ItemRow.plan_id == plan.id).order_by(ItemRow.position)
    items = [number for _, number in scene.session.execute(rows)]
    draft = CheckInDraft(
        held_on=scene.stage.moments.on(check_in.day).date(),
        words={items[place - 1]: said for place, said in check_in.done.items()},
        next_on=None if check_in.next is None else scene.stage.moments.on(check_in.next).date(),
    )
    note_check_in(scene.session, scene.id, None, draft, version=0, actor=_party(scene, check_in.by, now), now=now)


def _party(scene: CaseStage, party: str, now: datetime) -> Actor:
    return scene.manager(now) if party == "manager" else scene.actor(scene.case.candidate, now)
