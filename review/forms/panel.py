"""Forms of the leadership panel: who is on it and when, and a member's score."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from wtforms import DateTimeLocalField, RadioField, SelectMultipleField
from wtforms.validators import InputRequired

from review.domain.numbers import find_number, whole_number
from review.forms.base import LineField, TextField, VersionedForm, _


class PanelForm(VersionedForm):
    """Who is on the leadership panel and when it meets."""

    words = LineField(_("Find somebody"))
    people = SelectMultipleField(_("Members, two or more"), coerce=whole_number, validate_choice=False)
    meets_at = DateTimeLocalField(_("When it meets"), validators=[InputRequired(_("Please fill this in"))])

    def moment(self, zone: str) -> datetime:
        """Return the moment that was typed, in the cycle's zone."""
        typed = self.meets_at.data
        if typed is None:
            raise ValueError("the form has been validated: the moment is there")
        return typed.replace(tzinfo=ZoneInfo(zone))


class PanelScoreForm(VersionedForm):
    """A panel member's score."""

    value = RadioField(_("Your score"), choices=[], validate_choice=False)
    reason = TextField(_("Why?"), longest=4_000_000)

    def to_command(self) -> tuple[int | None, str]:
        """Return the value that was chosen and the reason."""
        return find_number(self.value.data), str(self.reason.data or "")
