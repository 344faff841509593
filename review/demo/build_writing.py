"""What the candidate of a demo case writes: evidence, self-review, and handing it in."""

from __future__ import annotations

from datetime import datetime, timedelta

from review.demo.build_company import change_manager
from review.demo.content import Milestone
from review.demo.script import Delegation, Evidence, ManagerChange
from review.demo.stage import CaseStage
from review.domain.delegation import Window
from review.domain.evidence_draft import EvidenceDraft, EvidenceLink, Tag
from review.services.delegations import open_delegation
from review.services.evidence import add_evidence, save_self_review

BEFORE_RATERS = timedelta(hours=2)
"""Raters cite evidence, so it is there before they write."""


def play_writing(scene: CaseStage) -> None:
    """Put the candidate's writing on the list."""
    case, stage = scene.case, scene.stage
    if not scene.has(Milestone.CONFIRMED):
        return
    spread, start = stage.moments.spread, scene.at(Milestone.CONFIRMED)
    end = scene.until(Milestone.FIRST_VIEW, Milestone.PACKET, Milestone.SECOND, Milestone.WITHDRAWN) - BEFORE_RATERS
    early = [each for each in case.evidence if not each.is_late]
    texts = list(case.self_review.items())
    moments = list(spread(start, end, len(early) + len(texts)))
    for at, piece in zip(moments, early, strict=False):
        stage.add(at, _add_evidence, scene, piece)
    for at, (criterion, body) in zip(moments[len(early) :], texts, strict=True):
        stage.add(at, _write, scene, criterion, body)
    if not scene.has(Milestone.PACKET):
        return
    stage.add(scene.at(Milestone.PACKET), _submit, scene)
    late = [each for each in case.evidence if each.is_late]
    end = scene.until(Milestone.RATED, Milestone.SEALED, Milestone.WITHDRAWN)
    for at, piece in zip(spread(scene.at(Milestone.PACKET), end, len(late)), late, strict=True):
        stage.add(at, _add_evidence, scene, piece)


def play_absences(scene: CaseStage) -> None:
    """Put a manager's change and a manager's leave on the list."""
    stage, change, leave = scene.stage, scene.case.manager_change, scene.case.delegation
    if change is not None:
        stage.add(stage.moments.on(change.day), _change_manager, scene, change)
    if leave is not None:
        stage.add(stage.moments.on(leave.from_day - 1), _go_on_leave, scene, leave)


def _add_evidence(scene: CaseStage, piece: Evidence, *, now: datetime) -> None:
    measure = piece.measure
    draft = EvidenceDraft(
        title=piece.title,
        done=scene.fill(piece.done),
        effect=scene.fill(piece.effect),
        links=tuple(EvidenceLink(link.label, link.url) for link in piece.links),
        measure=f"{measure.name} ({measure.unit})" if measure and measure.unit else measure.name if measure else "",
        baseline=measure.baseline if measure else "",
        target=measure.target if measure else "",
        actual=measure.actual if measure else "",
        tags=_tags(scene, piece),
    )
    row = add_evidence(scene.session, scene.id, draft, actor=scene.actor(scene.case.candidate, now), now=now)
    if row is not None:
        scene.evidence[piece.key] = row.id


def _tags(scene: CaseStage, piece: Evidence) -> tuple[Tag, ...]:
    whole = [Tag(criterion) for criterion in piece.criteria]
    named = [Tag(c, scene.signal(c, place)[0]) for c, places in piece.signals.items() for place in places]
    return (*whole, *named)


def _write(scene: CaseStage, criterion: str, body: str, *, now: datetime) -> None:
    actor = scene.actor(scene.case.candidate, now)
    save_self_review(scene.session, scene.id, criterion, scene.fill(body), version=0, actor=actor, now=now)


def _submit(scene: CaseStage, *, now: datetime) -> None:
    scene.fire("submit_packet", scene.actor(scene.case.candidate, now), now=now)


def _change_manager(scene: CaseStage, change: ManagerChange, *, now: datetime) -> None:
    change_manager(scene.stage, scene.case.candidate, change.to, now=now)


def _go_on_leave(scene: CaseStage, leave: Delegation, *, now: datetime) -> None:
    stage, on = scene.stage, scene.stage.moments.on
    window = Window(
        stage.ids[leave.person], stage.ids[leave.delegate], on(leave.from_day).date(), on(leave.until_day).date()
    )
    open_delegation(scene.session, window, reason=leave.reason, actor=stage.actor(leave.person, now), now=now)
