"""Cycles: the list, one with its cases, setting one up and editing it, opening and closing it, moving its dates."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.access import Role
from review.domain.board import STALL_RULE
from review.domain.errors import Invalid
from review.extensions import db
from review.forms.base import choices, label_fields
from review.forms.cycles import DATE_WORDS, KIND_WORDS, CycleForm, MoveDateForm, cycle_data
from review.queries.cycle_changes import count_moved
from review.queries.cycles import CycleDetail, list_cycles, load_cycle
from review.queries.pinned import load_ladder
from review.queries.setup import (
    list_ladders,
    list_open_conditions,
    list_workflows,
    shipped_policy,
    suggest_workflows,
)
from review.services.cycles import close_cycle, create_cycle, move_date, open_cycle
from review.services.cycles_in_draft import discard_cycle, edit_cycle, require_draft
from review.web.cycle_cases import show_list, today_in
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.revisits import kept_until_news

bp = Blueprint("cycles", __name__, url_prefix="/cycles")
STARTING_ZONE = "Europe/Berlin"
AFTER_DAYS = (14, 28, 35, 56, 66, 75)
"""Days from today to each date that a new cycle proposes, in the order of DATE_WORDS."""


@bp.get("")
@requires("signed_in")
@kept_until_news
def list_all() -> str:
    """Show the cycles."""
    actor = current_actor()
    return render_template("cycles/list.html", rows=list_cycles(db.session(), actor), is_hr=actor.has(Role.HR))


@bp.get("/new")
@requires("hr")
def new() -> str:
    """Show the set-up of a cycle, with dates proposed."""
    today = current_now().date()
    dates = {name: today + timedelta(days=days) for name, days in zip(DATE_WORDS, AFTER_DAYS, strict=True)}
    return _set_up(CycleForm(formdata=None, data={"zone": STARTING_ZONE, **dates}))


@bp.post("/new")
@requires("hr")
def create() -> Response | tuple[str, int]:
    """Set up a cycle as a draft."""
    form = CycleForm()
    form.ladder.choices = choices((row.id, row.label) for row in list_ladders(db.session()))
    if not form.validate():
        return _set_up(form), 422
    plan = form.to_command(_picked(), shipped_policy())
    try:
        cycle = create_cycle(db.session(), plan, actor=current_actor(), now=current_now())
    except Invalid as error:
        db.session.rollback()
        put_beside(form, error.faults)
        return _set_up(form), 422
    db.session.commit()
    flash(gettext("The cycle is set up as a draft. Add its committees, then open it."))
    return redirect(url_for(".detail", cycle_id=cycle.id), 303)


@bp.get("/<int:cycle_id>")
@requires("signed_in")
@kept_until_news
def detail(cycle_id: int) -> str:
    """Show a cycle: its calendar, and to HR where its cases stand and a page of them."""
    session, actor = db.session(), current_actor()
    cycle = load_cycle(session, cycle_id, actor)
    is_hr = actor.has(Role.HR)
    return render_template(
        "cycles/detail.html",
        cycle=cycle,
        cases=show_list(cycle),
        conditions=list_open_conditions(session, cycle_id) if is_hr and cycle.state == "draft" else (),
        date_words=DATE_WORDS,
        kind_words=KIND_WORDS,
        today=today_in(cycle),
        stall_rule=STALL_RULE,
        is_hr=is_hr,
    )


@bp.get("/<int:cycle_id>/edit")
@requires("hr")
def edit(cycle_id: int) -> str:
    """Show a draft in the form it was set up with."""
    cycle = _draft(cycle_id)
    return _set_up(CycleForm(formdata=None, data=cycle_data(cycle)), cycle)


@bp.post("/<int:cycle_id>/edit")
@requires("hr")
def change(cycle_id: int) -> Response | tuple[str, int]:
    """Keep a change of a draft; its policy stays as it is."""
    session, form = db.session(), CycleForm()
    form.ladder.choices = choices((row.id, row.label) for row in list_ladders(session))
    if not form.validate():
        return _set_up(form, _draft(cycle_id)), 422
    tracks = load_ladder(session, form.ladder.data).tracks
    label_fields({f"workflow-{each.id}": gettext("Workflow: %(track)s", track=each.name) for each in tracks})
    plan, version = form.to_command(_picked(), shipped_policy()), form.version.data or 0
    try:
        edit_cycle(session, cycle_id, plan, version=version, actor=current_actor(), now=current_now())
    except Invalid as error:
        session.rollback()
        put_beside(form, error.faults)
        return _set_up(form, _draft(cycle_id)), 422
    return _done(cycle_id, gettext("Saved."))


@bp.post("/<int:cycle_id>/discard")
@requires("hr")
def discard(cycle_id: int) -> Response:
    """Take a draft away."""
    discard_cycle(db.session(), cycle_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The draft is discarded."))
    return redirect(url_for(".list_all"), 303)


@bp.post("/<int:cycle_id>/open")
@requires("hr")
def open_one(cycle_id: int) -> Response:
    """Open a draft for nominations."""
    open_cycle(db.session(), cycle_id, actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("The cycle is open for nominations."))


@bp.post("/<int:cycle_id>/close")
@requires("hr")
def close_one(cycle_id: int) -> Response:
    """Close a cycle whose cases have ended."""
    close_cycle(db.session(), cycle_id, actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("The cycle is closed."))


@bp.get("/<int:cycle_id>/dates")
@requires("hr")
def dates(cycle_id: int) -> str:
    """Show the dates to move; with a date and a day chosen, how many cases that would touch."""
    form = MoveDateForm(formdata=request.args) if request.args else MoveDateForm(formdata=None)
    return _dates(cycle_id, form)


@bp.post("/<int:cycle_id>/dates")
@requires("hr")
def move(cycle_id: int) -> Response | tuple[str, int]:
    """Move a date; what is due by it moves along."""
    form, session = MoveDateForm(), db.session()
    form.offer(name for name, _ in load_cycle(session, cycle_id, current_actor()).dates)
    if not form.validate() or form.day.data is None:
        return _dates(cycle_id, form), 422
    try:
        count = move_date(session, cycle_id, form.name.data, form.day.data, actor=current_actor(), now=current_now())
    except Invalid as error:
        db.session.rollback()
        put_beside(form, error.faults)
        return _dates(cycle_id, form), 422
    moved = ngettext("The date has moved, and %(num)s case.", "The date has moved, and %(num)s cases.", count)
    return _done(cycle_id, moved)


def _dates(cycle_id: int, form: MoveDateForm) -> str:
    """Show the form; where it is filled in, the dry run beside it."""
    session, now = db.session(), current_now()
    cycle = load_cycle(session, cycle_id, current_actor())
    form.offer(name for name, _ in cycle.dates)
    count = None
    if form.name.data and form.day.data and not form.errors:
        count = count_moved(session, cycle_id, form.name.data, form.day.data, now=now)
    today = today_in(cycle)
    return render_template("cycles/dates.html", cycle=cycle, form=form, count=count, date_words=DATE_WORDS, today=today)


def _done(cycle_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for(".detail", cycle_id=cycle_id), 303)


def _picked() -> dict[str, int]:
    """Return the workflow chosen for each track; tracks left without one are left out."""
    given = request.form.items()
    return {key.removeprefix("workflow-"): int(value) for key, value in given if _picks(key, value)}


def _picks(key: str, value: str) -> bool:
    return key.startswith("workflow-") and value.isdigit()


def _draft(cycle_id: int) -> CycleDetail:
    cycle = load_cycle(db.session(), cycle_id, current_actor())
    require_draft(cycle.state)
    return cycle


def _set_up(form: CycleForm, cycle: CycleDetail | None = None) -> str:
    """Show the form, for a new cycle or a draft; the tracks are those of the ladder that is chosen in it."""
    ladders, workflows = list_ladders(db.session()), list_workflows(db.session())
    form.ladder.choices = choices((row.id, row.label) for row in ladders)
    ladder = next((row for row in ladders if row.id == form.ladder.data), next(iter(ladders), None))
    picked = suggest_workflows(ladder, workflows) if ladder else {}
    picked |= {track: version for track, _, version in cycle.workflows} if cycle else {}
    return render_template(
        "cycles/form.html",
        form=form,
        cycle=cycle,
        tracks=ladder.tracks if ladder else None,
        workflows=workflows,
        picked=picked | _picked(),
    )
