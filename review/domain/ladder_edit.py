"""Changes to the content of a ladder, as plain data: cells, levels, criteria, moves, and the ladder's own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from review.domain.errors import Fault
from review.domain.ladder import Ladder
from review.domain.ladder_file import ladder_data, parse_ladder
from review.domain.yaml_writer import write_yaml

Data = dict[str, Any]


def is_empty(value: object) -> bool:
    """Tell whether a value is one that a file leaves out; the number 0 is none."""
    return value is None or value is False or value == ""


def open_data(ladder: Ladder) -> Data:
    """Return the content of a ladder as data that may be changed."""
    data: Data = _thaw(ladder_data(ladder))
    return data


def close_data(data: Data, *, file: str) -> Ladder | tuple[Fault, ...]:
    """Return the ladder of changed data, or every fault in it, placed in the text it would be."""
    return parse_ladder(write_yaml(data), file=file)


def find_criterion(data: Data, criterion_id: str) -> Data | None:
    """Return a criterion, None where there is none of that id."""
    return next((each for items in criterion_lists(data) for each in items if each["id"] == criterion_id), None)


def find_level(data: Data, level_id: str) -> Data | None:
    """Return a level, None where there is none of that id."""
    return next((each for each in data.get("levels", ()) if each["id"] == level_id), None)


def put_cell(data: Data, criterion_id: str, level_id: str, cell: Any) -> None:
    """Put what a level asks in a criterion into the data; None takes the cell out."""
    criterion = find_criterion(data, criterion_id)
    if criterion is None:
        raise KeyError(criterion_id)
    cells = criterion.get("at") or {}
    if cell is None and level_id not in cells:
        return
    if cell is None:
        del cells[level_id]
    elif level_id in cells:
        cells[level_id] = cell
    else:
        cells[level_id] = cell
        order = [level["id"] for level in data["levels"] if level["id"] in cells]
        cells = {key: cells[key] for key in order} | cells
    criterion["at"] = cells


def put_values(item: Data, values: Mapping[str, Any]) -> None:
    """Write values under their keys; an empty one takes its key out, unless it says what is there already."""
    for key, value in values.items():
        if is_empty(value) and key in item and is_empty(item[key]):
            continue
        if is_empty(value):
            item.pop(key, None)
        else:
            item[key] = value


def add_level(data: Data, level: Data, *, after: str) -> None:
    """Put a new level behind another one; before all where there is none of that id."""
    levels = data.setdefault("levels", [])
    place = next((number for number, each in enumerate(levels, start=1) if each["id"] == after), 0)
    levels.insert(place, level)


def end_level(data: Data, level_id: str) -> None:
    """Take a level out, with its cells, the moves to and from it, and its place in points and promotions."""
    data["levels"] = [each for each in data["levels"] if each["id"] != level_id]
    for items in criterion_lists(data):
        for criterion in items:
            (criterion.get("at") or {}).pop(level_id, None)
    if data.get("moves"):
        data["moves"] = [each for each in data["moves"] if level_id not in (each.get("from"), each["to"])]
    ((data.get("promotion") or {}).get("min_months_in_level") or {}).pop(level_id, None)
    for band in (data.get("scoring") or {}).get("bands", ()):
        band["levels"] = [each for each in band["levels"] if each != level_id]


def add_criterion(data: Data, criterion: Data, *, category_id: str) -> None:
    """Put a new criterion at the end of a category, or of the ladder's criteria where it has no categories."""
    _list_of(data, category_id).append(criterion)


def end_criterion(data: Data, criterion_id: str) -> None:
    """Take a criterion out, with its cells; questions of the role-fit sheet stay, and name none."""
    for items in criterion_lists(data):
        items[:] = [each for each in items if each["id"] != criterion_id]
    for question in data.get("role_fit", ()):
        if question.get("criterion") == criterion_id:
            del question["criterion"]


def change_category(data: Data, criterion_id: str, category_id: str) -> None:
    """Put a criterion under another category, at its end; nothing happens where it stands there."""
    criterion, target = find_criterion(data, criterion_id), _list_of(data, category_id)
    if criterion is None or any(each is criterion for each in target):
        return
    for items in criterion_lists(data):
        items[:] = [each for each in items if each is not criterion]
    target.append(criterion)


def shift_level(data: Data, level_id: str, step: int) -> None:
    """Move a level by a place, forward or back; at the end of the list it stays."""
    _shift(data["levels"], level_id, step)


def shift_criterion(data: Data, criterion_id: str, step: int) -> None:
    """Move a criterion by a place among those of its category; at the end it stays."""
    for items in criterion_lists(data):
        _shift(items, criterion_id, step)


def put_moves(data: Data, moves: Iterable[Mapping[str, str]]) -> None:
    """Put the ladder's own moves into the data; what else hangs on a move that stays is kept."""
    old = {(each.get("from"), each["to"]): each for each in data.get("moves") or ()}
    new = []
    for each in moves:
        named = {key: each[key] for key in ("from", "to", "kind") if each.get(key)}
        kept = old.get((named.get("from"), named["to"]), {})
        new.append(named | {key: value for key, value in kept.items() if key not in ("from", "to", "kind")})
    if new or "moves" in data:
        data["moves"] = new


def list_categories(data: Data) -> tuple[tuple[str, str], ...]:
    """Return id and name of each category; none for a ladder without them."""
    return tuple((each["id"], each["name"]) for each in data.get("categories", ()))


def category_of(data: Data, criterion_id: str) -> str:
    """Return the id of the category that a criterion stands under, empty for none."""
    for category in data.get("categories", ()):
        if any(each["id"] == criterion_id for each in category.get("criteria", ())):
            return str(category["id"])
    return ""


def criterion_lists(data: Data) -> Iterator[list[Data]]:
    """Yield the lists that hold the criteria: of each category, and of the ladder itself."""
    for holder in (*data.get("categories", ()), data):
        if "criteria" in holder:
            yield holder["criteria"]


def _list_of(data: Data, category_id: str) -> list[Data]:
    holder: Data = next((each for each in data.get("categories", ()) if each["id"] == category_id), data)
    found: list[Data] = holder.setdefault("criteria", [])
    return found


def _shift(items: list[Data], item_id: str, step: int) -> None:
    place = next((number for number, each in enumerate(items) if each["id"] == item_id), None)
    if place is not None and 0 <= place + step < len(items):
        items[place], items[place + step] = items[place + step], items[place]


def _thaw(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thaw(each) for key, each in value.items()}
    return [_thaw(each) for each in value] if isinstance(value, list | tuple) else value
