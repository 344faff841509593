"""Cycles: the list, one with its cases, setting one up and editing it, opening and closing it, moving its dates."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.access import Role
from review.domain.board import STALL_RULE
from review.domain.errors import Invalid
from review.extensions import db
from review.forms.cycles import DATE_WORDS, KIND_WORDS, MoveDateForm
from review.models import Cycle
from review.queries.checklist import list_needed
from review.queries.cycle_changes import count_moved
from review.queries.cycles import list_cycles, load_cycle
from review.services.cycles import close_cycle, move_date, open_cycle
from review.services.cycles_in_draft import discard_cycle
from review.web.cycle_cases import show_list, today_in
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.revisits import kept_until_news

bp = Blueprint("cycles", __name__, url_prefix="/cycles")


@bp.get("")
@requires("signed_in")
@kept_until_news
def list_all() -> str:
    """Show the cycles."""
    actor = current_actor()
    return render_template("cycles/list.html", rows=list_cycles(db.session(), actor), is_hr=actor.has(Role.HR))


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
        missing=_count_missing(cycle_id) if is_hr and cycle.state == "draft" else 0,
        date_words=DATE_WORDS,
        kind_words=KIND_WORDS,
        today=today_in(cycle),
        stall_rule=STALL_RULE,
        is_hr=is_hr,
    )


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
    return _done(cycle_id, moved if count else gettext("The date has moved; nothing in a running case was due by it."))


def _count_missing(cycle_id: int) -> int:
    """Return how many lines keep a draft from being opened."""
    session = db.session()
    lines = list_needed(session, session.get_one(Cycle, cycle_id), now=current_now())
    return sum(line.keeps_shut for line in lines)


def _dates(cycle_id: int, form: MoveDateForm) -> str:
    """Show the form; where it is filled in, the dry run beside it."""
    session, now = db.session(), current_now()
    cycle = load_cycle(session, cycle_id, current_actor())
    form.offer(name for name, _ in cycle.dates)
    count = None
    if form.name.data and form.day.data and not form.errors:
        count = count_moved(session, cycle_id, form.name.data, form.day.data, actor=current_actor(), now=now)
    today = today_in(cycle)
    return render_template("cycles/dates.html", cycle=cycle, form=form, count=count, date_words=DATE_WORDS, today=today)


def _done(cycle_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for(".detail", cycle_id=cycle_id), 303)
