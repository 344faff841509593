"""The form of an appeal: its ground and its reasons."""

from __future__ import annotations

from wtforms import RadioField

from review.forms.base import TextField, VersionedForm, _


class AppealForm(VersionedForm):
    """What an appeal rests on, and what happened."""

    ground = RadioField(_("What it rests on"), choices=[], validate_choice=False)
    body = TextField(_("What happened, and where it can be seen"), longest=4_000_000)

    def to_command(self) -> tuple[str, str]:
        """Return ground and reasons."""
        return str(self.ground.data or ""), str(self.body.data or "")
