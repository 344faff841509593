"""Decisions: gaps named and answered, the outcome recorded with its dissent, signed, or set aside."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor
from review.domain.ballot import find_dissent
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.gaps import AnswerDraft, GapDraft, find_answer_faults, find_gap_faults, may_name_gaps
from review.domain.phase import Phase
from review.domain.text import text
from review.models import Decision, Gap, GapAnswer, Seat
from review.queries.decisions import current_decision, earlier_gap_ids, list_sentences
from review.queries.standing import Standing, lock_standing
from review.queries.votes import list_anchor_keys, load_counted_votes
from review.services import audit
from review.services.effects import Move, effect
from review.services.request_keys import claim
from review.services.transitions import fire_item

MAX_WORDS = 20_000
OUTCOME = "decision.outcome"


@effect("record_decision")
def record_decision(move: Move) -> None:
    """Keep the decision that the action names, with its reasons and who voted otherwise, and close the seats.

    Raises Invalid without reasons. Side effect: an earlier decision of the case that still stood is set aside.
    """
    session, case = move.session, move.standing.case
    rationale = _read_rationale(move)
    outcome = move.decision or ""
    counted, reasons = load_counted_votes(session, move.standing)
    overall = {vote.person_id: vote.overall for vote in counted}
    dissent = [
        {"person_id": person, "overall": overall[person], "reason": reasons[person]}
        for person in find_dissent(counted, outcome)
    ]
    _set_aside(move)
    decision = Decision(
        case_id=case.id,
        outcome=outcome,
        rationale=rationale,
        dissent=dissent,
        recorded_by_id=move.actor.person_id,
        recorded_at=move.now,
    )
    session.add(decision)
    session.flush()
    seats = session.scalars(sa.select(Seat).where(Seat.case_id == case.id, Seat.state == "voted").order_by(Seat.id))
    for seat in seats.all():
        fire_item(session, case.id, seat, "close", actor=SYSTEM, now=move.now)
    audit.record(
        session,
        "decision.record",
        actor=move.actor,
        now=move.now,
        case_id=case.id,
        subject_type="decision",
        subject_id=decision.id,
        detail={"outcome": outcome, "dissent": len(dissent)},
    )


def _read_rationale(move: Move) -> str:
    rationale = str(move.form.get("rationale", "")).strip()
    if not rationale:
        raise Invalid([Fault(text("Give the reasons of the decision"), field="rationale")])
    if len(rationale) > MAX_WORDS:
        expected = text("at most %(count)s signs", count=MAX_WORDS)
        raise Invalid([Fault(text("This is too long"), expected, field="rationale")])
    return rationale


@effect("withdraw_decision")
def withdraw_decision(move: Move) -> None:
    """Set the decision aside; the row stays, with the moment."""
    _set_aside(move)


@effect("record_sign_off")
def record_sign_off(move: Move) -> None:
    """Keep who signed the decision, and when."""
    decision = current_decision(move.session, move.standing.case.id)
    if decision is None:
        raise TransitionRefused([text("Nothing is decided yet")])
    decision.signed_off_by_id, decision.signed_off_at = move.actor.person_id, move.now
    move.session.flush()


def add_gap(
    session: Session,
    case_id: int,
    draft: GapDraft,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Gap | None:
    """Name a gap; refused while a gap of an earlier case has no answer. None when this form took effect before."""
    standing = _lock_deciding(session, case_id, actor, now)
    refusal = may_name_gaps(standing.facts.earlier_gaps_unanswered)
    if refusal is not None:
        raise TransitionRefused([refusal])
    sentences = {each.id: [words for _, words in each.sentences] for each in list_sentences(standing)}
    faults = find_gap_faults(draft, sentences, _today(standing, now))
    if faults or draft.review_on is None:
        raise Invalid(faults)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    gap = Gap(
        case_id=case_id,
        criterion_id=draft.criterion_id,
        sentence=draft.sentence,
        seen=draft.seen.strip(),
        missing=draft.missing.strip(),
        review_on=draft.review_on,
        activity=draft.activity.strip(),
        named_by_id=actor.person_id,
        named_at=now,
    )
    session.add(gap)
    session.flush()
    _note(session, "gap.add", case_id, gap.id, actor=actor, now=now)
    return gap


def remove_gap(session: Session, case_id: int, gap_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a gap out before the decision; the row stays, with the moment."""
    _lock_deciding(session, case_id, actor, now)
    gap = session.get(Gap, gap_id)
    if gap is None or gap.case_id != case_id or gap.removed_at is not None:
        raise NotFound
    gap.removed_at = now
    session.flush()
    _note(session, "gap.remove", case_id, gap.id, actor=actor, now=now)


def answer_gap(
    session: Session, case_id: int, gap_id: int, draft: AnswerDraft, *, actor: Actor, now: datetime
) -> GapAnswer:
    """Say whether a gap of an earlier case is met, citing this packet; said again, the answer is changed."""
    standing = _lock_deciding(session, case_id, actor, now)
    if gap_id not in earlier_gap_ids(session, standing):
        raise NotFound
    faults = find_answer_faults(draft, list_anchor_keys(session, standing))
    if faults or draft.is_met is None:
        raise Invalid(faults)
    answer = session.scalar(sa.select(GapAnswer).where(GapAnswer.gap_id == gap_id, GapAnswer.case_id == case_id))
    if answer is None:
        answer = GapAnswer(gap_id=gap_id, case_id=case_id)
        session.add(answer)
    answer.is_met, answer.anchor, answer.reason = draft.is_met, draft.anchor, draft.reason.strip()
    session.flush()
    _note(session, "gap.answer", case_id, gap_id, actor=actor, now=now)
    return answer


def _lock_deciding(session: Session, case_id: int, actor: Actor, now: datetime) -> Standing:
    """Lock the case for whoever writes its decision: the chair, while the committee discusses."""
    standing = lock_standing(session, case_id, actor, now=now)
    if "chair" not in standing.workflow_roles:
        if standing.may_read(OUTCOME):
            raise NotAllowed(text("Only the chair records the decision"), is_known=True)
        raise NotFound
    if standing.facts.is_actor_recused:
        raise NotAllowed(text("You are recused from this case; the deputy acts in your place"), is_known=True)
    if standing.phase is not Phase.REVEALED:
        raise TransitionRefused([text("Gaps are named while the committee discusses")])
    return standing


def _set_aside(move: Move) -> None:
    decision = current_decision(move.session, move.standing.case.id)
    if decision is not None:
        decision.replaced_at = move.now
        move.session.flush()


def _today(standing: Standing, now: datetime) -> date:
    return now.astimezone(ZoneInfo(standing.cycle.zone)).date()


def _note(session: Session, kind: str, case_id: int, gap_id: int, *, actor: Actor, now: datetime) -> None:
    audit.record(session, kind, actor=actor, now=now, case_id=case_id, subject_type="gap", subject_id=gap_id)
