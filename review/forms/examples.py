"""An example profile: one rating for each criterion."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import RadioField

from review.domain.example_rating import Given
from review.domain.numbers import find_number
from review.forms.base import HouseForm

CANNOT_TELL = 0


class ExampleForm(HouseForm):
    """The ratings of a profile; each field is a criterion by its id, 1 to 5, or 0 for "I cannot tell"."""

    def to_command(self) -> Given:
        """Return what was chosen; a criterion without an answer is not there."""
        chosen = {field.name: find_number(field.data) for field in self}
        return {name: value or None for name, value in chosen.items() if value is not None}


def example_form(criteria: Iterable[tuple[str, str]]) -> type[ExampleForm]:
    """Return the form for these criteria, given as id and name."""
    fields = {name: RadioField(label, choices=[], validate_choice=False) for name, label in criteria}
    return type("ExampleForm", (ExampleForm,), fields)
