"""Selects of a form: their options as they were always written, whatever stands in them."""

from __future__ import annotations

from flask import Flask
from wtforms import SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from review.forms.base import HouseForm, choices


class PickForm(HouseForm):
    """A form with a choice of each kind."""

    one = SelectField(choices=choices([("a", "A & b"), ('"b"', "<i>B</i>"), (3, "")]), default="a")
    own = SelectField(choices=[SelectChoice("x", "X", render_kw={"data_hint": "held"})])
    several = SelectMultipleField(choices=choices([("a", "A"), ("b", "B"), ("c", "C")]), default=["a", "c"])


def test_an_option_is_written_with_its_value_and_words_escaped(app: Flask) -> None:
    with app.test_request_context():
        assert PickForm(formdata=None).one(class_="form-select", maxlength=False) == (
            '<select class="form-select" id="one" name="one"><option selected value="a">A &amp; b</option>'
            '<option value="&#34;b&#34;">&lt;i&gt;B&lt;/i&gt;</option><option value="3">3</option></select>'
        )


def test_an_option_with_attributes_of_its_own_keeps_them(app: Flask) -> None:
    with app.test_request_context():
        written = PickForm(formdata=None).own()
    assert written == '<select id="own" name="own"><option data-hint="held" value="x">X</option></select>'


def test_several_may_be_chosen(app: Flask) -> None:
    with app.test_request_context():
        assert PickForm(formdata=None).several() == (
            '<select id="several" multiple name="several"><option selected value="a">A</option>'
            '<option value="b">B</option><option selected value="c">C</option></select>'
        )
