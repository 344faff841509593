"""What the doctor says of hooks: calls that wait for long, and hooks that were switched off by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from review.cli.doctor_hooks import find_in_hooks
from review.models import Hook, HookDelivery
from tests.personas import found_company


def test_calls_that_wait_and_hooks_that_are_off_are_told(session: Session, now: datetime) -> None:
    hanna = found_company(session).id("hanna")
    given = {"form": "events", "address": "https://public.example/", "kinds": [], "salt": "s", "made_at": now}
    on = Hook(name="Payroll", owner_id=hanna, **given)
    by_hand = Hook(name="Old", owner_id=hanna, off_at=now, off_why="", **given)
    by_itself = Hook(name="Chat", owner_id=hanna, off_at=now, off_why="nothing arrived for three days", **given)
    session.add_all([on, by_hand, by_itself])
    session.flush()
    moments = {"happened_at": now, "due_at": now}
    session.add(HookDelivery(key="a", hook_id=on.id, occasion="a", kind="cycle.opened", **moments))
    session.flush()
    off = "The hook Chat was switched off: nothing arrived for three days."
    assert [each.what for each in find_in_hooks(session, now=now + timedelta(hours=1))] == [off]
    later = now + timedelta(hours=1, seconds=1)
    assert [each.what for each in find_in_hooks(session, now=later)] == [
        "1 call of a hook has been due for over an hour.",
        off,
    ]
