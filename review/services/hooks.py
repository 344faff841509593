"""Hooks: registered by who may tell, tried out, switched off and on again, given a new secret."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.hook_bodies import derive_secret, show_secret
from review.domain.hook_kinds import LONGEST_ADDRESS, LONGEST_NAME, Form, HookKind, list_kinds
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import AuditHead, Hook, HookDelivery
from review.queries.api_tokens import is_keeper
from review.services import audit
from review.services.audit_head import audit_key
from review.services.request_keys import claim

SALT_BYTES = 24
KEY_BYTES = 18


@dataclass(frozen=True)
class HookPlan:
    """What is registered: its name, how it is told, where, and of what."""

    name: str
    form: str
    address: str
    kinds: tuple[str, ...]


def register_hook(
    session: Session,
    plan: HookPlan,
    *,
    fault: Text | None = None,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> tuple[int, str]:
    """Register a hook of the actor's own; return its number and the secret that signs, which is shown once.

    It is told of what happens from now on. The same form sent twice is one hook, returned both times. Raises NotAllowed
    for everybody but HR and those who run the installation, and Invalid.

    Args:
        fault: what is wrong with the address, as whoever calls it says.
    """
    _require_keeper(actor)
    if faults := list(_find_faults(plan, actor, fault)):
        raise Invalid(faults)
    salt = _salt_of(request_key, plan) if request_key else secrets.token_urlsafe(SALT_BYTES)
    if not claim(session, request_key, actor=actor, now=now):
        made = session.scalar(sa.select(Hook).where(Hook.owner_id == actor.person_id, Hook.salt == salt))
        if made is not None:
            return made.id, show_secret(secret_of(session, made))
    row = Hook(
        name=plan.name.strip(),
        form=plan.form,
        address=plan.address,
        kinds=sorted(plan.kinds),
        owner_id=actor.person_id,
        salt=salt,
        made_at=now,
        seen_seq=_newest(session),
        off_why="",
    )
    session.add(row)
    session.flush()
    _record(session, "hook.register", row, actor, now, form=row.form, kinds=row.kinds)
    return row.id, show_secret(secret_of(session, row))


def _salt_of(request_key: str, plan: HookPlan) -> str:
    """Return the salt of what one form registers; it is no secret, what signs is derived from the key as well."""
    return hashlib.sha256(repr((request_key, plan)).encode("utf-8", "surrogatepass")).hexdigest()


def renew_secret(session: Session, hook_id: int, *, actor: Actor, now: datetime) -> str:
    """Give a hook another secret and return it; what is sent from now on is signed with it. The owner's to do."""
    row = _lock(session, hook_id, actor)
    if row.owner_id != actor.person_id:
        raise NotAllowed(text("Only who registered it gets its secret; register one of your own"), is_known=True)
    row.salt = secrets.token_urlsafe(SALT_BYTES)
    _record(session, "hook.renew", row, actor, now)
    return show_secret(secret_of(session, row))


def switch_off(session: Session, hook_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a hook be told nothing any more; what waits for it is given up."""
    row = _lock(session, hook_id, actor)
    if row.off_at is None:
        end_hook(session, row, "", now=now)
        _record(session, "hook.off", row, actor, now)


def switch_on(session: Session, hook_id: int, *, actor: Actor, now: datetime) -> None:
    """Let a hook be told again, of what happens from now on. The owner's to do."""
    row = _lock(session, hook_id, actor)
    if row.owner_id != actor.person_id:
        raise NotAllowed(text("Only who registered it can switch it on; register one of your own"), is_known=True)
    if row.off_at is not None:
        row.off_at, row.off_why, row.seen_seq = None, "", _newest(session)
        _record(session, "hook.on", row, actor, now)


def try_hook(session: Session, hook_id: int, *, actor: Actor, now: datetime, request_key: str | None = None) -> None:
    """Have a test sent to a hook; the same form sent twice is one test."""
    if not claim(session, request_key, actor=actor, now=now):
        return
    row = _lock(session, hook_id, actor)
    session.add(plan_call(row, HookKind.TEST, f"test {secrets.token_hex(8)}", now=now))
    _record(session, "hook.test", row, actor, now)


def send_again(session: Session, hook_id: int, delivery_id: int, *, actor: Actor, now: datetime) -> None:
    """Have a call that has ended, or waits for its next try, sent at once, with the same key. Raises NotFound."""
    row = _lock(session, hook_id, actor)
    call = session.get(HookDelivery, delivery_id, with_for_update={"key_share": True})
    if call is None or call.hook_id != row.id:
        raise NotFound
    call.due_at, call.ended_at, call.outcome, call.attempts = now, None, "", 0
    _record(session, "hook.again", row, actor, now, call=call.id)


def end_hook(session: Session, row: Hook, why: str, *, now: datetime) -> None:
    """Switch a locked hook off, for a reason in words, and give up what waits for it."""
    row.off_at, row.off_why = now, why
    session.execute(
        sa.update(HookDelivery)
        .where(HookDelivery.hook_id == row.id, HookDelivery.ended_at.is_(None))
        .values(ended_at=now, outcome="given_up")
        .execution_options(synchronize_session=False)
    )
    session.flush()


def plan_call(
    row: Hook, kind: str, occasion: str, *, now: datetime, case_id: int | None = None, about_id: int | None = None
) -> HookDelivery:
    """Return a call that is due now, with a key of its own."""
    return HookDelivery(
        key=f"msg_{secrets.token_urlsafe(KEY_BYTES)}",
        hook_id=row.id,
        occasion=occasion,
        kind=kind,
        case_id=case_id,
        about_id=about_id,
        happened_at=now,
        due_at=now,
        error="",
        outcome="",
    )


def secret_of(session: Session, row: Hook) -> bytes:
    """Return the secret that signs a hook's calls: derived, and kept nowhere."""
    return derive_secret(audit_key(session), row.salt)


def _find_faults(plan: HookPlan, actor: Actor, fault: Text | None) -> Iterable[Fault]:
    if not 1 <= len(plan.name.strip()) <= LONGEST_NAME:
        yield Fault(text("Give it a name, in a few words"), field="name")
    if plan.form not in set(Form):
        yield Fault(text("Choose what it is sent"), field="form")
        return
    if fault is not None:
        yield Fault(fault, field="address")
    elif len(plan.address) > LONGEST_ADDRESS:
        yield Fault(text("This is too long"), field="address")
    offered = set(list_kinds(plan.form, actor.roles))
    if not plan.kinds or set(plan.kinds) - offered:
        yield Fault(text("Choose what it is told of, of what this form can tell"), field="kinds")


def _lock(session: Session, hook_id: int, actor: Actor) -> Hook:
    _require_keeper(actor)
    row = session.get(Hook, hook_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _newest(session: Session) -> int:
    return session.scalar(sa.select(sa.func.coalesce(sa.func.max(AuditHead.seq), 0))) or 0


def _record(session: Session, kind: str, row: Hook, actor: Actor, now: datetime, **detail: object) -> None:
    audit.record(
        session, kind, actor=actor, now=now, subject_type="hook", subject_id=row.id, detail={"hook": row.id, **detail}
    )


def _require_keeper(actor: Actor) -> None:
    if not is_keeper(actor):
        raise NotAllowed(text("Only HR and those who run the installation may do this"))
