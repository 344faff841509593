"""Says of a place in a ladder's text which level, criterion or cell it is, for those who edit it in forms."""

from __future__ import annotations

from collections.abc import Iterable

from review.domain.errors import Fault
from review.domain.ladder_walk import LadderText
from review.domain.values import dataclass
from review.domain.yaml_text import Document, Path, read_yaml


@dataclass(frozen=True)
class Placed:
    """A fault or warning with what it is about; both empty where it is about the ladder as a whole."""

    fault: Fault
    criterion_id: str = ""
    level_id: str = ""
    name: str = ""


def place_faults(faults: Iterable[Fault], source: str) -> tuple[Placed, ...]:
    """Return each fault of a ladder's text with the part of the ladder that its line belongs to."""
    document = read_yaml(source, "")
    if not isinstance(document, Document):
        return tuple(Placed(fault) for fault in faults)
    parts = _list_parts(LadderText(document))
    return tuple(_place(fault, parts) for fault in faults)


def _place(fault: Fault, parts: list[tuple[int, str, str, str]]) -> Placed:
    before = [part for part in parts if part[0] <= (fault.line or 0)]
    if fault.line is None or not before:
        return Placed(fault)
    _line, criterion_id, level_id, name = max(before)
    return Placed(fault, criterion_id, level_id, name)


def _list_parts(ladder: LadderText) -> list[tuple[int, str, str, str]]:
    """Return the first line of every part with its ids and name, and of what follows them with none."""
    levels = {str(level.get("id")): str(level.get("name", level.get("id"))) for _, level in ladder.maps("levels")}
    parts = [(ladder.document.key_place((key,))[0], "", "", "") for key in ladder.map_at()]
    for path, level in ladder.maps("levels"):
        parts.append((ladder.line(path), "", str(level.get("id")), levels[str(level.get("id"))]))
    for path, criterion in ladder.criteria():
        own = (str(criterion.get("id")), str(criterion.get("name", criterion.get("id"))))
        parts.append((ladder.line(path), own[0], "", own[1]))
        for cell, level_id in ladder.keys(*path, "at"):
            line = _key_line(ladder, cell)
            parts.append((line, own[0], level_id, f"{own[1]}, {levels.get(level_id, level_id)}"))
    return parts


def _key_line(ladder: LadderText, path: Path) -> int:
    return ladder.document.key_place(path)[0]
