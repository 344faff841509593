"""The candidate's own words: the self-review per criterion and the evidence for it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid, NotFound
from review.domain.level_text import LevelText, describe_level
from review.extensions import db
from review.forms.evidence import EvidenceForm, SelfReviewForm, evidence_data
from review.queries.earlier import load_earlier
from review.queries.evidence import EvidenceRow, find_packet_stage, load_evidence, load_self_review
from review.queries.standing import Standing, load_standing
from review.services.evidence import add_evidence, edit_evidence, remove_evidence, save_self_review
from review.web.answers import answer_saved, is_autosave, say_saved
from review.web.differences import mark_target
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("evidence", __name__, url_prefix="/cases/<int:case_id>")
Page = str | tuple[str, int]


@bp.get("/self-review/<criterion_id>")
@requires("signed_in")
def self_review(case_id: int, criterion_id: str) -> Page:
    """Show one criterion: what the ladder asks, what the candidate wrote, the evidence."""
    return _self_review_page(case_id, criterion_id)


@bp.post("/self-review/<criterion_id>")
@requires("signed_in")
def write_self_review(case_id: int, criterion_id: str) -> Response | Page:
    """Keep what the candidate wrote; go where the button says."""
    form, now = SelfReviewForm(), current_now()
    given = (form.to_command(), form.version.data or 0)
    try:
        version = save_self_review(
            db.session(), case_id, criterion_id, given[0], version=given[1], actor=current_actor(), now=now
        )
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _self_review_page(case_id, criterion_id, form)
    db.session.commit()
    if not is_autosave():
        say_saved()
    onward = request.form.get("then") or criterion_id
    return answer_saved(url_for(".self_review", case_id=case_id, criterion_id=onward), version=version, now=now)


@bp.get("/evidence/new")
@requires("signed_in")
def new(case_id: int) -> Page:
    """Show an empty form for evidence."""
    form = EvidenceForm(formdata=None, data={"tags": request.args.getlist("criterion")})
    return _evidence_page(case_id, form)


@bp.post("/evidence/new")
@requires("signed_in")
def add(case_id: int) -> Response | Page:
    """Add evidence and go back to the criterion it was added for."""
    form = EvidenceForm()
    key = form.request_key.data
    try:
        add_evidence(
            db.session(), case_id, form.to_command(), actor=current_actor(), now=current_now(), request_key=key
        )
    except Invalid as refused:
        return _refused_page(case_id, form, refused)
    db.session.commit()
    flash(gettext("The evidence is added."))
    return redirect(_onward(case_id, form), 303)


@bp.get("/evidence/<int:evidence_id>")
@requires("signed_in")
def edit(case_id: int, evidence_id: int) -> Page:
    """Show one piece of evidence, as a form for who may change it."""
    return _evidence_page(case_id, None, evidence_id)


@bp.post("/evidence/<int:evidence_id>")
@requires("signed_in")
def change(case_id: int, evidence_id: int) -> Response | Page:
    """Keep a change of evidence."""
    form = EvidenceForm()
    given = (form.to_command(), form.version.data or 0)
    try:
        edit_evidence(
            db.session(), case_id, evidence_id, given[0], version=given[1], actor=current_actor(), now=current_now()
        )
    except Invalid as refused:
        return _refused_page(case_id, form, refused, evidence_id)
    db.session.commit()
    say_saved()
    return redirect(_onward(case_id, form), 303)


@bp.post("/evidence/<int:evidence_id>/remove")
@requires("signed_in")
def remove(case_id: int, evidence_id: int) -> Response:
    """Take evidence out."""
    remove_evidence(db.session(), case_id, evidence_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The evidence is taken out; its number stays unused."))
    first = load_standing(db.session(), case_id, current_actor(), now=current_now()).criteria[0].id
    criterion = request.form.get("criterion") or first
    return redirect(url_for(".self_review", case_id=case_id, criterion_id=criterion), 303)


def _self_review_page(case_id: int, criterion_id: str, form: SelfReviewForm | None = None) -> Page:
    session = db.session()
    standing = load_standing(session, case_id, current_actor(), now=current_now())
    page = load_self_review(session, standing, criterion_id)
    shown = form or SelfReviewForm(formdata=None, data={"self_review": page.body, "version": page.version})
    is_own = standing.case.candidate_id == current_actor().person_id
    html = render_template(
        "evidence/self_review.html",
        page=page,
        earlier=load_earlier(session, standing, [criterion_id])[criterion_id] if is_own else None,
        form=shown,
        standing=standing,
        target_pieces=_pieces(page.start, page.target),
        options=[option for option in standing.options() if option.region == "packet"],
        is_own=is_own,
    )
    return (html, 422) if form is not None else html


def _evidence_page(case_id: int, form: EvidenceForm | None, evidence_id: int | None = None) -> str:
    session = db.session()
    standing = load_standing(session, case_id, current_actor(), now=current_now())
    row = load_evidence(session, standing, evidence_id) if evidence_id is not None else None
    may_write = standing.may_write("evidence.attachment")
    if row is None and not may_write:
        raise NotFound
    is_open = find_packet_stage(standing).is_open
    if row is not None and not (may_write and is_open):
        return render_template("evidence/detail.html", row=row, standing=standing, names=_names(standing))
    shown = form or EvidenceForm(formdata=None, data=evidence_data(row) if row else None)
    return render_template(
        "evidence/form.html",
        form=shown,
        row=row,
        standing=standing,
        is_late=not is_open,
        cells=_cells(standing),
        back=_back(case_id, standing, row),
    )


def _refused_page(
    case_id: int, form: EvidenceForm, refused: Invalid, evidence_id: int | None = None
) -> tuple[str, int]:
    db.session.rollback()
    put_beside(form, refused.faults)
    return _evidence_page(case_id, form, evidence_id), 422


def _cells(standing: Standing) -> list[tuple[str, str, LevelText]]:
    """Return id and name of each criterion, with what the target level asks."""
    case = standing.case
    described = ((each, describe_level(standing.ladder, each.id, case.to_level_id)) for each in standing.criteria)
    return [(each.id, each.name_for(case.track_id), cell) for each, cell in described if cell is not None]


def _names(standing: Standing) -> dict[str, str]:
    return {each.id: each.name_for(standing.case.track_id) for each in standing.criteria}


def _pieces(start: LevelText | None, target: LevelText | None) -> tuple[tuple[str, str], ...]:
    """Return the target's summary; what it adds to the level before is marked."""
    return mark_target(start.summary if start else None, target.summary) if target else ()


def _back(case_id: int, standing: Standing, row: EvidenceRow | None) -> str:
    asked = request.args.get("criterion") or (min(row.criteria) if row and row.criteria else "")
    known = asked if asked in _names(standing) else standing.criteria[0].id
    return url_for(".self_review", case_id=case_id, criterion_id=known)


def _onward(case_id: int, form: EvidenceForm) -> str:
    """Return the page of the criterion that the form was opened from, else of the first that it is tagged with."""
    chosen = [str(tag).partition("/")[0] for tag in form.tags.data or ()]
    criterion = request.args.get("criterion") or chosen[0]
    return url_for(".self_review", case_id=case_id, criterion_id=criterion)
