"""What follows a decision in the demo: sign-off, letter, release in batches, the new title, withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from review.demo.build_company import change_title
from review.demo.company import GlobalRole
from review.demo.content import Milestone
from review.demo.stage import CaseStage, Stage
from review.demo.verdict import LetterEdit
from review.domain.text import Text
from review.models import Letter
from review.queries.letters import find_letter
from review.services.letters import draft_letter, mark_ready, save_letter
from review.services.releases import approve_release, prepare_release

PREPARED_BEFORE = timedelta(hours=3)


def play_after(scene: CaseStage) -> None:
    """Put what follows the decision of one case on the list."""
    case, add = scene.case, scene.stage.add
    if scene.has(Milestone.WITHDRAWN):
        add(scene.at(Milestone.WITHDRAWN), _withdraw, scene)
    if scene.has(Milestone.SIGNED_OFF):
        add(scene.at(Milestone.SIGNED_OFF), _sign_off, scene)
    if case.target.state != "signoff" and scene.has(Milestone.DECIDED):
        _play_letter(scene)
    effective = scene.stage.content.cycle(case.cycle).dates["effective_date"]
    if case.target.state == "promoted" and case.new_title and effective < 0:
        add(scene.stage.moments.on(effective), _new_title, scene)


def play_releases(stage: Stage) -> None:
    """Put each cycle's releases on the list: one HR partner prepares what goes out on a day, another approves it.

    Letters of cases that are decided and not announced are in a batch that waits for its second person.
    """
    batches: dict[tuple[str, datetime], list[CaseStage]] = {}
    for scene in stage.cases.values():
        if scene.has(Milestone.ANNOUNCED):
            batches.setdefault((scene.case.cycle, scene.at(Milestone.ANNOUNCED)), []).append(scene)
    for (cycle, at), scenes in batches.items():
        stage.add(at - PREPARED_BEFORE, _prepare, stage, cycle, scenes)
        stage.add(at, _approve, stage, cycle, scenes)
    waiting = [scene for scene in stage.cases.values() if scene.case.target.state == "decided"]
    for cycle in {scene.case.cycle for scene in waiting}:
        of_cycle = [scene for scene in waiting if scene.case.cycle == cycle]
        stage.add(stage.last, _prepare, stage, cycle, of_cycle)


def _play_letter(scene: CaseStage) -> None:
    add, edits = scene.stage.add, scene.case.letter
    after = Milestone.SIGNED_OFF if scene.has(Milestone.SIGNED_OFF) else Milestone.DECIDED
    end = scene.until(Milestone.ANNOUNCED) - PREPARED_BEFORE
    moments = list(scene.stage.moments.spread(scene.at(after), end, len(edits) + 2))
    add(moments[0], _draft, scene)
    for at, edit in zip(moments[1:-1], edits, strict=True):
        add(at, _edit, scene, edit)
    add(moments[-1], _ready, scene)


def _withdraw(scene: CaseStage, *, now: datetime) -> None:
    note = scene.case.ending.note if scene.case.ending else ""
    scene.fire("withdraw", scene.actor(scene.case.candidate, now), now=now, note=note)


def _sign_off(scene: CaseStage, *, now: datetime) -> None:
    given = scene.case.sign_off
    if given is not None:
        scene.fire("sign_off", scene.actor(given.by, now), now=now, note=given.note)


def _draft(scene: CaseStage, *, now: datetime) -> None:
    draft_letter(scene.session, scene.id, version=0, actor=scene.actor(scene.hr, now), now=now, say=_say)


def _edit(scene: CaseStage, edit: LetterEdit, *, now: datetime) -> None:
    """Add a paragraph above the last one, which names the committee; what the manager has sent, HR puts in."""
    letter = _letter(scene.session, scene.id)
    body, _, closing = letter.body.rpartition("\n\n")
    words = f"{body}\n\n{scene.fill(edit.paragraph)}\n\n{closing}"
    writer = edit.by if edit.by in scene.stage.content.roles[GlobalRole.HR] else scene.hr
    actor = scene.actor(writer, now)
    save_letter(scene.session, scene.id, words, version=letter.version, actor=actor, now=now)


def _ready(scene: CaseStage, *, now: datetime) -> None:
    version, actor = _letter(scene.session, scene.id).version, scene.actor(scene.hr, now)
    mark_ready(scene.session, scene.id, version=version, actor=actor, now=now)


def _letter(session: Session, case_id: int) -> Letter:
    letter = find_letter(session, case_id)
    if letter is None:
        raise LookupError(f"case {case_id} has no letter yet")
    return letter


def _prepare(stage: Stage, cycle: str, scenes: list[CaseStage], *, now: datetime) -> None:
    numbers = [scene.id for scene in scenes]
    actor = stage.actor(stage.content.cycle(cycle).opened_by, now)
    release = prepare_release(stage.session, stage.cycles[cycle], numbers, actor=actor, now=now)
    if release is not None:
        stage.releases[numbers[0]] = release.id


def _approve(stage: Stage, cycle: str, scenes: list[CaseStage], *, now: datetime) -> None:
    preparer = stage.content.cycle(cycle).opened_by
    other = next(partner for partner in stage.content.roles[GlobalRole.HR] if partner != preparer)
    release_id, actor = stage.releases[scenes[0].id], stage.actor(other, now)
    approve_release(stage.session, stage.cycles[cycle], release_id, actor=actor, now=now)


def _new_title(scene: CaseStage, *, now: datetime) -> None:
    change_title(scene.stage, scene.case.candidate, scene.case.new_title, now=now)


def _say(words: Text) -> str:
    """Return a sentence in English, with days as people write them."""
    told = ((name, f"{value.day} {value:%B %Y}" if isinstance(value, date) else value) for name, value in words.values)
    return str(replace(words, values=tuple(told)))
