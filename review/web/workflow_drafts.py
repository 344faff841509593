"""Drafts of workflows: the file, a form over the same text, and a diagram that follows; kept until proposed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Fault, Invalid
from review.domain.numbers import whole_number
from review.domain.workflow_parts import PlacedFault
from review.extensions import db
from review.forms.workflows import DraftForm
from review.queries.workflow_drafts import DraftRow, find_draft
from review.queries.workflows import find_version, read_sources
from review.services.workflows_in_draft import discard_draft, keep_draft, propose_draft, start_draft
from review.web.answers import answer_saved, is_autosave
from review.web.guards import current_actor, current_now, load_or_404, requires
from review.web.workflow_editor import SHOWN, WAS, Look, look_at, text_of, write_form

bp = Blueprint("workflow_drafts", __name__, url_prefix="/workflows/drafts")
PROPOSE = "propose"
FROM_FORM = "form"


@bp.post("")
@requires("hr")
def start() -> Response:
    """Begin a draft from a version, or from a file; go on with the one there is."""
    session, actor = db.session(), current_actor()
    base = find_version(session, actor, request.form.get("base", 0, type=whole_number))
    source = next(iter(read_sources(session, base.id).values())) if base else DraftForm().to_command()
    if isinstance(source, Fault):
        raise Invalid([source])
    row = start_draft(session, source, actor=actor, now=current_now(), base_id=base.id if base else None)
    number = row.id
    session.commit()
    return redirect(url_for(".edit", draft_id=number), 303)


@bp.get("/<int:draft_id>")
@requires("hr")
def edit(draft_id: int) -> str:
    """Show a draft: its file, the form of one part, the diagram, and what would change."""
    row, source = _load(draft_id)
    return _page(row, look_at(db.session(), row, source, request.args.get("part", "")))


@bp.post("/<int:draft_id>")
@requires("hr")
def save(draft_id: int) -> Response | tuple[str, int]:
    """Keep what was written, and show it or propose it."""
    form, session, now = DraftForm(), db.session(), current_now()
    source = form.to_command()
    if isinstance(source, Fault):
        return _refuse(draft_id, form.source.data or "", (source,))
    layers = write_form(session, source, request.form)
    source = text_of(layers)
    kept = keep_draft(session, draft_id, source, version=form.version.data or 0, actor=current_actor(), now=now)
    version = kept.version
    session.commit()
    if request.form.get("do") == PROPOSE and not is_autosave():
        return _propose(draft_id, source)
    part = request.form.get("open") or request.form.get("part")
    return answer_saved(url_for(".edit", draft_id=draft_id, part=part), version=version, now=now)


@bp.post("/<int:draft_id>/look")
@requires("hr")
def look(draft_id: int) -> str:
    """Show what follows from what is being written, while it is written; nothing is kept."""
    row, _ = _load(draft_id)
    source = DraftForm().to_command()
    if isinstance(source, Fault):
        return render_template("workflows/_told.html", look=_untold((source,)), swaps=())
    session, is_form = db.session(), request.args.get("from") == FROM_FORM
    try:
        layers = write_form(session, source, request.form)
    except Invalid as refused:
        return render_template("workflows/_told.html", look=_untold(refused.faults), swaps=())
    seen = look_at(session, row, layers, request.form.get("part", ""))
    return render_template("workflows/_look.html", row=row, look=seen, swaps=_swaps(seen, is_form=is_form))


@bp.post("/<int:draft_id>/discard")
@requires("hr")
def discard(draft_id: int) -> Response:
    """Throw a draft away."""
    discard_draft(db.session(), draft_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The draft is thrown away."))
    return redirect(url_for("workflows.listing"), 303)


def _load(draft_id: int) -> tuple[DraftRow, str]:
    return load_or_404(find_draft(db.session(), current_actor(), draft_id))


def _propose(draft_id: int, source: str) -> Response | tuple[str, int]:
    try:
        proposed = propose_draft(db.session(), draft_id, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        return _refuse(draft_id, source, refused.faults)
    number, version = proposed.id, proposed.version
    db.session.commit()
    flash(gettext("Version %(version)s is proposed. A second person in HR publishes it.", version=version))
    return redirect(url_for("workflows.detail", version_id=number), 303)


def _refuse(draft_id: int, source: str, faults: tuple[Fault, ...]) -> tuple[str, int]:
    """Show the draft again; of faults that only proposing finds no field knows."""
    row, _ = _load(draft_id)
    seen = look_at(db.session(), row, source, request.form.get("part", ""))
    more = tuple(fault for fault in faults if fault not in {placed.fault for placed in seen.faults})
    return _page(row, seen, more), 422


def _page(row: DraftRow, seen: Look, more: tuple[Fault, ...] = ()) -> str:
    form = DraftForm(formdata=None, data={"source": seen.source, "version": row.version})
    return render_template("workflows/draft.html", row=row, form=form, look=seen, more=more)


def _untold(faults: tuple[Fault, ...]) -> Look:
    placed = tuple(PlacedFault(fault, (), None) for fault in faults)
    return Look("", placed, (), None, (), None, (), ())


def _swaps(seen: Look, *, is_form: bool) -> frozenset[str]:
    """Return which parts of the page take the place of those there: not the one in which somebody writes."""
    shown = frozenset(name.removeprefix(WAS) for name in request.form if name.startswith(WAS))
    is_other = seen.names != shown or (seen.part is not None and seen.part.id != request.form.get(SHOWN))
    parts = {"drawn", "was", "errors"}
    if is_form:
        parts.add("source")
    if is_other or not is_form:
        parts.add("part")
    return frozenset(parts)
