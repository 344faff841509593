"""The grid at every address: an individual contributor's case, for every actor; its packet is printed."""

from __future__ import annotations

import logging

import pytest

from tests.access.cast import IC
from tests.access.crossing import Crossing
from tests.access.mails import find_leaks
from tests.access.papers import cross_papers
from tests.access.searches import cross_searches
from tests.access.theatre import Theatre
from tests.access.worlds import STAGES

TRACK, PRINTS = IC, True
GIVEN: dict[str, dict[str, set[str]]] = {
    "voting": {
        "packet.pdf": {"candidate", "chair", "manager", "member"},
        "book.pdf": {"chair", "member"},
    },
    "closed": {"letter.pdf": {"candidate", "chair", "hr", "manager", "member", "skip_level"}},
}
"""Which actors are given which files that are made for one reader."""


def missing(crossing: Crossing, theatre: Theatre) -> list[tuple[str, str]]:
    return crossing.not_shown(theatre.players(crossing.kept.stage))


@pytest.mark.parametrize("stage", ["collecting", "sealed", "voting", "revealed", "closed"])
def test_nobody_sees_at_any_address_what_the_grid_denies(
    theatre: Theatre, stage: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    crossing = theatre.cross(stage)
    assert sorted(crossing.found.leaks) == []
    assert missing(crossing, theatre) == []
    assert theatre.story.plot.places(theatre.story.plot.look(caplog.text)) == []


def test_every_mail_holds_only_what_its_reader_may_read(theatre: Theatre) -> None:
    mails = sum(len(kept.mails) for kept in theatre.kept.values())
    assert [leak for kept in theatre.kept.values() for leak in find_leaks(theatre.story, kept)] == []
    assert mails > len(STAGES)


@pytest.mark.parametrize("stage", ["voting", "closed"])
def test_a_file_that_is_made_for_one_reader_holds_what_they_may_read(theatre: Theatre, stage: str) -> None:
    crossing, given = cross_papers(theatre, stage)
    assert sorted(crossing.found.leaks) == []
    assert given == GIVEN[stage]
    assert crossing.found.allowed > 0


def test_a_search_tells_nobody_of_what_they_may_not_read(theatre: Theatre) -> None:
    searched = cross_searches(theatre, "voting")
    assert searched.told == []
    assert {("auditor", "case.code"), ("manager", "name of mira")} <= searched.found
