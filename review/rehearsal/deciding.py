"""A synthetic case before its committee: a conflict declared, packets read, votes, gaps, the decision."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from review.domain.access import Actor
from review.domain.ballot import BallotDraft, LineDraft
from review.domain.gaps import GapDraft
from review.domain.phase import Phase
from review.models import Appeal, Gap, Seat
from review.rehearsal.cast import REFUSED, Plot
from review.rehearsal.scene import Scene
from review.services.conflicts import declare_conflict
from review.services.decisions import add_gap
from review.services.packets import note_opened
from review.services.seats import mark_read, set_present
from review.services.votes import cast_vote, save_ballot

CONFLICT_AT, READ_AT, VOTE_AT, DECIDE_AT = 0.2, 0.4, 0.4, 0.6
OUT = frozenset({"recused", "replaced", "absent"})
LOOKED_AT_AFTER = timedelta(days=180)


def decide(scene: Scene) -> None:
    """Do what is due of a case's committee."""
    if scene.case.phase == Phase.SEALED:
        if scene.plot is Plot.CONFLICT and scene.share >= CONFLICT_AT:
            _declare(scene)
        if scene.share >= READ_AT:
            _read(scene)
    if scene.case.phase == Phase.VOTING and scene.share >= VOTE_AT:
        _meet(scene)
    if scene.case.phase == Phase.REVEALED and scene.share >= DECIDE_AT:
        _decide(scene)


def _is_refused(scene: Scene) -> bool:
    """Tell whether the committee says "not yet"; the one that comes after a granted appeal does not."""
    if scene.plot is not Plot.APPEAL_GRANTED:
        return scene.plot in REFUSED
    granted = sa.select(Appeal.id).where(Appeal.case_id == scene.case.id, Appeal.result == "granted")
    return scene.session.scalars(granted).first() is None


def _seats(scene: Scene) -> list[Seat]:
    rows = scene.session.scalars(sa.select(Seat).where(Seat.case_id == scene.case.id).order_by(Seat.id))
    return [seat for seat in rows if seat.state not in OUT]


def _declare(scene: Scene) -> None:
    """Let the last member say that they are close to the candidate, unless somebody has."""
    recused = sa.select(Seat.id).where(Seat.case_id == scene.case.id, Seat.state == "recused")
    members = [seat for seat in _seats(scene) if seat.role == "member"]
    if members and scene.session.scalars(recused).first() is None:
        actor = scene.actor(members[-1].person_id)
        scene.serve(declare_conflict, "close_personal", "We are neighbours.", actor=actor)


def _read(scene: Scene) -> None:
    for seat in _seats(scene):
        if seat.state == "seated":
            scene.attempt(_open_and_read, scene, seat)


def _open_and_read(scene: Scene, seat: Seat) -> None:
    actor = scene.actor(seat.person_id)
    note_opened(scene.session, scene.case.id, actor=actor, now=scene.now)
    mark_read(scene.session, scene.case.id, actor=actor, now=scene.now)


def _meet(scene: Scene) -> None:
    """Say who is there, and let each of them vote."""
    _read(scene)
    seats = _seats(scene)
    for seat in seats:
        if seat.state == "read":
            scene.attempt(_vote, scene, seat)
    voted = {seat.person_id for seat in _seats(scene) if seat.state == "voted"}
    for seat in seats:
        actor = scene.actor(seat.person_id)
        if voted and "chair" in scene.stand(actor).workflow_roles:
            scene.serve(set_present, voted, actor=actor)
            return


def _vote(scene: Scene, seat: Seat) -> None:
    actor, evidence = scene.actor(seat.person_id), scene.evidence
    is_refused = _is_refused(scene)
    lines = {
        criterion.id: LineDraft(
            3 if is_refused else 4, reason="The packet shows it.", anchors=(f"e:{evidence[place % len(evidence)]}",)
        )
        for place, criterion in enumerate(scene.stand(actor).criteria)
    }
    draft = BallotDraft(lines, "not_yet" if is_refused else "promote", "high", "By the evidence in the packet.")
    save_ballot(scene.session, scene.case.id, draft, version=0, actor=actor, now=scene.now)
    cast_vote(scene.session, scene.case.id, actor=actor, now=scene.now)


def _decide(scene: Scene) -> None:
    wanted = "not_yet" if _is_refused(scene) else "promote"
    for seat in _seats(scene):
        chair = scene.actor(seat.person_id)
        standing = scene.stand(chair)
        actions = standing.definition.actions
        found = [o for o in standing.options() if o.id in actions and actions[o.id].decision == wanted]
        if not found:
            continue
        if wanted == "not_yet" and not _has_gap(scene):
            scene.attempt(_name_gap, scene, chair)
        if scene.move(found[0].id, chair, rationale="The votes agree, and the evidence bears them out."):
            return


def _has_gap(scene: Scene) -> bool:
    return scene.session.scalars(sa.select(Gap.id).where(Gap.case_id == scene.case.id)).first() is not None


def _name_gap(scene: Scene, chair: Actor) -> None:
    standing = scene.stand(chair)
    criterion = standing.criteria[0]
    cell = standing.ladder.expectation(criterion.id, scene.case.to_level_id)
    draft = GapDraft(
        criterion_id=criterion.id,
        sentence=cell.signals[0].text if cell.signals else cell.summary,
        seen="One team used it.",
        missing="A second team, without help.",
        review_on=(scene.now + LOOKED_AT_AFTER).date(),
        activity="Lead the next launch.",
    )
    add_gap(scene.session, scene.case.id, draft, actor=chair, now=scene.now)
