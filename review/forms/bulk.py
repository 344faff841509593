"""Choosing a step for several cases, and how it is to be done."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import NumberRange, Optional

from review.domain.bulk import MANAGER, MOST_AT_ONCE, MOST_DAYS, SECOND_RATER, Step, Wish
from review.domain.numbers import find_number
from review.forms.base import HouseForm, LineField, WholeNumberField, _, choices

STEP_WORDS = {
    Step.CONFIRM: _("Confirm eligibility"),
    Step.NUDGE: _("Remind whose turn it is"),
    Step.EXTEND: _("Give more time"),
    Step.REASSIGN: _("Hand a task on"),
    Step.WITHDRAW: _("Withdraw those who have left"),
}
PARTS = {MANAGER: _("The manager’s part"), SECOND_RATER: _("The second rating")}
USUAL_DAYS = 5


class StepForm(HouseForm):
    """The step, the cases (some, or all that the narrowing leaves), and how it is to be done."""

    step = SelectField(choices=choices(STEP_WORDS.items()))
    all = BooleanField(_("All that fit"))
    days = WholeNumberField(_("Working days more"), validators=[Optional(), NumberRange(1, MOST_DAYS)])
    until = DateField(_("Or until this day"), validators=[Optional()])
    part = SelectField(_("Which task"), choices=choices(PARTS.items()), default=MANAGER)
    to = LineField(_("Who takes it over"))

    def cases(self) -> tuple[int, ...]:
        """Return the numbers of the cases that were chosen one by one."""
        found = (find_number(each) for each in request.values.getlist("case")[:MOST_AT_ONCE])
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def to_command(self, taker: tuple[int, str] | None) -> Wish:
        """Return how the step is to be done; some days more where nothing is said.

        Args:
            taker: number and name of who takes a task over.
        """
        days, until = (None if self.errors else self.days.data), self.until.data
        person_id, name = taker or (None, "")
        return Wish(days if until is None else None, until, str(self.part.data or MANAGER), person_id, name)

    def address(self) -> dict[str, Any]:
        """Return how the step is to be done as parts of an address."""
        parts = {"days": self.days.data, "until": self.until.data, "part": self.part.data, "to": self.to.data}
        return {key: str(value) for key, value in parts.items() if value}

    def name_step(self) -> str:
        """Return the step in words."""
        return gettext(str(STEP_WORDS[Step(self.step.data)]))
