"""The board of all requests of a cycle, for HR: narrowed, sorted, taken along as a table, and followed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import NamedTuple

from flask import Blueprint, Response, flash, get_template_attribute, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from review.domain.chasing import STATE_WORDS, Step
from review.domain.errors import NotFound
from review.domain.text import Text
from review.domain.values import dataclass
from review.extensions import db
from review.forms.chasing import ChaseForm
from review.queries.chasing import PAGE_SIZE, ChaseBoard, ChaseRow, load_board
from review.services.feedback_chasing import MOST_AT_ONCE, Planned, plan_step, take_step
from review.web.guards import current_actor, current_now, requires
from review.web.row_patterns import find_pattern
from review.web.sheets import KINDS, Sheet, narrowed_by, send_sheet
from review.web.shell import new_request_key
from review.web.words import tr

bp = Blueprint("chasing", __name__)
BOARD = "/cycles/<int:cycle_id>/feedback"


OWN_WORDS = ("href", "giver", "function", "candidate", "code", "id", "key", "other_key", "substitute")
"""What each row has of its own."""
CASE = -1
"""A number that no case has: in an address it stands where a row's own goes."""


class _Alike(NamedTuple):
    """What decides how a row is written."""

    state: str
    due_on: date | None
    is_reminded: bool
    has_substitute: bool


@dataclass(frozen=True)
class Trial:
    """What a step would do: to how many requests, and why not to the others."""

    step: Step
    count: int
    refused: tuple[tuple[Text, int], ...]
    has_more: bool


@bp.get(BOARD)
@requires("hr")
def board(cycle_id: int) -> str:
    """Show a page of the requests; with a step chosen, what it would do."""
    form = ChaseForm(formdata=request.args)
    found, wanted = _load(cycle_id, form), form.to_command()
    form.offer(found.functions, {key: tr(words) for key, words in STATE_WORDS.items()})
    pages = {step: url_for(".board", cycle_id=cycle_id, page=wanted.page + step, **form.address()) for step in (-1, 1)}
    return render_template(
        "chasing/board.html",
        board=found,
        body=_write_rows(found, form.address()),
        form=form,
        trial=_try(cycle_id, form),
        address=form.address(),
        first=(wanted.page - 1) * PAGE_SIZE + 1,
        last=(wanted.page - 1) * PAGE_SIZE + len(found.rows),
        previous_url=pages[-1] if wanted.page > 1 else None,
        next_url=pages[1] if wanted.page * PAGE_SIZE < found.total else None,
        most=MOST_AT_ONCE,
    )


@bp.get(f"{BOARD}.<{KINDS}:kind>")
@requires("hr")
def table(cycle_id: int, kind: str) -> Response:
    """Send the narrowed list for a spreadsheet."""
    form = ChaseForm(formdata=request.args)
    found = _load(cycle_id, form, page=0)
    header = [
        gettext("Case"),
        gettext("Candidate"),
        gettext("Giver"),
        gettext("Function"),
        gettext("State"),
        gettext("Due"),
        gettext("Days late"),
    ]
    words = {state: tr(said) for state, said in STATE_WORDS.items()}
    rows = [
        (row.code, row.candidate, row.giver, row.function, words[row.state], row.due_on, row.days_late)
        for row in found.rows
    ]
    form.offer(found.functions, words)
    said = narrowed_by(form.state, form.function, form.late, form.sort)
    return send_sheet(Sheet(f"feedback-{cycle_id}", gettext("Requests for feedback"), header, rows, said), kind)


@bp.post(f"{BOARD}/<step>")
@requires("hr")
def act(cycle_id: int, step: str) -> AnyResponse:
    """Remind, extend or replace: one request, or all that the narrowing leaves."""
    if step not in set(Step):
        raise NotFound
    form = ChaseForm()
    rows = _load(cycle_id, form, page=0, most=MOST_AT_ONCE).rows
    done = take_step(
        db.session(),
        rows,
        Step(step),
        until=form.until.data,
        actor=current_actor(),
        now=current_now(),
        request_key=request.form.get("request_key"),
    )
    db.session.commit()
    _say(done)
    return redirect(url_for(".board", cycle_id=cycle_id, **form.address()), 303)


def _write_rows(board: ChaseBoard, address: dict[str, str]) -> Markup:
    """Return the rows of the table; what those that are alike share is written once."""
    write, ask_url = get_template_attribute("chasing/_line.html", "line"), url_for("feedback.ask", case_id=CASE)

    @cache
    def find_row(alike: _Alike) -> Callable[..., Markup]:
        return find_pattern(lambda row: write(row, alike, board, address, STATE_WORDS), OWN_WORDS)

    def tell(row: ChaseRow) -> Markup:
        alike = _Alike(row.state, row.due_on, row.is_reminded_today, bool(row.substitute))
        return find_row(alike)(
            href=ask_url.replace(str(CASE), str(row.case_id)),
            giver=row.giver,
            function=row.function,
            candidate=row.candidate,
            code=row.code,
            id=row.id,
            key=new_request_key(),
            other_key=new_request_key(),
            substitute=row.substitute,
        )

    return Markup().join(map(tell, board.rows))


def _load(cycle_id: int, form: ChaseForm, *, page: int | None = None, most: int | None = None) -> ChaseBoard:
    """Load the page that the address names, or another one; page 0 is the whole list, or the first of it."""
    wanted = form.to_command()
    wanted = replace(wanted, only=None) if page is None else replace(wanted, page=page, most=most)
    return load_board(db.session(), cycle_id, current_actor(), wanted, now=current_now())


def _try(cycle_id: int, form: ChaseForm) -> Trial | None:
    """Return what the chosen step would do to all that the narrowing leaves, None without one."""
    step = form.chosen_step()
    if step is None:
        return None
    first = _load(cycle_id, form, page=0, most=MOST_AT_ONCE)
    planned = plan_step(first, step, form.until.data)
    refused = Counter(each.obstacle for each in planned if each.obstacle is not None)
    count = sum(each.obstacle is None for each in planned)
    return Trial(step, count, tuple(refused.most_common()), first.total > MOST_AT_ONCE)


def _say(done: tuple[Planned, ...]) -> None:
    """Tell what was done, and why not where it was not."""
    count = sum(each.obstacle is None for each in done)
    if count:
        flash(ngettext("Done for %(num)s request.", "Done for %(num)s requests.", count))
    refused = Counter(each.obstacle for each in done if each.obstacle is not None)
    for obstacle, number in refused.most_common():
        words = ngettext(
            "Not done for %(num)s request: %(why)s.",
            "Not done for %(num)s requests: %(why)s.",
            number,
            why=tr(obstacle),
        )
        flash(words, "warn")
