"""The figures of a cycle: by which attribute of people groups go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import SelectField

from review.forms.base import HouseForm, _, choices
from review.queries.groups import COUNTRY, FUNCTION, Grouping

WORDS: Mapping[str, str] = {FUNCTION: _("Function"), COUNTRY: _("Country")}


class GroupForm(HouseForm):
    """What groups go by, from the address."""

    by = SelectField(_("Groups by"), validate_choice=False)

    def __init__(self, groupings: Sequence[Grouping], **more: Any) -> None:
        """Offer what groups can go by.

        Args:
            groupings: what is taken where nothing of them is asked for first.
        """
        super().__init__(**more)
        self.by.choices = choices((each.key, WORDS.get(each.key, str(each.name))) for each in groupings)
        if self.by.data not in {each.key for each in groupings}:
            self.by.data = groupings[0].key

    def to_command(self) -> str:
        """Return the key of what is asked for; what there is not is as if it were not asked for."""
        return str(self.by.data)
