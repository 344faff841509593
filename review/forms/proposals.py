"""The forms that discard a proposal."""

from __future__ import annotations

from review.domain.proposals import LONGEST_REASON
from review.forms.base import HouseForm, TextField, _


class ReasonForm(HouseForm):
    """Why a proposal is discarded."""

    why = TextField(_("Why it is not published"), longest=LONGEST_REASON)

    def to_command(self) -> str:
        """Return the reason, empty where none was given."""
        return str(self.why.data or "")


class GiveUpForm(ReasonForm):
    """Why the proposal to erase somebody is given up."""

    why = TextField(_("Why it is given up"), longest=LONGEST_REASON)


def give_up_form(number: int) -> GiveUpForm:
    """Return an empty form for one of several proposals on a page, with ids of its own."""
    form = GiveUpForm(formdata=None)
    form.why.id = form.why.label.field_id = f"why-{number}"
    return form
