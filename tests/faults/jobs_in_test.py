"""Jobs that the tests of background work run: they write a message row, the effect that is counted afterwards."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import Queue, job
from review.models import Message


def note(session: Session, key: str, now: datetime) -> None:
    """Write the effect of a job: a row for each time it took effect, told apart by a counter."""
    times = session.scalar(sa.select(sa.func.count()).where(Message.key.startswith(f"{key}#"))) or 0
    row = {"key": f"{key}#{times}", "to_person_id": 1, "template": "test", "created_at": now, "due_at": now}
    session.add(Message(**row))


@job("note_plainly")
def note_plainly(session: Session, key: str, *, now: datetime) -> None:
    """Take effect at once."""
    note(session, key, now)


def read_number(_session: Session, number: int) -> int:
    """Return what is to be computed from."""
    return number


def compute_slowly(number: int) -> dict[str, Any]:
    """Keep a render process busy for a moment."""
    until = time.process_time() + 0.15
    while time.process_time() < until:
        sum(range(200))
    if number < 0:
        raise ValueError("no such page")
    return {"number": number}


def note_failure(session: Session, error: str, number: int, *, now: datetime) -> None:
    """Take effect when computing has failed for good."""
    note(session, f"failed-{number}-{'no such page' in error}", now)


@job("note_computed", queue=Queue.CPU, read=read_number, compute=compute_slowly, fail=note_failure)
def note_computed(session: Session, result: dict[str, Any], number: int, *, now: datetime) -> None:
    """Take effect with what was computed."""
    note(session, f"computed-{result['number']}-{number}", now)
