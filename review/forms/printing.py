"""Which prints a list shows: their state, their kind and the page, from the address."""

from __future__ import annotations

from flask_babel import gettext
from wtforms import SelectField
from wtforms.validators import Optional

from review.domain.printing import KIND_WORDS, STATE_WORDS
from review.forms.base import HouseForm, WholeNumberField, _, choices
from review.queries.printing import PrintFilter


class PrintForm(HouseForm):
    """State, kind and page; `only` is the number of one print, of those that something is done to."""

    state = SelectField(_("State"), validate_choice=False)
    kind = SelectField(_("Kind"), validate_choice=False)
    page = WholeNumberField(validators=[Optional()])
    only = WholeNumberField(validators=[Optional()])

    def offer(self, states: dict[str, str], kinds: dict[str, str]) -> None:
        """Fill in what can be chosen, in the reader's language."""
        self.state.choices = choices(list(states.items()))
        self.kind.choices = choices([("", gettext("All kinds")), *kinds.items()])
        self.state.data = self.to_command().state

    def to_command(self) -> PrintFilter:
        """Return which prints are wanted: those that failed where no state is given."""
        state, kind = str(self.state.data or ""), str(self.kind.data or "")
        return PrintFilter(
            state=state if state in STATE_WORDS else "failed",
            kind=kind if kind in KIND_WORDS else "",
            page=min(max(self.page.data or 1, 1), 10_000),
        )

    def address(self) -> dict[str, str]:
        """Return the narrowing as parts of an address, without the page."""
        wanted = self.to_command()
        parts = {"state": wanted.state if wanted.state != "failed" else "", "kind": wanted.kind}
        return {key: value for key, value in parts.items() if value}
