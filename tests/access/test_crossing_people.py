"""The grid at every address: a people manager's case, with upward feedback, a panel and an executive."""

from __future__ import annotations

import logging

import pytest

from tests.access.cast import PEOPLE
from tests.access.crossing import Crossing
from tests.access.mails import find_leaks
from tests.access.second_case import cross_both
from tests.access.theatre import Theatre
from tests.access.worlds import STAGES

TRACK, PRINTS = PEOPLE, False


def missing(crossing: Crossing, theatre: Theatre) -> list[tuple[str, str]]:
    return crossing.not_shown(theatre.players(crossing.kept.stage))


@pytest.mark.parametrize("stage", ["built", "decided", "closed"])
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


def test_what_is_refused_tells_nothing(theatre: Theatre) -> None:
    crossing = theatre.send("voting")
    assert sorted(crossing.found.leaks) == []
    assert crossing.found.allowed > 0


def test_rights_in_one_case_open_nothing_in_another_of_the_same_people(theatre: Theatre) -> None:
    one, two = cross_both(theatre, "decided")
    assert sorted(one.found.leaks) == []
    assert sorted(two.found.leaks) == []
    assert {("feedback.own_draft", "candidate"), ("first_view.draft", "former_manager")} <= two.found.shown
