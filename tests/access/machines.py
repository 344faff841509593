"""What programs are told without asking for a page: calls of webhooks, words for channels, figures for a monitor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.hook_kinds import Form, HookKind
from review.models import Hook, HookDelivery
from review.services.hooks import HookPlan, register_hook
from review.services.hooks_outbox import claim_call, gather_digests, gather_events, open_call
from tests.access.theatre import Theatre

TOLD = {
    Form.EVENTS: (HookKind.CASE_OPENED, HookKind.CASE_MOVED, HookKind.DECISIONS_RELEASED, HookKind.CYCLE_OPENED),
    Form.SLACK: (HookKind.DIGEST, HookKind.DECISIONS_RELEASED),
    Form.TEAMS: (HookKind.DIGEST, HookKind.DECISIONS_RELEASED),
}
URL = "https://reviews.example"


def tell_hooks(theatre: Theatre, stage: str) -> dict[str, list[str]]:
    """Return all that hooks of every form say of the story up to a stage, for an HR partner; by form."""
    kept, said = theatre.show(stage), {form.value: [] for form in TOLD}
    with Session(theatre.engine) as session:
        numbers = {}
        for form, kinds in TOLD.items():
            plan = HookPlan(form.value, form.value, f"https://{form.value}.example", tuple(kinds))
            number, _secret = register_hook(session, plan, **theatre.story.at("hanna"))
            numbers[number] = form.value
        session.execute(sa.update(Hook).values(seen_seq=0))
        gather_events(session, now=kept.now)
        now = _gather_digests(session, kept.now)
        for hook_id, body in _open_calls(session, now):
            said[numbers[hook_id]].append(body)
    return said


def _gather_digests(session: Session, now: datetime) -> datetime:
    """Wait for the next morning on which digests go out; return it."""
    while not gather_digests(session, zone="UTC", now=now):
        now += timedelta(hours=1)
    return now


def _open_calls(session: Session, now: datetime) -> Iterator[tuple[int, str]]:
    while (number := claim_call(session, now=now)) is not None:
        call = open_call(session, number, public_url=URL, now=now)
        if call is not None:
            head = "\n".join(f"{name}: {value}" for name, value in call.headers.items())
            yield call.hook_id, f"{head}\n{call.body.decode()}"
        session.execute(sa.update(HookDelivery).where(HookDelivery.id == number).values(ended_at=now))
