"""Answers that several rooms give: to what was done, to a save by hand or by the script, and with a PDF to be kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from flask import flash, jsonify, redirect, request, send_file
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.text import text
from review.extensions import db
from review.web.mount import root
from review.web.words import clock

AUTOSAVE_HEADER = "X-Autosave"
SAVED, TO_TRANSLATE = text("Saved."), "to_translate"
"""What the next page says after a save, and how it knows that it is to find the words: a save needs no language."""


def is_autosave() -> bool:
    """Tell whether app.js sent this form while somebody types."""
    return AUTOSAVE_HEADER in request.headers


def answer_saved(url: str, *, version: int, now: datetime) -> Response:
    """Answer a save: 303 to the page, or for an autosave what the save line shows and the version to edit from."""
    if is_autosave():
        words = gettext("Saved %(time)s, version %(version)s", time=clock(now), version=version)
        return jsonify(words=words, version=version)
    return redirect(url, 303)


def say_saved() -> None:
    """Let the next page say that it is saved."""
    flash(SAVED.message, TO_TRANSLATE)


def answer_done(words: str, url: str) -> Response:
    """Commit what was done, and answer with the page that says so."""
    db.session.commit()
    flash(words)
    return redirect(url, 303)


def send_pdf(path: Path, name: str) -> Response:
    """Hand out a printed file to be kept under a name; a browser keeps no copy of its own."""
    answer = send_file(path, mimetype="application/pdf", as_attachment=True, download_name=name, etag=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def is_own_path(target: str) -> bool:
    """Tell whether a target is a path of these pages, and nothing a browser could take for another site."""
    if not target.startswith(f"{root()}/") or target.startswith("//") or "\\" in target:
        return False
    if any(character < " " or character == "\x7f" for character in target):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc
