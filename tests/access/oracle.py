"""The table of rights as it was agreed, read from its file: never from the program's own."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "access_grid.csv"
PHASES = ("draft", "collecting", "sealed", "voting", "revealed", "decided", "announced", "closed")
READS = frozenset({"read", "write"})


@cache
def table() -> dict[tuple[str, str], dict[str, str]]:
    """Return the lines of the file by object and actor; an object goes by its first word."""
    lines = csv.DictReader(FILE.read_text(encoding="utf-8").splitlines())
    return {(line["object"].split(" ")[0], line["actor"]): line for line in lines}


@cache
def objects() -> tuple[str, ...]:
    """Return the names of the objects, in the order of the file."""
    return tuple(dict.fromkeys(thing for thing, _actor in table()))


@cache
def actors() -> tuple[str, ...]:
    """Return the actors, in the order of the file."""
    return tuple(dict.fromkeys(actor for _thing, actor in table()))


def right(thing: str, actor: str, phase: str, met: frozenset[str]) -> str:
    """Return the right of one actor, none where its condition is not among those met."""
    line = table()[thing, actor]
    return line[phase] if not line["condition"] or line["condition"] in met else "none"


def may_read(things: Iterable[str], roles: Iterable[str], phase: str, met: frozenset[str]) -> bool:
    """Tell whether any of the roles may read any of the objects."""
    held = tuple(roles)
    return any(right(thing, role, phase, met) in READS for thing in things for role in held)
