"""A level as a mark beside a name: its code, its name, and whether it leads people."""

from __future__ import annotations

from review.domain.ladder import Ladder
from review.domain.values import dataclass


@dataclass(frozen=True)
class LevelMark:
    """What ui.lvl() and ui.move() show."""

    code: str
    name: str
    is_people_manager: bool


def mark_level(ladder: Ladder, level_id: str) -> LevelMark:
    """Return the mark of a level; where it has no code, its name stands for it. Raises KeyError."""
    level = ladder.level(level_id)
    return LevelMark(level.code or level.name, level.name, ladder.leads_people(level_id))


def mark_move(ladder: Ladder, from_level_id: str | None, to_level_id: str) -> tuple[LevelMark | None, LevelMark]:
    """Return both ends of a move; None where somebody comes in from another discipline."""
    return mark_level(ladder, from_level_id) if from_level_id else None, mark_level(ladder, to_level_id)
