"""What people set for themselves: light or dark, keys, language, zone, hours without mail, password."""

from __future__ import annotations

from babel import Locale
from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid, NotFound
from review.extensions import db
from review.forms.sign_in import PasswordForm, Preferences, PreferencesForm
from review.queries.mail_times import find_quiet_hours
from review.services.calendar_feeds import has_feed
from review.services.preferences import set_own_hours
from review.services.sign_ins import change_password
from review.web.answers import say_saved
from review.web.guards import current_actor, current_now, current_sign_in, remember, requires
from review.web.shell import KEYS, THEME, read_device
from review.web.words import tr

bp = Blueprint("preferences", __name__, url_prefix="/preferences")
ONE_YEAR = 365 * 24 * 3600


@bp.get("")
@requires("signed_in")
def show() -> str:
    """Show the choices as they are."""
    return _page(_form(), PasswordForm())


@bp.post("")
@requires("signed_in")
def save() -> Response | tuple[str, int]:
    """Keep the choices: theme and keys on this device, language, zone and hours without mail with the person."""
    form = _form()
    if not form.validate():
        return _page(form, PasswordForm()), 422
    chosen = form.to_command()
    set_own_hours(
        db.session(),
        actor=current_actor(),
        now=current_now(),
        locale=chosen.locale,
        zone=chosen.zone,
        quiet=chosen.quiet,
    )
    db.session.commit()
    say_saved()
    return _keep_on_device(redirect(url_for("preferences.show"), 303), chosen)


@bp.post("/password")
@requires("signed_in")
def set_password() -> Response | tuple[str, int]:
    """Change the password; every other sign-in of this person ends."""
    form, actor, is_first = PasswordForm(), current_actor(), _must_change()
    if not current_app.extensions["settings"].sign_in.has_passwords:
        raise NotFound
    if not form.validate() or actor.person_id is None:
        return _page(_form(), form), 422
    given, address, now = (str(form.current.data), str(form.new.data)), request.remote_addr or "", current_now()
    try:
        token = change_password(db.session(), actor.person_id, *given, actor=actor, address=address, now=now)
    except Invalid as refused:
        db.session.commit()  # a wrong password counts
        about = (actor.person_id, address)
        current_app.logger.warning("a change of password was refused: of person %s, from %s", *about)
        for fault in refused.faults:
            form[fault.field or "new"].errors = (tr(fault.what),)
        return _page(_form(), form), 422
    db.session.commit()
    remember(token, actor.person_id)
    flash(gettext("Your password is changed; other browsers are signed out."))
    return redirect(url_for("home.todo" if is_first else "preferences.show"), 303)


def _form() -> PreferencesForm:
    sign_in = current_sign_in()
    kept = {"theme": read_device(THEME) or "system", "keys": read_device(KEYS) or "on"}
    if sign_in is not None:
        kept |= {"locale": sign_in.locale or "", "zone": sign_in.zone or ""}
        hours = find_quiet_hours(db.session(), current_actor())
        kept |= {
            name: "" if hour is None else str(hour)
            for name, hour in zip(("quiet_from", "quiet_until"), hours, strict=True)
        }
    names = [(code, Locale.parse(code).get_display_name()) for code in current_app.extensions["languages"]]
    return PreferencesForm(languages=[(code, (name or code).capitalize()) for code, name in names], data=kept)


def _keep_on_device(answer: Response, chosen: Preferences) -> Response:
    response, settings = make_response(answer), current_app.extensions["settings"]
    is_https = settings.is_https
    for choice, value in ((THEME, chosen.theme), (KEYS, None if chosen.has_single_keys else "off")):
        name = settings.name_cookie(choice)
        if value is None:
            response.delete_cookie(name, samesite="Lax", secure=is_https)
        else:
            response.set_cookie(name, value, max_age=ONE_YEAR, samesite="Lax", secure=is_https)
    return response


def _must_change() -> bool:
    sign_in = current_sign_in()
    return sign_in is not None and sign_in.must_change_password and sign_in.issuer is None


def _page(form: PreferencesForm, password: PasswordForm) -> str:
    has_passwords, must_change = current_app.extensions["settings"].sign_in.has_passwords, _must_change()
    return render_template(
        "preferences/own_password.html" if has_passwords and must_change else "preferences/show.html",
        form=form,
        password=password,
        must_change_password=must_change,
        has_passwords=has_passwords,
        has_calendar=has_feed(db.session(), current_actor()),
    )
