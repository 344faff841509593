"""The steps of a request: days in order, and nothing from which to learn who has finished."""

from datetime import date

import pytest

from review.domain.parcel import track_request
from review.domain.phase import Phase

D1, D2, D3, D4 = (date(2026, 11, day) for day in (16, 18, 20, 23))
ASKED = [("open", D1), ("approve", D2)]


def steps(events, state, phase=Phase.COLLECTING, *, was_proposed=True):
    tracked = track_request(events, state=state, phase=phase, was_proposed=was_proposed)
    return [(str(step.words), step.on_day) for step in tracked]


def test_each_step_has_its_day_and_what_is_to_come_has_none():
    assert steps([("open", D1)], "proposed") == [
        ("Proposed", D1),
        ("Approved", None),
        ("Asked", None),
        ("Said yes", None),
    ]
    assert steps(ASKED, "asked") == [("Proposed", D1), ("Approved", D2), ("Asked", D2), ("Said yes", None)]
    assert steps([("open", D1), ("approve_by_silence", D3)], "asked")[1] == ("Approved by silence", D3)


def test_who_asks_at_once_begins_with_the_asking():
    assert steps([("open", D1), ("approve", D1)], "asked", was_proposed=False) == [("Asked", D1), ("Said yes", None)]


def test_writing_sent_and_taken_back_read_the_same():
    said_yes = [*ASKED, ("accept", D3)]
    shown = [
        steps(said_yes, "writing"),
        steps([*said_yes, ("submit", D4)], "submitted"),
        steps([*said_yes, ("submit", D4), ("submit", D4)], "writing"),
        steps([*ASKED, ("submit", D3)], "submitted"),
    ]
    assert shown == [[("Proposed", D1), ("Approved", D2), ("Asked", D2), ("Said yes", D3)]] * 4


@pytest.mark.parametrize("state", ["frozen", "cancelled", "expired", "declined"])
def test_after_the_seal_nobody_tells_who_had_said_yes(state):
    events = [*ASKED, ("accept", D3), ("submit", D4)]
    assert steps(events, state, Phase.SEALED) == [("Proposed", D1), ("Approved", D2), ("Asked", D2)]


def test_what_ended_shows_nothing_more_to_come():
    assert steps([("open", D1)], "rejected") == [("Proposed", D1)]
    assert steps([*ASKED, ("accept", D3)], "declined") == [("Proposed", D1), ("Approved", D2), ("Asked", D2)]


def test_a_request_without_a_record_has_no_steps():
    assert steps([], "asked") == []
