"""Following up requests: which of them, in which order, and the new day of an extension."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, DateField, HiddenField, SelectField
from wtforms.validators import Optional

from review.domain.chasing import STATE_WORDS, Step
from review.forms.base import HouseForm, WholeNumberField, _, choices
from review.queries.chasing import ChaseFilter


class ChaseForm(HouseForm):
    """State, function, late, order and page, from the address; `step` and `until` of what is to be done to them."""

    state = SelectField(_("State"), validate_choice=False)
    function = SelectField(_("Function"), validate_choice=False)
    late = BooleanField(_("Late only"))
    sort = SelectField(_("Order"), validate_choice=False)
    page = WholeNumberField(validators=[Optional()])
    only = WholeNumberField(validators=[Optional()])
    step = HiddenField()
    until = DateField(_("New day"), validators=[Optional()])

    def offer(self, functions: Iterable[str], words: dict[str, str]) -> None:
        """Fill in what can be chosen; `words` are the states in the reader's language."""
        self.state.choices = choices([("", gettext("All states")), *((key, words[key]) for key in STATE_WORDS)])
        self.function.choices = choices([("", gettext("All functions")), *((name, name) for name in functions)])
        orders = [
            ("due", gettext("Most urgent first")),
            ("candidate", gettext("Candidate")),
            ("giver", gettext("Giver")),
            ("state", gettext("State")),
        ]
        self.sort.choices = choices(orders)

    def to_command(self) -> ChaseFilter:
        """Return which requests are wanted; the page is 1 where none is given."""
        return ChaseFilter(
            state=str(self.state.data or ""),
            function=str(self.function.data or ""),
            is_late=bool(self.late.data),
            sort=str(self.sort.data or "due"),
            page=min(max(self.page.data or 1, 1), 10_000),
            only=self.only.data,
        )

    def chosen_step(self) -> Step | None:
        """Return the step that is looked at before it is done; None for none."""
        return Step(self.step.data) if self.step.data in set(Step) else None

    def address(self) -> dict[str, Any]:
        """Return the narrowing as parts of an address, without page and step."""
        parts = {"state": self.state.data, "function": self.function.data, "sort": self.sort.data}
        return {key: value for key, value in parts.items() if value} | ({"late": "y"} if self.late.data else {})


class DayForm(HouseForm):
    """The day until which all who have not answered have time."""

    until = DateField(_("New day"), validators=[Optional()])
