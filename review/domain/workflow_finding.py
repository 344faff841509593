"""One thing wrong in a workflow, at a path of its definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import Definition, Machine

Path = tuple[str | int, ...]

CASE, REGION, ITEM = "case", "region", "item"


@dataclass(frozen=True)
class Finding:
    """What is wrong, where, and what was expected; `is_at_key` points to the key instead of its value."""

    path: Path
    what: Text
    expected: Text | None = None
    is_at_key: bool = False


@dataclass(frozen=True)
class Spot:
    """A machine of the definition: the case's own, that of a region, or that of an item."""

    kind: str
    path: Path
    machine: Machine


def spots(definition: Definition) -> Iterator[Spot]:
    """Yield every machine of a definition with its path."""
    yield Spot(CASE, (), definition)
    for name, state in definition.states.items():
        for region, machine in state.regions.items():
            yield Spot(REGION, ("states", name, "regions", region), machine)
    for kind, machine in definition.items.items():
        yield Spot(ITEM, ("items", kind), machine)


def one_of(known: Iterable[str], given: str = "") -> Text:
    """Say which words would do; only the nearest where one is close to what was given."""
    words = sorted(known)
    near = get_close_matches(given, words, n=1, cutoff=0.75)
    if near:
        return text('"%(word)s"', word=near[0])
    return text("one of: %(words)s", words=", ".join(words))
