"""What changed between two versions of a ladder: levels, criteria, cells and everything else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from review.domain.ladder import Expectation, Ladder
from review.domain.ladder_schema import CriterionSpec, LadderSpec
from review.domain.values import dataclass
from review.domain.yaml_writer import write_yaml


class ChangeKind(StrEnum):
    """What happened to a thing between the two versions."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Subject(StrEnum):
    """What kind of thing changed."""

    LADDER = "ladder"
    TRACK = "track"
    LEVEL = "level"
    CATEGORY = "category"
    CRITERION = "criterion"
    CELL = "cell"
    MOVE = "move"


@dataclass(frozen=True)
class Change:
    """One difference; `old` and `new` are the words before and after, empty where there were none.

    `name` is what people call the thing; `field` is the part of it that changed, empty for the whole.
    """

    kind: ChangeKind
    subject: Subject
    name: str
    field: str = ""
    old: str = ""
    new: str = ""
    level_id: str | None = None
    criterion_id: str | None = None


def diff_ladders(old: Ladder, new: Ladder) -> tuple[Change, ...]:
    """Return every difference between two versions, the ladder's own words first, then in the order of the format.

    The version itself is left out. Two ladders without a difference ask the same of everybody.
    """
    return (
        *_diff_fields(Subject.LADDER, new.name, old.spec, new.spec, _OUTSIDE),
        *_diff_named(Subject.TRACK, old.spec.tracks, new.spec.tracks),
        *_diff_named(Subject.LEVEL, old.spec.levels, new.spec.levels),
        *_diff_moves(old, new),
        *_diff_named(Subject.CATEGORY, old.spec.categories, new.spec.categories),
        *_diff_criteria(old, new),
        *_diff_cells(old, new),
    )


def cell_text(cell: Expectation) -> str:
    """Return all that a cell says, one thing a line."""
    lines = [cell.summary] if cell.summary else []
    lines += [f"- {signal.text}" for signal in cell.signals]
    lines += [f"{m.name} {m.op} {m.value}{' ' + m.unit if m.unit else ''}" for m in cell.measures]
    lines += [f"({example})" for example in cell.examples]
    lines += [cell.proficiency] if cell.proficiency else []
    return "\n".join(lines)


_OUTSIDE = frozenset({"format", "version", "tracks", "levels", "moves", "categories", "criteria"})
_INSIDE = frozenset({"id", "at", "criteria"})


def _diff_fields(
    subject: Subject, name: str, old: BaseModel, new: BaseModel, left_out: frozenset[str], **place: str
) -> Iterator[Change]:
    before, after = _written(old), _written(new)
    for field in dict.fromkeys((*before, *after)):
        if field not in left_out and before.get(field) != after.get(field):
            kind = ChangeKind.CHANGED
            if field not in before or field not in after:
                kind = ChangeKind.ADDED if field in after else ChangeKind.REMOVED
            old_words, new_words = _words(before, field), _words(after, field)
            yield Change(kind, subject, name, field, old_words, new_words, **place)


def _written(spec: BaseModel) -> dict[str, Any]:
    return spec.model_dump(exclude_unset=True, by_alias=True)


def _words(data: dict[str, Any], field: str) -> str:
    value = data.get(field)
    if value is None:
        return ""
    return str(value) if isinstance(value, str | int | float) else write_yaml({field: value}).strip()


def _diff_named(subject: Subject, old: Iterable[Any], new: Iterable[Any]) -> Iterator[Change]:
    before, after = {item.id: item for item in old}, {item.id: item for item in new}
    for item_id in dict.fromkeys((*before, *after)):
        place = {"level_id": item_id} if subject is Subject.LEVEL else {}
        if item_id not in after:
            yield Change(ChangeKind.REMOVED, subject, before[item_id].name, old=before[item_id].name, **place)
        elif item_id not in before:
            yield Change(ChangeKind.ADDED, subject, after[item_id].name, new=after[item_id].name, **place)
        else:
            name = after[item_id].name
            yield from _diff_fields(subject, name, before[item_id], after[item_id], _INSIDE, **place)
    yield from _diff_order(subject, before, after)


def _diff_order(subject: Subject, before: Collection[str], after: Collection[str]) -> Iterator[Change]:
    old, new = [name for name in before if name in after], [name for name in after if name in before]
    if old != new:
        yield Change(ChangeKind.CHANGED, subject, "", "order", ", ".join(old), ", ".join(new))


def _diff_moves(old: Ladder, new: Ladder) -> Iterator[Change]:
    before = {(move.from_level, move.to_level): move.kind for move in old.moves}
    after = {(move.from_level, move.to_level): move.kind for move in new.moves}
    for ends in dict.fromkeys((*before, *after)):
        if before.get(ends) == after.get(ends):
            continue
        name = f"{ends[0]} → {ends[1]}" if ends[0] else f"→ {ends[1]}"
        kind = ChangeKind.REMOVED if ends not in after else ChangeKind.CHANGED if ends in before else ChangeKind.ADDED
        yield Change(kind, Subject.MOVE, name, "kind", str(before.get(ends, "")), str(after.get(ends, "")))


def _diff_criteria(old: Ladder, new: Ladder) -> Iterator[Change]:
    before, after = _specs(old.spec), _specs(new.spec)
    for item_id in dict.fromkeys((*before, *after)):
        if item_id not in after:
            name = old.criterion(item_id).name
            yield Change(ChangeKind.REMOVED, Subject.CRITERION, name, old=name, criterion_id=item_id)
            continue
        name = new.criterion(item_id).name
        if item_id not in before:
            yield Change(ChangeKind.ADDED, Subject.CRITERION, name, new=name, criterion_id=item_id)
            continue
        categories = (old.criterion(item_id).category_id or "", new.criterion(item_id).category_id or "")
        if categories[0] != categories[1]:
            place = {"criterion_id": item_id}
            yield Change(ChangeKind.CHANGED, Subject.CRITERION, name, "category", *categories, **place)
        pair = (before[item_id], after[item_id])
        yield from _diff_fields(Subject.CRITERION, name, *pair, _INSIDE, criterion_id=item_id)
    yield from _diff_order(Subject.CRITERION, before, after)


def _specs(spec: LadderSpec) -> dict[str, CriterionSpec]:
    grouped = [criterion for category in spec.categories for criterion in category.criteria]
    return {criterion.id: criterion for criterion in (*grouped, *spec.criteria)}


def _diff_cells(old: Ladder, new: Ladder) -> Iterator[Change]:
    old_specs, new_specs = _specs(old.spec), _specs(new.spec)
    old_levels = {level.id for level in old.levels}
    for criterion in (criterion for criterion in new.criteria if criterion.id in old_specs):
        for level in (level for level in new.levels if level.id in old_levels):
            before, after = old.expectation(criterion.id, level.id), new.expectation(criterion.id, level.id)
            specs = (_cell(old_specs[criterion.id], level.id), _cell(new_specs[criterion.id], level.id))
            if before == after and specs[0] == specs[1]:
                continue
            kind = ChangeKind.CHANGED
            if before.is_filled != after.is_filled:
                kind = ChangeKind.ADDED if after.is_filled else ChangeKind.REMOVED
            name = f"{criterion.name}, {level.name}"
            field, words = "", (_said(before), _said(after))
            if words[0] == words[1]:
                field, words = "details", (_words(specs[0], "cell"), _words(specs[1], "cell"))
            yield Change(kind, Subject.CELL, name, field, *words, level.id, criterion.id)


def _cell(spec: CriterionSpec, level_id: str) -> dict[str, Any]:
    cell = (spec.at or {}).get(level_id)
    return {"cell": None if cell is None else _written(cell)}


def _said(cell: Expectation) -> str:
    return cell_text(cell) if cell.is_filled else cell.kind.value
