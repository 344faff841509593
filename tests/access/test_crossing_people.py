"""The grid at every address: a people manager's case, with upward feedback, a panel and an executive."""

from __future__ import annotations

import logging

import pytest

from tests.access.cast import PEOPLE
from tests.access.crossing import Crossing
from tests.access.machines import tell_hooks
from tests.access.mails import find_leaks
from tests.access.second_case import cross_both
from tests.access.theatre import METRICS, Theatre
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


@pytest.mark.parametrize(("stage", "is_of_cases"), [("decided", False), ("closed", True)])
def test_hooks_and_channels_tell_no_word_of_a_case(theatre: Theatre, stage: str, is_of_cases: bool) -> None:
    told = {form: "\n".join(said) for form, said in tell_hooks(theatre, stage).items()}
    plot = theatre.story.plot
    assert {form: plot.places(plot.look(said)) for form, said in told.items()} == {
        "events": [],
        "slack": [],
        "teams": [],
    }
    assert all(told.values())
    assert ["case.opened" in told["events"], "cycle.opened" in told["events"]] == [is_of_cases, True]


def test_figures_for_a_monitor_tell_no_word(theatre: Theatre) -> None:
    theatre.show("decided")
    client = theatre.app.test_client()
    with client.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"}) as answer:
        text = answer.get_data(as_text=True)
    assert (answer.status_code, theatre.story.plot.look(text)) == (200, set())
    assert "dualtrack_" in text
    assert client.get("/metrics").status_code == 404
