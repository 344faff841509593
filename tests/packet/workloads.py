"""Functions for render processes in tests: one that works, and one for each way to fail."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from review.domain.errors import Fault, Invalid
from review.domain.text import text


def double(number: int) -> int:
    return 2 * number


def process_id() -> int:
    return os.getpid()


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang() -> None:
    signal.pause()


def tell_and_hang(pipe: str) -> None:
    Path(pipe).write_text("at work", encoding="utf-8")
    signal.pause()


def devour() -> int:
    return len(bytearray(8 * 2**30))


def raise_error() -> None:
    raise LookupError("no such page")


def refuse() -> None:
    raise Invalid([Fault(text("This text has %(have)s characters", have=7), field="criteria.0.self_review")])
