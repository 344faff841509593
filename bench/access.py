"""The grid of rights at every address, and twin databases: how much was tried, and what leaked."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfile
from typing import Any

from bench.pages import listening
from tests.access import oracle
from tests.access.cast import IC, PEOPLE, Track
from tests.access.crossing import Cell, Crossing
from tests.access.excepted import CELLS_NOT_SHOWN, SHOWN_ALL_THE_SAME
from tests.access.mails import find_leaks
from tests.access.pairs import Compared, compare_twins, compare_with_none
from tests.access.papers import cross_papers
from tests.access.searches import Searched, cross_searches
from tests.access.second_case import cross_both
from tests.access.theatre import Theatre, open_theatre
from tests.access.worlds import STAGES
from tests.conftest import migrate

QUICK = ("voting",)
TWIN_STAGES = ("draft", "collecting", "built", "sealed", "voting", "revealed", "decided", "closed")
PAPER_STAGES = ("sealed", "voting", "revealed", "closed")
BOTH_STAGES = ("built", "decided")
PARTS = 2
"""Among how many processes the stages of a track are shared out; each tells the whole story first."""
FULL_STAGES = ("voting",)
"""Where every row is an address of its own and every question is asked: while votes are secret. All take hours."""
HIDDEN_STAGES = ("draft", "collecting", "sealed", "voting", "decided")


Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """What one process measures: some stages of one track, in a folder of its own."""

    template: Path
    folder: Path
    track: Track
    stages: tuple[str, ...]


def measure_access(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Cross the worlds of both tracks, and compare twins; a quick run takes one track while votes are secret.

    A process takes some of a track's stages: each stage is a database of its own, so nothing is crossed less.
    """
    template = folder / "template.db"
    migrate(f"sqlite:///{template}", folder)
    if is_quick:
        return _tell([_try_quickly(_open(template, folder / "quick", IC, prints=False)).count()])
    stages = tuple(STAGES)
    shares = [
        Share(template, folder / f"{track.key}-{number}", track, stages[number::PARTS])
        for track in (IC, PEOPLE)
        for number in range(PARTS)
    ]
    processes = min(len(shares), os.cpu_count() or 1)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(_measure, shares))
    met = set().union(*(part["exceptions_met"] for part in parts))
    return {**_tell(parts), "exceptions_in_vain": sorted({*CELLS_NOT_SHOWN, *SHOWN_ALL_THE_SAME} - met)}


@dataclass
class Tried:
    """What was tried in one theatre: walks by every address, other crossings, comparisons by name, searches."""

    theatre: Theatre
    walked: list[Crossing]
    others: list[Crossing]
    compared: list[tuple[str, Compared]]
    searched: list[Searched]

    def count(self) -> Figures:
        """Return the figures; a set counts what several theatres may have met alike."""
        crossings = [*self.walked, *self.others]
        stages = {each.kept.stage for each in crossings}
        mails = [leak for stage in stages for leak in find_leaks(self.theatre.story, self.theatre.kept[stage])]
        return {
            "cells": len(oracle.objects()) * len(oracle.actors()) * len(stages),
            "answers": sum(each.found.answers for each in crossings),
            "channels": {channel for each in crossings for channel in each.found.channels},
            "controls_seen": sum(len(self._granted(each) & each.found.shown) for each in crossings),
            "words_seen_where_allowed": sum(each.found.allowed for each in crossings),
            "leaks": sum(len(each.found.leaks) for each in crossings) + len(mails),
            "searches": sum(each.tried for each in self.searched),
            "searches_told": sum(len(each.told) for each in self.searched),
            "twin_routes": sum(each.tried for _name, each in self.compared),
            "twin_differences": sum(len(each.differ) for _name, each in self.compared),
            "differences": [
                {"comparison": name, **asdict(difference)} for name, each in self.compared for difference in each.differ
            ],
            "exceptions_met": self._exceptions_met(),
        }

    def _granted(self, crossing: Crossing) -> set[Cell]:
        return crossing.granted(self.theatre.players(crossing.kept.stage))

    def _exceptions_met(self) -> set[tuple[str, str, str]]:
        """Return the exceptions that were needed: rights that no page shows, and words that stand all the same."""
        unseen = {
            (*cell, each.kept.stage)
            for each in self.walked
            for cell in each.argued(self.theatre.players(each.kept.stage))
        }
        crossed = {seen for each in (*self.walked, *self.others) for seen in each.found.excepted}
        return unseen | crossed | {seen for each in self.searched for seen in each.excepted}


def _try_quickly(theatre: Theatre) -> Tried:
    walked = [theatre.cross(stage) for stage in QUICK]
    compared = [(f"{theatre.story.track.key} twins {stage}", compare_twins(theatre, stage)) for stage in QUICK]
    return Tried(theatre, walked, [], compared, [cross_searches(theatre, stage) for stage in QUICK])


def _measure(share: Share) -> Figures:
    theatre, stages = _open(share.template, share.folder, share.track, prints=True), share.stages
    walked = [theatre.cross_fully(stage) if stage in FULL_STAGES else theatre.cross(stage) for stage in stages]
    others = [theatre.send(stage) for stage in stages]
    others += [cross_papers(theatre, stage)[0] for stage in PAPER_STAGES if stage in stages]
    others += [each for stage in BOTH_STAGES if stage in stages for each in cross_both(theatre, stage)]
    twins, hidden = (tuple(each for each in some if each in stages) for some in (TWIN_STAGES, HIDDEN_STAGES))
    key = share.track.key
    compared = [(f"{key} twins {stage}", compare_twins(theatre, stage)) for stage in twins]
    compared += [(f"{key} none {stage}", compare_with_none(theatre, stage, listening)) for stage in hidden]
    tried = Tried(theatre, walked, others, compared, [cross_searches(theatre, stage) for stage in twins])
    theatre.close()
    return tried.count()


def _open(template: Path, folder: Path, track: Track, *, prints: bool) -> Theatre:
    folder.mkdir()
    copyfile(template, folder / "template.db")
    return open_theatre(folder / "template.db", folder, track, prints=prints)


def _tell(parts: list[Figures]) -> dict[str, object]:
    """Return the figures of all shares together; what several have met counts once."""
    told: dict[str, object] = {}
    for name, first in parts[0].items():
        values = [each[name] for each in parts]
        if isinstance(first, set):
            told[name] = len(set().union(*values))
        else:
            told[name] = sum(values, [] if isinstance(first, list) else 0)
    return told
