"""A cycle's own rules about who may be a candidate, and what HR has ruled about one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from review.domain.errors import Fault
from review.domain.ladder import Ladder
from review.domain.text import Text, text
from review.domain.values import dataclass

MOST_MONTHS = 120


class Ruling(StrEnum):
    """What HR decided about one person by hand, with a reason."""

    IN = "in"
    OUT = "out"


LEFT_OUT = text("HR has left this person out of this cycle")


@dataclass(frozen=True)
class Rules:
    """Who may be a candidate beside what the ladder says; an empty list lets everybody in.

    `min_months`: in the present level, at every level. `level_ids`, `track_ids`: of the present level.
    """

    min_months: int = 0
    level_ids: tuple[str, ...] = ()
    track_ids: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()

    def to_data(self) -> dict[str, object]:
        """Return the rules as a cycle keeps them."""
        return {
            "min_months": self.min_months,
            "levels": list(self.level_ids),
            "tracks": list(self.track_ids),
            "functions": list(self.functions),
        }


NO_RULES = Rules()


def read_rules(data: Mapping[str, Any]) -> Rules:
    """Return the rules that a cycle keeps; one that is not set lets everybody in."""
    return Rules(
        min_months=int(data.get("min_months", 0)),
        level_ids=tuple(data.get("levels", ())),
        track_ids=tuple(data.get("tracks", ())),
        functions=tuple(data.get("functions", ())),
    )


def find_rule_faults(rules: Rules, ladder: Ladder, functions: frozenset[str]) -> Iterator[Fault]:
    """Yield what the rules name that is not there: levels and tracks of the ladder, functions of the company."""
    if not 0 <= rules.min_months <= MOST_MONTHS:
        what = text("So many months cannot be asked for")
        yield Fault(what, text("a whole number from 0 to %(most)s", most=MOST_MONTHS), field="min_months")
    levels, tracks = {level.id for level in ladder.levels}, {track.id for track in ladder.tracks}
    for field, known, named in (
        ("levels", levels, rules.level_ids),
        ("tracks", tracks, rules.track_ids),
        ("only_functions", functions, rules.functions),
    ):
        strange = [each for each in named if each not in known]
        if strange:
            yield Fault(text("Not there: %(names)s", names=", ".join(strange)), field=field)


def find_rule_obstacles(rules: Rules, ladder: Ladder, level_id: str | None, function: str) -> Iterator[Text]:
    """Yield each of the cycle's rules that keeps somebody out, in words; the months are counted elsewhere.

    Args:
        level_id: the present level; somebody from another discipline has none, and is not kept out by it.
    """
    level = next((each for each in ladder.levels if each.id == level_id), None)
    if level is not None and rules.level_ids and level.id not in rules.level_ids:
        yield text("The cycle is not for people who are %(level)s", level=level.name)
    if level is not None and rules.track_ids and not set(level.tracks) & set(rules.track_ids):
        names = ", ".join(ladder.track(track_id).name for track_id in level.tracks)
        yield text("The cycle is not for this track: %(track)s", track=names)
    if rules.functions and function not in rules.functions:
        named = text("%(function)s", function=function) if function else text("none is known")
        yield text("The cycle is not for this function: %(function)s", function=named)
