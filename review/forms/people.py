"""Searching the directory, taking files in, giving and taking roles."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app
from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from review.domain.errors import Fault
from review.domain.passwords import LEAST_LENGTH
from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, PersonField, parse_mapping
from review.domain.values import dataclass
from review.forms.base import (
    HouseForm,
    LineField,
    SecretField,
    TextField,
    WholeNumberField,
    _,
    offer_date_orders,
)
from review.services.password_rules import find_fault

LONGEST_PASSWORD = 200
LONGEST_MAPPING = 2000


@dataclass(frozen=True)
class ImportSettings:
    """How a people file is to be read."""

    mapping: Mapping[PersonField, str]
    order: DateOrder
    scope: Scope


class SearchForm(HouseForm):
    """Words, a function and a page of the directory, from the address."""

    words = LineField(_("Name, title or function"), longest=200)
    function = SelectField(_("Function"), validate_choice=False)
    page = WholeNumberField(validators=[Optional()])


class SettingsForm(HouseForm):
    """What both steps of an import share."""

    mapping = TextField(_("Which column is which"), longest=LONGEST_MAPPING)
    order = SelectField(_("Days with slashes, such as 05/06/2026"), choices=offer_date_orders)
    is_full = BooleanField(_("The file names everybody: whoever is missing has left"))

    def to_settings(self) -> tuple[ImportSettings, list[Fault]]:
        """Return how to read the file, and what is wrong with the mapping."""
        lines = [line for line in str(self.mapping.data or "").splitlines() if line.strip()]
        mapping, faults = parse_mapping(lines)
        scope = Scope.FULL if self.is_full.data else Scope.PART
        return ImportSettings(mapping, DateOrder(self.order.data), scope), faults


class UploadForm(SettingsForm):
    """The file and how to read it."""

    file = FileField(_("File"), validators=[FileRequired(_("Choose a file"))])

    def to_file(self) -> tuple[bytes, str]:
        """Return the bytes and the name."""
        return self.file.data.read(), self.file.data.filename or "file"


class ApplyForm(SettingsForm):
    """A file that has been previewed: what it was, and what it would have changed then."""

    digest = HiddenField(validators=[Regexp("[0-9a-f]{64}")])
    fingerprint = HiddenField(validators=[Regexp("[0-9a-f]{64}")])
    name = LineField()


class RoleForm(HouseForm):
    """Somebody and a role for them."""

    person = LineField(_("Name, e-mail or number"), is_required=True)
    role = SelectField(_("Role"))

    def to_command(self) -> tuple[str, str]:
        """Return who is meant and the role."""
        return str(self.person.data), str(self.role.data)


class FirstPasswordForm(HouseForm):
    """A password that somebody else sets, to be changed at the first sign-in."""

    password = SecretField(
        _("First password"),
        validators=[
            InputRequired(_("Please fill this in")),
            Length(LEAST_LENGTH, LONGEST_PASSWORD, _("Use 15 to 200 characters")),
        ],
    )

    def validate_password(self, field: SecretField) -> None:
        """Refuse what too many people would guess."""
        given = str(field.data or "")
        leaked = current_app.extensions["settings"].sign_in.leaked
        if len(given) >= LEAST_LENGTH and find_fault(given, leaked=leaked) is not None:
            raise ValidationError(gettext("Too many people would guess this, or it has leaked somewhere"))
