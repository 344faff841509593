"""What hooks are told: taken from the record, where it was written with the change, and tried until it has arrived."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.hook_bodies import sign, write_body
from review.domain.hook_kinds import (
    BY_EVENT,
    GONE,
    MOST_ATTEMPTS,
    Form,
    HookKind,
    Outcome,
    find_pause,
)
from review.domain.mail_times import MORNING
from review.domain.schedule import Calendar
from review.domain.values import dataclass
from review.models import AuditEvent, AuditHead, Case, Hook, HookDelivery
from review.queries.pinned import load_definition
from review.services import audit
from review.services.hooks import end_hook, plan_call, secret_of
from review.services.hooks_words import find_teller, say
from review.services.messages import enqueue_message

LEASE = timedelta(minutes=2)
"""How long a claimed call is left to whoever claimed it; after that they are taken for dead."""
AT_ONCE = 1_000
OFF = "hook_off"


@dataclass(frozen=True)
class Call:
    """A claimed call, ready to be made."""

    delivery_id: int
    hook_id: int
    address: str
    body: bytes
    headers: dict[str, str]


def gather_events(session: Session, *, now: datetime) -> int:
    """Write a call for each event of the record that a hook is told of; return how many that makes.

    The record has no gaps and is in the order of the commits, so where a hook has got to is one number, which moves in
    the transaction that writes the calls. What another gatherer is at is left to it.
    """
    newest = session.scalar(sa.select(sa.func.coalesce(sa.func.max(AuditHead.seq), 0))) or 0
    behind = session.scalars(
        sa.select(Hook)
        .where(Hook.off_at.is_(None), Hook.seen_seq < newest)
        .order_by(Hook.id)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return sum(_gather(session, hook, newest, now) for hook in behind.all())


def gather_digests(session: Session, *, zone: str, now: datetime) -> int:
    """Write the call of a digest for each hook that has one and was not told today, from the morning of a working day.

    Args:
        zone: the installation's.
    """
    calendar, here = Calendar(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    if not calendar.is_working_day(here.date()) or here.time() < MORNING:
        return 0
    waiting = session.scalars(
        sa.select(Hook)
        .where(
            Hook.off_at.is_(None),
            Hook.form != Form.EVENTS,
            sa.or_(Hook.told_on.is_(None), Hook.told_on < here.date()),
        )
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    told = [hook for hook in waiting if HookKind.DIGEST in hook.kinds]
    for hook in told:
        hook.told_on = here.date()
        session.add(plan_call(hook, HookKind.DIGEST, f"digest {here.date().isoformat()}", now=now))
    session.flush()
    return len(told)


def claim_call(session: Session, *, now: datetime, but_of: Collection[int] = ()) -> int | None:
    """Take the call that has been due for longest and return its number; nobody else gets it before the lease ends.

    Args:
        but_of: hooks whose calls are left for now.
    """
    call = session.scalar(
        sa.select(HookDelivery)
        .where(HookDelivery.ended_at.is_(None), HookDelivery.due_at <= now, HookDelivery.hook_id.not_in(but_of))
        .order_by(HookDelivery.due_at, HookDelivery.id)
        .limit(1)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if call is None:
        return None
    call.due_at, call.attempts = now + LEASE, call.attempts + 1
    session.flush()
    return call.id


def open_call(session: Session, delivery_id: int, *, public_url: str, now: datetime) -> Call | None:
    """Return what a claimed call says, or None when its owner may not tell it now.

    Side effects: such a call is dropped; a hook whose owner has left, or has no role for it any more, is switched off.
    """
    hook, call = _lock(session, delivery_id)
    owner = find_teller(session, hook, now=now)
    if owner is None:
        _end(call, Outcome.DROPPED, now)
        _switch_off(session, hook, "its owner has left or holds no role for it any more", now=now)
        return None
    said = say(session, call, owner, public_url=public_url, now=now)
    if said is None or hook.off_at is not None:
        _end(call, Outcome.DROPPED if said is None else Outcome.GIVEN_UP, now)
        session.flush()
        return None
    body = write_body(hook.form, said)
    headers = {"Content-Type": "application/json", "User-Agent": "Dualtrack"}
    if hook.form == Form.EVENTS:
        headers |= sign(secret_of(session, hook), call.key, now, body)
    return Call(call.id, hook.id, hook.address, body, headers)


def mark_answered(session: Session, delivery_id: int, status: int, *, chance: float, now: datetime) -> bool:
    """Note what an address answered and return whether it took the call: any status from 200 to 299 does."""
    hook, call = _lock(session, delivery_id)
    call.answer, call.error = status, ""
    if 200 <= status < 300:
        _end(call, Outcome.SENT, now)
        session.flush()
        return True
    _try_later(session, hook, call, is_last=status == GONE, chance=chance, now=now)
    return False


def mark_unheard(session: Session, delivery_id: int, error: str, *, chance: float, now: datetime) -> None:
    """Note why an address was not reached; it is tried again later, as after an answer that is none."""
    hook, call = _lock(session, delivery_id)
    call.answer, call.error = None, error
    _try_later(session, hook, call, is_last=False, chance=chance, now=now)


def _gather(session: Session, hook: Hook, newest: int, now: datetime) -> int:
    events = session.execute(
        sa.select(AuditEvent.seq, AuditEvent.kind, AuditEvent.case_id, AuditEvent.subject_id, AuditEvent.at)
        .add_columns(Case.workflow_version_id)
        .outerjoin(Case, Case.id == AuditEvent.case_id)
        .where(
            AuditEvent.seq > hook.seen_seq,
            AuditEvent.seq <= newest,
            sa.or_(AuditEvent.kind.in_(BY_EVENT), AuditEvent.kind.startswith("case.", autoescape=True)),
        )
        .order_by(AuditEvent.seq)
        .limit(AT_ONCE)
    ).all()
    count = 0
    for seq, event, case_id, subject_id, at, version_id in events:
        kind = BY_EVENT.get(event) or _find_move(session, event, version_id)
        if kind in hook.kinds:
            call = plan_call(hook, kind, f"event {seq}", now=at, case_id=case_id, about_id=subject_id)
            call.due_at = now
            session.add(call)
            count += 1
    hook.seen_seq = events[-1].seq if len(events) == AT_ONCE else newest
    session.flush()
    return count


def _find_move(session: Session, event: str, version_id: int | None) -> str:
    """Return that a case moved, where an event is an action of its workflow and not one beside it."""
    if version_id is None:
        return ""
    actions = load_definition(session, version_id).actions
    return HookKind.CASE_MOVED if event.removeprefix("case.") in actions else ""


def _lock(session: Session, delivery_id: int) -> tuple[Hook, HookDelivery]:
    """Lock a call's hook and then the call, in the order of everybody who changes both."""
    hook_id = session.scalars(sa.select(HookDelivery.hook_id).where(HookDelivery.id == delivery_id)).one()
    hook = session.get_one(Hook, hook_id, with_for_update={"key_share": True}, populate_existing=True)
    call = session.get_one(HookDelivery, delivery_id, with_for_update={"key_share": True}, populate_existing=True)
    return hook, call


def _try_later(
    session: Session, hook: Hook, call: HookDelivery, *, is_last: bool, chance: float, now: datetime
) -> None:
    """Put a call off, or give it up: a test at once; another after the last try, and its hook with it."""
    is_test = call.kind == HookKind.TEST
    if not (is_test or is_last or call.attempts >= MOST_ATTEMPTS):
        call.due_at = now + find_pause(call.attempts, chance)
        session.flush()
        return
    _end(call, Outcome.GIVEN_UP, now)
    session.flush()
    if not is_test:
        why = "the address said that it is gone" if is_last else "nothing arrived for three days"
        _switch_off(session, hook, why, now=now)


def _switch_off(session: Session, hook: Hook, why: str, *, now: datetime) -> None:
    if hook.off_at is not None:
        return
    end_hook(session, hook, why, now=now)
    enqueue_message(
        session,
        key=f"{OFF}-{hook.id}-{now.isoformat()}",
        to_person_id=hook.owner_id,
        template=OFF,
        params={"place": "integrations"},
        case_id=None,
        now=now,
    )
    detail = {"hook": hook.id, "why": why}
    audit.record(session, "hook.off", actor=SYSTEM, now=now, subject_type="hook", subject_id=hook.id, detail=detail)


def _end(call: HookDelivery, outcome: Outcome, now: datetime) -> None:
    call.ended_at, call.outcome = now, outcome
