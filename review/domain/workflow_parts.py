"""The parts of a workflow file that a form can open: the workflow itself, each state and each action, faulty or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from review.domain.errors import Fault
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_file import Layers
from review.domain.workflow_finding import Path

WHOLE = "workflow"
KINDS = {"states": "state", "actions": "action"}


@dataclass(frozen=True)
class Part:
    """One part; `id` is its path with dots, `kind` workflow, state or action, `machine` what it belongs to."""

    id: str
    path: Path
    kind: str
    title: Text
    machine: str = ""
    is_item: bool = False


@dataclass(frozen=True)
class PlacedFault:
    """A fault, the path in the file at which it stands, and the part that can be opened to mend it."""

    fault: Fault
    path: Path
    part: Part | None


def list_parts(data: Any) -> tuple[Part, ...]:
    """Return the parts of merged data, machine by machine, as far as they are maps."""
    whole = Part(WHOLE, (), WHOLE, text("The workflow itself"))
    return (whole, *_of_machine(data, (), "", is_item=False), *_of_regions(data), *_of_items(data))


def place_faults(layers: Layers, parts: Iterable[Part], faults: Iterable[Fault]) -> tuple[PlacedFault, ...]:
    """Return each fault with where it stands in the entry file; faults of other files have no part."""
    document = layers.documents[-1]
    known = sorted(parts, key=lambda part: len(part.path), reverse=True)
    placed = []
    for fault in faults:
        is_own = fault.file == document.file and fault.line is not None and fault.column is not None
        path = document.path_at(fault.line or 0, fault.column or 0) if is_own else ()
        part = next((part for part in known if part.path and path[: len(part.path)] == part.path), None)
        whole = next((part for part in known if not part.path and path), None)
        placed.append(PlacedFault(fault, path, part or whole))
    return tuple(placed)


def maps_in(data: Any, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what is a map below a key of something that should be one itself."""
    below = data.get(key) if isinstance(data, dict) else None
    for name, value in below.items() if isinstance(below, dict) else ():
        if isinstance(value, dict):
            yield name, value


def _of_machine(data: Any, path: Path, machine: str, *, is_item: bool) -> Iterator[Part]:
    for key, kind in KINDS.items():
        for name, value in maps_in(data, key):
            here = (*path, key, name)
            title = text("%(title)s", title=str(value.get("title") or name))
            yield Part(".".join(map(str, here)), here, kind, title, machine, is_item)


def _of_regions(data: Any) -> Iterator[Part]:
    for state, value in maps_in(data, "states"):
        for region, machine in maps_in(value, "regions"):
            yield from _of_machine(machine, ("states", state, "regions", region), region, is_item=False)


def _of_items(data: Any) -> Iterator[Part]:
    for kind, machine in maps_in(data, "items"):
        yield from _of_machine(machine, ("items", kind), kind, is_item=True)
