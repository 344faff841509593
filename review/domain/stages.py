"""The stages of a case as people see them: drawn from its own workflow, and silent while a decision is embargoed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from review.domain.phase import Phase
from review.domain.schedule import Calendar, find_due
from review.domain.text import Text, text
from review.domain.workflow import Definition, State, Tokens

EMBARGOED = Phase.DECIDED


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the stepper. `state` is done, now or next; `parts` say where the regions of the current step are."""

    title: Text | str
    state: str
    detail: Text | str = ""
    parts: tuple[Text | str, ...] = ()


def find_shown_state(definition: Definition, tokens: Tokens, *, knows_outcome: bool) -> str:
    """Return the main state to show: whoever may not know the decision sees the discussion until it is announced."""
    here = tokens["main"]
    if knows_outcome or definition.states[here].phase is not EMBARGOED:
        return here
    before = [name for name, state in definition.states.items() if state.phase is Phase.REVEALED]
    return before[-1] if before else here


def list_stages(
    definition: Definition, tokens: Tokens, calendar: Calendar, entered_at: datetime, *, knows_outcome: bool
) -> tuple[Stage, ...]:
    """Return the steps of a case in the order of its workflow, the last one being the answer to the candidate."""
    shown = find_shown_state(definition, tokens, knows_outcome=knows_outcome)
    before = _before_answer(definition)
    here = before.index(shown) if shown in before else len(before)
    stages = [
        Stage(
            text(definition.states[name].title),
            _word(place, here),
            _detail(definition.states[name], calendar, entered_at, is_now=place == here),
            _parts(definition.states[name], tokens) if place == here else (),
        )
        for place, name in enumerate(before)
    ]
    is_answered = here == len(before)
    title = text(definition.states[shown].title) if is_answered else text("Answer")
    return (*stages, Stage(title, "now" if is_answered else "next", _until(calendar.dates.get("announcement_date"))))


def _before_answer(definition: Definition) -> list[str]:
    """Return the main states on the way to a decision; those known to few before the announcement are left out."""
    return [
        name
        for name, state in definition.states.items()
        if state.phase is not None and state.phase.rank < EMBARGOED.rank and not state.final
    ]


def _word(place: int, here: int) -> str:
    if place == here:
        return "now"
    return "done" if place < here else "next"


def _detail(state: State, calendar: Calendar, entered_at: datetime, *, is_now: bool) -> Text | str:
    if state.due is None or not (is_now or state.due.date):
        return ""
    due_at = find_due(state.due, entered_at, calendar)
    return _until(None if due_at is None else calendar.day_of(due_at))


def _until(day: date | None) -> Text | str:
    return "" if day is None else text("until %(day)s", day=day)


def _parts(state: State, tokens: Mapping[str, str]) -> tuple[Text, ...]:
    return tuple(
        text(machine.states[tokens[region]].title) for region, machine in state.regions.items() if region in tokens
    )
