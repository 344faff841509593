"""Cases come into being: nominated by themselves, by a manager, or because nobody opted out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.eligibility import Nominee, find_wrong_move
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.ladder import Ladder
from review.domain.text import text
from review.domain.values import dataclass
from review.models import Case, Cycle, CycleWorkflow, OptOut, Person
from review.queries.cycle_changes import find_nominations
from review.queries.cycles import lock_cycle
from review.queries.pinned import load_ladder
from review.services import audit
from review.services.transitions import open_case

MAX_REASON = 4000
Draw = Callable[[int], int]
"""Gives a whole number from 0 up to, not including, the one it is called with."""


@dataclass(frozen=True)
class Nomination:
    """Who is nominated for what: kind is promotion, track_change or entry; role_fit answers the ladder's questions."""

    candidate_id: int
    kind: str
    to_level_id: str
    reason: str = ""
    role_fit: Mapping[str, str] = field(default_factory=dict)


def nominate(
    session: Session,
    cycle_id: int,
    nomination: Nomination,
    *,
    actor: Actor,
    now: datetime,
    draw: Draw = secrets.randbelow,
) -> Case:
    """Open a case: one's own, a direct report's, or anybody's for an HR partner.

    HR confirms eligibility afterwards; what the ladder rules out at once is refused here with every reason.

    Args:
        draw: where the seed comes from that mixes the order of the case's feedback.

    Raises:
        NotAllowed: neither the person, nor their manager, nor HR.
        Invalid: the ladder has no such move, answers are missing, or there is a case already.
    """
    cycle = lock_cycle(session, cycle_id)
    candidate = session.get(Person, nomination.candidate_id)
    if candidate is None:
        raise NotFound
    how = _how(candidate, actor)
    if cycle.state != "open":
        raise TransitionRefused([text("Nominations are open only while the cycle is open")])
    ladder = load_ladder(session, cycle.ladder_version_id)
    faults = _faults(session, cycle, ladder, candidate, nomination)
    if faults:
        raise Invalid(faults)
    return _open(session, cycle, ladder, candidate, nomination, how=how, actor=actor, now=now, draw=draw)


def nominate_all_eligible(
    session: Session,
    cycle_id: int,
    *,
    actor: Actor,
    now: datetime,
    draw: Draw = secrets.randbelow,
    only: Collection[int] | None = None,
) -> tuple[Case, ...]:
    """Open a promotion case for everybody eligible who has not opted out and has none; where the next level is one.

    Where the ladder forks, the person chooses: no case is opened for them. For many at once, see
    services/cases_nominate_all.

    Args:
        only: for these people alone, by number.
    """
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner may do this"))
    cycle = lock_cycle(session, cycle_id)
    if cycle.state != "open":
        raise TransitionRefused([text("Nominations are open only while the cycle is open")])
    ladder = load_ladder(session, cycle.ladder_version_id)
    opened = []
    for each in find_nominations(session, cycle_id, actor=actor, now=now, only=only).eligible:
        candidate = session.get_one(Person, each.person_id)
        nomination = Nomination(each.person_id, "promotion", each.to_level_id)
        case = _open(session, cycle, ladder, candidate, nomination, how="opt_out", actor=actor, now=now, draw=draw)
        opened.append(case)
    return tuple(opened)


def opt_out(session: Session, cycle_id: int, reason: str, *, actor: Actor, now: datetime) -> OptOut:
    """Say "not now" for oneself, with a reason for the manager's manager.

    Raises Invalid without a reason, TransitionRefused where the cycle is not open or one has a case in it.
    """
    cycle = lock_cycle(session, cycle_id)
    person_id = actor.person_id
    if person_id is None or not actor.is_active:
        raise NotAllowed(text("Sign in to do this"))
    if not reason.strip():
        raise Invalid([Fault(text("Say why, in a sentence or two"), field="reason")])
    if len(reason) > MAX_REASON:
        raise Invalid(
            [Fault(text("This is too long"), text("at most %(count)s signs", count=MAX_REASON), field="reason")]
        )
    if cycle.state == "draft":
        raise TransitionRefused([text("This cycle is not open yet: nobody is nominated in it before it is")])
    if cycle.state == "closed":
        raise TransitionRefused([text("This cycle is closed")])
    if session.scalar(sa.select(Case.id).where(Case.cycle_id == cycle_id, Case.candidate_id == person_id)):
        raise TransitionRefused([text("You have a case in this cycle; withdraw it instead")])
    row = session.scalar(sa.select(OptOut).where(OptOut.cycle_id == cycle_id, OptOut.person_id == person_id))
    if row is None:
        row = OptOut(cycle_id=cycle_id, person_id=person_id)
        session.add(row)
    row.reason, row.at = reason.strip(), now
    audit.record(session, "cycle.opt_out", actor=actor, now=now, subject_type="cycle", subject_id=cycle_id)
    return row


def opt_in(session: Session, cycle_id: int, *, actor: Actor, now: datetime) -> None:
    """Take an opt-out back; nothing happens where there is none."""
    lock_cycle(session, cycle_id)
    own = (OptOut.cycle_id == cycle_id, OptOut.person_id == actor.person_id)
    row = session.scalar(sa.select(OptOut).where(*own))
    if row is None:
        return
    session.delete(row)
    audit.record(session, "cycle.opt_in", actor=actor, now=now, subject_type="cycle", subject_id=cycle_id)


def _how(candidate: Person, actor: Actor) -> str:
    if actor.person_id == candidate.id:
        return "own"
    if actor.has(Role.HR) or candidate.manager_id == actor.person_id or candidate.manager_id in actor.delegators:
        return "manager"
    raise NotAllowed(text("Only the person, their manager or HR may nominate"))


def _faults(session: Session, cycle: Cycle, ladder: Ladder, candidate: Person, nomination: Nomination) -> list[Fault]:
    if nomination.kind not in {"promotion", "track_change", "entry"}:
        return [Fault(text("No such kind of case"), text("promotion, track change or entry"), field="kind")]
    other = session.scalar(sa.select(Case.id).where(Case.cycle_id == cycle.id, Case.candidate_id == candidate.id))
    nominee = _nominee(candidate, nomination, other)
    faults = [Fault(reason, field="to_level") for reason in find_wrong_move(ladder, nominee)]
    if len(nomination.reason) > MAX_REASON:
        faults.append(
            Fault(text("This is too long"), text("at most %(count)s signs", count=MAX_REASON), field="reason")
        )
    if nomination.kind == "entry":
        faults += [
            Fault(text("This question has no answer"), field=f"fit-{question.id}")
            for question in ladder.role_fit
            if not nomination.role_fit.get(question.id, "").strip()
        ]
    return faults


def _nominee(person: Person, nomination: Nomination, other: int | None) -> Nominee:
    return Nominee(
        is_active=person.is_active,
        level_id=person.level_id,
        level_since_on=person.level_since_on,
        kind=nomination.kind,
        from_level_id=None if nomination.kind == "entry" else person.level_id,
        to_level_id=nomination.to_level_id,
        has_other_case=other is not None,
    )


def _open(
    session: Session,
    cycle: Cycle,
    ladder: Ladder,
    candidate: Person,
    nomination: Nomination,
    *,
    how: str,
    actor: Actor,
    now: datetime,
    draw: Draw,
) -> Case:
    track = _track(session, cycle, ladder, nomination.to_level_id)
    cycle.case_count += 1
    case = Case(
        code=f"{cycle.code}-{cycle.case_count:03d}",
        cycle_id=cycle.id,
        workflow_version_id=track.workflow_version_id,
        candidate_id=candidate.id,
        manager_id=candidate.manager_id,
        kind=nomination.kind,
        track_id=track.track_id,
        from_level_id=None if nomination.kind == "entry" else candidate.level_id,
        to_level_id=nomination.to_level_id,
        nominated_by_id=actor.person_id,
        nomination=how,
        nomination_reason=nomination.reason.strip(),
        role_fit=dict(nomination.role_fit),
        shuffle_seed=draw(2**31),
        present_ids=[],
        created_at=now,
    )
    open_case(session, case, actor=actor, now=now)
    return case


def _track(session: Session, cycle: Cycle, ladder: Ladder, level_id: str) -> CycleWorkflow:
    tracks = ladder.level(level_id).tracks or tuple(track.id for track in ladder.tracks)
    rows = session.scalars(sa.select(CycleWorkflow).where(CycleWorkflow.cycle_id == cycle.id)).all()
    for row in rows:
        if row.track_id in tracks:
            return row
    raise Invalid([Fault(text("The cycle has no workflow for this level's track"), field="to_level")])
