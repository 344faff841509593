"""Ratings of a demo case: the manager's first view and rating, the blind second rating, the leadership panel."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from review.demo.content import Milestone
from review.demo.script import PanelScore, Rating, RatingLine, SecondRating
from review.demo.stage import CaseStage
from review.services.panel import schedule_panel, score_panel
from review.services.ratings import RatingDraft, assign_second_rater, lock_round, save_line

BEFORE_LOCK = timedelta(minutes=50)
LINE_EVERY = timedelta(minutes=10)
RECENTLY = -6
"""The day on which a second rater who still rates was chosen, and a panel that still has to meet was called."""
PANEL_MEETS = time(14)


def play_ratings(scene: CaseStage) -> None:
    """Put everything that raters do on the list."""
    case, add = scene.case, scene.stage.add
    for view in case.first_views:
        _play_round(scene, "first", view, Milestone.FIRST_VIEW)
    if case.final is not None:
        _play_round(scene, "final", case.final, Milestone.RATED)
    if case.second is not None:
        _play_second(scene, case.second)
    if case.panel is not None:
        add(_asked(scene, Milestone.PANEL), _schedule_panel, scene)
    if case.panel is not None and scene.has(Milestone.PANEL):
        for place, score in enumerate(case.panel.scores, 1):
            add(scene.at(Milestone.PANEL) - BEFORE_LOCK + LINE_EVERY * place, _score, scene, score)
        add(scene.at(Milestone.PANEL), _close_panel, scene)


def _play_round(scene: CaseStage, name: str, rating: Rating, milestone: Milestone) -> None:
    locked = scene.at(milestone) if rating.is_locked else scene.stage.last
    start = locked - BEFORE_LOCK
    if name == "final" and scene.has(Milestone.FEEDBACK):
        start = max(start, scene.at(Milestone.FEEDBACK))  # what is cited can be read from then on
    every = min(LINE_EVERY, (locked - start) / (len(rating.lines) + 1))
    for place, (criterion, line) in enumerate(rating.lines.items(), 1):
        scene.stage.add(start + every * place, _rate, scene, name, rating.by, criterion, line)
    if rating.is_locked:
        scene.stage.add(locked, _lock, scene, name, rating.by)


def _play_second(scene: CaseStage, second: SecondRating) -> None:
    add = scene.stage.add
    if second.rater is None:
        add(scene.at(Milestone.SECOND), _waive, scene, second)
        return
    add(_asked(scene, Milestone.SECOND), _choose_second, scene, second)
    if not scene.has(Milestone.SECOND):
        return
    done = scene.at(Milestone.SECOND)
    for place, (criterion, line) in enumerate(second.lines.items(), 1):
        add(done - BEFORE_LOCK + LINE_EVERY * place, _rate, scene, "second", second.rater, criterion, line)
    add(done, _lock, scene, "second", second.rater)


def _asked(scene: CaseStage, milestone: Milestone) -> datetime:
    """Return when somebody was asked for what a milestone brings: half-way to it, or recently where it has not come."""
    start = scene.at(Milestone.CONFIRMED)
    if not scene.has(milestone):
        return max(start + LINE_EVERY, scene.stage.moments.on(RECENTLY))
    return next(scene.stage.moments.spread(start, scene.at(milestone) - 2 * BEFORE_LOCK, 1))


def _rate(scene: CaseStage, name: str, by: str, criterion: str, line: RatingLine, *, now: datetime) -> None:
    draft = RatingDraft(
        value=line.value,
        cannot_judge=line.value is None,
        justification=scene.fill(line.why),
        change_reason=scene.fill(line.changed),
        sentence=scene.signal(criterion, line.sentence)[0],
        anchors=scene.cited(line.why),
    )
    save_line(scene.session, scene.id, name, criterion, draft, version=0, actor=scene.actor(by, now), now=now)


def _lock(scene: CaseStage, name: str, by: str, *, now: datetime) -> None:
    lock_round(scene.session, scene.id, name, actor=scene.actor(by, now), now=now)


def _choose_second(scene: CaseStage, second: SecondRating, *, now: datetime) -> None:
    rater, actor = scene.stage.ids[second.rater or ""], scene.actor(second.chosen_by or scene.hr, now)
    assign_second_rater(scene.session, scene.id, rater, actor=actor, now=now)


def _waive(scene: CaseStage, second: SecondRating, *, now: datetime) -> None:
    actor = scene.actor(second.waived_by or scene.hr, now)
    scene.fire("waive_second_rating", actor, now=now, note=second.waived)


def _schedule_panel(scene: CaseStage, *, now: datetime) -> None:
    panel, stage = scene.case.panel, scene.stage
    if panel is None:
        return
    people, meets_at = [stage.ids[score.by] for score in panel.scores], stage.moments.on(panel.meets, PANEL_MEETS)
    schedule_panel(scene.session, scene.id, people, meets_at, actor=scene.actor(scene.hr, now), now=now)


def _score(scene: CaseStage, score: PanelScore, *, now: datetime) -> None:
    reason, actor = scene.fill(score.reason), scene.actor(score.by, now)
    score_panel(scene.session, scene.id, score.value, reason, version=1, actor=actor, now=now)


def _close_panel(scene: CaseStage, *, now: datetime) -> None:
    scene.fire("close_panel", scene.actor(scene.hr, now), now=now)
