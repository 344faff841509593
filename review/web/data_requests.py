"""Requests for one's own data, for HR: looked through, words taken out, handed out before the day they are due."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.bundle import Bundle, Entry, Reader, Section
from review.domain.bundle_for_hr import RULES_FOR_HR, SECTIONS_FOR_HR, name_field_for_hr, name_for_hr, say_for_hr
from review.domain.bundle_names import say_id
from review.domain.bundle_page import order_fields
from review.domain.errors import Invalid, NotFound
from review.domain.subject_access import RUNNING
from review.extensions import db
from review.forms.privacy import ForSomebodyForm, TakeOutForm
from review.queries.privacy_requests import (
    RequestRow,
    find_anybody_named,
    find_request,
    list_requests,
    load_content,
    may_look_at,
)
from review.services.privacy_requests import ask_bundle, gather_again, release_bundle, take_words_out
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, proved, requires

bp = Blueprint("data_requests", __name__, url_prefix="/data-requests")


@bp.get("")
@requires("hr")
def listed() -> str:
    """Show the requests that the reader can answer, those that are due first."""
    return _list_page(ForSomebodyForm(formdata=None))


@bp.post("")
@requires("hr")
def ask() -> Response | tuple[str, int]:
    """Ask for somebody who cannot sign in."""
    form, actor = ForSomebodyForm(), current_actor()
    person_id = find_anybody_named(db.session(), actor, str(form.person.data or ""))
    if person_id is None:
        form.person.errors = [
            gettext("Nobody for whom you can answer is called this, or more than one. Give the e-mail.")
        ]
        return _list_page(form), 422
    key = form.request_key.data
    number = ask_bundle(db.session(), person_id, actor=actor, now=current_now(), request_key=key)
    db.session.commit()
    return redirect(url_for(".show", request_id=number) if number else url_for(".listed"), 303)


@bp.get("/<int:request_id>")
@requires("hr")
def show(request_id: int) -> str:
    """Show what a bundle would hold."""
    return render_template("privacy/request.html", **_parts(request_id))


@bp.get("/<int:request_id>/live")
@requires("hr")
def live(request_id: int) -> str:
    """Answer who keeps the page open while a bundle is gathered."""
    return render_template("privacy/_request.html", **_parts(request_id))


@bp.get("/<int:request_id>/entries/<key>")
@requires("hr")
def entry(request_id: int, key: str) -> str:
    """Show one entry, as far as the reader may read it where it stands."""
    return _entry_page(request_id, key, TakeOutForm(formdata=None))


@bp.post("/<int:request_id>/entries/<key>")
@requires("hr")
def take_out(request_id: int, key: str) -> Response | tuple[str, int]:
    """Take words, or all of them, out of an entry."""
    form = TakeOutForm()
    words, reason = str(form.words.data or ""), str(form.reason.data or "")
    try:
        take_words_out(db.session(), request_id, key, words, reason, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _entry_page(request_id, key, form), 422
    db.session.commit()
    flash(gettext("Taken out."))
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<int:request_id>/release")
@requires("hr")
@proved
def release(request_id: int) -> Response:
    """Hand it out."""
    release_bundle(db.session(), request_id, actor=current_actor(), now=current_now())
    db.session.commit()
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<int:request_id>/gather")
@requires("hr")
def gather(request_id: int) -> Response:
    """Have it gathered anew."""
    gather_again(db.session(), request_id, actor=current_actor(), now=current_now())
    db.session.commit()
    return redirect(url_for(".show", request_id=request_id), 303)


def _list_page(form: ForSomebodyForm) -> str:
    rows = list_requests(db.session(), current_actor())
    return render_template("privacy/requests.html", rows=rows, form=form, today=current_now().date())


def _parts(request_id: int) -> dict[str, Any]:
    row: RequestRow = load_or_404(find_request(db.session(), current_actor(), request_id))
    bundle = load_content(db.session(), request_id)
    return {
        "row": row,
        "is_running": row.state in RUNNING,
        "today": current_now().date(),
        "bundle": bundle,
        "sections": _sections(bundle) if bundle else [],
        "rules": [RULES_FOR_HR[rule] for rule in bundle.left_out] if bundle else [],
        "name_entry": name_for_hr,
        "say_id": say_id,
    }


def _sections(bundle: Bundle) -> list[tuple[object, list[tuple[Entry, list[Entry], int]]]]:
    """Return each section with its kinds of entries: one of them, those that HR may look at, and how many there are."""
    found: list[tuple[object, list[tuple[Entry, list[Entry], int]]]] = []
    for section in Section:
        entries = sorted(bundle.of(section), key=lambda each: each.source)
        kinds = [(name, list(group)) for name, group in groupby(entries, key=name_for_hr)]
        rows = [
            (group[0], [each for each in group if each.reader is not Reader.NOBODY], len(group)) for _, group in kinds
        ]
        if rows:
            found.append((SECTIONS_FOR_HR[section], rows))
    return found


def _entry_page(request_id: int, key: str, form: TakeOutForm) -> str:
    session, actor = db.session(), current_actor()
    row = load_or_404(find_request(session, actor, request_id))
    bundle = load_or_404(load_content(session, request_id))
    found = load_or_404(bundle.find(key))
    if not may_look_at(session, found, actor, now=current_now()):
        raise NotFound
    return render_template(
        "privacy/entry.html",
        row=row,
        entry=found,
        fields=[
            (name_field_for_hr(name, bundle.names), say_for_hr(found, name, value, bundle.names))
            for name, value in order_fields(found.fields)
        ],
        form=form,
        name=name_for_hr(found),
    )
