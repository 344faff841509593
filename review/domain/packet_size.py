"""How much a packet holds: every text with its place, every list with its length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass


def texts_in(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Give every text in a tree of dataclasses and tuples as (place, text); a place reads `criteria.0.self_review`."""
    if isinstance(value, str):
        yield place, value
    else:
        for name, part in _parts(value):
            yield from texts_in(part, f"{place}.{name}" if place else name)


def lists_in(value: object, place: str = "") -> Iterator[tuple[str, int]]:
    """Give every tuple in a tree of dataclasses and tuples as (place, length)."""
    if isinstance(value, tuple):
        yield place, len(value)
    for name, part in _parts(value):
        yield from lists_in(part, f"{place}.{name}" if place else name)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, tuple):
        yield from ((str(number), part) for number, part in enumerate(value))
    elif is_dataclass(value):
        yield from ((field.name, getattr(value, field.name)) for field in fields(value))
