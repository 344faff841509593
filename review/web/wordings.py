"""The words of mails and letters: the list, one piece with its preview, its versions, and a test mail."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Fault, Invalid, NotFound
from review.domain.text import text
from review.domain.wording import Piece, Room, check_piece
from review.domain.wording_list import PIECES
from review.extensions import db
from review.forms.base import clean_line
from review.forms.proposals import ReasonForm
from review.forms.wordings import WordsForm, words_form
from review.queries.wordings import list_pieces
from review.services.wordings import (
    discard_words,
    publish_words,
    reset_words,
    restore_words,
    save_words,
    send_words_test,
)
from review.services.wordings_print import request_sample
from review.web.answers import send_pdf
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.wording_page import (
    is_wanted,
    lay_out_piece,
    lay_out_version,
    list_prints,
    name_fields,
    place_in_words,
    read_preview,
)
from review.web.words import tr

bp = Blueprint("wordings", __name__, url_prefix="/words")
Page = str | tuple[str, int]
ROOMS = {
    Room.FRAME: text("All mails"),
    Room.REQUESTS: text("Requests for feedback"),
    Room.CASES: text("Cases"),
    Room.LETTER: text("The letter"),
    Room.ACCOUNTS: text("Accounts, own data, running Dualtrack"),
}
ONLY = {"changed": text("Changed here"), "waiting": text("Waits for a second person"), "newer": text("To be looked at")}


@bp.get("")
@requires("hr")
def listing() -> str:
    """List every mail and part of the letter, as narrowed by words and by how they stand."""
    words, only = clean_line(request.args.get("words")), request.args.get("only", "")
    rows = [row for row in list_pieces(db.session()) if is_wanted(row, words.casefold(), only)]
    groups = [(tr(ROOMS[room]), [row for row in rows if row.piece.room is room]) for room in ROOMS]
    return render_template("words/list.html", groups=groups, count=len(rows), words=words, only=only, onlys=ONLY)


@bp.get("/<piece>")
@requires("hr")
def show(piece: str) -> Page:
    """Show the words of a piece, what may stand in them, and how they read."""
    return _page(_find(piece))


@bp.post("/<piece>")
@requires("hr")
def save(piece: str) -> Response | Page:
    """Keep the words of a mail, or propose those of the letter."""
    about = _find(piece)
    form = words_form(about)()
    words, version = form.to_command(about), form.version.data or 0
    try:
        save_words(db.session(), piece, words, version=version, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        return _refuse(about, form, refused.faults)
    proposed = gettext("Proposed. Somebody else in HR publishes it; letters that are ready stay as they are.")
    return _done(piece, proposed if about.is_letter else _tell_saved(about))


@bp.post("/<piece>/preview")
@requires("hr")
def preview(piece: str) -> Page:
    """Show how what is typed would read, and keep nothing: the part of the page, or without a script all of it."""
    about = _find(piece)
    form = words_form(about)()
    faults = check_piece(about, form.to_command(about))
    if "HX-Request" not in request.headers:
        return _refuse(about, form, faults) if faults else _page(about, form)
    seen = {} if faults else read_preview(about, form)
    return render_template("words/_preview.html", piece=about, faults=name_fields(about, faults), seen=seen)


@bp.get("/<piece>/versions/<int:number>")
@requires("hr")
def version(piece: str, number: int) -> str:
    """Show one version beside the one before it."""
    return render_template("words/version.html", **lay_out_version(_find(piece), number))


@bp.post("/<piece>/versions/<int:number>/restore")
@requires("hr")
def restore(piece: str, number: int) -> Response:
    """Go back to an earlier version."""
    actor, now = current_actor(), current_now()
    restore_words(db.session(), piece, number, version=_sent_version(piece), actor=actor, now=now)
    return _done(piece, gettext("The words of version %(number)s are back.", number=number))


@bp.post("/<piece>/reset")
@requires("hr")
def reset(piece: str) -> Response:
    """Go back to the shipped words."""
    reset_words(db.session(), piece, version=_sent_version(piece), actor=current_actor(), now=current_now())
    is_letter = _find(piece).is_letter
    waits = gettext("The shipped words are proposed. Somebody else in HR publishes them.")
    return _done(piece, waits if is_letter else gettext("The shipped words are back."))


@bp.post("/<piece>/versions/<int:number>/publish")
@requires("hr")
def publish(piece: str, number: int) -> Response:
    """Publish a proposal of somebody else."""
    publish_words(db.session(), piece, number, actor=current_actor(), now=current_now())
    return _done(
        piece, gettext("Published. Letters are drafted so from now on; those that are ready stay as they are.")
    )


@bp.post("/<piece>/versions/<int:number>/discard")
@requires("hr")
def discard(piece: str, number: int) -> Response | Page:
    """Take a proposal away, with the reason."""
    why, actor, now = ReasonForm().to_command(), current_actor(), current_now()
    try:
        discard_words(db.session(), piece, number, why, actor=actor, now=now)
    except Invalid as refused:
        db.session.rollback()
        return render_template("words/piece.html", **lay_out_piece(_find(piece), None, refused.faults)), 422
    return _done(piece, gettext("The proposal is taken away."))


@bp.post("/<piece>/print")
@requires("hr")
def make_pdf(piece: str) -> Response:
    """Have a made-up letter printed in the words that are saved."""
    _find_letter(piece)
    outcome, key = request.form.get("outcome", ""), request.form.get("request_key")
    request_sample(db.session(), outcome, actor=current_actor(), now=current_now(), request_key=key)
    return _done(piece, gettext("The PDF is being made. It takes a minute; then it can be downloaded here."))


@bp.get("/<piece>/letter.pdf")
@requires("hr")
def pdf(piece: str) -> Response:
    """Send the made-up letter as PDF, or lead to where it is made."""
    _find_letter(piece)
    outcome = request.args.get("outcome", "")
    path = dict(list_prints()).get(outcome)
    return send_pdf(path, f"letter-{outcome}.pdf") if path else redirect(url_for(".show", piece=piece), 303)


@bp.post("/<piece>/test")
@requires("hr")
def test(piece: str) -> Response:
    """Send the mail with made-up values to oneself."""
    address = send_words_test(db.session(), piece, actor=current_actor(), now=current_now())
    return _done(piece, gettext("A test mail is on its way to %(address)s.", address=address))


def _tell_saved(piece: Piece) -> str:
    if piece.is_frame:
        return gettext("Saved. From now on every mail goes out so.")
    return gettext("Saved. From now on this mail goes out so.")


def _find(piece: str) -> Piece:
    if piece not in PIECES:
        raise NotFound
    return PIECES[piece]


def _find_letter(piece: str) -> Piece:
    if not _find(piece).is_letter:
        raise NotFound
    return PIECES[piece]


def _sent_version(piece: str) -> int:
    return words_form(_find(piece))().version.data or 0


def _page(piece: Piece, form: WordsForm | None = None) -> str:
    return render_template("words/piece.html", **lay_out_piece(piece, form))


def _refuse(piece: Piece, form: WordsForm, faults: Iterable[Fault]) -> Page:
    put_beside(form, map(place_in_words, faults))
    return _page(piece, form), 422


def _done(piece: str, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for(".show", piece=piece), 303)
