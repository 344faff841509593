"""What the manager or HR changes of a proposed request."""

from __future__ import annotations

from wtforms import DateField, SelectMultipleField, StringField
from wtforms.validators import Optional

from review.forms.base import HouseForm, TextField, _
from review.services.feedback_changes import Change

LONGEST_SENT = 4_000_000


class ChangeForm(HouseForm):
    """The line, the criteria and the last day of a request."""

    note = TextField(_("The line to them"), longest=LONGEST_SENT)
    criteria = SelectMultipleField(_("What they are asked about"), validate_choice=False)
    due_on = DateField(_("Answer by"), validators=[Optional()])
    request_key = StringField()

    def to_command(self) -> Change:
        """Return the change."""
        return Change(str(self.note.data or ""), tuple(self.criteria.data or ()), self.due_on.data)
