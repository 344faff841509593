"""The form of a check-in: the day, what was done for each activity, and when to look again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from wtforms import DateField
from wtforms.validators import Optional

from review.forms.base import TextField, VersionedForm, _
from review.services.check_ins import CheckInDraft

WORDS = "words-"


class CheckInForm(VersionedForm):
    """The days of a check-in; `make_form` gives it a field for each activity."""

    held_on = DateField(_("Day of the check-in"), validators=[Optional()])
    next_on = DateField(_("Next check-in"), validators=[Optional()])

    def to_command(self) -> CheckInDraft:
        """Return what was typed."""
        words = {int(field.name.removeprefix(WORDS)): str(field.data or "") for field in self.activities}
        return CheckInDraft(self.held_on.data, words, self.next_on.data)

    @property
    def activities(self) -> list[Any]:
        """Return the fields of the activities, in the plan's order."""
        return [field for field in self if field.name.startswith(WORDS)]


def make_form(activities: Mapping[int, str], **more: Any) -> CheckInForm:
    """Return the form with a field for each activity, by its number in the plan."""
    fields = {f"{WORDS}{item}": TextField(name, longest=4_000_000) for item, name in activities.items()}
    return cast(type[CheckInForm], type("CheckInForm", (CheckInForm,), fields))(**more)
