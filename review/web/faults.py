"""Faults that a service found, put beside the fields of the form they came from."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext
from wtforms import Form

from review.domain.errors import Fault
from review.web.words import tr


def put_beside(form: Form, faults: Iterable[Fault]) -> None:
    """Give each field of the form its faults in words; a fault without a field of the form goes to the form."""
    for fault in faults:
        words = tr(fault.what)
        if fault.expected is not None:
            words = gettext("%(what)s: expected %(expected)s", what=words, expected=tr(fault.expected))
        if fault.field and fault.field in form:
            form[fault.field].errors = [*form[fault.field].errors, words]
        else:
            form.form_errors.append(words)
