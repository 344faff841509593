"""What a ladder's draft is as a whole: its own words, its moves, and its text with all that no form holds."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from review.domain.errors import Fault, Invalid
from review.domain.ladder_changes import DraftChange, change_head, change_moves
from review.domain.ladder_edit import open_data
from review.domain.numbers import whole_number
from review.extensions import db
from review.forms.ladders import KINDS, HeadForm, TextForm, read_moves
from review.queries.ladder_drafts import Draft, load_draft
from review.services.ladders_drafts import check_text, save_change, save_text
from review.web.answers import say_saved
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("ladder_texts", __name__, url_prefix="/ladders/drafts/<int:draft_id>")
Page = str | tuple[str, int]
EMPTY_ROWS = 3
"""Rows of the moves that wait for new ones."""


@bp.get("/head")
@requires("hr")
def head(draft_id: int) -> str:
    """Show the ladder's own words as a form."""
    draft = _load(draft_id)
    words = {"name": draft.ladder.name, "description": draft.ladder.description.strip(), "becomes": draft.row.becomes}
    return _head_page(draft, HeadForm(formdata=None, data={**words, "version": draft.row.version}))


@bp.post("/head")
@requires("hr")
def save_head(draft_id: int) -> Response | Page:
    """Keep the ladder's own words and the version that it is to be."""
    form = HeadForm()
    if not form.validate():
        return _head_page(_load(draft_id), form), 422
    values = {"name": form.name.data, "description": form.description.data}
    try:
        return _keep(draft_id, change_head(values, str(form.becomes.data)), form.version.data or 0)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _head_page(_load(draft_id), form), 422


@bp.get("/moves")
@requires("hr")
def moves(draft_id: int) -> str:
    """Show the moves that the ladder names itself."""
    draft = _load(draft_id)
    return _moves_page(draft, list(open_data(draft.ladder).get("moves") or ()))


@bp.post("/moves")
@requires("hr")
def save_moves(draft_id: int) -> Response | Page:
    """Keep the ladder's own moves."""
    rows, version = read_moves(request.form), request.form.get("version", 0, type=whole_number)
    try:
        return _keep(draft_id, change_moves(rows), version)
    except Invalid as refused:
        db.session.rollback()
        return _moves_page(_load(draft_id), rows, refused.faults), 422


@bp.get("/text")
@requires("hr")
def text(draft_id: int) -> str:
    """Show the whole draft as text."""
    draft = _load(draft_id)
    return _text_page(draft, TextForm(formdata=None, data={"source": draft.source, "version": draft.row.version}))


@bp.post("/text")
@requires("hr")
def save_whole(draft_id: int) -> Response | Page:
    """Put another text in place of the draft's, or show every fault in it with its line."""
    form, session = TextForm(), db.session()
    version, now = form.version.data or 0, current_now()
    try:
        save_text(session, draft_id, form.to_command(), version=version, actor=current_actor(), now=now)
    except Invalid as refused:
        session.rollback()
        return _text_page(_load(draft_id), form, refused.faults), 422
    session.commit()
    say_saved()
    return redirect(url_for("ladder_drafts.show", draft_id=draft_id), 303)


@bp.post("/text/check")
@requires("hr")
def check(draft_id: int) -> str:
    """Show the faults of the text that is being written, with their lines; nothing is kept."""
    _load(draft_id)
    try:
        faults = check_text(db.session(), TextForm().to_command())
    except Invalid as refused:
        faults = refused.faults
    return render_template("ladders/_checked.html", faults=faults, is_checked=True)


def _load(draft_id: int) -> Draft:
    return load_draft(db.session(), current_actor(), draft_id)


def _keep(draft_id: int, change: DraftChange, version: int) -> Response:
    save_change(db.session(), draft_id, change, version=version, actor=current_actor(), now=current_now())
    db.session.commit()
    say_saved()
    return redirect(url_for("ladder_drafts.show", draft_id=draft_id), 303)


def _head_page(draft: Draft, form: HeadForm) -> str:
    return render_template("ladders/draft_head.html", draft=draft, row=draft.row, form=form)


def _moves_page(draft: Draft, rows: list[dict[str, str]], faults: tuple[Fault, ...] = ()) -> str:
    levels = [(level.id, level.name) for level in draft.ladder.levels]
    return render_template(
        "ladders/draft_moves.html",
        draft=draft,
        row=draft.row,
        rows=[*rows, *({} for _ in range(EMPTY_ROWS))],
        levels=levels,
        kinds=KINDS,
        faults=faults,
    )


def _text_page(draft: Draft, form: TextForm, faults: tuple[Fault, ...] = ()) -> str:
    return render_template("ladders/draft_text.html", draft=draft, row=draft.row, form=form, faults=faults)
