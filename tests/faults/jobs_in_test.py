"""Jobs that the tests of background work run: they write a message row, the effect that is counted afterwards."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import job, job_in_parts
from review.adapters.packet_files import write_whole
from review.models import Message
from review.services import printing


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


@job("note_computed", read=read_number, compute=compute_slowly, fail=note_failure)
def note_computed(session: Session, result: dict[str, Any], number: int, *, now: datetime) -> None:
    """Take effect with what was computed."""
    note(session, f"computed-{result['number']}-{number}", now)


def note_end_in_parts(session: Session, error: str, key: str, *, now: datetime) -> None:
    """Take effect when a job in parts has failed for good."""
    note(session, f"{key}-{error}", now)


@job_in_parts("break_off_in_parts", fail=note_end_in_parts)
def break_off_in_parts(_engine: sa.Engine, key: str, *, now: datetime, is_over: Callable[[], bool]) -> bool:
    """Break off by a fault of ours, which no database has raised."""
    raise ValueError(key, now, is_over)


@contextmanager
def closed_gate(gate: Path) -> Iterator[None]:
    """Keep all computing that comes to a gate there, until this ends."""
    with gate.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def pass_gate(asked: dict[str, Any]) -> dict[str, Any]:
    """Keep a render process until the gate is open."""
    with Path(asked["gate"]).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
    return asked


@job("note_print", read=read_number, compute=compute_slowly, begin=partial(printing.begin, "note_print"))
def note_print(session: Session, result: dict[str, Any], number: int, *, now: datetime) -> None:
    """Take effect as a print that is noted as one."""
    printing.note_end(session, "note_print", number, now=now)
    note(session, f"print-{result['number']}", now)


@job("note_gated", read=lambda _session, key, gate: {"key": key, "gate": gate}, compute=pass_gate)
def note_gated(session: Session, result: dict[str, Any], _key: str, _gate: str, *, now: datetime) -> None:
    """Take effect once the gate is open."""
    note(session, result["key"], now)


def read_place(session: Session, number: int, folder: str) -> dict[str, Any]:
    """Return where it is printed."""
    return {"number": number, "folder": folder}


def print_once(asked: dict[str, Any]) -> dict[str, Any]:
    """Kill this process the first time that this number is printed, and print it the second time."""
    killed = Path(asked["folder"]) / f"killed-{asked['number']}"
    if not killed.exists():
        killed.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return asked


@job("note_after_kill", read=read_place, compute=print_once)
def note_after_kill(session: Session, result: dict[str, Any], number: int, _folder: str, *, now: datetime) -> None:
    """Take effect although the first process was killed."""
    note(session, f"after-kill-{result['number']}-{number}", now)


def write_too_much(asked: dict[str, Any]) -> dict[str, Any]:
    """Write a file where there is no more space than for a part of it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        write_whole(Path(asked["folder"]) / f"{asked['number']}.pdf", bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    return asked


def note_why(session: Session, error: str, number: int, _folder: str, *, now: datetime) -> None:
    """Tell why nothing was printed."""
    note(session, f"{number}: {error}", now)


@job("note_full_disk", read=read_place, compute=write_too_much, fail=note_why)
def note_full_disk(session: Session, result: dict[str, Any], number: int, _folder: str, *, now: datetime) -> None:
    """Take effect where there was space after all."""
    note(session, f"written-{result['number']}-{number}", now)
