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


def shown(
    state: str, *, is_insider: bool = False, vote_round: int = 1, definition=IC, entered_at=ENTERED, **regions: str
):  # type: ignore[no-untyped-def]
    tokens = {"main": state, **regions}
    return list_stages(definition, tokens, CALENDAR, entered_at, is_insider=is_insider, vote_round=vote_round)


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
    stages = list_stages(IC, tokens, CALENDAR, ENTERED, is_insider=False, vote_round=0, entered_on=days)
    assert [stage.on_day for stage in stages[:3]] == [date(2026, 10, 1), date(2026, 10, 7), date(2027, 1, 8)]


@pytest.mark.parametrize(
    ("state", "entered", "expected"),
    [
        ("ineligible", ["nominated"], ["Nominated", "Not eligible"]),
        ("withdrawn", ["nominated", "collecting"], ["Nominated", "Building the case", "Withdrawn"]),
        ("withdrawn", ["nominated", "voting", "withdrawn"], [*BEFORE[:4], "Withdrawn"]),
        ("withdrawn", [], ["Nominated", "Withdrawn"]),
        ("closed_not_yet", ["nominated"], [*BEFORE, "Not yet, growth plan agreed"]),
    ],
)
def test_a_case_that_ended_early_shows_no_stage_it_never_came_to(
    state: str, entered: list[str], expected: list[str]
) -> None:
    days = dict.fromkeys(entered, date(2026, 10, 1))
    stages = list_stages(IC, {"main": state}, CALENDAR, ENTERED, is_insider=True, vote_round=1, entered_on=days)
    assert [str(stage.title) for stage in stages] == expected
    assert [stage.state for stage in stages] == [*[Progress.DONE] * (len(expected) - 1), Progress.NOW]


@pytest.mark.parametrize(("state", "vote_round"), [("discussion", 2), ("voting", 2), ("decided", 1), ("signoff", 1)])
def test_from_the_first_reveal_on_every_day_looks_the_same(state: str, vote_round: int) -> None:
    stages = shown(state, vote_round=vote_round, definition=MANAGEMENT)
    assert stages == shown("discussion", definition=MANAGEMENT)
    assert [str(stage.title) for stage in stages] == [*BEFORE, "Answer"]
    assert (stages[4].state, stages[4].on_day) == (Progress.NOW, None)
    later = datetime(2026, 12, 1, tzinfo=UTC)
    assert shown(state, vote_round=vote_round, definition=MANAGEMENT, entered_at=later) == stages


def test_the_committee_and_hr_see_where_it_stands() -> None:
    assert [str(stage.title) for stage in shown("decided", is_insider=True)] == [*BEFORE, "Decided, not yet announced"]
    again = shown("voting", is_insider=True, vote_round=2)
    assert [stage.state for stage in again[3:5]] == [Progress.NOW, Progress.NEXT]
    assert shown("discussion", is_insider=True)[4].on_day == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("state", "vote_round", "seen"),
    [("voting", 1, "voting"), ("voting", 2, "discussion"), ("decided", 1, "discussion")],
)
def test_the_others_see_the_first_vote_and_then_the_discussion(state: str, vote_round: int, seen: str) -> None:
    tokens = {"main": state}
    assert find_shown_state(IC, tokens, is_insider=False, vote_round=vote_round) == seen
    assert find_shown_state(IC, tokens, is_insider=True, vote_round=vote_round) == state


@pytest.mark.parametrize("definition", [IC, MANAGEMENT], ids=["ic", "management"])
def test_every_state_has_one_current_stage(definition) -> None:  # type: ignore[no-untyped-def]
    for name, state in definition.states.items():
        stages = shown(name, definition=definition)
        now = [str(stage.title) for stage in stages if stage.state is Progress.NOW]
        hidden = state.phase is Phase.DECIDED
        assert now == ["Committee discusses" if hidden else state.title], name


def test_stages_stand_as_one_goes_through_them_however_the_file_has_them() -> None:
    turned = IC.model_copy(update={"states": dict(reversed(IC.states.items()))})
    for definition in (IC, turned):
        found = list_stages(definition, {"main": "nominated"}, CALENDAR, ENTERED, is_insider=False, vote_round=0)
        assert [str(stage.title) for stage in found] == [*BEFORE, "Answer"]
