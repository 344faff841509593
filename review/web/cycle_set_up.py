"""Setting up a cycle: step by step over a draft, in any order, each step kept when it is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Fault, Invalid, NotFound
from review.domain.text import text
from review.extensions import db
from review.forms.base import VersionedForm, choices, label_fields
from review.forms.cycle_steps import CloneForm, NewCycleForm
from review.queries.cycle_choices import list_ladders, list_workflows, suggest_workflows
from review.queries.cycles import list_cycles
from review.queries.policies import house_policy
from review.services.cycles import CyclePlan, create_cycle
from review.services.cycles_clone import clone_cycle
from review.services.cycles_in_draft import edit_cycle, read_plan, take_over_policy
from review.services.cycles_tried import send_mail_test
from review.web.cycle_steps import STEPS, Page, picked_workflows, show_step
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.words import tr

bp = Blueprint("set_up", __name__, url_prefix="/cycles")
SET_UP = "/<int:cycle_id>/set-up"
STEP = f"{SET_UP}/<any({', '.join(STEPS)}):step>"
STARTING_ZONE = "Europe/Berlin"
OTHER_TRACKS = text("This ladder has other tracks: look at their workflows here and save again")
HERE, TRY = "here", "try"
"""What the button of a step may ask for beside a step to go on to: to stay, or to look without keeping anything."""


@bp.get("/new")
@requires("hr")
def new() -> str:
    """Show the first step of a new cycle, and the earlier ones that it may be like."""
    today = current_now().astimezone(ZoneInfo(STARTING_ZONE)).date()
    clone = CloneForm(formdata=None, data={"opening": today})
    return _new(NewCycleForm(formdata=None, data={"zone": STARTING_ZONE, "opening": today}), clone)


@bp.post("/new")
@requires("hr")
def create() -> Response | Page:
    """Set up a cycle as a draft, its dates proposed by rule."""
    session, form = db.session(), NewCycleForm()
    form.ladder.choices = choices((row.id, row.label) for row in list_ladders(session))
    if not form.validate():
        return _new(form, CloneForm(formdata=None)), 422
    plan = form.to_new_plan(picked_workflows(), house_policy(session))
    key = form.request_key.data
    try:
        cycle = create_cycle(session, plan, actor=current_actor(), now=current_now(), request_key=key)
    except Invalid as error:
        session.rollback()
        put_beside(form, _ask_anew(error.faults, plan))
        return _new(form, CloneForm(formdata=None)), 422
    session.commit()
    flash(gettext("The cycle is a draft now. Its dates are proposed by rule: look through them."))
    return redirect(url_for(".show", cycle_id=cycle.id, step="calendar"), 303)


@bp.post("/clone")
@requires("hr")
def clone() -> Response | Page:
    """Set up a draft like an earlier cycle, and say what could not be carried over."""
    session, form = db.session(), CloneForm()
    form.source.choices = choices((row.id, row.name) for row in list_cycles(session, current_actor()))
    opening = form.opening.data
    if not form.validate() or opening is None:
        return _new(NewCycleForm(formdata=None), form), 422
    names = {"code": str(form.code.data), "name": str(form.name.data)}
    try:
        cycle, left = clone_cycle(
            session,
            form.source.data,
            **names,
            opening=opening,
            actor=current_actor(),
            now=current_now(),
            request_key=form.request_key.data,
        )
    except Invalid as error:
        session.rollback()
        put_beside(form, error.faults)
        return _new(NewCycleForm(formdata=None), form), 422
    session.commit()
    flash(gettext("The cycle is a draft now, like the earlier one; its dates count from the new opening."))
    for words in left:
        flash(gettext("Not carried over: %(what)s.", what=tr(words)))
    return redirect(url_for(".show", cycle_id=cycle.id, step="calendar"), 303)


@bp.post(f"{SET_UP}/policy")
@requires("hr")
def take_over(cycle_id: int) -> Response:
    """Give a draft the policy of the installation as it is now."""
    version = VersionedForm().version.data or 0
    take_over_policy(db.session(), cycle_id, version=version, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The draft has the policy of the installation now."))
    return redirect(url_for(".show", cycle_id=cycle_id, step="rules"), 303)


@bp.get(STEP)
@requires("hr")
def show(cycle_id: int, step: str) -> str:
    """Show one step of a draft."""
    return show_step(cycle_id, STEPS[step])


@bp.post(STEP)
@requires("hr")
def save(cycle_id: int, step: str) -> Response | Page:
    """Keep one step and go on to the next, or to the one that was asked for."""
    session, here, go = db.session(), STEPS[step], request.form.get("go", "")
    if here.make_form is None:
        raise NotFound
    before = read_plan(session, cycle_id)
    form = here.make_form(before, False)
    if not form.validate():
        return show_step(cycle_id, here, form), 422
    label_fields(here.label())
    plan, version = here.read(form, before), form.version.data or 0
    if go == TRY:
        return show_step(cycle_id, here, form, plan)
    try:
        edit_cycle(session, cycle_id, plan, version=version, actor=current_actor(), now=current_now())
    except Invalid as error:
        session.rollback()
        put_beside(form, [_place(fault, form) for fault in _ask_anew(error.faults, plan)])
        return show_step(cycle_id, here, form), 422
    session.commit()
    target = step if go == HERE else go if go in STEPS else here.next
    return redirect(url_for(".show", cycle_id=cycle_id, step=target), 303)


@bp.post(f"{SET_UP}/letters/test")
@requires("hr")
def test_mail(cycle_id: int) -> Response:
    """Send a test mail to oneself."""
    address = send_mail_test(db.session(), cycle_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("A test mail is on its way to %(address)s.", address=address))
    return redirect(url_for(".show", cycle_id=cycle_id, step="letters"), 303)


def _ask_anew(faults: Iterable[Fault], plan: CyclePlan) -> list[Fault]:
    """Return the faults, with one sentence for all tracks that the ladder just chosen does not have.

    Its own tracks are asked for as soon as the page is shown again; nobody typed anything wrong.
    """
    ladder = next((row for row in list_ladders(db.session()) if row.id == plan.ladder_version_id), None)
    asked = {f"workflow-{track}" for track, *_ in ladder.tracks} if ladder else set()
    strange = {f"workflow-{track}" for track in plan.workflows} - asked
    rest = [fault for fault in faults if fault.field not in strange]
    return [Fault(OTHER_TRACKS, field="ladder"), *rest] if strange else rest


def _place(fault: Fault, form: VersionedForm) -> Fault:
    """Return a fault of a date beside the fields of its rule."""
    named = next((each for each in (f"{fault.field}-way", f"{fault.field}-day") if each in form), fault.field)
    return replace(fault, field=named)


def _new(form: NewCycleForm, clone_form: CloneForm) -> str:
    """Show the first step and the form to start from an earlier cycle; tracks are those of the ladder chosen."""
    session = db.session()
    ladders, workflows, earlier = list_ladders(session), list_workflows(session), list_cycles(session, current_actor())
    form.ladder.choices = choices((row.id, row.label) for row in ladders)
    clone_form.source.choices = choices((row.id, row.name) for row in earlier)
    ladder = next((row for row in ladders if row.id == form.ladder.data), next(iter(ladders), None))
    picked = suggest_workflows(ladder, workflows) if ladder else {}
    return render_template(
        "cycles/new.html",
        form=form,
        clone_form=clone_form,
        has_earlier=bool(earlier),
        ladders=ladders,
        tracks=ladder.tracks if ladder else None,
        workflows=workflows,
        picked=picked | picked_workflows(),
    )
