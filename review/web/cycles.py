"""Cycles: the list, one with its cases, setting one up, opening and closing it, nominations and opt-outs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.access import Role
from review.domain.errors import Invalid
from review.extensions import db
from review.forms.base import choices
from review.forms.cycles import DATE_WORDS, KIND_WORDS, CycleForm, MoveDateForm, NominationForm, OptOutForm
from review.queries.cycles import list_cases, list_cycles, list_opt_outs, load_cycle
from review.queries.nominations import NominationPage, load_nomination_page
from review.queries.pinned import load_definition, load_ladder
from review.queries.setup import list_committees, list_ladders, list_workflows, shipped_policy, suggest_workflows
from review.services.cases import nominate as nominate_case
from review.services.cases import nominate_all_eligible, opt_in, opt_out
from review.services.cycles import close_cycle, create_cycle, move_date, open_cycle
from review.services.request_keys import claim
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("cycles", __name__, url_prefix="/cycles")
STARTING_ZONE = "Europe/Berlin"
AFTER_DAYS = (14, 28, 35, 56, 66, 75)
"""Days from today to each date that a new cycle proposes, in the order of DATE_WORDS."""


@bp.get("")
@requires("signed_in")
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
    workflows = {key.removeprefix("workflow-"): int(value) for key, value in request.form.items() if _picks(key, value)}
    if not form.validate():
        return _set_up(form), 422
    try:
        cycle = create_cycle(
            db.session(), form.to_command(workflows, shipped_policy()), actor=current_actor(), now=current_now()
        )
    except Invalid as error:
        db.session.rollback()
        return _set_up(form, faults=error.faults), 422
    db.session.commit()
    flash(gettext("The cycle is set up as a draft. Add its committees, then open it."))
    return redirect(url_for(".detail", cycle_id=cycle.id), 303)


@bp.get("/<int:cycle_id>")
@requires("signed_in")
def detail(cycle_id: int) -> str:
    """Show a cycle: its calendar, and to HR its cases."""
    session, actor = db.session(), current_actor()
    cycle = load_cycle(session, cycle_id, actor)
    cases = list_cases(session, cycle_id, actor)
    zone = ZoneInfo(cycle.zone)
    form = MoveDateForm(formdata=None)
    form.offer(name for name, _ in cycle.dates)
    return render_template(
        "cycles/detail.html",
        cycle=cycle,
        lines=[_case_line(row, zone) for row in cases],
        ladder=load_ladder(session, cycle.ladder_version_id),
        committees=list_committees(session, cycle_id),
        opt_outs=list_opt_outs(session, cycle_id, actor),
        date_words=DATE_WORDS,
        kind_words=KIND_WORDS,
        form=form,
        today=current_now().astimezone(zone).date(),
        is_hr=actor.has(Role.HR),
    )


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


@bp.post("/<int:cycle_id>/dates")
@requires("hr")
def move(cycle_id: int) -> Response:
    """Move a date; what is due by it moves along."""
    form = MoveDateForm()
    form.offer(name for name, _ in load_cycle(db.session(), cycle_id, current_actor()).dates)
    if not form.validate() or form.day.data is None:
        flash(gettext("Nothing was moved: choose a date and a day."))
        return redirect(url_for(".detail", cycle_id=cycle_id), 303)
    count = move_date(db.session(), cycle_id, form.name.data, form.day.data, actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("The date has moved, and with it what is due in %(count)s cases.", count=count))


@bp.get("/<int:cycle_id>/nominate")
@requires("signed_in")
def nominate(cycle_id: int) -> str:
    """Show whom the reader may nominate, and for what."""
    page = load_nomination_page(db.session(), cycle_id, current_actor())
    return _nomination(page, NominationForm(formdata=None))


@bp.post("/<int:cycle_id>/nominate")
@requires("signed_in")
def nominate_now(cycle_id: int) -> Response | tuple[str, int]:
    """Open a case for oneself, a direct report, or as HR for anybody."""
    session, actor, now = db.session(), current_actor(), current_now()
    page = load_nomination_page(session, cycle_id, actor)
    form = _offer(NominationForm(), page)
    role_fit = {question.id: request.form.get(f"fit-{question.id}", "") for question in page.role_fit}
    if not form.validate():
        return _nomination(page, form, role_fit=role_fit), 422
    try:
        if claim(session, form.request_key.data, actor=actor, now=now):
            nominate_case(session, cycle_id, form.to_command(role_fit), actor=actor, now=now)
    except Invalid as error:
        session.rollback()
        return _nomination(page, form, faults=error.faults, role_fit=role_fit), 422
    db.session.commit()
    flash(gettext("Nominated. HR checks the level and the time in it next."))
    return redirect(url_for("home.todo"), 303)


@bp.post("/<int:cycle_id>/nominate-all")
@requires("hr")
def nominate_all(cycle_id: int) -> Response:
    """Open a case for everybody eligible who has not opted out."""
    opened = nominate_all_eligible(db.session(), cycle_id, actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("%(count)s cases were opened.", count=len(opened)))


@bp.post("/<int:cycle_id>/opt-out")
@requires("signed_in")
def say_not_now(cycle_id: int) -> Response:
    """Say "not now" for oneself."""
    form = OptOutForm()
    opt_out(db.session(), cycle_id, str(form.reason.data or ""), actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("Noted. You are not nominated in this cycle; you may change your mind."))


@bp.post("/<int:cycle_id>/opt-in")
@requires("signed_in")
def take_back_not_now(cycle_id: int) -> Response:
    """Take an opt-out back."""
    opt_in(db.session(), cycle_id, actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("Your “not now” is taken back."))


def _done(cycle_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for(".detail", cycle_id=cycle_id), 303)


def _picks(key: str, value: str) -> bool:
    return key.startswith("workflow-") and value.isdigit()


def _set_up(form: CycleForm, faults: Any = ()) -> str:
    ladders = list_ladders(db.session())
    form.ladder.choices = choices((row.id, row.label) for row in ladders)
    workflows = list_workflows(db.session())
    return render_template(
        "cycles/form.html",
        form=form,
        faults=faults,
        ladders=ladders,
        workflows=workflows,
        suggested=suggest_workflows(ladders[0], workflows) if ladders else {},
    )


def _offer(form: NominationForm, page: NominationPage) -> NominationForm:
    form.candidate.choices = choices((person.id, person.label) for person in page.people)
    form.to_level.choices = choices((level.id, level.name) for level in page.levels)
    return form


def _nomination(
    page: NominationPage, form: NominationForm, faults: Any = (), role_fit: dict[str, str] | None = None
) -> str:
    return render_template(
        "cycles/nominate.html",
        page=page,
        form=_offer(form, page),
        opt_out_form=OptOutForm(formdata=None),
        faults=faults,
        role_fit=role_fit or {},
    )


def _case_line(row: Any, zone: ZoneInfo) -> dict[str, Any]:
    """Return a case with the title of its state and the day it is due."""
    state = load_definition(db.session(), row.workflow_version_id).states[row.state]
    return {
        "row": row,
        "state": state.title,
        "due_on": None if row.due_at is None else row.due_at.astimezone(zone).date(),
    }
