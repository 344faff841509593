"""Drafts of ladders: begun, shown as the table, proposed, published by a second person, given back, thrown away."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from review.domain.errors import Fault, Invalid
from review.domain.ladder_diff import diff_ladders
from review.domain.ladder_impact import find_touched_cells
from review.domain.ladder_sheet import lay_out
from review.domain.numbers import whole_number
from review.domain.proposals import Kind, Proposal
from review.extensions import db
from review.forms.base import choices
from review.forms.ladders import FROM_FILE, BeginForm
from review.forms.proposals import ReasonForm
from review.queries.ladder_drafts import Draft, find_warnings, load_draft
from review.queries.ladder_impact import load_impact
from review.queries.ladders import list_ladders, read_source
from review.queries.proposals import find_whose
from review.services.ladders_drafts import begin_draft, drop_draft
from review.services.ladders_proposals import discard_proposal, propose_draft, publish_proposal
from review.web.differences import mark_lines
from review.web.guards import current_actor, current_now, load_or_404, requires
from review.web.ladder_files import list_shipped, read_shipped

bp = Blueprint("ladder_drafts", __name__, url_prefix="/ladders/drafts")
Page = str | tuple[str, int]


@bp.get("/new")
@requires("hr")
def ask() -> str:
    """Ask what a draft begins from."""
    form = BeginForm(formdata=None, data={"source": request.args.get("source", "")})
    return _ask_page(form)


@bp.post("/new")
@requires("hr")
def begin() -> AnyResponse | Page:
    """Begin a draft from a published version, a shipped file, or a file of one's own."""
    form = BeginForm()
    try:
        source, file, base_id = _read_beginning(form)
        row = begin_draft(
            db.session(),
            source,
            becomes=str(form.becomes.data),
            base_id=base_id,
            actor=current_actor(),
            now=current_now(),
            file=file,
            request_key=request.form.get("request_key"),
        )
    except Invalid as refused:
        db.session.rollback()
        return _ask_page(form, refused.faults), 422
    db.session.commit()
    flash(gettext("The draft is begun. Nobody but HR sees it."))
    return redirect(url_for(".show", draft_id=row.id), 303)


@bp.get("/<int:draft_id>")
@requires("hr")
def show(draft_id: int) -> str:
    """Show a draft as the table, each cell with the way to its form."""
    return _page(draft_id)


@bp.get("/<int:draft_id>/changes")
@requires("hr")
def changes(draft_id: int) -> str:
    """Show what differs from the published version, and whom it concerns."""
    draft = _load(draft_id)
    found = diff_ladders(draft.published, draft.ladder) if draft.published else ()
    marked = [(change, mark_lines(change.old, change.new)) for change in found]
    impact = load_impact(db.session(), draft, current_actor())
    return render_template("ladders/draft_changes.html", draft=draft, row=draft.row, marked=marked, impact=impact)


@bp.get("/<int:draft_id>/ladder.yaml")
@requires("hr")
def download(draft_id: int) -> Response:
    """Send the draft as a file."""
    draft = _load(draft_id)
    response = Response(draft.source, content_type="application/yaml; charset=utf-8")
    name = f"{draft.row.key}-{draft.row.becomes}-draft.yaml"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@bp.post("/<int:draft_id>/propose")
@requires("hr")
def propose(draft_id: int) -> AnyResponse | Page:
    """Propose a draft, if it is still the one that was looked at."""
    digest = request.form.get("digest", "")
    try:
        propose_draft(db.session(), draft_id, digest=digest, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        return _page(draft_id, refused.faults), 422
    db.session.commit()
    flash(gettext("It is proposed. A second person in HR publishes it."))
    return redirect(url_for(".show", draft_id=draft_id), 303)


@bp.post("/<int:draft_id>/publish")
@requires("hr")
def publish(draft_id: int) -> AnyResponse | Page:
    """Publish a proposal of somebody else, if it is still the one they have read."""
    digest = request.form.get("digest", "")
    try:
        row = publish_proposal(db.session(), draft_id, digest=digest, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        return _page(draft_id, refused.faults), 422
    db.session.commit()
    flash(gettext("Version %(version)s is published. It will never change.", version=row.version))
    return redirect(url_for("ladders.show", version_id=row.id), 303)


@bp.post("/<int:draft_id>/discard")
@requires("hr")
def discard(draft_id: int) -> AnyResponse | Page:
    """Take a proposal away: it is a draft again, with the reason."""
    why = ReasonForm().to_command()
    try:
        discard_proposal(db.session(), draft_id, why, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        return _page(draft_id, refused.faults), 422
    db.session.commit()
    flash(gettext("The proposal is taken away. What was written stays as a draft."))
    return redirect(url_for(".show", draft_id=draft_id), 303)


@bp.post("/<int:draft_id>/drop")
@requires("hr")
def drop(draft_id: int) -> AnyResponse:
    """Throw a draft away."""
    drop_draft(db.session(), draft_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The draft is thrown away."))
    return redirect(url_for("ladders.listing"), 303)


def _load(draft_id: int) -> Draft:
    return load_draft(db.session(), current_actor(), draft_id)


def _page(draft_id: int, faults: tuple[Fault, ...] = ()) -> str:
    draft = _load(draft_id)
    row, proposal = draft.row, Proposal(Kind.LADDER, draft.row.id)
    changed = diff_ladders(draft.published, draft.ladder) if draft.published else ()
    return render_template(
        "ladders/draft.html",
        draft=draft,
        row=row,
        sheet=lay_out(draft.ladder),
        touched=find_touched_cells(changed),
        count=len(changed),
        warnings=find_warnings(draft.source),
        faults=faults,
        why=ReasonForm(),
        whose=find_whose(db.session(), proposal, row.proposed_by_id, current_actor()) if row.is_proposal else None,
    )


def _ask_page(form: BeginForm, faults: tuple[Fault, ...] = ()) -> str:
    _choose_from(form)
    return render_template("ladders/begin.html", form=form, faults=faults)


def _choose_from(form: BeginForm) -> None:
    own = gettext("A file of your own")
    published = [
        (f"version-{version.id}", gettext("%(name)s, version %(version)s", name=row.name, version=version.version))
        for row in list_ladders(db.session(), current_actor())
        for version in row.versions
    ]
    shipped = [(f"shipped-{name}", gettext("%(name)s, as shipped", name=title)) for name, title in list_shipped()]
    ways = [*published, *shipped, (FROM_FILE, own)]
    form.source.choices = choices(ways)
    form.source.data = form.source.data or ways[0][0]


def _read_beginning(form: BeginForm) -> tuple[str, str, int | None]:
    """Return the text that a draft begins with, the name that its faults carry, and the version that it is of."""
    kind, _, which = str(form.source.data or FROM_FILE).partition("-")
    if kind == "version":
        number = whole_number(which)
        return load_or_404(read_source(db.session(), current_actor(), number)), "ladder.yaml", number
    if kind == "shipped":
        return load_or_404(read_shipped(which)), f"{which}.yaml", None
    return *form.read_file(), None
