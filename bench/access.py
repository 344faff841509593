"""The grid of rights at every address, and twin databases: how much was tried, and what leaked."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile

from bench.pages import listening
from tests.access import oracle
from tests.access.cast import IC, PEOPLE, Track
from tests.access.crossing import Crossing
from tests.access.mails import find_leaks
from tests.access.pairs import compare_twins, compare_with_none
from tests.access.papers import cross_papers
from tests.access.searches import cross_searches
from tests.access.second_case import cross_both
from tests.access.theatre import Theatre, open_theatre
from tests.access.worlds import STAGES
from tests.conftest import migrate

QUICK = ("voting",)
TWIN_STAGES = ("draft", "collecting", "built", "sealed", "voting", "revealed", "decided", "closed")
PAPER_STAGES = ("sealed", "voting", "revealed", "closed")
HIDDEN_STAGES = ("draft", "collecting", "sealed", "voting", "decided")


def measure_access(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Cross the worlds of both tracks, and compare twins; a quick run takes one track while votes are secret."""
    template = folder / "template.db"
    migrate(f"sqlite:///{template}", folder)
    if is_quick:
        theatre = _open(template, folder / "quick", IC, prints=False)
        return _count(theatre, [theatre.cross(stage) for stage in QUICK], QUICK, ())
    figures: list[dict[str, object]] = []
    for track in (IC, PEOPLE):
        theatre = _open(template, folder / track.key, track, prints=True)
        crossings = [theatre.cross_fully(stage) for stage in STAGES] + [theatre.send(stage) for stage in STAGES]
        crossings += [cross_papers(theatre, stage)[0] for stage in PAPER_STAGES]
        crossings += [each for stage in ("built", "decided") for each in cross_both(theatre, stage)]
        figures.append(_count(theatre, crossings, TWIN_STAGES, HIDDEN_STAGES))
    one, two = figures
    return {name: _add(one[name], two[name]) for name in one}


def _open(template: Path, folder: Path, track: Track, *, prints: bool) -> Theatre:
    folder.mkdir()
    copyfile(template, folder / "template.db")
    return open_theatre(folder / "template.db", folder, track, prints=prints)


def _count(
    theatre: Theatre, crossings: list[Crossing], twins: tuple[str, ...], hidden: tuple[str, ...]
) -> dict[str, object]:
    compared = [compare_twins(theatre, stage) for stage in twins]
    compared += [compare_with_none(theatre, stage, listening) for stage in hidden]
    stages = {each.kept.stage for each in crossings}
    mails = [leak for kept in theatre.kept.values() for leak in find_leaks(theatre.story, kept)]
    searched = [cross_searches(theatre, stage) for stage in twins or QUICK]
    theatre.close()
    return {
        "cells": len(oracle.objects()) * len(oracle.actors()) * len(stages),
        "answers": sum(each.found.answers for each in crossings),
        "channels": len({channel for each in crossings for channel in each.found.channels}),
        "controls_seen": sum(
            len(each.granted(theatre.players(each.kept.stage)) & each.found.shown) for each in crossings
        ),
        "words_seen_where_allowed": sum(each.found.allowed for each in crossings),
        "leaks": sum(len(each.found.leaks) for each in crossings) + len(mails),
        "searches": sum(each.tried for each in searched),
        "searches_told": sum(len(each.told) for each in searched),
        "twin_routes": sum(each.tried for each in compared),
        "twin_differences": sum(len(each.differ) for each in compared),
    }


def _add(one: object, two: object) -> object:
    return one + two if isinstance(one, int) and isinstance(two, int) else one
