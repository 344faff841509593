"""The stages of a case as people see them: drawn from its own workflow, and silent on what the committee keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from review.domain.phase import Phase
from review.domain.schedule import Calendar, find_due
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN, Definition, State, Tokens

EMBARGOED = (Phase.REVEALED, Phase.DECIDED)
"""From the first reveal to the announcement every day looks the same to whoever is not on the committee or in HR."""


ENDED_EARLY = frozenset({"withdrawn", "ineligible"})
"""Outcomes without a decision: such a case has come no further than the stages that it was in."""


class Progress(StrEnum):
    """Whether a stage is behind the case, where it stands, or before it."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"


@dataclass(frozen=True)
class Stage:
    """One step of the stepper: since when it has been done, or until when it is due.

    `parts` are the regions of the current step, each with where it stands.
    """

    title: Text
    state: Progress
    on_day: date | None = None
    parts: tuple[Text, ...] = ()


def is_embargoed(definition: Definition, tokens: Tokens, *, is_insider: bool, vote_round: int) -> bool:
    """Tell whether the committee discusses, votes again or has decided, and this reader is not to know which.

    Args:
        is_insider: the reader sits on the committee, is HR, or may know the decision.
        vote_round: of the committee, 1 for the first vote.
    """
    phase = definition.states[tokens[MAIN]].phase
    return not is_insider and (phase in EMBARGOED or (phase is Phase.VOTING and vote_round > 1))


def find_shown_state(definition: Definition, tokens: Tokens, *, is_insider: bool, vote_round: int) -> str:
    """Return the main state to show: the discussion, for who may not know more, until the decision is announced."""
    here = tokens[MAIN]
    is_hidden = is_embargoed(definition, tokens, is_insider=is_insider, vote_round=vote_round)
    if not is_hidden or definition.states[here].phase is Phase.REVEALED:
        return here
    before = [name for name, state in definition.states.items() if state.phase is Phase.REVEALED]
    return before[-1] if before else here


def list_stages(
    definition: Definition,
    tokens: Tokens,
    calendar: Calendar,
    entered_at: datetime,
    *,
    is_insider: bool,
    vote_round: int,
    entered_on: Mapping[str, date] | None = None,
) -> tuple[Stage, ...]:
    """Return the steps of a case in the order of its workflow, the last one being the answer to the candidate.

    Args:
        entered_at: when the current state was entered.
        is_insider, vote_round: as in is_embargoed().
        entered_on: for states already left, when the case came into them.
    """
    shown = find_shown_state(definition, tokens, is_insider=is_insider, vote_round=vote_round)
    is_hidden = is_embargoed(definition, tokens, is_insider=is_insider, vote_round=vote_round)
    before = _before_answer(definition)
    if definition.states[shown].outcome in ENDED_EARLY:
        before = _reached(before, entered_on or {})
    here = before.index(shown) if shown in before else len(before)
    stages = []
    for place, name in enumerate(before):
        state, progress = definition.states[name], _progress(place, here)
        day = (entered_on or {}).get(name) if progress is Progress.DONE else None
        # When the discussion is due, or no longer is, tells of another vote and of the decision: nothing of it.
        if progress is Progress.NEXT or (progress is Progress.NOW and not is_hidden):
            day = _due_on(state, calendar, entered_at, is_now=progress is Progress.NOW)
        parts = _parts(state, tokens) if progress is Progress.NOW else ()
        stages.append(Stage(text(state.title), progress, day, parts))
    if here < len(before):
        return (*stages, Stage(text("Answer"), Progress.NEXT, calendar.dates.get("announcement_date")))
    return (*stages, Stage(text(definition.states[shown].title), Progress.NOW))


def _before_answer(definition: Definition) -> list[str]:
    """Return the main states on the way to a decision; those known to few before the announcement are left out."""
    return [
        name
        for name in definition.in_order
        if (state := definition.states[name]).phase is not None
        and state.phase.rank < Phase.DECIDED.rank
        and not state.final
    ]


def _reached(before: list[str], entered_on: Mapping[str, date]) -> list[str]:
    """Return the states up to the last one that the case was in; it has always been in the first."""
    return before[: max((before.index(name) for name in entered_on if name in before), default=0) + 1]


def _progress(place: int, here: int) -> Progress:
    if place == here:
        return Progress.NOW
    return Progress.DONE if place < here else Progress.NEXT


def _due_on(state: State, calendar: Calendar, entered_at: datetime, *, is_now: bool) -> date | None:
    if state.due is None or not (is_now or state.due.date):
        return None
    due_at = find_due(state.due, entered_at, calendar)
    return None if due_at is None else calendar.day_of(due_at)


def _parts(state: State, tokens: Mapping[str, str]) -> tuple[Text, ...]:
    return tuple(
        text(machine.states[tokens[region]].title) for region, machine in state.regions.items() if region in tokens
    )
