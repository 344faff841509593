"""Which levels a level leads to: the file's own moves, and the next level on each track."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from review.domain.ladder_parts import Level, Move, MoveKind
from review.domain.ladder_schema import BandSpec, MoveSpec


def build_moves(levels: Sequence[Level], specs: Iterable[MoveSpec], bands: Sequence[BandSpec]) -> tuple[Move, ...]:
    """Return every move: those the file names, then the next level on each track (or band) where no name stands.

    The file's kind wins; without one it follows from grades and tracks.
    """
    by_id = {level.id: level for level in levels}
    found: dict[tuple[str | None, str], Move] = {}
    for spec in specs:
        if not {spec.from_level, spec.to_level} <= {None, *by_id}:
            continue  # an overlay may name levels of the ladder that it lies over
        origin = by_id.get(spec.from_level or "")
        kind = MoveKind(spec.kind) if spec.kind else tell_kind(origin, by_id[spec.to_level], levels)
        found.setdefault((spec.from_level, spec.to_level), Move(spec.from_level, spec.to_level, kind))
    pairs = _next_in_bands(bands) if bands else next_on_tracks(levels)
    for origin_id, target_id in pairs:
        kind = tell_kind(by_id[origin_id], by_id[target_id], levels)
        found.setdefault((origin_id, target_id), Move(origin_id, target_id, kind))
    place = {level.id: number for number, level in enumerate(levels)}
    return tuple(sorted(found.values(), key=lambda move: (place.get(move.from_level or "", -1), place[move.to_level])))


def tell_kind(origin: Level | None, target: Level, levels: Sequence[Level]) -> MoveKind:
    """Return what a move is by its grades; without grades, up the file is a promotion."""
    if origin is None:
        return MoveKind.ENTRY
    if origin.grade is None or target.grade is None:
        return MoveKind.PROMOTION if levels.index(origin) < levels.index(target) else MoveKind.STEP_DOWN
    if origin.grade != target.grade:
        return MoveKind.PROMOTION if origin.grade < target.grade else MoveKind.STEP_DOWN
    return MoveKind.LATERAL if share_track(origin, target) else MoveKind.TRACK_CHANGE


def share_track(one: Level, other: Level) -> bool:
    """Say whether some track passes both levels; a ladder without tracks is one track."""
    return one.tracks == other.tracks or bool(set(one.tracks) & set(other.tracks))


def next_on_tracks(levels: Sequence[Level]) -> Iterator[tuple[str, str]]:
    """Yield each level with the next one on each of its tracks; a ladder without tracks is one track."""
    for number, level in enumerate(levels):
        for track in level.tracks or (None,):
            for later in levels[number + 1 :]:
                if track is None or track in later.tracks:
                    yield level.id, later.id
                    break


def _next_in_bands(bands: Sequence[BandSpec]) -> Iterator[tuple[str, str]]:
    for lower, upper in pairwise(bands):
        for origin_id in lower.levels:
            for target_id in upper.levels:
                if origin_id != target_id:
                    yield origin_id, target_id
