"""Changes that a form makes to a draft of a ladder: what is written, which part it is of, and what both sides had."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, field
from types import MappingProxyType
from typing import Any

from review.domain import ladder_edit as edit
from review.domain.errors import Fault, TransitionRefused
from review.domain.ladder import Ladder
from review.domain.ladder_cell_words import CellWords, find_long_lists, read_cell, write_cell
from review.domain.ladder_edit import Data
from review.domain.ladder_lines import join_lines, make_id, put_signals, signal_text, split_lines
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.writing import clean

WHOLE = ""
"""The part that is everything: the text, and what ends."""
Faults = tuple[Fault, ...]
Choices = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class DraftChange:
    """One change: `write` puts it into the data and returns what is wrong with it.

    `mine` and `read` are the fields of the form, as they were sent and as the data has them, where it has fields;
    `choices` those that are chosen from a list.
    """

    part: str
    write: Callable[[Data], Faults]
    mine: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[Data], Mapping[str, str]] = dict
    choices: Choices = field(default_factory=dict)


def read_cell_words(data: Data, criterion_id: str, level_id: str) -> CellWords:
    """Return the words of a cell; raise TransitionRefused where its level or criterion has been ended."""
    cells = _criterion(data, criterion_id).get("at") or {}
    _level(data, level_id)
    return read_cell(cells.get(level_id), is_there=level_id in cells)


def change_cell(
    criterion_id: str, level_id: str, words: CellWords, taken: Collection[str], offered: Choices = MappingProxyType({})
) -> DraftChange:
    """Return the change that writes what a level asks in a criterion; `offered`: what its lists offer."""

    def write(data: Data) -> Faults:
        _level(data, level_id)
        cells = _criterion(data, criterion_id).get("at") or {}
        old = cells.get(level_id) if level_id in cells else None
        cell, faults = write_cell(old, words, prefix=f"{criterion_id}.{level_id}", taken=taken)
        if not faults:
            edit.put_cell(data, criterion_id, level_id, cell)
        return faults

    def read(data: Data) -> Mapping[str, str]:
        return asdict(read_cell_words(data, criterion_id, level_id))

    return DraftChange(name_cell(criterion_id, level_id), write, asdict(words), read, offered)


def restore_cell(criterion_id: str, level_id: str, published: Data) -> DraftChange:
    """Return the change that takes a cell back to what a published version says."""
    cells = (edit.find_criterion(published, criterion_id) or {}).get("at") or {}

    def write(data: Data) -> Faults:
        _level(data, level_id)
        _criterion(data, criterion_id)
        edit.put_cell(data, criterion_id, level_id, cells.get(level_id))
        return ()

    return DraftChange(name_cell(criterion_id, level_id), write)


def name_cell(criterion_id: str, level_id: str) -> str:
    """Return the name of the part that a cell is."""
    return f"cell {criterion_id} {level_id}"


def change_level(level_id: str, values: Mapping[str, Any]) -> DraftChange:
    """Return the change that writes a level's own words."""

    def write(data: Data) -> Faults:
        edit.put_values(_level(data, level_id), _kept_words(_level(data, level_id), values))
        return ()

    return DraftChange(f"level {level_id}", write, _as_text(values), lambda data: _read(_level(data, level_id), values))


def add_level(values: Mapping[str, Any], level_id: str, after: str) -> DraftChange:
    """Return the change that adds a level behind another one; its id is made of its name where none is given."""

    def write(data: Data) -> Faults:
        level: Data = {"id": level_id or make_id(str(values["name"]), [each["id"] for each in data["levels"]])}
        edit.put_values(level, values)
        edit.add_level(data, level, after=after)
        return ()

    return DraftChange(f"new level {values['name']}", write)


def change_criterion(criterion_id: str, values: Mapping[str, Any], everywhere: str, category: str) -> DraftChange:
    """Return the change that writes a criterion's own words; `everywhere`: signals of all levels, one a line."""
    mine = {**_as_text(values), "all_levels": everywhere, "category": category}

    def write(data: Data) -> Faults:
        faults = find_long_lists(CellWords("", signals=everywhere))
        criterion = _criterion(data, criterion_id)
        if faults:
            return tuple(Fault(each.what, each.expected, field="all_levels") for each in faults)
        edit.put_values(criterion, _kept_words(criterion, values))
        old, prefix = criterion.get("all_levels", ()), f"{criterion_id}.all-levels"
        signals = put_signals(old, split_lines(everywhere), prefix=prefix, taken=())
        edit.put_values(criterion, {"all_levels": signals or None})
        edit.change_category(data, criterion_id, category)
        return ()

    def read(data: Data) -> Mapping[str, str]:
        criterion = _criterion(data, criterion_id)
        lines = join_lines([signal_text(each) for each in criterion.get("all_levels", ())])
        return {**_read(criterion, values), "all_levels": lines, "category": edit.category_of(data, criterion_id)}

    return DraftChange(f"criterion {criterion_id}", write, mine, read)


def add_criterion(values: Mapping[str, Any], criterion_id: str, category: str) -> DraftChange:
    """Return the change that adds a criterion; its id is made of its name where none is given."""

    def write(data: Data) -> Faults:
        taken = [each["id"] for items in edit.criterion_lists(data) for each in items]
        criterion: Data = {"id": criterion_id or make_id(str(values["name"]), taken)}
        edit.put_values(criterion, values)
        edit.add_criterion(data, criterion, category_id=category)
        return ()

    return DraftChange(f"new criterion {values['name']}", write)


def change_head(values: Mapping[str, Any], becomes: str) -> DraftChange:
    """Return the change that writes the ladder's name and introduction, and the version that it is to be."""
    mine = {**_as_text(values), "becomes": becomes}

    def write(data: Data) -> Faults:
        edit.put_values(data, _kept_words(data, {**values, "version": becomes}))
        return ()

    return DraftChange("head", write, mine, lambda data: {**_read(data, values), "becomes": str(data["version"])})


def change_moves(moves: Iterable[Mapping[str, str]]) -> DraftChange:
    """Return the change that writes the ladder's own moves."""
    return DraftChange("moves", _doing(lambda data: edit.put_moves(data, moves)))


def end_level(level_id: str) -> DraftChange:
    """Return the change that takes a level out of the draft."""
    return DraftChange(WHOLE, _doing(lambda data: edit.end_level(data, _level(data, level_id)["id"])))


def end_criterion(criterion_id: str) -> DraftChange:
    """Return the change that takes a criterion out of the draft."""
    return DraftChange(WHOLE, _doing(lambda data: edit.end_criterion(data, _criterion(data, criterion_id)["id"])))


def shift_level(level_id: str, step: int) -> DraftChange:
    """Return the change that moves a level by a place."""
    return DraftChange(f"order of {level_id}", _doing(lambda data: edit.shift_level(data, level_id, step)))


def shift_criterion(criterion_id: str, step: int) -> DraftChange:
    """Return the change that moves a criterion by a place."""
    return DraftChange(f"order of {criterion_id}", _doing(lambda data: edit.shift_criterion(data, criterion_id, step)))


def list_signal_ids(ladder: Ladder) -> frozenset[str]:
    """Return the ids of all signals of a ladder, given or made."""
    cells = (ladder.expectation(each.id, level.id) for each in ladder.criteria for level in ladder.levels)
    steps = (step.content for each in ladder.criteria for step in each.steps)
    return frozenset(signal.id for content in (*cells, *steps) for signal in (*content.signals, *content.base))


def _level(data: Data, level_id: str) -> Data:
    found = edit.find_level(data, level_id)
    if found is None:
        raise TransitionRefused([text("The draft has no level %(id)s any more", id=level_id)])
    return found


def _criterion(data: Data, criterion_id: str) -> Data:
    found = edit.find_criterion(data, criterion_id)
    if found is None:
        raise TransitionRefused([text("The draft has no criterion %(id)s any more", id=criterion_id)])
    return found


def _kept_words(item: Data, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values; one that says what stands there, but for how it ends, is kept as it stands."""
    same = {key for key, value in values.items() if isinstance(value, str) and _plain(item.get(key)) == value}
    return {key: item.get(key) if key in same else value for key, value in values.items()}


def _plain(value: object) -> str:
    return clean(value).strip() if isinstance(value, str) else ""


def _read(item: Data, values: Mapping[str, Any]) -> dict[str, str]:
    return _as_text({key: _plain(item.get(key)) if isinstance(item.get(key), str) else item.get(key) for key in values})


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: "" if edit.is_empty(value) else "y" if value is True else str(value) for key, value in values.items()}


def _doing(act: Callable[[Data], None]) -> Callable[[Data], Faults]:
    def write(data: Data) -> Faults:
        act(data)
        return ()

    return write
