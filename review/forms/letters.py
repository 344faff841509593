"""Forms of letters: the text, the batch that is released, and which page of a list the release shows."""

from __future__ import annotations

from wtforms import SelectMultipleField, StringField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from review.domain.numbers import find_number, whole_number
from review.forms.base import HouseForm, TextField, VersionedForm, WholeNumberField, _, clean_line

LONGEST_SENT = 4_000_000
"""What a field lets through to be judged by the service and given back whole."""
EVERY = "every"


class LetterForm(VersionedForm):
    """The letter as its writers edit it; `letter` says which of the case, 0 before one is drafted."""

    letter = WholeNumberField(widget=HiddenInput(), validators=[Optional()])
    body = TextField(_("The letter"), longest=LONGEST_SENT)

    def to_command(self) -> str:
        """Return what was typed."""
        return str(self.body.data or "")


class ReleaseForm(VersionedForm):
    """Which decided cases go into a batch: those ticked on the page, or with `then` all those that it counted.

    `every` are the numbers of the latter with a space between, as the page had them: nobody else gets in meanwhile.
    """

    cases = SelectMultipleField(_("Letters"), coerce=whole_number, validate_choice=False)
    every = StringField(widget=HiddenInput())
    then = StringField(widget=HiddenInput())

    def to_command(self) -> frozenset[int]:
        """Return the cases that were chosen."""
        if self.then.data != EVERY:
            return frozenset(self.cases.data or ())
        sent = str(self.every.data or "").split()
        return frozenset(number for number in map(find_number, sent) if number is not None)


class ReleaseViewForm(HouseForm):
    """Which list of the release is turned to another page, from the address; all others show their first."""

    part = StringField()
    page = WholeNumberField(validators=[Optional()])

    def page_of(self, part: str) -> int:
        """Return the page that a list is to show."""
        return min(max(self.page.data or 1, 1), 10_000) if clean_line(self.part.data) == part else 1
