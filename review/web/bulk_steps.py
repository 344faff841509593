"""A step for several cases of a cycle: chosen, looked at case by case before it is done, done, and how it ended."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from review.domain.bulk import MOST_AT_ONCE, MOST_HANDED_ON, Step
from review.domain.errors import NotFound
from review.extensions import db
from review.forms.bulk import STEP_WORDS, USUAL_DAYS, StepForm
from review.forms.cycle_cases import CaseSearchForm
from review.queries.bulk import load_result
from review.queries.cycle_cases import CaseLine
from review.queries.cycles import CycleDetail, load_cycle
from review.queries.people import find_person_named
from review.services.bulk import ask_for
from review.services.bulk_plan import plan_step
from review.web.cycle_cases import read_cases
from review.web.guards import current_actor, current_now, requires
from review.web.sheets import KINDS, Sheet, send_sheet
from review.web.words import moment, tr

bp = Blueprint("bulk_steps", __name__, url_prefix="/cycles/<int:cycle_id>/steps")


@bp.get("/new")
@requires("hr")
def plan(cycle_id: int) -> str:
    """Show what a step would do to each of the chosen cases; nothing is done."""
    cycle, form = load_cycle(db.session(), cycle_id, current_actor()), _read(request.args)
    if form.step.data == Step.EXTEND and not form.days.data and not form.until.data:
        form.days.data = USUAL_DAYS
    return _page(cycle, form)


@bp.post("/new")
@requires("hr")
def take(cycle_id: int) -> AnyResponse | tuple[str, int]:
    """Do the step to the cases as they are now, and show how it ended."""
    cycle, form = load_cycle(db.session(), cycle_id, current_actor()), _read(request.form)
    if not form.validate():
        return _page(cycle, form), 422
    bulk_id = ask_for(
        db.session(),
        cycle_id,
        form.cases(),
        Step(form.step.data),
        form.to_command(_find_taker(form)),
        actor=current_actor(),
        now=current_now(),
        request_key=request.form.get("request_key"),
    )
    db.session.commit()
    if bulk_id is None:
        flash(gettext("Nothing was done: no case was chosen."), "warn")
        return redirect(url_for("cycles.detail", cycle_id=cycle_id, _anchor="cases"), 303)
    return redirect(url_for(".result", cycle_id=cycle_id, bulk_id=bulk_id), 303)


@bp.get("/<int:bulk_id>")
@requires("hr")
def result(cycle_id: int, bulk_id: int) -> str:
    """Show how a step ended for each case."""
    actor = current_actor()
    found = load_result(db.session(), cycle_id, bulk_id, actor)
    cycle = load_cycle(db.session(), cycle_id, actor)
    return render_template("cycles/step_result.html", cycle=cycle, found=found, step_words=STEP_WORDS)


@bp.get(f"/<int:bulk_id>.<{KINDS}:kind>")
@requires("hr")
def table(cycle_id: int, bulk_id: int, kind: str) -> Response:
    """Send how a step ended as a table."""
    found = load_result(db.session(), cycle_id, bulk_id, current_actor())
    title = str(STEP_WORDS[found.step])
    header = [gettext("Case"), gettext("Candidate"), gettext("How it ended"), gettext("What was done, or why not")]
    states = {"waiting": gettext("Waiting"), "done": gettext("Done"), "refused": gettext("Not done")}
    rows = [(row.code, row.candidate, states[row.state], tr(row.said)) for row in found.rows]
    said = [(gettext("Asked for"), moment(found.asked_at))]
    return send_sheet(Sheet(f"step-{bulk_id}-{found.step}", title, header, rows, said), kind)


def _read(given: object) -> StepForm:
    form = StepForm(formdata=given)
    if form.step.data not in set(Step):
        raise NotFound
    return form


def _page(cycle: CycleDetail, form: StepForm) -> str:
    step, taker, is_good = Step(form.step.data), _find_taker(form), form.validate()
    lines, total = _choose(cycle, form)
    wish = form.to_command(taker)
    planned = plan_step(db.session(), cycle.id, lines, step, wish, actor=current_actor(), now=current_now())
    return render_template(
        "cycles/step.html",
        cycle=cycle,
        form=form,
        step=step,
        planned=planned,
        count=sum(each.obstacle is None for each in planned) if is_good else 0,
        left_out=total - len(lines),
        is_unknown=bool(form.to.data) and taker is None,
        narrowing=CaseSearchForm(formdata=request.values).address(),
    )


def _choose(cycle: CycleDetail, form: StepForm) -> tuple[tuple[CaseLine, ...], int]:
    """Return the chosen cases, as many as can be done at once, and how many were meant."""
    most = MOST_HANDED_ON if form.step.data == Step.REASSIGN else MOST_AT_ONCE
    if form.all.data:
        lines = tuple(read_cases(cycle, CaseSearchForm(formdata=request.values)))
    else:
        lines = tuple(read_cases(cycle, CaseSearchForm(formdata=None), only=form.cases()))
    return lines[:most], len(lines)


def _find_taker(form: StepForm) -> tuple[int, str] | None:
    person = find_person_named(db.session(), current_actor(), form.to.data) if form.to.data else None
    return (person.id, person.name) if person is not None else None
