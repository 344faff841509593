"""The demo's two cycles: set up, opened, with committees, opt-outs and nominations, and the first one closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from review.demo.build_company import SHIPPED
from review.demo.company import Committee, Cycle, OptOut
from review.demo.content import Case, Milestone
from review.demo.stage import CaseStage, Stage
from review.domain.errors import Invalid
from review.domain.policy import PolicyFile, parse_policy
from review.models import Case as CaseRow
from review.services.cases import Nomination, nominate, nominate_all_eligible, opt_out
from review.services.committees import assign_case, create_committee, set_member
from review.services.cycles import CyclePlan, close_cycle, create_cycle, open_cycle

SET_UP_BEFORE = timedelta(days=3)
AFTER = timedelta(minutes=10)


def play_cycle(stage: Stage, cycle: Cycle, workflows: Mapping[str, int]) -> None:
    """Put a cycle on the list: its setting up, opt-outs, the nomination of everybody else, its end."""
    on = stage.moments.on
    stage.add(on(cycle.opened) - SET_UP_BEFORE, _set_up, stage, cycle, workflows)
    stage.add(on(cycle.opened), _open, stage, cycle)
    for place, committee in enumerate(_committees(stage, cycle), 1):
        stage.add(on(cycle.opened) + AFTER * place, _set_up_committee, stage, cycle, committee)
    for each in cycle.opt_outs:
        stage.add(on(each.day, time(13)), _opt_out, stage, cycle, each)
    opted = [case for case in stage.content.cases if case.cycle == cycle.key and case.nomination.kind == "opt_out"]
    if opted:
        first = stage.cases[opted[0].key]
        after_others = first.at(Milestone.NOMINATED) + AFTER  # a weekend puts days beside each other on one Friday
        stage.add(after_others, _nominate_all, stage, cycle)
    if cycle.closed is not None:
        stage.add(on(cycle.closed), _close, stage, cycle)


def play_nomination(scene: CaseStage) -> None:
    """Put a case's beginning on the list: nominated, then confirmed or turned down by HR, and given a committee."""
    case, add = scene.case, scene.stage.add
    if case.nomination.kind != "opt_out":
        add(scene.at(Milestone.NOMINATED), _nominate, scene)
    if scene.has(Milestone.REJECTED):
        add(scene.at(Milestone.REJECTED), _reject, scene)
    if scene.has(Milestone.CONFIRMED):
        add(scene.at(Milestone.CONFIRMED), _confirm, scene)
    if scene.has(Milestone.CONFIRMED) and case.committee:
        add(scene.at(Milestone.CONFIRMED) + AFTER, _assign, scene, case.committee)


def _committees(stage: Stage, cycle: Cycle) -> list[Committee]:
    return [each for each in stage.content.committees if each.cycle == cycle.key]


def _set_up(stage: Stage, cycle: Cycle, workflows: Mapping[str, int], *, now: datetime) -> None:
    policy = parse_policy((SHIPPED / "policy.yaml").read_text(encoding="utf-8"), "policy.yaml")
    if not isinstance(policy, PolicyFile):
        raise Invalid(policy)
    plan = CyclePlan(
        code=cycle.code,
        name=cycle.name,
        zone=cycle.zone,
        country=cycle.country,
        ladder_version_id=stage.ladder_version_id,
        workflows=workflows,
        dates={name: stage.moments.on(day).date() for name, day in cycle.dates.items()},
        required_functions=cycle.required_functions,
        policy=policy.data,
    )
    row = create_cycle(stage.session, plan, actor=stage.actor(cycle.opened_by, now), now=now)
    stage.cycles[cycle.key] = row.id


def _open(stage: Stage, cycle: Cycle, *, now: datetime) -> None:
    open_cycle(stage.session, stage.cycles[cycle.key], actor=stage.actor(cycle.opened_by, now), now=now)


def _close(stage: Stage, cycle: Cycle, *, now: datetime) -> None:
    close_cycle(stage.session, stage.cycles[cycle.key], actor=stage.actor(cycle.opened_by, now), now=now)


def _set_up_committee(stage: Stage, cycle: Cycle, committee: Committee, *, now: datetime) -> None:
    actor = stage.actor(cycle.opened_by, now)
    row = create_committee(stage.session, stage.cycles[cycle.key], committee.name, actor=actor, now=now)
    stage.committees[committee.key] = row.id
    for member in committee.members:
        set_member(stage.session, row.id, stage.ids[member.person], member.role, actor=actor, now=now)


def _opt_out(stage: Stage, cycle: Cycle, given: OptOut, *, now: datetime) -> None:
    opt_out(stage.session, stage.cycles[cycle.key], given.reason, actor=stage.actor(given.person, now), now=now)


def _nominate_all(stage: Stage, cycle: Cycle, *, now: datetime) -> None:
    actor = stage.actor(cycle.opened_by, now)
    nominate_all_eligible(stage.session, stage.cycles[cycle.key], actor=actor, now=now, draw=stage.random.randrange)
    for scene in stage.cases.values():
        if scene.case.cycle == cycle.key and scene.case.nomination.kind == "opt_out":
            scene.opened(_find_case(stage, cycle, scene.case))


def _find_case(stage: Stage, cycle: Cycle, case: Case) -> CaseRow:
    return stage.session.scalars(
        sa.select(CaseRow).where(
            CaseRow.cycle_id == stage.cycles[cycle.key], CaseRow.candidate_id == stage.ids[case.candidate]
        )
    ).one()


def _nominate(scene: CaseStage, *, now: datetime) -> None:
    case, stage = scene.case, scene.stage
    nomination = Nomination(
        stage.ids[case.candidate], case.kind, case.to_level, case.nomination.reason, dict(case.role_fit)
    )
    cycle_id, actor = stage.cycles[case.cycle], scene.actor(case.nomination.by, now)
    scene.opened(nominate(stage.session, cycle_id, nomination, actor=actor, now=now, draw=stage.random.randrange))


def _reject(scene: CaseStage, *, now: datetime) -> None:
    if scene.case.ending is not None:
        by, note = scene.case.ending.by, scene.case.ending.note
        scene.fire("reject_nomination", scene.actor(by, now), now=now, note=note)


def _confirm(scene: CaseStage, *, now: datetime) -> None:
    scene.fire("confirm_eligible", scene.actor(scene.hr, now), now=now)


def _assign(scene: CaseStage, committee: str, *, now: datetime) -> None:
    number = scene.stage.committees[committee]
    assign_case(scene.session, scene.id, number, actor=scene.actor(scene.hr, now), now=now)
