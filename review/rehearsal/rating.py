"""Ratings of a synthetic case: first view, final rating, the blind second one, a leadership panel."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from review.domain.access import Actor
from review.domain.phase import Phase
from review.models import PanelScore
from review.rehearsal.scene import Scene
from review.services.panel import schedule_panel, score_panel
from review.services.ratings import LOCK, RatingDraft, assign_second_rater, lock_round, save_line

FIRST_AT, CHOSEN_AT, SECOND_AT, FINAL_AT, PANEL_AT, SCORES_AT = 0.15, 0.2, 0.5, 0.6, 0.2, 0.5
MEETS_IN = timedelta(days=1)


def rate(scene: Scene) -> None:
    """Do what is due of a case's ratings."""
    if scene.case.phase != Phase.COLLECTING:
        return
    if scene.share >= FIRST_AT:
        _hand_in(scene, "first", scene.manager)
    if scene.share >= CHOSEN_AT:
        _choose_second(scene)
    if scene.share >= SECOND_AT and scene.case.second_rater_id:
        _hand_in(scene, "second", scene.actor(scene.case.second_rater_id))
    if scene.share >= FINAL_AT:
        _hand_in(scene, "final", scene.manager)
    if scene.share >= PANEL_AT:
        _call_panel(scene)
    if scene.share >= SCORES_AT:
        _score(scene)


def _hand_in(scene: Scene, name: str, rater: Actor) -> None:
    if scene.option(rater, action=LOCK[name]) is not None:
        scene.attempt(_rate, scene, name, rater)


def _rate(scene: Scene, name: str, rater: Actor) -> None:
    session, case_id, now = scene.session, scene.case.id, scene.now
    standing, evidence = scene.stand(rater), scene.evidence
    for place, criterion in enumerate(standing.criteria):
        draft = RatingDraft(
            value=4,
            cannot_judge=False,
            justification=f"The evidence shows what {criterion.name} asks.",
            anchors=(f"e:{evidence[place % len(evidence)]}",) if evidence and name != "first" else (),
        )
        if criterion.id not in standing.facts.rated.get(name, frozenset()):
            save_line(session, case_id, name, criterion.id, draft, version=0, actor=rater, now=now)
    lock_round(session, case_id, name, actor=rater, now=now)


def _choose_second(scene: Scene) -> None:
    if scene.option(scene.hr, form="second_rater") is None:
        return
    for person in scene.players("second-rater-"):
        if scene.serve(assign_second_rater, person, actor=scene.hr):
            return


def _call_panel(scene: Scene) -> None:
    if scene.option(scene.hr, form="panel") is None:
        return
    scene.serve(schedule_panel, scene.players("panelist-"), scene.now + MEETS_IN, actor=scene.hr)


def _score(scene: Scene) -> None:
    rows = scene.session.scalars(
        sa.select(PanelScore).where(PanelScore.case_id == scene.case.id, PanelScore.scored_at.is_(None))
    ).all()
    for row in rows:
        scene.serve(score_panel, 4, "Leads as asked.", version=row.version, actor=scene.actor(row.person_id))
