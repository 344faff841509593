"""One step for many cases: what can be asked for, and why a case is left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from review.domain.phase import Phase
from review.domain.schedule import Calendar
from review.domain.text import Text, text
from review.domain.values import dataclass

MOST_AT_ONCE = 500
MOST_HANDED_ON = 50
"""Tasks that are handed on at once: for each of them it is looked up who may take it."""
MOST_DAYS = 60
SECOND_RATER, MANAGER = "second_rater", "manager"
ENDED = text("The case has ended")
GONE = text("You cannot do this in this case any more")
BEFORE_CALIBRATION = frozenset({Phase.DRAFT, Phase.COLLECTING, Phase.SEALED, Phase.VOTING})


class Step(StrEnum):
    """What can be done about several cases at once."""

    CONFIRM = "confirm"
    NUDGE = "nudge"
    EXTEND = "extend"
    REASSIGN = "reassign"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Wish:
    """How a step is to be done: by so many working days or until a day; which part goes to whom."""

    days: int | None = None
    until: date | None = None
    part: str = MANAGER
    to_person_id: int | None = None
    to_name: str = ""

    def as_params(self) -> dict[str, Any]:
        """Return the wish as JSON holds it."""
        until = self.until.isoformat() if self.until else None
        return {"days": self.days, "until": until, "part": self.part, "to": self.to_person_id, "name": self.to_name}


def read_wish(params: Mapping[str, Any]) -> Wish:
    """Return the wish that as_params() wrote."""
    until = date.fromisoformat(params["until"]) if params["until"] else None
    return Wish(params["days"], until, params["part"], params["to"], params["name"])


def find_new_day(due_on: date, wish: Wish, calendar: Calendar, today: date) -> date | None:
    """Return the day until which a place gets: the one named, or working days after the one it has, or after today."""
    if wish.until is not None:
        return wish.until
    return calendar.add_working_days(max(due_on, today), wish.days) if wish.days else None


def find_obstacle_to_extension(
    due_on: date | None, new_on: date | None, phase: Phase, calendar: Calendar, today: date
) -> Text | None:
    """Return why a case does not get a later day; None when it does."""
    if due_on is None:
        return text("This stage has no day")
    if new_on is None:
        return text("Say for how many working days, or until which day")
    if new_on <= due_on:
        return text("The new day must be later than the one it has")
    last_on = calendar.dates.get("calibration_date")
    if phase in BEFORE_CALIBRATION and last_on is not None and new_on > last_on:
        return text("Calibration in this cycle is on %(day)s; move that date first", day=last_on)
    return text("The new day is past") if new_on < today else None


def keep_text(words: Text) -> dict[str, Any]:
    """Return a sentence as JSON holds it, to be translated when it is read."""
    values = {name: {"on": value.isoformat()} if isinstance(value, date) else value for name, value in words.values}
    return {"one": words.one, "values": values, "many": words.many, "count": words.count}


def read_text(kept: Mapping[str, Any]) -> Text:
    """Return the sentence that keep_text() wrote; an empty one where its words were erased."""
    if not kept:
        return text("")
    values = tuple(
        (name, date.fromisoformat(value["on"]) if isinstance(value, dict) else value)
        for name, value in kept["values"].items()
    )
    return Text(kept["one"], values, kept["many"], kept["count"])
