"""Rehearsals in the record of the installation: started, walked on, looked at, signed off, thrown away."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue
from review.domain.access import SYSTEM, Actor, Role
from review.domain.errors import NotFound, TransitionRefused
from review.domain.text import text
from review.models import Cycle, Rehearsal
from review.queries.cycles import lock_cycle
from review.queries.rehearsals import define
from review.services import audit
from review.services.request_keys import claim

REHEARSE, PRINT = "rehearse", "print-rehearsal"
WAITING, READY, FAILED, THROWN_AWAY = "waiting", "ready", "failed", "thrown_away"
OVER, STUCK = "is_over", "is_stuck"


class Walk(StrEnum):
    """What a walk is asked to do."""

    BUILD = "build"
    NEXT = "next"
    END = "end"


def start_rehearsal(session: Session, cycle_id: int, *, actor: Actor, now: datetime) -> Rehearsal:
    """Begin a rehearsal of a draft; raise NotFound for anybody but HR, TransitionRefused once the cycle is open."""
    if not actor.has(Role.HR):
        raise NotFound
    cycle = lock_cycle(session, cycle_id)
    if cycle.state != "draft":
        raise TransitionRefused([text("A cycle is rehearsed before it is opened")])
    row = Rehearsal(
        cycle_id=cycle.id,
        state=WAITING,
        digest=define(session, cycle),
        started_by_id=actor.person_id,
        started_at=now,
        looked=[],
        report={},
    )
    session.add(row)
    session.flush()
    _record(session, "rehearsal.start", row, actor, now)
    return row


def ask_for_walk(session: Session, rehearsal_id: int, how: Walk, folder: str, *, actor: Actor, now: datetime) -> None:
    """Have a rehearsal built, played to the next stage or to its end, in the background.

    Raises NotFound, and TransitionRefused while it is being played, or once it is signed.
    """
    row = lock_rehearsal(session, rehearsal_id, actor)
    if how is not Walk.BUILD:
        _require_ready(row)
    row.state = WAITING
    event = _record(session, "rehearsal.play", row, actor, now, how=str(how))
    key = f"{REHEARSE}-{row.id}-{event.seq}"
    enqueue(session, REHEARSE, row.id, folder, str(how), now.isoformat(), key=key)


def ask_for_print(
    session: Session, rehearsal_id: int, folder: str, *, actor: Actor, now: datetime, request_key: str | None = None
) -> None:
    """Have the report printed into the rehearsal's folder; raise NotFound, and TransitionRefused while it is played."""
    row = lock_rehearsal(session, rehearsal_id, actor)
    if row.state != READY:
        raise TransitionRefused([text("The rehearsal is being played; wait a moment")])
    if claim(session, request_key, actor=actor, now=now):
        event = _record(session, "rehearsal.print", row, actor, now)
        key = f"{PRINT}-{row.id}-{event.seq}"
        enqueue(session, PRINT, row.id, folder, actor.person_id, now.date().isoformat(), key=key)


def note_printed(session: Session, rehearsal_id: int, digest: str, *, now: datetime) -> None:
    """Keep that the report was printed, by the digest of its file."""
    _record(session, "rehearsal.printed", session.get_one(Rehearsal, rehearsal_id), SYSTEM, now, digest=digest)


def note_not_printed(session: Session, rehearsal_id: int, error: BaseException | str, *, now: datetime) -> None:
    """Keep that a print came to nothing; nothing of one whose draft was discarded meanwhile."""
    row = session.get(Rehearsal, rehearsal_id)
    if row is not None:
        why = type(error).__name__ if isinstance(error, BaseException) else "error"
        _record(session, "rehearsal.print_failed", row, SYSTEM, now, why=why)


def note_walked(session: Session, rehearsal_id: int, result: dict[str, Any], *, now: datetime) -> None:
    """Keep how far a walk came."""
    row = _find_waiting(session, rehearsal_id)
    if row is None:
        return
    row.state, row.report = READY, result
    _record(session, "rehearsal.walked", row, SYSTEM, now)


def note_failed(session: Session, rehearsal_id: int, error: object, *, now: datetime) -> None:
    """Keep that a walk came to nothing."""
    row = _find_waiting(session, rehearsal_id)
    if row is None:
        return
    row.state, row.report = FAILED, {"error": type(error).__name__ if isinstance(error, BaseException) else "error"}
    _record(session, "rehearsal.failed", row, SYSTEM, now)


def note_look(session: Session, rehearsal_id: int, cell: str, *, actor: Actor, now: datetime) -> None:
    """Keep that a cell of the matrix was looked at; raise as lock_rehearsal does."""
    row = lock_rehearsal(session, rehearsal_id, actor)
    if cell and cell not in row.looked:
        row.looked = [*row.looked, cell]
        _record(session, "rehearsal.look", row, actor, now, cell=cell)


def sign_off(session: Session, rehearsal_id: int, report: dict[str, Any], *, actor: Actor, now: datetime) -> Rehearsal:
    """Sign the report of a rehearsal that has come to its end, for the draft as it was walked.

    Raises NotFound, and TransitionRefused before its end, a second time, or once the draft was changed.
    """
    row = lock_rehearsal(session, rehearsal_id, actor)
    _require_ready(row)
    if not row.report.get(OVER) and not row.report.get(STUCK):
        raise TransitionRefused([text("Not every case of the rehearsal has come to its end")])
    if row.digest != define(session, session.get_one(Cycle, row.cycle_id)):
        raise TransitionRefused([text("The draft was changed after it was rehearsed: rehearse it again")])
    row.report, row.signed_by_id, row.signed_at = {**row.report, **report}, actor.person_id, now
    _record(session, "rehearsal.sign", row, actor, now, digest=row.digest, faults=len(report.get("faults", ())))
    return row


def throw_away(session: Session, rehearsal_id: int, *, actor: Actor, now: datetime) -> None:
    """Give a rehearsal up; what was signed stays known. The caller removes its folder once this is committed."""
    row = lock_rehearsal(session, rehearsal_id, actor)
    row.state = THROWN_AWAY
    _record(session, "rehearsal.throw_away", row, actor, now)


def lock_rehearsal(session: Session, rehearsal_id: int, actor: Actor) -> Rehearsal:
    """Lock a rehearsal for an HR partner; raise NotFound for everybody else, and once it is thrown away."""
    row = session.get(Rehearsal, rehearsal_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None or not actor.has(Role.HR) or row.state == THROWN_AWAY:
        raise NotFound
    return row


def _find_waiting(session: Session, rehearsal_id: int) -> Rehearsal | None:
    """Lock a rehearsal that is being played; None where it was thrown away meanwhile, or its draft discarded."""
    row = session.get(Rehearsal, rehearsal_id, with_for_update={"key_share": True}, populate_existing=True)
    return row if row is not None and row.state == WAITING else None


def _require_ready(row: Rehearsal) -> None:
    if row.state != READY:
        raise TransitionRefused([text("The rehearsal is being played; wait a moment")])
    if row.signed_at is not None:
        raise TransitionRefused([text("The report is signed; start another rehearsal")])


def _record(session: Session, kind: str, row: Rehearsal, actor: Actor, now: datetime, **detail: Any) -> Any:
    return audit.record(
        session, kind, actor=actor, now=now, subject_type="rehearsal", subject_id=row.id, detail=detail or None
    )
