"""Writes what a form says of a part of a workflow into its file: only what was changed, nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from review.domain.errors import Invalid
from review.domain.matching import match_parts
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.workflow_file import ABSENT, Find, Layers, read_layers, value_at
from review.domain.workflow_finding import Path
from review.domain.workflow_form import FIRST, YES, Field, Kind
from review.domain.yaml_edit import Unwritable, Value, add_item, remove_value, set_value
from review.domain.yaml_text import tell_meaning

UNITS = ("days", "working_days")
SIDES = ("before", "after")


@dataclass(frozen=True)
class Edit:
    """One change of the data: a value for a path, `ABSENT` to take it away; `is_new_item` adds it to a list."""

    path: Path
    value: Any
    is_new_item: bool = False


@dataclass(frozen=True)
class ChangedLines:
    """Lines that were taken out and lines that came, with the number of the first of each."""

    old_at: int
    old: tuple[str, ...]
    new_at: int
    new: tuple[str, ...]


def read_edits(data: Any, fields: Iterable[Field], sent: Mapping[str, str], was: Mapping[str, str]) -> tuple[Edit, ...]:
    """Return the changes that a form asks for: of the fields that say something else than when they were shown.

    Where the file itself says something else by now, the file stands.

    Args:
        sent: what each field says, by its name; fields that are not there were not shown.
        was: what each said when it was shown.
    """
    shown = [field for field in fields if field.name in sent and field.value == was.get(field.name)]
    changed = [field for field in shown if sent[field.name] != field.value]
    edits = [edit for field in changed for edit in _edits_of(data, field, sent[field.name])]
    gone = [edit for edit in edits if edit.value is ABSENT and isinstance(edit.path[-1], int)]
    last_first = sorted(gone, key=lambda edit: int(edit.path[-1]), reverse=True)
    added = [edit for edit in edits if edit.is_new_item]
    return (*(edit for edit in edits if edit not in gone and edit not in added), *last_first, *added)


def apply_edits(layers: Layers, find: Find, edits: Iterable[Edit]) -> Layers:
    """Return a file, read, with the changes written into its text.

    Raises Invalid where a part is written so that it cannot be changed alone.
    """
    for edit in edits:
        before, _ = layers.merged()
        expected = _changed(before, edit)
        try:
            written = _write(layers, before, edit, expected)
        except Unwritable:
            raise _refuse(layers, edit) from None
        after = read_layers(written, layers.documents[-1].file, find)
        if not isinstance(after, Layers) or after.merged()[0] != expected:
            raise _refuse(layers, edit)
        layers = after
    return layers


def find_changed_lines(old: str, new: str) -> tuple[ChangedLines, ...]:
    """Return what differs between two texts, line by line."""
    before, after = old.splitlines(), new.splitlines()
    return tuple(
        ChangedLines(a + 1, tuple(before[a:b]), c + 1, tuple(after[c:d]))
        for tag, a, b, c, d in match_parts(before, after)
        if tag != "equal"
    )


def _edits_of(data: Any, field: Field, said: str) -> Iterator[Edit]:
    match field.kind:
        case Kind.LINE:
            yield Edit(field.path, said if said or field.path[-1] == "title" else ABSENT)
        case Kind.NUMBER:
            yield Edit(field.path, _number(said))
        case Kind.FLAG:
            yield Edit(field.path, True if said == YES else ABSENT)
        case Kind.CHOICE:
            yield Edit(field.path, said)
        case Kind.BOXES:
            yield Edit(field.path, _in_order(field, said))
        case Kind.KEEP:
            yield Edit(field.path, ABSENT)
        case Kind.ADD if said:
            yield from _added(data, field.path, said)
        case Kind.SPAN:
            yield from _span_edits(data, field, said)


def _in_order(field: Field, said: str) -> list[str]:
    """Return the words of boxes: those that stay as they stood, then the new ones."""
    wanted = [word for word in said.split(",") if word]
    return [word for word in field.chosen if word in wanted] + [word for word in wanted if word not in field.chosen]


def _added(data: Any, path: Path, name: str) -> Iterator[Edit]:
    guard: Value = {name: FIRST[name]} if name in FIRST else name
    if isinstance(value_at(data, path), list):
        yield Edit(path, guard, is_new_item=True)
    else:
        yield Edit(path, [guard])


def _span_edits(data: Any, field: Field, said: str) -> Iterator[Edit]:
    count, unit, anchor = (part.strip() for part in (*said.split("|"), "", "", "")[:3])
    now = value_at(data, field.path)
    if not count and field.may_be_empty:
        if now is not ABSENT:
            yield Edit(field.path, ABSENT)
        return
    side, _, date = anchor.partition(" ")
    wanted: dict[str, Value] = {unit if unit in UNITS else UNITS[0]: _number(count)}
    wanted |= {side: date} if side in SIDES else {}
    if not isinstance(now, dict):
        yield Edit(field.path, wanted)
        return
    yield from (Edit((*field.path, key), value) for key, value in wanted.items() if now.get(key, ABSENT) != value)
    yield from (Edit((*field.path, key), ABSENT) for key in (*UNITS, *SIDES) if key in now and key not in wanted)


def _number(said: str) -> int | str:
    """Return a number; what is none is written as it is, and found as a fault with its line."""
    value = tell_meaning(said.strip())
    return value if isinstance(value, int) and not isinstance(value, bool) else said.strip()


def _refuse(layers: Layers, edit: Edit) -> Invalid:
    what = text("this is written in a way that the form cannot change alone; change it in the file")
    return Invalid([layers.documents[-1].fault(edit.path, what)])


def _changed(data: Any, edit: Edit) -> Any:
    """Return the data with a change."""
    after = deepcopy(data)
    holder = after
    for key in edit.path[:-1]:
        if isinstance(holder, dict) and key not in holder:
            holder[key] = {}
        holder = holder[key]
    last: Any = edit.path[-1]
    if edit.is_new_item:
        holder[last].append(edit.value)
    elif edit.value is ABSENT:
        del holder[last]
    else:
        holder[last] = edit.value
    return after


def _write(layers: Layers, before: Any, edit: Edit, after: Any) -> str:
    document = layers.documents[-1]
    own, source = document.data, layers.sources[document.file]
    lists = (
        edit.path[:end] for end in range(len(edit.path) + 1) if isinstance(value_at(before, edit.path[:end]), list)
    )
    inherited = next((path for path in lists if not isinstance(value_at(own, path), list)), None)
    if inherited is not None:
        return set_value(source, inherited, value_at(after, inherited))
    if edit.is_new_item:
        return add_item(source, edit.path, edit.value)
    if edit.value is not ABSENT:
        return set_value(source, edit.path, edit.value)
    if _is_inherited(layers, edit.path):
        return set_value(source, edit.path, None)
    return remove_value(source, edit.path)


def _is_inherited(layers: Layers, path: Path) -> bool:
    if any(isinstance(part, int) for part in path):
        return False  # a list of this file has taken the place of the one below
    below = layers.documents[:-1]
    return bool(below) and value_at(Layers(below, layers.sources).merged()[0], path) is not ABSENT
