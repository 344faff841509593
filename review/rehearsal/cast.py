"""Who plays in a rehearsal: made-up people in every part that the draft asks for, each called by their part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from random import Random

from review.demo.made_up_names import make_address, make_name
from review.domain.access import Role
from review.domain.ladder import Ladder, MoveKind
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.rehearsal.draft import Draft

REPORTS, GIVERS_A_FUNCTION, FEWEST_GIVERS, SECOND_RATERS, PANELISTS = 3, 2, 5, 2, 2
DOMAIN = "rehearsal.invalid"


class Plot(StrEnum):
    """What becomes of a synthetic case."""

    PROMOTED = "promoted"
    NOT_YET = "not-yet"
    WITHDRAWN = "withdrawn"
    CONFLICT = "conflict"
    LATE_GIVER = "late-giver"
    MANAGER_LEAVES = "manager-leaves"
    APPEAL = "appeal"
    APPEAL_GRANTED = "appeal-granted"


FIRST_TRACK = tuple(Plot)
NEEDS_ANOTHER_COMMITTEE = frozenset({Plot.APPEAL_GRANTED})
OTHER_TRACKS = (Plot.PROMOTED, Plot.NOT_YET)
PLOT_WORDS: Mapping[str, Text] = {
    Plot.PROMOTED: text("promoted"),
    Plot.NOT_YET: text("not yet, and a growth plan"),
    Plot.WITHDRAWN: text("withdrawn"),
    Plot.CONFLICT: text("a member of the committee has a conflict"),
    Plot.LATE_GIVER: text("a giver never answers"),
    Plot.MANAGER_LEAVES: text("the manager leaves"),
    Plot.APPEAL: text("not yet, and an appeal that is dismissed"),
    Plot.APPEAL_GRANTED: text("not yet, an appeal that is granted, promoted by another committee"),
}
REFUSED = frozenset({Plot.NOT_YET, Plot.APPEAL})
"""Plots in which the committee says "not yet", and stays with it."""


@dataclass(frozen=True)
class Player:
    """Somebody made up; `key` says the part, as `manager-2` or `candidate-ic-appeal`, and `manager` is another key."""

    key: str
    name: str
    email: str
    title: str
    function: str
    manager: str | None
    level: str | None = None
    role: str = ""


@dataclass(frozen=True)
class Part:
    """A candidate's case: the plot, and the way on the ladder."""

    key: str
    track: str
    plot: Plot
    from_level: str
    to_level: str


def choose_parts(draft: Draft, ladder: Ladder) -> tuple[Part, ...]:
    """Return the cases: all plots on the first track, both outcomes on the others; none on a track without a way.

    An appeal is granted only where another committee can look at the case.
    """
    left_out = NEEDS_ANOTHER_COMMITTEE if len(draft.committees) < 2 else frozenset()
    found: list[Part] = []
    for place, pinned in enumerate(draft.workflows):
        ways = [
            move
            for move in ladder.moves
            if move.kind is MoveKind.PROMOTION
            and move.from_level is not None
            and pinned.track in ladder.level(move.to_level).tracks
            and pinned.track in ladder.level(move.from_level).tracks
        ]
        plots = OTHER_TRACKS if place else tuple(plot for plot in FIRST_TRACK if plot not in left_out)
        for number, plot in enumerate(plots if ways else ()):
            way = ways[number % len(ways)]
            key = f"candidate-{pinned.track}-{plot}"
            found.append(Part(key, pinned.track, plot, str(way.from_level), way.to_level))
    return tuple(found)


def cast_players(draft: Draft, ladder: Ladder, parts: tuple[Part, ...], *, seed: int) -> tuple[Player, ...]:
    """Make up everybody, managers before those who report to them; the same seed makes the same people."""
    lots = Random(seed)  # noqa: S311 - made-up names, no secret
    players = []
    for number, made in enumerate(_parts_of_all(draft, ladder, parts), 1):
        first, last = make_name(lots)
        name = f"{first} {last}"
        players.append(Player(made[0], name, make_address(first, last, number, DOMAIN), *made[1:]))
    return tuple(players)


_Made = tuple[str, str, str, str | None, str | None, str]


def _parts_of_all(draft: Draft, ladder: Ladder, parts: tuple[Part, ...]) -> Iterator[_Made]:
    """Yield key, title, function, manager, level and role of everybody."""
    own = "Product" if "Product" not in draft.functions else "Product line"
    yield "executive", "Executive", "Executive", None, None, Role.EXECUTIVE
    yield "director", "Director", own, "executive", None, ""
    yield from _office()
    yield from _committees(draft)
    for number in range(1, SECOND_RATERS + 1):
        yield f"second-rater-{number}", "Second rater", own, "deputy-director", _highest(ladder, draft), ""
    for number in range(1, PANELISTS + 1):
        yield f"panelist-{number}", "Head of a function", "Operations", "executive", None, ""
    functions = draft.functions or ("Engineering", "Design")
    count = max(GIVERS_A_FUNCTION, -(-FEWEST_GIVERS // len(functions)))
    for place, function in enumerate(functions, 1):
        for number in range(1, count + 1):
            yield f"giver-{place}-{number}", "Colleague", function, "executive", None, ""
    yield from _teams(own, ladder, parts)


def _office() -> Iterator[_Made]:
    yield "deputy-director", "Director", "Operations", "executive", None, ""
    for number in (1, 2):
        yield f"hr-{number}", "HR partner", "People", "executive", None, Role.HR
        yield f"appeals-{number}", "Appeals panel", "Finance", "executive", None, Role.APPEALS
    yield "auditor", "Internal auditor", "Finance", "executive", None, Role.AUDITOR
    yield "it-admin", "Systems administrator", "IT", "executive", None, Role.IT_ADMIN


def _committees(draft: Draft) -> Iterator[_Made]:
    for place, committee in enumerate(draft.committees, 1):
        for number, seat in enumerate(committee.seats, 1):
            yield f"member-{place}-{number}", "Committee", seat.function, "executive", seat.level, ""


def _teams(function: str, ladder: Ladder, parts: tuple[Part, ...]) -> Iterator[_Made]:
    """Yield the manager of each candidate, the candidates, and whoever reports to those who lead people."""
    yield "next-manager", "Manager", function, "director", None, ""
    for place, part in enumerate(parts, 1):
        yield f"manager-{place}", "Manager", function, "director", None, ""
        title = ladder.level(part.from_level).name
        yield part.key, title, function, f"manager-{place}", part.from_level, ""
        if ladder.leads_people(part.from_level):
            for number in range(1, REPORTS + 1):
                yield f"report-{place}-{number}", "Direct report", function, part.key, None, ""


def _highest(ladder: Ladder, draft: Draft) -> str | None:
    track = draft.workflows[0].track if draft.workflows else ""
    levels = [level.id for level in ladder.levels if track in level.tracks]
    return levels[-1] if levels else None
