"""The figures of a cycle: by which attribute of people groups go."""

from __future__ import annotations

from wtforms import SelectField

from review.forms.base import HouseForm, _, choices
from review.queries.insight import By

WORDS = {By.FUNCTION: _("Function"), By.COUNTRY: _("Country")}


class GroupForm(HouseForm):
    """What groups go by, from the address."""

    by = SelectField(_("Groups by"), choices=choices(WORDS.items()), validate_choice=False)

    def to_command(self) -> By:
        """Return what is asked for; what there is not is as if it were not asked for."""
        asked = str(self.by.data)
        return By(asked) if asked in tuple(By) else By.FUNCTION
