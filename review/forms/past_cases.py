"""Past cases: the file, and which of its columns and words mean what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from flask import request
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, HiddenField, SelectField
from wtforms.validators import Length, Optional, Regexp

from review.domain.past_case import PastField, PastOutcome, PastReading
from review.domain.people_file import DateOrder
from review.forms.base import HouseForm, LineField, _, clean_line, offer_date_orders

COLUMN, OUTCOME, LEVEL = "column-", "outcome-", "level-"
"""What the names of the fields begin with that say what a column or a word of the file means."""
MOST_WORDS = 200
LONGEST_WORD = 254


class PastSettingsForm(HouseForm):
    """What every step asks of a file beside its columns and words."""

    cycle = LineField(_("Cycle, if the file has no column for it"), longest=100)
    announced_on = DateField(
        _("Day of the answer, if the file has no column for it"), validators=[Optional()], format="%Y-%m-%d"
    )
    order = SelectField(_("Days with slashes, such as 05/06/2026"), choices=offer_date_orders)

    def over(self, reading: PastReading) -> PastReading:
        """Return a reading with what stands in these fields."""
        order = DateOrder(self.order.data or DateOrder.NOT_SAID)
        cycle = str(self.cycle.data or "")
        return replace(reading, order=order, cycle=cycle, announced_on=self.announced_on.data)


class PastUploadForm(PastSettingsForm):
    """The file."""

    file = FileField(_("File"), validators=[FileRequired(_("Choose a file"))])

    def to_file(self) -> tuple[bytes, str]:
        """Return the bytes and the name."""
        return self.file.data.read(), self.file.data.filename or "file"


class PastLookForm(PastSettingsForm):
    """A file that lies here: how it is to be read, column by column and word by word."""

    digest = HiddenField(validators=[Regexp("[0-9a-f]{64}")])
    name = LineField()

    def to_reading(self) -> PastReading:
        """Return how the file is to be read."""
        columns = {PastField(name): column for name, column in _sent(COLUMN) if name in set(PastField)}
        outcomes = {word.casefold(): PastOutcome(said) for word, said in _sent(OUTCOME) if said in set(PastOutcome)}
        levels = {word.casefold(): level for word, level in _sent(LEVEL)}
        return self.over(PastReading(columns=columns, outcomes=outcomes, levels=levels))


class PastApplyForm(PastLookForm):
    """A file that was looked at: what it would have done then, and whether refused rows stay out."""

    fingerprint = HiddenField(validators=[Regexp("[0-9a-f]{64}")])
    leaves_out = BooleanField(_("Leave out the rows that are refused"))
    request_key = HiddenField(validators=[Length(max=80)])


def _sent(begin: str) -> Iterator[tuple[str, str]]:
    """Yield what was sent under names with a beginning: the rest of the name and the value."""
    found = [(name, value) for name, value in request.form.items() if name.startswith(begin)]
    for name, value in found[:MOST_WORDS]:
        word, said = clean_line(name.removeprefix(begin)), clean_line(value)
        if word and (said or begin == COLUMN) and max(len(word), len(said)) <= LONGEST_WORD:
            yield word, said


def hidden_words(reading: PastReading) -> Iterable[tuple[str, str]]:
    """Yield a reading's columns and words as names and values of fields that are carried along."""
    groups: tuple[tuple[str, Mapping[Any, str]], ...] = (
        (COLUMN, reading.columns),
        (OUTCOME, reading.outcomes),
        (LEVEL, reading.levels),
    )
    return [(f"{begin}{word}", value) for begin, said in groups for word, value in said.items()]
