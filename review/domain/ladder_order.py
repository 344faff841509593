"""Faults in the order of a ladder file: falling grades, circles, ranges upside down, contradictory cells."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeGuard

from review.domain.errors import Fault
from review.domain.ladder_moves import next_on_tracks
from review.domain.ladder_parts import Level
from review.domain.ladder_walk import LadderText, Map
from review.domain.text import text
from review.domain.yaml_text import Path


def find_order_faults(ladder: LadderText) -> Iterator[Fault]:
    """Yield every fault in grades, moves, ranges and cells."""
    yield from _shape_faults(ladder)
    yield from _falling_grades(ladder)
    yield from _move_faults(ladder)
    yield from _move_circles(ladder)
    yield from _range_faults(ladder)
    yield from _scoring_faults(ladder)
    for path, _ in ladder.criteria():
        yield from _cell_faults(ladder, path)
        yield from _same_as_circles(ladder, path)


def _shape_faults(ladder: LadderText) -> Iterator[Fault]:
    data = ladder.map_at()
    is_overlay = bool(ladder.map_at("overlays", "extends"))
    if not data.get("levels") and not is_overlay:
        yield ladder.fault(("levels",), text("the ladder has no levels"), text("at least one level"))
    if data.get("categories") and data.get("criteria"):
        what = text("criteria stand both under categories and on their own")
        yield ladder.key_fault(("criteria",), what, text("all under categories, or none"))
    elif not is_overlay and not any(ladder.criteria()):
        yield ladder.fault((), text("the ladder has no criteria"), text("at least one criterion"))


def _falling_grades(ladder: LadderText) -> Iterator[Fault]:
    highest: dict[str, tuple[float, str]] = {}
    all_tracks = ladder.ids("tracks") or ("",)
    for path, level in ladder.maps("levels"):
        grade, track = level.get("grade"), level.get("track")
        if not _is_number(grade):
            continue
        for on in (track,) if isinstance(track, str) else all_tracks:
            below, name = highest.get(on, (grade, ""))
            if grade < below:
                what = text("the grade falls: %(name)s before it has %(grade)s", name=name, grade=below)
                yield ladder.fault((*path, "grade"), what, text("%(grade)s or higher", grade=below))
                break
            highest[on] = (grade, str(level.get("id")))


def _move_faults(ladder: LadderText) -> Iterator[Fault]:
    levels = {level["id"]: level for _, level in ladder.maps("levels") if isinstance(level.get("id"), str)}
    seen: dict[tuple[Any, Any], Path] = {}
    for path, move in ladder.maps("moves"):
        ends = (move.get("from"), move.get("to"))
        if not all(isinstance(end, str | None) for end in ends):
            continue
        if ends in seen:
            what = text("this move stands here a second time")
            yield ladder.fault(
                path, what, text("one move; the first is on line %(line)s", line=ladder.line(seen[ends]))
            )
        seen.setdefault(ends, path)
        if ends[0] is not None and ends[0] == ends[1]:
            yield ladder.fault((*path, "to"), text("the move leads back to where it begins"), text("another level"))
        elif ends[0] is None and move.get("kind") not in {None, "entry"}:
            yield ladder.fault(path, text("the move has no beginning"), text("from: a level, or kind: entry"))
        elif ends[0] in levels and ends[1] in levels:
            yield from _kind_fault(ladder, path, move, levels[ends[0]], levels[ends[1]])


def _kind_fault(ladder: LadderText, path: Path, move: Map, origin: Map, target: Map) -> Iterator[Fault]:
    before, after = origin.get("grade"), target.get("grade")
    if not (_is_number(before) and _is_number(after)):
        return
    expected = {
        "promotion": (after > before, text("a grade above %(grade)s", grade=before)),
        "track_change": (after == before, text("grade %(grade)s on another track", grade=before)),
        "step_down": (after < before, text("a grade below %(grade)s", grade=before)),
    }.get(str(move.get("kind")))
    if expected and not expected[0]:
        what = text(
            "a %(kind)s from grade %(before)s to grade %(after)s", kind=move["kind"], before=before, after=after
        )
        yield ladder.fault((*path, "kind"), what, expected[1])
    elif move.get("kind") == "track_change" and origin.get("track") == target.get("track"):
        yield ladder.fault((*path, "kind"), text("a track_change that stays on its track"), text("lateral"))


def _move_circles(ladder: LadderText) -> Iterator[Fault]:
    """Yield each promotion that closes a circle with the promotions before it and the next levels on the tracks."""
    grades = {level.get("id"): level.get("grade") for _, level in ladder.maps("levels")}
    onward: dict[str, set[str]] = {}
    for below, above in [] if ladder.at(("scoring", "bands")) else _next_levels(ladder):
        onward.setdefault(below, set()).add(above)
    for path, move in ladder.maps("moves"):
        origin, target = move.get("from"), move.get("to")
        if move.get("kind") != "promotion" or not (isinstance(origin, str) and isinstance(target, str)):
            continue
        if origin == target or (_is_number(grades.get(origin)) and _is_number(grades.get(target))):
            continue  # said elsewhere: it leads nowhere, or the grades tell whether it rises
        if way := _way(onward, target, origin):
            what = text("promotions go in a circle: %(way)s", way=" → ".join((origin, *way)))
            yield ladder.fault((*path, "to"), what, text("promotions that only rise"))
        onward.setdefault(origin, set()).add(target)


def _next_levels(ladder: LadderText) -> Iterator[tuple[str, str]]:
    tracks = ladder.ids("tracks")
    levels = [
        Level(level["id"], "", "", (level["track"],) if isinstance(level.get("track"), str) else tracks)
        for _, level in ladder.maps("levels")
        if isinstance(level.get("id"), str)
    ]
    return next_on_tracks(levels)


def _way(onward: dict[str, set[str]], origin: str, target: str) -> tuple[str, ...]:
    ways: list[tuple[str, ...]] = [(origin,)]
    seen = {origin}
    while ways:
        way = ways.pop(0)
        if way[-1] == target:
            return way
        for step in sorted(onward.get(way[-1], set()) - seen):
            seen.add(step)
            ways.append((*way, step))
    return ()


def _range_faults(ladder: LadderText) -> Iterator[Fault]:
    for path, _ in ladder.maps("levels"):
        yield from _upside_down(ladder, (*path, "typical_time"), "min_months", "max_months")
        yield from _upside_down(ladder, (*path, "span"), "min", "max")
    for path, _ in ladder.maps("scoring", "bands"):
        yield from _upside_down(ladder, path, "min", "max")


def _upside_down(ladder: LadderText, path: Path, low: str, high: str) -> Iterator[Fault]:
    least, most = ladder.at((*path, low)), ladder.at((*path, high))
    if _is_number(least) and _is_number(most) and most < least:
        what = text("%(high)s is below %(low)s", high=high, low=low)
        yield ladder.fault((*path, high), what, text("%(least)s or more", least=least))


def _scoring_faults(ladder: LadderText) -> Iterator[Fault]:
    for kind in ("bands", "pay_steps"):
        for (_, lower), (path, upper) in pairwise(ladder.maps("scoring", kind)):
            least, before = upper.get("min"), lower.get("max", lower.get("min"))
            if _is_number(least) and _is_number(before) and least <= before:
                what = text("%(kind)s overlap or fall", kind=kind)
                yield ladder.fault((*path, "min"), what, text("more than %(before)s", before=before))
    points = ladder.at(("scoring", "step_points"))
    if not isinstance(points, list) or not points:
        return
    for path, _ in ladder.criteria():
        steps = sum(1 for _ in ladder.maps(*path, "steps"))
        if steps and steps != len(points) - 1:
            what = text("%(steps)s steps, but points for %(points)s", steps=steps, points=len(points) - 1)
            yield ladder.fault((*path, "steps"), what, text("as many steps as scoring has points after the first"))


def _cell_faults(ladder: LadderText, path: Path) -> Iterator[Fault]:
    content = {"summary", "signals", "examples", "proficiency", "measures", "refers_to", "plus", "same_as", "step"}
    for cell, value in ladder.cells(path):
        says = sorted(key for key in content if value.get(key))
        is_empty = [key for key in ("not_defined", "blank") if value.get(key) is True]
        if len(is_empty) == 2:
            yield ladder.fault(cell, text("the cell is both not_defined and blank"), text("one of the two"))
        elif is_empty and says:
            what = text("the cell is %(empty)s and yet has %(keys)s", empty=is_empty[0], keys=", ".join(says))
            yield ladder.fault(cell, what, text("one of the two"))
        own = [key for key in says if key not in {"same_as", "plus", "refers_to"}]
        if value.get("same_as") and own:
            what = text("the cell repeats another and yet has %(keys)s", keys=", ".join(own))
            yield ladder.fault(cell, what, text("same_as and plus alone"))
        if value.get("plus") and not value.get("same_as"):
            yield ladder.key_fault((*cell, "plus"), text("plus without same_as"), text("signals"))


def _same_as_circles(ladder: LadderText, path: Path) -> Iterator[Fault]:
    onward = {str(cell[-1]): value.get("same_as") for cell, value in ladder.cells(path)}
    for level, other in onward.items():
        way, step = [level], other
        while isinstance(step, str) and step not in way:
            way.append(step)
            step = onward.get(step)
        if step == level:
            what = text("cells repeat each other in a circle: %(way)s", way=" → ".join((*way, level)))
            yield ladder.fault((*path, "at", level, "same_as"), what, text("a cell with words of its own"))


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
