"""Check-ins of a growth plan: noted by candidate and manager, changed by their author."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid, NotFound
from review.extensions import db
from review.forms.check_ins import WORDS, CheckInForm, make_form
from review.queries.check_ins import CheckInRow, load_check_ins
from review.queries.growth import load_growth_page
from review.queries.standing import Standing, load_standing
from review.services.check_ins import note_check_in
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, requires

bp = Blueprint("check_ins", __name__, url_prefix="/cases/<int:case_id>/growth-plan/check-ins")
Page = str | tuple[str, int]


@bp.get("/new")
@requires("signed_in")
def new(case_id: int) -> str:
    """Show an empty form for a check-in."""
    return _page(case_id, None)


@bp.post("/new")
@requires("signed_in")
def add(case_id: int) -> Response | Page:
    """Note a check-in."""
    return _keep(case_id, None)


@bp.get("/<int:check_in_id>")
@requires("signed_in")
def edit(case_id: int, check_in_id: int) -> str:
    """Show one's own check-in as a form."""
    return _page(case_id, check_in_id)


@bp.post("/<int:check_in_id>")
@requires("signed_in")
def change(case_id: int, check_in_id: int) -> Response | Page:
    """Keep a changed check-in."""
    return _keep(case_id, check_in_id)


def _keep(case_id: int, check_in_id: int | None) -> Response | Page:
    _, row, activities = _open(case_id, check_in_id)
    form, actor, now = make_form(activities), current_actor(), current_now()
    version, key = form.version.data or 0, form.request_key.data
    try:
        if not (form.held_on.validate(form) & form.next_on.validate(form)):
            raise Invalid([])
        draft = form.to_command()
        number = row.id if row else None
        note_check_in(db.session(), case_id, number, draft, version=version, actor=actor, now=now, request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(case_id, check_in_id, form), 422
    db.session.commit()
    flash(gettext("The check-in is noted. You both read it, and HR."))
    return redirect(url_for("growth.detail", case_id=case_id, _anchor="check-ins"), 303)


def _open(case_id: int, check_in_id: int | None) -> tuple[Standing, CheckInRow | None, dict[int, str]]:
    """Return the case, one's own check-in if it is one, and the activities to speak of; 404 for who notes none."""
    session = db.session()
    standing = load_standing(session, case_id, current_actor(), now=current_now())
    page = load_or_404(load_growth_page(session, standing))
    found = load_or_404(load_check_ins(session, standing, is_agreed=page.is_agreed))
    if not found.can_write:
        raise NotFound
    row = None
    if check_in_id is not None:
        row = load_or_404(next((each for each in found.rows if each.id == check_in_id and each.can_change), None))
    activities = {item.id: item.activity for item in page.activities}
    if row is not None:
        activities |= {line.item_id: line.activity for line in row.lines}
    return standing, row, activities


def _page(case_id: int, check_in_id: int | None, form: CheckInForm | None = None) -> str:
    standing, row, activities = _open(case_id, check_in_id)
    data: dict[str, Any] = {}
    if row is not None:
        data = {"held_on": row.held_on, "next_on": row.next_on, "version": row.version}
        data |= {f"{WORDS}{line.item_id}": line.words for line in row.lines}
    shown = form or make_form(activities, formdata=None, data=data)
    return render_template("growth/check_in.html", standing=standing, check_in=row, form=shown)
