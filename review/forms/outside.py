"""What people send in to ask somebody outside the company; the service judges it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField

from review.forms.base import HouseForm, LineField, TextField, _, choices
from review.services.feedback_outside import Invitation

LONGEST_SENT = 4_000_000
"""What a field lets through to be judged and given back whole; the app refuses larger requests itself."""


class InviteForm(HouseForm):
    """Who is asked, how they know the candidate, a line to them, their language and time zone."""

    name = LineField(_("Name"), longest=LONGEST_SENT, is_required=True)
    email = LineField(_("E-mail"), longest=LONGEST_SENT, is_required=True)
    organisation = LineField(_("Organisation"), longest=LONGEST_SENT, is_required=True)
    worked_together = LineField(_("How you worked together"), longest=LONGEST_SENT, is_required=True)
    note = TextField(_("A line to them"), longest=LONGEST_SENT)
    criteria = SelectMultipleField(_("What they are asked about"), validate_choice=False)
    locale = SelectField(_("Their language"), validate_choice=False)
    zone = SelectField(_("Their time zone"), validate_choice=False)
    is_hidden = BooleanField(_("Do not show this to the manager"))
    request_key = StringField()

    def __init__(self, *, languages: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(**more)
        zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
        self.locale.choices = choices([("", gettext("As in their browser")), *languages])
        named = [(name, name.replace("_", " ")) for name in zones]
        self.zone.choices = choices([("", gettext("The cycle’s")), *named])

    def to_command(self) -> Invitation:
        """Return whom to ask."""
        lines = {name: str(self[name].data or "") for name in ("name", "email", "organisation", "worked_together")}
        return Invitation(
            **lines,
            note=str(self.note.data or ""),
            criteria=tuple(self.criteria.data or ()),
            locale=self.locale.data or None,
            zone=self.zone.data or None,
            is_hidden_from_manager=bool(self.is_hidden.data),
        )
