"""Making a token of the API, and registering a hook."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from flask_babel import gettext
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from review.domain.api_scope import LONGEST_NAME, SCOPE_WORDS
from review.domain.hook_kinds import FORM_WORDS, KIND_WORDS, LONGEST_ADDRESS, Form, HookKind
from review.domain.text import Text
from review.forms.base import HouseForm, LineField, _, choices
from review.services.hooks import HookPlan

DAYS = (30, 90, 180, 366)


def _say(words: Text) -> str:
    return gettext(words.message)


class TokenForm(HouseForm):
    """What a token is for, what it may do, and how long."""

    name = LineField(_("What it is for"), longest=LONGEST_NAME, is_required=True)
    scopes = SelectMultipleField(_("What it may do"))
    days = SelectField(_("For how long"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.scopes.choices = choices((scope, _say(words)) for scope, words in SCOPE_WORDS.items())
        self.days.choices = choices((days, gettext("%(days)s days", days=days)) for days in DAYS)

    def to_command(self) -> tuple[str, list[str], int]:
        """Return name, scopes and days."""
        return str(self.name.data), list(self.scopes.data or ()), int(self.days.data)


class HookForm(HouseForm):
    """Where a hook goes, in which form, and what it is told of."""

    name = LineField(_("Name"), longest=LONGEST_NAME, is_required=True)
    form = RadioField(_("What is sent"), validators=[InputRequired(_("Please choose one"))])
    address = LineField(_("Address"), longest=LONGEST_ADDRESS, is_required=True)
    kinds = SelectMultipleField(_("What it is told of"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.form.choices = choices((form, _say(FORM_WORDS[form])) for form in Form)
        self.offer(set(HookKind) - {HookKind.TEST})

    def offer(self, kinds: Set[HookKind]) -> None:
        """Let these kinds be chosen, in their order."""
        self.kinds.choices = choices((kind, _say(KIND_WORDS[kind])) for kind in HookKind if kind in kinds)

    def to_command(self) -> HookPlan:
        """Return what is registered."""
        kinds = tuple(self.kinds.data or ())
        return HookPlan(str(self.name.data), str(self.form.data), str(self.address.data), kinds)
