"""Signing in, changing a password, and what people set for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext
from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired, Length

from review.domain.values import dataclass
from review.forms.base import HouseForm, LineField, SecretField, _, choices

LONGEST_PASSWORD = 200


@dataclass(frozen=True)
class Credentials:
    """An e-mail and a password as typed."""

    email: str
    password: str


class SignInForm(HouseForm):
    """E-mail and password; `next` is where to go afterwards."""

    email = LineField(_("E-mail"), is_required=True)
    password = SecretField(
        _("Password"), validators=[InputRequired(_("Please fill this in")), Length(max=LONGEST_PASSWORD)]
    )
    next = HiddenField()

    def to_command(self) -> Credentials:
        """Return what was typed."""
        return Credentials(str(self.email.data or ""), str(self.password.data or ""))


class ForgottenForm(HouseForm):
    """The e-mail of somebody who has forgotten their password."""

    email = LineField(_("E-mail"), is_required=True)


class NewPasswordForm(HouseForm):
    """A new password, chosen by a link."""

    new = SecretField(
        _("The new one"), validators=[InputRequired(_("Please fill this in")), Length(max=LONGEST_PASSWORD)]
    )


class PasswordForm(HouseForm):
    """The current password and a new one."""

    current = SecretField(_("Your current password"), validators=[InputRequired(_("Please fill this in"))])
    new = SecretField(
        _("The new one"), validators=[InputRequired(_("Please fill this in")), Length(max=LONGEST_PASSWORD)]
    )


@dataclass(frozen=True)
class Preferences:
    """Choices of one person; None leaves it to the system or the installation."""

    theme: str | None
    has_single_keys: bool
    locale: str | None
    zone: str | None
    quiet: tuple[int, int] | None


class PreferencesForm(HouseForm):
    """Light or dark, single keys, language, time zone, hours without mail."""

    theme = SelectField(_("Light or dark"))
    keys = SelectField(_("Single keys"))
    locale = SelectField(_("Language"))
    zone = SelectField(_("Time zone"))
    quiet_from = SelectField(_("No mail from"))
    quiet_until = SelectField(_("No mail until"))

    def __init__(self, *, languages: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(**more)
        themes = {"system": gettext("As on this device"), "light": gettext("Light"), "dark": gettext("Dark")}
        zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
        self.theme.choices = choices(themes.items())
        self.keys.choices = choices([("on", gettext("On")), ("off", gettext("Off"))])
        self.locale.choices = choices([("", gettext("As in this browser")), *languages])
        named = [(name, name.replace("_", " ")) for name in zones]
        self.zone.choices = choices([("", gettext("The company’s")), *named])
        hours = [(str(hour), f"{hour:02}:00") for hour in range(24)]
        self.quiet_from.choices = self.quiet_until.choices = choices([("", gettext("Mail at any hour")), *hours])

    def to_command(self) -> Preferences:
        """Return the choices."""
        theme = None if self.theme.data == "system" else self.theme.data
        hours = (self.quiet_from.data, self.quiet_until.data)
        quiet = (int(hours[0]), int(hours[1])) if all(hours) and hours[0] != hours[1] else None
        return Preferences(theme, self.keys.data != "off", self.locale.data or None, self.zone.data or None, quiet)
