"""Workflows: versions, one version with its diagram and actions, proposing, publishing, moving live cases."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid
from review.domain.numbers import whole_number
from review.domain.proposals import Kind, Proposal
from review.domain.workflow_changes import tell_changes
from review.domain.workflow_diagram import draw_item, draw_workflow
from review.domain.workflow_marks import draw_changes, list_marks
from review.domain.workflow_mermaid import write_mermaid
from review.domain.workflow_sheet import list_actions, list_moves
from review.domain.workflow_versions import diff_definitions
from review.extensions import db
from review.forms.proposals import ReasonForm
from review.forms.workflows import ProposalForm, read_targets
from review.queries.proposals import Whose, find_whose
from review.queries.workflow_drafts import list_drafts
from review.queries.workflows import (
    VersionRow,
    find_earlier,
    find_version,
    list_workflows,
    may_propose,
    plan_move,
    read_definition,
    read_sources,
)
from review.services.workflow_migrations import migrate_cases
from review.services.workflows import discard_proposal, propose_workflow, publish_workflow, read_workflow
from review.web.guards import current_actor, current_now, load_or_404, requires
from review.web.words import tr
from review.web.workflow_files import list_shipped, read_shipped

bp = Blueprint("workflows", __name__, url_prefix="/workflows")


@bp.get("")
@requires("signed_in")
def listing() -> str:
    """List the workflows and their versions."""
    actor = current_actor()
    rows, proposes = list_workflows(db.session(), actor), may_propose(actor)
    drafts = list_drafts(db.session(), actor)
    there = {row.key for row in rows}
    shipped = [(name, title) for name, title in list_shipped() if proposes and name not in there]
    return render_template("workflows/list.html", rows=rows, drafts=drafts, may_propose=proposes, shipped=shipped)


@bp.get("/<int:version_id>")
@requires("signed_in")
def detail(version_id: int) -> str:
    """Show a version: diagram, actions, what differs, and to HR where live cases stand."""
    return _detail(version_id)


@bp.get("/<int:version_id>/diagram.svg")
@requires("signed_in")
def diagram(version_id: int) -> Response:
    """Send the diagram as a picture."""
    row = _load(version_id)
    return _file(draw_workflow(read_definition(db.session(), row.id), None, tr), "image/svg+xml", row, "svg")


@bp.get("/<int:version_id>/diagram.mmd")
@requires("signed_in")
def mermaid(version_id: int) -> Response:
    """Send the diagram in Mermaid's language."""
    row = _load(version_id)
    return _file(write_mermaid(read_definition(db.session(), row.id), None, tr), "text/plain", row, "mmd")


@bp.get("/<int:version_id>/files/<name>")
@requires("signed_in")
def download(version_id: int, name: str) -> Response:
    """Send a file that the version was made of, as it was written."""
    row = _load(version_id)
    source = load_or_404(read_sources(db.session(), row.id).get(name))
    return _file(source, "application/yaml", row, name)


@bp.get("/propose")
@requires("hr")
def ask() -> str:
    """Show the form for a new version, filled with the version or the shipped file it begins from."""
    base = find_version(db.session(), current_actor(), request.args.get("base", 0, type=whole_number))
    shipped = request.args.get("shipped", "")
    if shipped:
        source = load_or_404(read_shipped(shipped))
    else:
        source = next(iter(read_sources(db.session(), base.id).values()), "") if base else ""
    form = ProposalForm(formdata=None, data={"source": source})
    return render_template("workflows/propose.html", form=form, faults=(), shipped=() if source else list_shipped())


@bp.post("/propose")
@requires("hr")
def propose() -> AnyResponse | tuple[str, int]:
    """Propose a version, or show every fault in it with its line."""
    form = ProposalForm()
    source = form.to_command()
    if isinstance(source, Fault):
        return render_template("workflows/propose.html", form=form, faults=(source,), shipped=()), 422
    try:
        row = propose_workflow(db.session(), source, actor=current_actor(), now=current_now())
    except Invalid as refused:
        return render_template("workflows/propose.html", form=form, faults=refused.faults, shipped=()), 422
    db.session.commit()
    flash(gettext("Version %(version)s is proposed. A second person in HR publishes it.", version=row.version))
    return redirect(url_for(".detail", version_id=row.id), 303)


@bp.post("/check")
@requires("hr")
def check() -> str:
    """Show the faults of what is being written, while it is written; nothing is kept."""
    source = ProposalForm().to_command()
    faults: tuple[Fault, ...] = (source,) if isinstance(source, Fault) else ()
    if not isinstance(source, Fault):
        try:
            read_workflow(db.session(), source, file="workflow.yaml")
        except Invalid as refused:
            faults = refused.faults
    return render_template("workflows/_check.html", faults=faults)


@bp.post("/<int:version_id>/publish")
@requires("hr")
def publish(version_id: int) -> AnyResponse | tuple[str, int]:
    """Publish a proposal of somebody else, if it is still the one they have read."""
    digest = request.form.get("digest", "")
    try:
        row = publish_workflow(db.session(), version_id, actor=current_actor(), now=current_now(), digest=digest)
    except Invalid as refused:
        return _detail(version_id, refused.faults), 422
    db.session.commit()
    flash(gettext("Version %(version)s is published. It will never change.", version=row.version))
    return redirect(url_for(".detail", version_id=version_id), 303)


@bp.post("/<int:version_id>/discard")
@requires("hr")
def discard(version_id: int) -> AnyResponse | tuple[str, int]:
    """Take a proposal away, with the reason."""
    why, actor, now = ReasonForm().to_command(), current_actor(), current_now()
    try:
        discard_proposal(db.session(), version_id, why, actor=actor, now=now)
    except Invalid as refused:
        db.session.rollback()
        return _detail(version_id, refused.faults), 422
    db.session.commit()
    flash(gettext("The proposal is taken away."))
    return redirect(url_for(".listing"), 303)


@bp.get("/<int:version_id>/move/<int:old_id>")
@requires("hr")
def ask_move(version_id: int, old_id: int) -> str:
    """Show where the live cases of an earlier version would go."""
    return _move_page(version_id, old_id, {})


@bp.post("/<int:version_id>/move/<int:old_id>")
@requires("hr")
def move(version_id: int, old_id: int) -> AnyResponse | tuple[str, int]:
    """Move the live cases of an earlier version to this one, all or none."""
    session, rename = db.session(), read_targets(request.form, request.form.getlist("token"))
    try:
        count = migrate_cases(session, old_id, version_id, rename, actor=current_actor(), now=current_now())
    except Invalid as refused:
        return _move_page(version_id, old_id, rename, refused.faults), 422
    db.session.commit()
    flash(gettext("%(count)s cases follow this version now.", count=count))
    return redirect(url_for(".detail", version_id=version_id), 303)


def _load(version_id: int) -> VersionRow:
    return load_or_404(find_version(db.session(), current_actor(), version_id))


def _detail(version_id: int, faults: tuple[Fault, ...] = ()) -> str:
    session, actor = db.session(), current_actor()
    row = _load(version_id)
    definition = read_definition(session, row.id)
    earlier = find_earlier(session, actor, row)
    before = read_definition(session, earlier[0].id) if earlier else None
    drawn = draw_changes(before, definition, tr) if before and row.is_proposal else draw_workflow(definition, None, tr)
    return render_template(
        "workflows/detail.html",
        row=row,
        definition=definition,
        faults=faults,
        picture=Markup(drawn),  # noqa: S704 - drawn and escaped by workflow_diagram
        marks=list_marks(before, definition) if before and row.is_proposal else (),
        changed=tell_changes(before, definition) if before else (),
        items=[(kind, Markup(draw_item(definition, kind, None, tr))) for kind in definition.items],  # noqa: S704
        tables=list_actions(definition),
        files=tuple(read_sources(session, row.id)),
        earlier=earlier,
        differences=diff_definitions(before, definition) if before else (),
        runs=_runs(row, earlier) if may_propose(actor) else (),
        may_propose=may_propose(actor),
        why=ReasonForm(),
        whose=_whose(row, actor),
    )


def _whose(row: VersionRow, actor: Actor) -> Whose | None:
    """Return whose a proposal is, to who may propose; None for everybody else, and where nothing waits."""
    if not row.is_proposal or not may_propose(actor):
        return None
    return find_whose(db.session(), Proposal(Kind.WORKFLOW, row.id), row.proposed_by_id, actor)


def _runs(row: VersionRow, earlier: tuple[VersionRow, ...]) -> list[tuple[VersionRow, bool]]:
    """Return the earlier versions that live cases follow, and whether each live state has a target here."""
    session = db.session()
    return [(old, plan_move(session, old.id, row.id, {}).is_refused) for old in earlier if old.live_cases]


def _move_page(version_id: int, old_id: int, rename: dict[str, str], faults: tuple[Fault, ...] = ()) -> str:
    session, row, old = db.session(), _load(version_id), _load(old_id)
    plan = plan_move(session, old.id, row.id, rename)
    lines = list_moves(read_definition(session, old.id), read_definition(session, row.id), plan)
    return render_template("workflows/move.html", row=row, old=old, lines=lines, faults=faults)


def _file(content: str, media_type: str, row: VersionRow, ending: str) -> Response:
    response = Response(content, content_type=f"{media_type}; charset=utf-8")
    name = ending if ending.endswith(".yaml") else f"{row.key}-{row.version}.{ending}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
