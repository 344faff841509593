"""The part of a worker that calls hooks: a thread of its own, so that a slow address holds up nothing else."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from random import SystemRandom

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.clock import read_clock
from review.adapters.hook_sender import HookNotSent, Reach, send
from review.config import Settings
from review.domain.hook_kinds import Outcome
from review.services.hooks_outbox import (
    Call,
    claim_call,
    gather_digests,
    gather_events,
    mark_answered,
    mark_unheard,
    open_call,
)

Clock = Callable[[], datetime]
LOOK_SECONDS = 5
MOST_IN_A_TURN = 100

log = logging.getLogger(__name__)


def take_hook_turn(engine: Engine, settings: Settings, *, clock: Clock) -> Counter[str]:
    """Write down what hooks are to be told, make the calls that are due, and return how they went.

    No transaction is open while an address is called. Who dies in between leaves the call to the next one, which makes
    it with the same key. A hook that does not take a call gets no other in this turn.
    """
    went: Counter[str] = Counter()
    failed: set[int] = set()
    with Session(engine) as session:
        gather_events(session, now=clock())
        session.commit()
        gather_digests(session, zone=settings.zone, now=clock())
        session.commit()
        for _ in range(MOST_IN_A_TURN):
            number = claim_call(session, now=clock(), but_of=failed)
            session.commit()
            if number is None:
                break
            call = open_call(session, number, public_url=settings.public_url, now=clock())
            session.commit()
            outcome = _make(session, call, settings, clock) if call is not None else Outcome.DROPPED
            session.commit()
            went[outcome] += 1
            if outcome == "failed" and call is not None:
                failed.add(call.hook_id)
    return went


def _make(session: Session, call: Call, settings: Settings, clock: Clock) -> str:
    chance = SystemRandom().random()
    try:
        status = send(call.address, call.body, call.headers, Reach(is_local=settings.hooks_local))
    except HookNotSent as error:
        log.warning("hook %s was not called: %s", call.hook_id, error)
        mark_unheard(session, call.delivery_id, str(error), chance=chance, now=clock())
        return "failed"
    is_taken = mark_answered(session, call.delivery_id, status, chance=chance, now=clock())
    return Outcome.SENT if is_taken else "failed"


class HookThread(threading.Thread):
    """Takes turn after turn until told to stop."""

    def __init__(self, engine: Engine, settings: Settings, stopped: threading.Event) -> None:
        super().__init__(name="hooks", daemon=True)
        self._engine, self._settings, self._stopped = engine, settings, stopped

    def run(self) -> None:
        """Take turns; what goes wrong in one is logged, and the next one is soon."""
        while not self._stopped.is_set():
            try:
                take_hook_turn(self._engine, self._settings, clock=read_clock)
            except Exception:
                log.exception("a turn of the hooks failed; the next is in %s s", LOOK_SECONDS)
            self._stopped.wait(LOOK_SECONDS)
