"""A demo case before its committee: sealed, printed, read, voted on, discussed, decided."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from review.demo.content import Milestone
from review.demo.stage import CaseStage
from review.demo.verdict import DeclaredConflict, Gap, GapAnswer, Note, Vote
from review.domain.ballot import BallotDraft, LineDraft
from review.domain.gaps import AnswerDraft, GapDraft
from review.models import Packet, PacketFile, Seat
from review.services.conflicts import declare_conflict, set_conflict
from review.services.decisions import add_gap, answer_gap
from review.services.packets import note_opened
from review.services.seats import mark_read, set_present
from review.services.transitions import fire_item
from review.services.votes import add_note, cast_vote, save_ballot

MINUTE = timedelta(minutes=1)
READ_AFTER = 40 * MINUTE
PRINTED_BEFORE = 5 * MINUTE
ROOM_BEFORE = 90 * MINUTE
AGAIN = "A second vote after the discussion: what was said may have moved somebody."
EVENING = time(18)


def play_committee(scene: CaseStage) -> None:
    """Put everything from the seal to the decision on the list."""
    if not scene.has(Milestone.SEALED):
        return
    scene.stage.add(scene.at(Milestone.SEALED), _seal, scene)
    _play_reading(scene)
    for conflict in scene.case.conflicts:
        scene.stage.add(scene.stage.moments.on(conflict.day, EVENING), _conflict, scene, conflict)
    if scene.has(Milestone.VOTING):
        scene.stage.add(scene.at(Milestone.VOTING), _open_voting, scene)
        _play_votes(scene)
    if scene.has(Milestone.REVEALED):
        _play_discussion(scene)
    if scene.has(Milestone.DECIDED):
        _play_decision(scene)


def _play_reading(scene: CaseStage) -> None:
    start, end = scene.at(Milestone.SEALED), scene.until(Milestone.VOTING)
    moments = list(scene.stage.moments.spread(start + (end - start) / 3, end - READ_AFTER, len(scene.case.readers)))
    if moments:
        scene.stage.add(moments[0] - PRINTED_BEFORE, _keep_printed, scene)
    for at, reader in zip(moments, scene.case.readers, strict=True):
        scene.stage.add(at, _open_packet, scene, reader)
        scene.stage.add(at + READ_AFTER, _read, scene, reader)


def _play_votes(scene: CaseStage) -> None:
    add, spread = scene.stage.add, scene.stage.moments.spread
    starts = [Milestone.VOTING, Milestone.REVEALED]
    ends = [Milestone.REVEALED, Milestone.REVEALED_AGAIN]
    for votes, start, end in zip(scene.case.rounds, starts, ends, strict=False):
        closes = scene.at(end) if scene.has(end) else scene.stage.last
        opens = scene.at(start)
        if start is Milestone.REVEALED:
            opens = scene.at(start) + ROOM_BEFORE
            add(opens, _vote_again, scene)
        for at, vote in zip(spread(opens, closes - ROOM_BEFORE, len(votes)), votes, strict=True):
            add(at, _vote, scene, vote)
        if scene.has(end):
            add(closes - 2 * MINUTE, _meet, scene, tuple(vote.by for vote in votes))
            add(closes, _reveal, scene)


def _play_discussion(scene: CaseStage) -> None:
    again = Milestone.REVEALED_AGAIN
    start = scene.at(again if scene.has(again) else Milestone.REVEALED)
    for place, note in enumerate(scene.case.notes, 1):
        scene.stage.add(start + place * MINUTE, _note, scene, note)


def _play_decision(scene: CaseStage) -> None:
    decision, at = scene.case.decision, scene.at(Milestone.DECIDED)
    if decision is None:
        return
    first = at - (len(decision.gap_answers) + len(decision.gaps)) * MINUTE
    for place, answer in enumerate(decision.gap_answers):
        scene.stage.add(first + place * MINUTE, _answer_gap, scene, answer)
    for place, gap in enumerate(decision.gaps, len(decision.gap_answers)):
        scene.stage.add(first + place * MINUTE, _add_gap, scene, gap)
    scene.stage.add(at, _decide, scene)


def _chair(scene: CaseStage) -> str:
    """Return who chairs the case: the deputy where the chair has a conflict or is away."""
    committee = scene.stage.content.committee(scene.case.committee or "")
    away = {conflict.member for conflict in scene.case.conflicts} | set(scene.case.absent)
    return committee.deputy if committee.chair in away else committee.chair


def _file_id(scene: CaseStage) -> int:
    file = sa.select(PacketFile.id).join(Packet, Packet.id == PacketFile.packet_id)
    return scene.session.scalars(file.where(Packet.case_id == scene.id, PacketFile.view == "committee")).one()


def _seal(scene: CaseStage, *, now: datetime) -> None:
    scene.fire("seal", scene.actor(scene.hr, now), now=now)
    scene.stage.press.start_printing(scene.session, f"render_packet-{_file_id(scene)}")


def _keep_printed(scene: CaseStage, *, now: datetime) -> None:
    scene.stage.press.keep_printed(scene.session, f"render_packet-{_file_id(scene)}", now=now)


def _open_packet(scene: CaseStage, reader: str, *, now: datetime) -> None:
    note_opened(scene.session, scene.id, actor=scene.actor(reader, now), now=now)


def _read(scene: CaseStage, reader: str, *, now: datetime) -> None:
    mark_read(scene.session, scene.id, actor=scene.actor(reader, now), now=now)


def _conflict(scene: CaseStage, given: DeclaredConflict, *, now: datetime) -> None:
    if given.kind == "set_by_hr":
        member, actor = scene.stage.ids[given.member], scene.actor(scene.hr, now)
        set_conflict(scene.session, scene.id, member, given.reason, actor=actor, now=now)
        return
    actor = scene.actor(given.member, now)
    declare_conflict(scene.session, scene.id, given.kind, given.reason, actor=actor, now=now)


def _open_voting(scene: CaseStage, *, now: datetime) -> None:
    chair = scene.actor(_chair(scene), now)
    for person in scene.case.absent:
        seat = sa.select(Seat).where(Seat.case_id == scene.id, Seat.person_id == scene.stage.ids[person])
        row = scene.session.scalars(seat).one()
        fire_item(scene.session, scene.id, row, "mark_absent", actor=chair, now=now)
    scene.fire("open_voting", chair, now=now)


def _vote(scene: CaseStage, vote: Vote, *, now: datetime) -> None:
    lines = {
        criterion: LineDraft(value, value is None, scene.fill(why), scene.cited(why))
        for criterion, value in zip(scene.stage.content.criteria, vote.values, strict=True)
        for why in [vote.why.get(criterion, "") or (vote.reason if value is None else "")]
    }
    draft = BallotDraft(lines, vote.overall, vote.confidence, scene.fill(vote.reason))
    actor = scene.actor(vote.by, now)
    save_ballot(scene.session, scene.id, draft, version=0, actor=actor, now=now)
    cast_vote(scene.session, scene.id, actor=actor, now=now)


def _meet(scene: CaseStage, present: tuple[str, ...], *, now: datetime) -> None:
    people = {scene.stage.ids[person] for person in present}
    set_present(scene.session, scene.id, people, actor=scene.actor(_chair(scene), now), now=now)


def _reveal(scene: CaseStage, *, now: datetime) -> None:
    scene.fire("reveal_votes", scene.actor(_chair(scene), now), now=now)


def _vote_again(scene: CaseStage, *, now: datetime) -> None:
    scene.fire("vote_again", scene.actor(_chair(scene), now), now=now, note=AGAIN)


def _note(scene: CaseStage, note: Note, *, now: datetime) -> None:
    body, actor = scene.fill(note.body), scene.actor(note.by, now)
    add_note(scene.session, scene.id, body, criterion_id=note.criterion, actor=actor, now=now)


def _add_gap(scene: CaseStage, gap: Gap, *, now: datetime) -> None:
    draft = GapDraft(
        criterion_id=gap.criterion,
        sentence=scene.signal(gap.criterion, gap.signal)[1],
        seen=scene.fill(gap.seen),
        missing=scene.fill(gap.missing),
        review_on=_months_after(now, gap.review_months, scene.stage.moments.zone),
        activity=scene.fill(gap.activity),
    )
    row = add_gap(scene.session, scene.id, draft, actor=scene.actor(_chair(scene), now), now=now)
    if row is not None:
        scene.gaps[gap.key] = row.id


def _answer_gap(scene: CaseStage, given: GapAnswer, *, now: datetime) -> None:
    earlier = next(
        each.gaps[given.gap]
        for each in scene.stage.cases.values()
        if each.case.candidate == scene.case.candidate and given.gap in each.gaps
    )
    draft = AnswerDraft(given.is_met, scene.cited(given.why)[0], scene.fill(given.why))
    answer_gap(scene.session, scene.id, earlier, draft, actor=scene.actor(_chair(scene), now), now=now)


def _decide(scene: CaseStage, *, now: datetime) -> None:
    decision = scene.case.decision
    if decision is None:
        return
    rationale = scene.fill(decision.rationale)
    note = rationale if decision.outcome == "defer" else ""
    actor = scene.actor(_chair(scene), now)
    scene.fire(f"decide_{decision.outcome}", actor, now=now, note=note, form={"rationale": rationale})


def _months_after(now: datetime, months: int, zone: ZoneInfo) -> date:
    today = now.astimezone(zone).date()
    month = today.month - 1 + months
    return date(today.year + month // 12, month % 12 + 1, min(today.day, 28))
