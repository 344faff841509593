"""What all forms share: clean text, a version, and no CSRF field of their own (the app checks every POST)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from gettext import NullTranslations
from typing import Any, cast

from babel.support import Translations
from flask import g, request
from flask_babel import get_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice, SelectFieldBase  # type: ignore[attr-defined]
from wtforms.fields.core import UnboundField
from wtforms.i18n import messages_path
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput, PasswordInput, Select

from review.domain.numbers import MOST, whole_number
from review.domain.people_file import DateOrder

OPTION, SELECTED = Markup('<option value="%s">%s</option>'), Markup('<option selected value="%s">%s</option>')
BEYOND = "beyond"
"""Where a request notes which fields held what its page never offered."""
LONGEST_LINE = 300
LONGEST_TEXT = 20_000
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, what turns the words after it around, and lone surrogates; marks of direction stay, people write
right to left too."""
CONTROLS_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""The same but for tabs and the ends of lines."""


def _(message: str, **values: object) -> str:
    """Return a sentence that is translated when it is shown; WTForms takes it for a str."""
    return cast(str, lazy_gettext(message, **values))


def choices(pairs: Iterable[tuple[object, str]]) -> list[Any]:
    """Return (value, label) pairs in the shape that WTForms selects take; the value is posted as a str."""
    return [SelectChoice(str(value), label) for value, label in pairs]


def offer_date_orders() -> list[Any]:
    """Return what may come first in the days of a file that are written with slashes."""
    return choices(
        [
            (DateOrder.NOT_SAID, gettext("The file has none, or they are clear")),
            (DateOrder.DAY_FIRST, gettext("Day first: 5 June")),
            (DateOrder.MONTH_FIRST, gettext("Month first: 6 May")),
        ]
    )


def clean_line(value: str | None) -> str:
    """Return one line: control characters are dropped, runs of spaces become one."""
    return " ".join(CONTROLS.sub(" ", value or "").split())


def clean_text(value: str | None) -> str:
    """Return a text with \\n line ends, without control characters, trimmed at its end."""
    lines = (value or "").replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS_IN_LINES.sub(" ", lines).strip()


def label_fields(labels: Mapping[str, str]) -> None:
    """Remember for this request what its fields are called, so that a page that gives them back can say so."""
    g.setdefault("field_labels", {}).update(labels)


def is_written(name: str) -> bool:
    """Tell whether a field of this request is one for text, in which a single word is text, too."""
    read = (form[name] for form in g.get("forms", ()) if name in form)
    return name in g.get("fields_for_text", ()) or any(isinstance(field, TextAreaField) for field in read)


def find_label(name: str) -> str | None:
    """Return what a field of this request is called."""
    label = g.get("field_labels", {}).get(name)
    return str(label) if label else None


@cache
def _read_words(locale: str) -> NullTranslations:
    """Return what WTForms itself says, in a language: its file is read once a process, not once a request."""
    return Translations.load(messages_path(), [locale], domain="wtforms")


def clean_sent(value: str) -> str:
    """Return what was sent without the signs that no page may give back; the ends of lines stay as they came."""
    return CONTROLS_IN_LINES.sub(lambda found: found[0] if found[0] == "\r" else " ", value)


def _texts(sent: MultiDict[str, Any]) -> Iterator[str]:
    return (value for _, value in sent.items(multi=True) if isinstance(value, str))


class QuickSelect(Select):
    """A select whose options are written without looking for attributes of their own: that takes half a form."""

    @classmethod
    def render_option(cls, choice: Any, **more: Any) -> Markup:  # type: ignore[override] # as WTForms calls it now
        """Return one option; with attributes of its own, as WTForms writes it."""
        if more or choice.render_kw:
            return cast(Any, super()).render_option(choice, **more)  # type: ignore[no-any-return]
        words = SELECTED if choice.selected else OPTION
        return words % (choice.value, choice.label or choice.value)

    @classmethod
    def _dispatch_render_option(cls) -> Any:
        return cls.render_option  # WTForms would look at each select anew at how that is written


class HouseForm(FlaskForm):
    """A form of these pages. Read fields through a typed `to_command()`, not one by one."""

    class Meta:
        csrf = False

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return what was sent, clean: a field that is refused is given back as it came."""
            found = cast(Any, FlaskForm.Meta).wrap_formdata(self, form, formdata)
            if found is None or not any(CONTROLS_IN_LINES.search(value.replace("\r", "")) for value in _texts(found)):
                return found
            sent = found.items(multi=True)
            return ImmutableMultiDict(
                [(name, clean_sent(value) if isinstance(value, str) else value) for name, value in sent]
            )

        def render_field(self, field: Any, render_kw: dict[str, Any]) -> Markup:
            """Return a field as the page has it."""
            if type(field.widget) is Select:
                field.widget = QuickSelect(multiple=field.widget.multiple)
            rendered: Markup = cast(Any, FlaskForm.Meta).render_field(self, field, render_kw)
            return rendered

    def __init__(self, **more: Any) -> None:
        request.wtforms_translations = _read_words(str(get_locale()))  # type: ignore[attr-defined] # where it looks
        super().__init__(**more)  # type: ignore[no-untyped-call]
        label_fields({field.name: field.label.text for field in self if field.label is not None})
        g.setdefault("forms", []).append(self)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check what was sent; what no page offers, a choice or a hidden value, is noted for the log."""
        is_valid = super().validate(extra_validators)
        beyond = {field.name for field in self if field.errors and _is_offered(field) and any(field.raw_data or ())}
        if beyond:
            setattr(g, BEYOND, beyond | g.get(BEYOND, set()))
        return is_valid


def _is_offered(field: Any) -> bool:
    """Tell whether people choose what stands in a field, or do not see it."""
    return isinstance(field, SelectFieldBase) or isinstance(field.widget, HiddenInput)


def _read_labels(form: type[HouseForm]) -> dict[str, str]:
    """Return what the fields of a form are called; making one may need more than is known here."""
    fields = {name: getattr(form, name) for name in dir(form)}
    given = {
        name: field.args[0] if field.args else field.kwargs.get("label")
        for name, field in fields.items()
        if isinstance(field, UnboundField)
    }
    return {name: label for name, label in given.items() if label}


def label_unread(forms: Iterable[type[HouseForm]], sent: Collection[str]) -> None:
    """Remember what its fields are called for a form that no view has read.

    Args:
        forms: those that it may have been; the one that knows most of the fields is taken.
        sent: the names of the fields that came.
    """
    known = {form: sum(isinstance(getattr(form, name, None), UnboundField) for name in sent) for form in forms}
    best = max(known, key=lambda form: known[form], default=None)
    if best is not None and known[best]:
        label_fields(_read_labels(best))
        g.fields_for_text = {name for name in sent if _is_for_text(getattr(best, name, None))}


def _is_for_text(field: object) -> bool:
    kind = field.field_class if isinstance(field, UnboundField) else None
    return isinstance(kind, type) and issubclass(kind, TextAreaField)


class WholeNumberField(IntegerField):
    """A whole number; one that no row can hold is none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the value as a number that fits into a row."""
        super().process_formdata(valuelist)
        if self.data is not None and abs(self.data) > MOST:
            self.data = None
            raise ValueError(self.gettext("Not a valid integer value."))


def read_version(given: str) -> int:
    """Return the version that a form was written from, as its field reads it; 0 where there is none."""
    try:
        return whole_number(given)
    except ValueError:
        return 0


class VersionedForm(HouseForm):
    """A form for something that people edit: carries the version it was written from, and the key of one rendering."""

    version = WholeNumberField(widget=HiddenInput(), validators=[Optional()])
    request_key = StringField(widget=HiddenInput(), validators=[Length(max=80)])


class LineField(StringField):
    """One line of text; `data` is always a clean str."""

    def __init__(
        self, label: Any = None, *, longest: int = LONGEST_LINE, is_required: bool = False, **more: Any
    ) -> None:
        super().__init__(label, validators=_limits(longest, more, is_required=is_required), **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the value as one clean line."""
        self.data = clean_line(valuelist[0] if valuelist else "")


class TextField(TextAreaField):
    """A longer text; `data` is always a clean str."""

    def __init__(
        self, label: Any = None, *, longest: int = LONGEST_TEXT, is_required: bool = False, **more: Any
    ) -> None:
        super().__init__(label, validators=_limits(longest, more, is_required=is_required), **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the value as clean text."""
        self.data = clean_text(valuelist[0] if valuelist else "")


class SecretField(StringField):
    """A password: never written back into the page, never trimmed."""

    widget = PasswordInput(hide_value=True)


def _limits(longest: int, more: dict[str, Any], *, is_required: bool) -> list[Any]:
    needed = [InputRequired(_("Please fill this in"))] if is_required else []
    length = Length(max=longest, message=_("At most %(max)d characters, please"))
    return [*needed, length, *more.pop("validators", ())]
