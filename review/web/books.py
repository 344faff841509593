"""A committee's packets as one PDF for one reader: asked for, followed while it is made, given up, downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.level_mark import mark_move
from review.extensions import db
from review.models import Committee
from review.queries.books import RUNNING, BookRow, find_book, list_bookable, plan_books
from review.services.books import cancel_book, request_book
from review.services.books_prepare import prepare_books
from review.web.answers import send_pdf
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("books", __name__, url_prefix="/committee/agenda/<int:committee_id>")


@bp.get("/book")
@requires("signed_in")
def page(committee_id: int) -> str:
    """Show how far the reader's book is, or what it would hold."""
    return render_template("books/page.html", **_parts(committee_id))


@bp.get("/book/live")
@requires("signed_in")
def live(committee_id: int) -> str:
    """Answer who keeps the page open while the book is made."""
    return render_template("books/_state.html", **_parts(committee_id))


@bp.post("/book")
@requires("signed_in")
def make(committee_id: int) -> Response:
    """Ask for the reader's book."""
    key = request.form.get("request_key")
    request_book(db.session(), committee_id, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    return redirect(url_for(".page", committee_id=committee_id), 303)


@bp.post("/book/cancel")
@requires("signed_in")
def cancel(committee_id: int) -> Response:
    """Give up the book that is being made."""
    cancel_book(db.session(), committee_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The book is given up. Packets that are printed stay; the next book uses them."))
    return redirect(url_for(".page", committee_id=committee_id), 303)


@bp.get("/book/all")
@requires("signed_in")
def everybody(committee_id: int) -> str:
    """Say what it takes to prepare all members' books."""
    plan = plan_books(db.session(), committee_id, current_actor())
    name = db.session().get_one(Committee, committee_id).name
    return render_template("books/all.html", committee_id=committee_id, committee=name, plan=plan)


@bp.post("/book/all")
@requires("signed_in")
def prepare(committee_id: int) -> Response:
    """Ask for the books of all members."""
    key = request.form.get("request_key")
    count = prepare_books(db.session(), committee_id, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(ngettext("%(num)s book is being made.", "%(num)s books are being made.", count))
    return redirect(url_for("agenda.show", committee_id=committee_id), 303)


@bp.get("/book.pdf")
@requires("signed_in")
def pdf(committee_id: int) -> Response:
    """Send the reader's book while every packet in it is still theirs; else lead to where a new one is made."""
    parts = _parts(committee_id)
    book = parts["book"]
    if book is None or not parts["is_ready"]:
        return redirect(url_for(".page", committee_id=committee_id), 303)
    name = f"{parts['committee'].replace(' ', '-')}.pdf"
    return send_pdf(_path(book), name)


def _parts(committee_id: int) -> dict[str, Any]:
    """Return the reader's book with what it would hold now; nothing is told of one that is not theirs any more."""
    session, actor = db.session(), current_actor()
    listed = list_bookable(session, committee_id, actor)
    book = find_book(session, committee_id, actor)
    is_theirs = book is not None and book.holds_only(listed)
    is_waiting = book is not None and book.state in (*RUNNING, "ready")
    is_prepared = book is not None and is_waiting and not is_theirs and book.is_latest(listed)
    return {
        "committee_id": committee_id,
        "committee": session.get_one(Committee, committee_id).name,
        "listed": listed,
        "moves": {each.case_id: mark_move(each.ladder, each.from_level_id, each.to_level_id) for each in listed},
        "to_open": sum(each.must_open for each in listed),
        "book": book if is_theirs else None,
        "is_taken_back": is_waiting and not is_theirs and not is_prepared,
        "is_prepared": is_prepared,
        "is_ready": book is not None and is_theirs and book.state == "ready" and _path(book).is_file(),
        "is_latest": book is not None and book.is_latest(listed),
        "minutes": book.minutes_left(now=current_now()) if book is not None else 0,
    }


def _path(book: BookRow) -> Path:
    return Path(current_app.extensions["settings"].files_dir) / (book.path or "")
