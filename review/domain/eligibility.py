"""Whether somebody may be a candidate now, and in words why not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from review.domain.eligibility_rules import LEFT_OUT, NO_RULES, Rules, Ruling, find_rule_obstacles
from review.domain.ladder import Ladder, MoveKind
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

KINDS: Mapping[str, frozenset[MoveKind]] = {
    "promotion": frozenset({MoveKind.PROMOTION}),
    "track_change": frozenset({MoveKind.TRACK_CHANGE}),
    "entry": frozenset({MoveKind.ENTRY}),
}


@dataclass(frozen=True)
class Nominee:
    """What eligibility asks of a person and the case meant for them.

    `level_id` and `level_since_on` are the person's own; `months_since_last` counts whole months since an earlier
    case ended without a promotion, None when there was none. `ruling` is what HR decided about them by hand.
    """

    is_active: bool
    level_id: str | None
    level_since_on: date | None
    kind: str
    from_level_id: str | None
    to_level_id: str
    months_since_last: int | None = None
    has_other_case: bool = False
    function: str = ""
    ruling: Ruling | None = None


def find_obstacles(
    ladder: Ladder, nominee: Nominee, on: date, *, months_between: int = 0, rules: Rules = NO_RULES
) -> tuple[Text, ...]:
    """Return every reason why this person cannot be a candidate on a day; empty means eligible.

    Whom HR has let in by hand waits for nothing, but the move itself has to be on the ladder.

    Args:
        months_between: how many months the cycle asks for between two cases of one person.
    """
    found = [*find_wrong_move(ladder, nominee)]
    if nominee.ruling is Ruling.IN:
        return tuple(found)
    if nominee.ruling is Ruling.OUT:
        return (*found, LEFT_OUT)
    found += find_rule_obstacles(rules, ladder, nominee.level_id, nominee.function)
    found += _too_early(ladder, nominee, on, rules.min_months)
    if nominee.months_since_last is not None and nominee.months_since_last < months_between:
        found.append(
            plural(
                "The last case ended %(count)s month ago; the cycle asks for %(need)s",
                "The last case ended %(count)s months ago; the cycle asks for %(need)s",
                nominee.months_since_last,
                need=months_between,
            )
        )
    return tuple(found)


def find_wrong_move(ladder: Ladder, nominee: Nominee) -> tuple[Text, ...]:
    """Return the reasons that no waiting cures: such a case cannot even be opened."""
    found: list[Text] = []
    if not nominee.is_active:
        found.append(text("This person has left the company"))
    if nominee.has_other_case:
        found.append(text("This person already has a case in this cycle"))
    return (*found, *_wrong_move(ladder, nominee))


def months_between(start: date, end: date) -> int:
    """Return the whole months from one day to another, 0 if the second is not later."""
    months = (end.year - start.year) * 12 + end.month - start.month - (1 if end.day < start.day else 0)
    return max(months, 0)


def _wrong_move(ladder: Ladder, nominee: Nominee) -> list[Text]:
    known = {level.id for level in ladder.levels}
    if nominee.to_level_id not in known:
        return [text("The ladder has no level %(level)s", level=nominee.to_level_id)]
    target = ladder.level(nominee.to_level_id).name
    if nominee.kind == "entry":
        return _wrong_entry(ladder, nominee, target)
    if nominee.level_id is None or nominee.level_id not in known:
        return [text("This person has no level on this ladder")]
    if nominee.level_id != nominee.from_level_id:
        now = ladder.level(nominee.level_id).name
        return [text("This person's level is %(level)s now, not the one the case starts from", level=now)]
    move = ladder.move(nominee.level_id, nominee.to_level_id)
    if move is None or move.kind not in KINDS[nominee.kind]:
        origin = ladder.level(nominee.level_id).name
        return [text("The ladder has no such move from %(origin)s to %(target)s", origin=origin, target=target)]
    return []


def _wrong_entry(ladder: Ladder, nominee: Nominee, target: str) -> list[Text]:
    if any(level.id == nominee.level_id for level in ladder.levels):
        return [text("This person is on the ladder already; an entry is for another discipline")]
    if any(level.id == nominee.to_level_id for level in ladder.entry_levels()):
        return []
    return [text("Nobody enters the ladder at %(level)s", level=target)]


def _too_early(ladder: Ladder, nominee: Nominee, on: date, asked: int) -> list[Text]:
    if nominee.kind == "entry" or nominee.level_id is None:
        return []
    level = next((each for each in ladder.levels if each.id == nominee.level_id), None)
    by_ladder = (level.min_months or 0) if level else 0
    need = max(by_ladder, asked)
    if level is None or not need:
        return []
    if nominee.level_since_on is None:
        return [text("Nobody has written down since when this person is %(level)s", level=level.name)]
    served = months_between(nominee.level_since_on, on)
    if served >= need:
        return []
    if need > by_ladder:
        return [
            plural(
                "%(count)s month as %(level)s; the cycle asks for %(need)s",
                "%(count)s months as %(level)s; the cycle asks for %(need)s",
                served,
                level=level.name,
                need=need,
            )
        ]
    return [
        plural(
            "%(count)s month as %(level)s; the ladder asks for %(need)s",
            "%(count)s months as %(level)s; the ladder asks for %(need)s",
            served,
            level=level.name,
            need=need,
        )
    ]
