"""Nominations: of oneself, of a report, of everybody eligible at once; and saying "not now"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.domain.numbers import whole_number
from review.domain.text import Text
from review.extensions import db
from review.forms.base import clean_line, clean_text
from review.forms.cycles import KIND_WORDS, NominationForm, OptOutForm
from review.queries.cycle_changes import find_nominations
from review.queries.cycles import load_cycle
from review.queries.eligibility import PAGE_SIZE
from review.queries.nomination_runs import find_last_run
from review.queries.nominations import NominationPage, load_nomination_page
from review.queries.pinned import load_ladder
from review.services.cases import nominate as nominate_case
from review.services.cases import opt_in, opt_out
from review.services.cases_nominate_all import nominate_everybody
from review.services.request_keys import claim
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, requires

bp = Blueprint("nominations", __name__, url_prefix="/cycles/<int:cycle_id>")
Page = str | tuple[str, int]


@bp.get("/nominate")
@requires("signed_in")
def choose(cycle_id: int) -> str:
    """Show whom the reader may nominate, and for whoever is chosen the moves that the ladder has."""
    page = _load(cycle_id, request.args.get("candidate", type=whole_number))
    return _show(page, NominationForm(formdata=None))


@bp.post("/nominate")
@requires("signed_in")
def nominate(cycle_id: int) -> Response | Page:
    """Open a case for oneself, a direct report, or as HR for anybody."""
    session, actor, now, form = db.session(), current_actor(), current_now(), NominationForm()
    if not form.validate():
        return _show(_load(cycle_id, form.candidate.data), form), 422
    try:
        if claim(session, form.request_key.data, actor=actor, now=now):
            nominate_case(session, cycle_id, form.to_command(_role_fit()), actor=actor, now=now)
    except Invalid as error:
        session.rollback()
        return _refuse(cycle_id, form, error)
    db.session.commit()
    flash(gettext("Nominated. HR checks the level and the time in it next."))
    return redirect(url_for("home.todo"), 303)


@bp.get("/nominate-all")
@requires("hr")
def look_at_all(cycle_id: int) -> str:
    """Show who would be nominated, before anybody is; while a job nominates them, how far it is."""
    session, actor = db.session(), current_actor()
    cycle, run = load_cycle(session, cycle_id, actor), find_last_run(session, cycle_id)
    if run is not None and run.ended_at is None:
        return render_template("cycles/nominate_all.html", cycle=cycle, run=run, found=None)
    found = find_nominations(session, cycle_id, actor=actor, now=current_now())
    last_page = max(1, -(-len(found.eligible) // PAGE_SIZE))
    page = min(max(request.args.get("page", 1, type=whole_number) or 1, 1), last_page)
    first = (page - 1) * PAGE_SIZE
    return render_template(
        "cycles/nominate_all.html",
        cycle=cycle,
        run=run,
        found=found,
        ladder=load_ladder(session, cycle.ladder_version_id),
        rows=found.eligible[first : first + PAGE_SIZE],
        first=first + 1,
        previous_url=url_for(".look_at_all", cycle_id=cycle_id, page=page - 1) if page > 1 else None,
        next_url=url_for(".look_at_all", cycle_id=cycle_id, page=page + 1) if page < last_page else None,
    )


@bp.get("/nominate-all/live")
@requires("hr")
def live(cycle_id: int) -> str:
    """Give how far a job is that nominates everybody, for the page itself while it is open."""
    session = db.session()
    cycle = load_cycle(session, cycle_id, current_actor())
    run = load_or_404(find_last_run(session, cycle_id))
    return render_template("cycles/_nominating.html", cycle=cycle, run=run)


@bp.post("/nominate-all")
@requires("hr")
def nominate_all(cycle_id: int) -> Response:
    """Open a case for everybody eligible who has not opted out, at once or by a job."""
    opened = nominate_everybody(db.session(), cycle_id, actor=current_actor(), now=current_now())
    if opened is None:
        db.session.commit()
        return redirect(url_for(".look_at_all", cycle_id=cycle_id), 303)
    return _done(cycle_id, ngettext("%(num)s case was opened.", "%(num)s cases were opened.", opened))


@bp.post("/opt-out")
@requires("signed_in")
def say_not_now(cycle_id: int) -> Response | Page:
    """Say "not now" for oneself."""
    form = OptOutForm()
    try:
        opt_out(db.session(), cycle_id, str(form.reason.data or ""), actor=current_actor(), now=current_now())
    except Invalid as error:
        db.session.rollback()
        put_beside(form, error.faults)
        return _show(_load(cycle_id, None), NominationForm(formdata=None), form), 422
    return _done(cycle_id, gettext("Noted. You are not nominated in this cycle; you may change your mind."))


@bp.post("/opt-in")
@requires("signed_in")
def take_back_not_now(cycle_id: int) -> Response:
    """Take an opt-out back."""
    opt_in(db.session(), cycle_id, actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("Your “not now” is taken back."))


def _load(cycle_id: int, chosen_id: int | None) -> NominationPage:
    words = clean_line(request.args.get("words"))
    return load_nomination_page(
        db.session(), cycle_id, current_actor(), chosen_id=chosen_id, now=current_now(), words=words
    )


def _role_fit() -> dict[str, str]:
    """Return the answers of the role-fit sheet by question."""
    given = request.form.items()
    return {key.removeprefix("fit-"): clean_text(value) for key, value in given if key.startswith("fit-")}


def _refuse(cycle_id: int, form: NominationForm, error: Invalid) -> Page:
    """Show the form again with its faults; those of the role-fit sheet stand beside their questions."""
    fit = {fault.field: fault.what for fault in error.faults if fault.field and fault.field.startswith("fit-")}
    rest = [fault for fault in error.faults if fault.field not in fit]
    put_beside(form, [replace(fault, field="move") if fault.field in {"kind", "to_level"} else fault for fault in rest])
    return _show(_load(cycle_id, form.candidate.data), form, fit_faults=fit), 422


def _show(
    page: NominationPage,
    form: NominationForm,
    opt_out_form: OptOutForm | None = None,
    fit_faults: Mapping[str, Text] | None = None,
) -> str:
    return render_template(
        "cycles/nominate.html",
        page=page,
        words=clean_line(request.args.get("words")),
        form=form,
        opt_out_form=opt_out_form or OptOutForm(formdata=None),
        role_fit=_role_fit(),
        fit_faults=fit_faults or {},
        kind_words=KIND_WORDS,
    )


def _done(cycle_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for("cycles.detail", cycle_id=cycle_id), 303)
