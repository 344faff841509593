"""Faults in the names of a ladder file: ids used twice, and names of things that do not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from review.domain.errors import Fault
from review.domain.ladder_walk import Found, LadderText, Map
from review.domain.text import Text, text
from review.domain.yaml_text import Path

NONE = text("none: this ladder names none")


def find_name_faults(ladder: LadderText) -> Iterator[Fault]:
    """Yield every id that stands twice and every name that stands for nothing."""
    yield from _doubled(ladder, ladder.maps("tracks"), text("track"))
    yield from _doubled(ladder, ladder.maps("levels"), text("level"))
    yield from _doubled(ladder, ladder.maps("categories"), text("category"))
    yield from _doubled(ladder, ladder.criteria(), text("criterion"))
    yield from _doubled(ladder, ladder.maps("growth_activities"), text("activity"))
    yield from _doubled(ladder, ladder.maps("role_fit"), text("question"))
    yield from _doubled_signals(ladder)
    for path, _ in ladder.criteria():
        yield from _doubled(ladder, ladder.maps(*path, "steps"), text("step"))
        for content, _ in ladder.contents(path):
            yield from _doubled(ladder, ladder.maps(*content, "measures"), text("measure"))
    if not ladder.map_at("overlays", "extends"):
        yield from _unknown_names(ladder)


def _doubled(ladder: LadderText, found: Found, kind: Text) -> Iterator[Fault]:
    named = ((path, value["id"]) for path, value in found if isinstance(value.get("id"), str))
    yield from _doubled_ids(ladder, named, kind)


def _doubled_ids(ladder: LadderText, named: Iterable[tuple[Path, str]], kind: Text) -> Iterator[Fault]:
    first: dict[str, Path] = {}
    for path, name in named:
        if name in first:
            what = text('the %(kind)s id "%(id)s" stands here a second time', kind=kind, id=name)
            other = text("an id of its own; the first is on line %(line)s", line=ladder.line((*first[name], "id")))
            yield ladder.fault((*path, "id"), what, other)
        first.setdefault(name, path)


def _doubled_signals(ladder: LadderText) -> Iterator[Fault]:
    named = []
    for path, criterion in ladder.criteria():
        own_id = criterion.get("id")
        named += _signal_ids(ladder, (*path, "all_levels"), f"{own_id}.all-levels")
        for cell, _ in ladder.cells(path):
            named += _signal_ids(ladder, (*cell, "signals"), f"{own_id}.{cell[-1]}")
            named += _signal_ids(ladder, (*cell, "plus"), f"{own_id}.{cell[-1]}.plus")
        for step, content in ladder.maps(*path, "steps"):
            named += _signal_ids(ladder, (*step, "signals"), f"{own_id}.step.{content.get('id')}")
    yield from _doubled_ids(ladder, named, text("signal"))


def _signal_ids(ladder: LadderText, path: Path, prefix: str) -> list[tuple[Path, str]]:
    """Return the signals of a list with their ids, given or made as `ladder_cells.build_signals` makes them."""
    signals = ladder.at(path)
    named = []
    for number, signal in enumerate(signals if isinstance(signals, list) else ()):
        given = signal.get("id") if isinstance(signal, dict) else None
        named.append(((*path, number), given if isinstance(given, str) else f"{prefix}.{number + 1}"))
    return named


def _unknown_names(ladder: LadderText) -> Iterator[Fault]:
    tracks, levels = ladder.ids("tracks"), ladder.ids("levels")
    criteria = tuple(c["id"] for _, c in ladder.criteria() if isinstance(c.get("id"), str))
    check = _Checker(ladder)
    for path, level in ladder.maps("levels"):
        yield from check.value(path, level, "track", tracks)
    for path, move in ladder.maps("moves"):
        yield from check.value(path, move, "from", levels)
        yield from check.value(path, move, "to", levels)
    for path, _ in ladder.maps("scoring", "bands"):
        yield from check.words((*path, "levels"), levels)
    yield from check.keys(("promotion", "min_months_in_level"), ("default", *levels), levels)
    for path, question in ladder.maps("role_fit"):
        yield from check.value(path, question, "criterion", criteria)
    for path, criterion in ladder.criteria():
        if "name" not in criterion:
            yield ladder.fault(path, text("the criterion has no name"), text("a name"))
        yield from check.keys((*path, "by_track"), tracks, tracks)
        yield from check.keys((*path, "at"), levels, levels)
        yield from _unknown_in_cells(ladder, path, levels, criteria)


def _unknown_in_cells(
    ladder: LadderText, path: Path, levels: Collection[str], criteria: Collection[str]
) -> Iterator[Fault]:
    check, steps = _Checker(ladder), ladder.ids(*path, "steps")
    labels = _proficiencies(ladder)
    for content, value in ladder.contents(path):
        yield from check.value(content, value, "same_as", levels)
        if "at" in content:
            yield from check.value(content, value, "step", steps)
        if labels:
            yield from check.value(content, value, "proficiency", labels)
        holders = [(content, value), *ladder.maps(*content, "signals"), *ladder.maps(*content, "plus")]
        for holder, item in holders[1:]:
            if labels:
                yield from check.value(holder, item, "proficiency", labels)
        for holder, _ in holders:
            for named, reference in ladder.maps(*holder, "refers_to"):
                yield from check.value(named, reference, "level", levels)
                yield from check.value(named, reference, "criterion", criteria)


def _proficiencies(ladder: LadderText) -> tuple[str, ...]:
    short = tuple(word for _, word in ladder.words("scales", "proficiency"))
    return short or tuple(word for _, word in ladder.words("scales", "proficiency", "labels"))


class _Checker:
    """Says of one name at a time that it stands for nothing, and which names do."""

    def __init__(self, ladder: LadderText) -> None:
        self.ladder = ladder

    def value(self, path: Path, holder: Map, key: str, known: Collection[str]) -> Iterator[Fault]:
        name = holder.get(key)
        if isinstance(name, str) and name not in known:
            what = text('%(key)s names "%(name)s", which does not exist', key=key, name=name)
            yield self.ladder.fault((*path, key), what, _one_of(known))

    def words(self, path: Path, known: Collection[str]) -> Iterator[Fault]:
        for place, name in self.ladder.words(*path):
            if name not in known:
                what = text('%(key)s names "%(name)s", which does not exist', key=str(path[-1]), name=name)
                yield self.ladder.fault(place, what, _one_of(known))

    def keys(self, path: Path, known: Collection[str], told: Collection[str]) -> Iterator[Fault]:
        for place, name in self.ladder.keys(*path):
            if name not in known:
                what = text('%(key)s names "%(name)s", which does not exist', key=str(path[-1]), name=name)
                yield self.ladder.key_fault(place, what, _one_of(told))


def _one_of(known: Collection[str]) -> Text:
    return text("one of: %(names)s", names=", ".join(dict.fromkeys(known))) if known else NONE
