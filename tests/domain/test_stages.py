"""The stepper: every stage of every state, with days, and the same picture whatever an embargoed decision is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from review.domain.phase import Phase
from review.domain.schedule import Calendar
from review.domain.stages import Progress, find_shown_state, list_stages
from tests.domain.test_worklist import BEGUN, IC, MANAGEMENT

DATES = {
    "nomination_deadline": date(2026, 11, 20),
    "packet_deadline": date(2026, 12, 4),
    "feedback_deadline": date(2026, 12, 11),
    "calibration_date": date(2027, 1, 12),
    "announcement_date": date(2027, 1, 22),
    "effective_date": date(2027, 2, 1),
}
CALENDAR = Calendar(ZoneInfo("Europe/Berlin"), frozenset(), DATES)
ENTERED = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
BEFORE = [
    "Nominated",
    "Building the case",
    "Packet sealed, committee reads",
    "Independent votes",
    "Committee discusses",
]


def shown(state: str, *, knows: bool = False, definition=IC, **regions: str):  # type: ignore[no-untyped-def]
    return list_stages(definition, {"main": state, **regions}, CALENDAR, ENTERED, knows_outcome=knows)


def test_a_case_being_built_shows_its_parts_and_what_comes() -> None:
    stages = shown("collecting", **BEGUN)
    assert [(str(s.title), s.state, s.on_day) for s in stages] == [
        ("Nominated", Progress.DONE, None),
        ("Building the case", Progress.NOW, DATES["feedback_deadline"]),
        ("Packet sealed, committee reads", Progress.NEXT, date(2027, 1, 8)),
        ("Independent votes", Progress.NEXT, DATES["calibration_date"]),
        ("Committee discusses", Progress.NEXT, None),
        ("Answer", Progress.NEXT, DATES["announcement_date"]),
    ]
    assert [str(part) for part in stages[1].parts] == [
        "Self-review and evidence",
        "Collecting feedback",
        "First view, before feedback",
        "Second rater to be chosen",
    ]


def test_what_is_done_says_since_when() -> None:
    tokens, days = {"main": "reading"}, {"nominated": date(2026, 10, 1), "collecting": date(2026, 10, 7)}
    stages = list_stages(IC, tokens, CALENDAR, ENTERED, knows_outcome=False, entered_on=days)
    assert [stage.on_day for stage in stages[:3]] == [date(2026, 10, 1), date(2026, 10, 7), date(2027, 1, 8)]


@pytest.mark.parametrize("state", ["decided", "signoff"])
def test_a_decision_looks_like_a_discussion_without_a_day(state: str) -> None:
    stages = shown(state, definition=MANAGEMENT)
    assert [str(stage.title) for stage in stages] == [*BEFORE, "Answer"]
    assert (stages[4].state, stages[4].on_day) == (Progress.NOW, None)
    later = list_stages(MANAGEMENT, {"main": state}, CALENDAR, datetime(2026, 12, 1, tzinfo=UTC), knows_outcome=False)
    assert later == stages


def test_who_knows_the_decision_sees_it() -> None:
    assert [str(stage.title) for stage in shown("decided", knows=True)] == [*BEFORE, "Decided, not yet announced"]
    assert find_shown_state(IC, {"main": "decided"}, knows_outcome=True) == "decided"
    assert find_shown_state(IC, {"main": "decided"}, knows_outcome=False) == "discussion"


@pytest.mark.parametrize("definition", [IC, MANAGEMENT], ids=["ic", "management"])
def test_every_state_has_one_current_stage(definition) -> None:  # type: ignore[no-untyped-def]
    for name, state in definition.states.items():
        stages = list_stages(definition, {"main": name}, CALENDAR, ENTERED, knows_outcome=False)
        now = [str(stage.title) for stage in stages if stage.state is Progress.NOW]
        hidden = state.phase is Phase.DECIDED
        assert now == ["Committee discusses" if hidden else state.title], name
