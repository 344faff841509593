"""What follows a decision in a rehearsal: letters, the release by two HR partners, an appeal, growth plans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from review.domain.phase import Phase
from review.models import Gap, GrowthItem, Letter, Release
from review.queries.decisions import current_decision
from review.queries.growth import find_plan
from review.queries.letters import find_letter, is_in_batch
from review.rehearsal.cast import Plot
from review.rehearsal.scene import Scene
from review.services.appeals import file_appeal
from review.services.growth import ItemDraft, agree, save_item
from review.services.letters import draft_letter, mark_ready
from review.services.releases import approve_release, prepare_release

LETTER_AT, RELEASE_AT, APPEAL_AT, PLAN_AT = 0.3, 0.8, 0.0, 0.5
DONE_IN = timedelta(days=120)
APPEALED = frozenset({Plot.APPEAL, Plot.APPEAL_GRANTED})


def end(scene: Scene) -> None:
    """Do what is due of a decided or announced case."""
    if scene.case.phase == Phase.DECIDED and scene.share >= LETTER_AT:
        _write_letter(scene)
    if scene.case.phase == Phase.ANNOUNCED:
        if scene.plot in APPEALED and scene.option(scene.candidate, form="appeal") is not None:
            scene.serve(file_appeal, "procedure", "Two members had left the room.", actor=scene.candidate)
        if scene.plot is Plot.APPEAL_GRANTED:
            _grant(scene)
        if scene.share >= PLAN_AT:
            _agree_plan(scene)


def release(scenes: Iterable[Scene]) -> None:
    """Let one HR partner put the ready letters into a batch and another send it."""
    ready = [scene for scene in scenes if scene.case.phase == Phase.DECIDED and scene.share >= RELEASE_AT]
    for scene in ready:
        letter = _letter(scene)
        if letter is None or letter.ready_at is None:
            continue
        if not is_in_batch(scene.session, scene.case.id):
            scene.attempt(
                prepare_release, scene.session, scene.case.cycle_id, [scene.case.id], actor=scene.hr, now=scene.now
            )
        waiting = sa.select(Release.id).where(Release.approved_at.is_(None)).order_by(Release.id.desc())
        batch = scene.session.scalars(waiting).first()
        if batch is not None:
            other = scene.player("hr-2")
            scene.attempt(approve_release, scene.session, scene.case.cycle_id, batch, actor=other, now=scene.now)


def _grant(scene: Scene) -> None:
    """Let somebody of the appeals panel send the case back to another committee, where an appeal waits for that."""
    for actor in scene.holders(frozenset({"appeals"})):
        standing = scene.stand(actor)
        actions = standing.definition.actions
        ways = [each for each in standing.options() if each.id in actions and "answer_appeal" in actions[each.id].do]
        for option in ways:
            if actions[option.id].back and option.is_allowed and scene.move(option.id, actor):
                return


def _letter(scene: Scene) -> Letter | None:
    return find_letter(scene.session, scene.case.id)


def _write_letter(scene: Scene) -> None:
    letter, decision = _letter(scene), current_decision(scene.session, scene.case.id)
    if letter is None or decision is None or letter.decision_id != decision.id:
        scene.serve(draft_letter, version=letter.version if letter else 0, actor=scene.hr)
        letter = _letter(scene)
    if letter is not None and letter.ready_at is None:
        scene.serve(mark_ready, version=letter.version, actor=scene.hr)


def _agree_plan(scene: Scene) -> None:
    """Answer every gap in the growth plan; candidate and manager agree to it."""
    if scene.option(scene.candidate, action="agree_plan") is None:
        return
    plan = find_plan(scene.session, scene.case.id)
    items = sa.select(GrowthItem.id).where(GrowthItem.plan_id == (plan.id if plan else 0))
    if scene.session.scalars(items).first() is None:
        named = sa.select(Gap.id).where(Gap.case_id == scene.case.id, Gap.removed_at.is_(None))
        for gap in scene.session.scalars(named).all():
            due_on = (scene.now + DONE_IN).date()
            draft = ItemDraft("Lead the next launch.", gap, "Two teams use it.", due_on)
            scene.serve(save_item, None, draft, version=0, actor=scene.candidate)
    for actor in (scene.candidate, scene.manager):
        plan = find_plan(scene.session, scene.case.id)
        if plan is not None and scene.option(scene.candidate, action="agree_plan") is not None:
            scene.serve(agree, version=plan.version, actor=actor)
