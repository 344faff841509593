"""Forms of letters: the text, and the batch that is released."""

from __future__ import annotations

from wtforms import SelectMultipleField

from review.domain.numbers import whole_number
from review.forms.base import TextField, VersionedForm, _

LONGEST_SENT = 4_000_000
"""What a field lets through to be judged by the service and given back whole."""


class LetterForm(VersionedForm):
    """The letter as its writers edit it."""

    body = TextField(_("The letter"), longest=LONGEST_SENT)

    def to_command(self) -> str:
        """Return what was typed."""
        return str(self.body.data or "")


class ReleaseForm(VersionedForm):
    """Which decided cases go into a batch."""

    cases = SelectMultipleField(_("Letters"), coerce=whole_number, validate_choice=False)

    def to_command(self) -> frozenset[int]:
        """Return the cases that were chosen."""
        return frozenset(self.cases.data or ())
