"""What a new version of a ladder means for those on it: levels that end, next levels that ask other things."""

from __future__ import annotations

from review.domain.ladder import Ladder
from review.domain.ladder_diff import Change, Subject, diff_ladders
from review.domain.values import dataclass


@dataclass(frozen=True)
class LevelImpact:
    """A level of the published version with what becomes of it; `next_names` are next levels with other words."""

    level_id: str
    name: str
    is_ended: bool
    next_names: tuple[str, ...]


def find_impact(old: Ladder, new: Ladder) -> tuple[LevelImpact, ...]:
    """Return the published levels that end, or whose next level asks other things, in the order of the ladder.

    A next level asks other things where one of its cells differs, a criterion comes or goes, or the level itself ends.
    """
    kept, changes = {level.id for level in new.levels}, diff_ladders(old, new)
    other = {level_id for _, level_id in find_touched_cells(changes)} | {level.id for level in old.levels} - kept
    if any(change.subject is Subject.CRITERION and not change.field for change in changes):
        other |= kept
    found = []
    for level in old.levels:
        ahead = [target for target in old.next_levels(level.id) if target.id in other]
        if level.id not in kept or ahead:
            names = tuple(target.name for target in ahead)
            found.append(LevelImpact(level.id, level.name, level.id not in kept, names))
    return tuple(found)


def find_touched_cells(changes: tuple[Change, ...]) -> frozenset[tuple[str, str]]:
    """Return the cells that differ, each by its criterion and level."""
    cells = (each for each in changes if each.subject is Subject.CELL)
    return frozenset((each.criterion_id or "", each.level_id or "") for each in cells)
