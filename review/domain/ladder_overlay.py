"""Lays a family's ladder over the company-wide one that it extends."""

from __future__ import annotations

from typing import Any

from review.domain.errors import Fault
from review.domain.ladder import Ladder
from review.domain.ladder_file import ladder_data, parse_ladder
from review.domain.ladder_schema import ExtendsSpec
from review.domain.text import text
from review.domain.yaml_writer import write_yaml

_APPENDED = ("signals", "plus", "examples", "measures", "refers_to")
_FROM_BASE = ("tracks", "levels", "moves", "scales", "scoring", "promotion", "growth_activities", "role_fit")


def merge_overlay(base: Ladder, own: Ladder) -> Ladder | tuple[Fault, ...]:
    """Return the complete ladder of a family: its own words with, or instead of, those of the ladder it extends.

    Tracks, levels, moves and the other parts come from the base where the family has none. A ladder that extends
    nothing is returned as it is. The base must be the version that the family names.
    """
    extends = own.extends
    if extends is None:
        return own
    if (base.id, base.version) != (extends.ladder, extends.version):
        what = text("%(id)s %(version)s is not the ladder that this one extends", id=base.id, version=base.version)
        expected = text("%(id)s %(version)s", id=extends.ladder, version=extends.version)
        return (Fault(what, expected, own.id),)
    data, below = ladder_data(own), ladder_data(base)
    merged = {key: value for key, value in data.items() if key != "overlays"}
    merged |= {key: below[key] for key in _FROM_BASE if key in below and not merged.get(key)}
    merged |= _merge_criteria(below, data, extends)
    merged["x"] = {**(data.get("x") or {}), "extended": {"ladder": base.id, "version": base.version}}
    return parse_ladder(write_yaml(merged), file=f"{own.id} over {base.id}")


def _merge_criteria(below: dict[str, Any], own: dict[str, Any], extends: ExtendsSpec) -> dict[str, Any]:
    """Return the categories or criteria of the merged ladder, the base's order first."""
    mine = {criterion["id"]: criterion for criterion in _criteria(own)}
    used: set[str] = set()

    def lay(criteria: list[dict[str, Any]]) -> list[dict[str, Any]]:
        laid = []
        for criterion in criteria:
            if criterion["id"] in mine:
                used.add(criterion["id"])
                laid.append(_merge_criterion(criterion, mine[criterion["id"]], extends.merge))
            elif extends.criteria == "all":
                laid.append(criterion)
        return laid

    if not below.get("categories"):
        criteria = lay(list(below.get("criteria", ())))
        return {"criteria": criteria + [c for c in _criteria(own) if c["id"] not in used]} | {"categories": ()}
    categories = [{**group, "criteria": lay(list(group.get("criteria", ())))} for group in below["categories"]]
    categories += _own_categories(own, used, {group["id"] for group in categories})
    rest = [criterion for criterion in own.get("criteria", ()) if criterion["id"] not in used]
    if rest:
        categories.append({"id": own["id"], "name": own["name"], "criteria": rest})
    return {"categories": [group for group in categories if group["criteria"]], "criteria": ()}


def _own_categories(own: dict[str, Any], used: set[str], taken: set[str]) -> list[dict[str, Any]]:
    groups = []
    for group in own.get("categories", ()):
        rest = [criterion for criterion in group.get("criteria", ()) if criterion["id"] not in used]
        free_id = f"{own['id']}-{group['id']}" if group["id"] in taken else group["id"]
        groups.append({**group, "id": free_id, "criteria": rest})
    return groups


def _criteria(data: dict[str, Any]) -> list[dict[str, Any]]:
    grouped = [criterion for group in data.get("categories", ()) for criterion in group.get("criteria", ())]
    return grouped + list(data.get("criteria", ()))


def _merge_criterion(below: dict[str, Any], own: dict[str, Any], merge: str) -> dict[str, Any]:
    merged = {**below, **own}
    cells = dict(below.get("at") or {})
    for level_id, cell in (own.get("at") or {}).items():
        has_base = level_id in cells and merge == "append"
        cells[level_id] = _append_cell(cells[level_id], cell) if has_base else cell
    if cells:
        merged["at"] = cells
    return merged


def _append_cell(below: Any, own: Any) -> Any:
    """Return a cell with the family's words after the company's; an empty cell of either gives way to the other."""
    below, own = _as_map(below), _as_map(own)
    if _is_empty(below) or _is_empty(own):
        return below if _is_empty(own) else own
    merged = {**below, **own}
    merged |= {key: [*below.get(key, ()), *own.get(key, ())] for key in _APPENDED if key in below or key in own}
    words = [part["summary"].rstrip("\n") for part in (below, own) if part.get("summary")]
    return merged | ({"summary": "\n\n".join(words)} if words else {})


def _as_map(cell: Any) -> dict[str, Any]:
    return {"summary": cell} if isinstance(cell, str) else dict(cell)


def _is_empty(cell: dict[str, Any]) -> bool:
    return bool(cell.get("blank") or cell.get("not_defined"))
