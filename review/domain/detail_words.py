"""What the detail of an event holds, with a name for each thing, for whoever may read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from review.domain.text import Text, text

DETAIL_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "after": text("after"),
        "before": text("before"),
        "cases": text("cases"),
        "committee": text("committee no."),
        "criterion": text("criterion"),
        "digest": text("digest"),
        "fields": text("fields"),
        "from": text("from"),
        "kind": text("kind"),
        "outcome": text("outcome"),
        "people": text("people no."),
        "person": text("person no."),
        "piece": text("words of"),
        "reasons": text("told"),
        "role": text("role"),
        "route": text("pressed"),
        "status": text("answer"),
        "to": text("to"),
        "until": text("until"),
        "version": text("version"),
        "view": text("view"),
        "why": text("why"),
    }
)


def tell_detail(detail: Mapping[str, Any]) -> tuple[tuple[Text | str, str], ...]:
    """Return what a detail holds, each with its name, in the order of the names."""
    return tuple((DETAIL_WORDS.get(name, name.replace("_", " ")), value) for name, value in _flat(detail))


def _flat(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in sorted(detail.items()):
        if isinstance(value, Mapping):
            yield name, ", ".join(f"{key}: {each}" for key, each in sorted(value.items()))
        elif isinstance(value, list):
            yield name, ", ".join(map(str, value))
        elif value is not None:
            yield name, str(value)
