"""Printing, for HR and whoever runs the installation: what is printed, what waits, what failed and what to do then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from review.domain.access import Role
from review.domain.printing import CAUSE_WORDS, KIND_WORDS, STATE_WORDS, Cause
from review.extensions import db
from review.forms.printing import PrintForm
from review.queries.printing import PAGE_SIZE, PrintRow, list_prints, load_board
from review.services.printing_again import MOST_AT_ONCE, give_up, try_again
from review.web.follow import digest_shown
from review.web.guards import current_actor, current_now, requires
from review.web.sheets import KINDS, Sheet, narrowed_by, send_sheet
from review.web.words import tr

bp = Blueprint("printing", __name__)
WORDS = {"kind_words": KIND_WORDS, "state_words": STATE_WORDS}


@bp.get("/printing")
@requires("hr", "it_admin")
def board() -> str:
    """Show what is printed now and what waits, and a page of the list."""
    form = PrintForm(formdata=request.args)
    wanted = form.to_command()
    found = list_prints(db.session(), current_actor(), wanted)
    _offer(form)
    address: dict[str, Any] = dict(form.address())
    pages = {step: url_for(".board", page=wanted.page + step, **address) for step in (-1, 1)}
    return render_template(
        "printing/board.html",
        form=form,
        address=address,
        found=found,
        wanted=wanted,
        first=(wanted.page - 1) * PAGE_SIZE + 1,
        last=(wanted.page - 1) * PAGE_SIZE + len(found.rows),
        previous_url=pages[-1] if wanted.page > 1 else None,
        next_url=pages[1] if wanted.page * PAGE_SIZE < found.total else None,
        cause_words=CAUSE_WORDS,
        most=MOST_AT_ONCE,
        **_now(),
    )


@bp.get("/printing/now")
@requires("hr", "it_admin")
def live() -> Response:
    """Answer who keeps the page open: nothing new, or what is printed now and what waits."""
    parts = _now()
    if parts["seen"] == request.args.get("seen"):
        return make_response("", 204)
    return make_response(render_template("printing/_now.html", **parts))


@bp.get(f"/printing.<{KINDS}:ending>")
@requires("hr", "it_admin")
def table(ending: str) -> Response:
    """Send the narrowed list for a spreadsheet."""
    form = PrintForm(formdata=request.args)
    wanted = replace(form.to_command(), page=0)
    found = list_prints(db.session(), current_actor(), wanted)
    header = [
        gettext("No."),
        gettext("Kind"),
        gettext("Case"),
        gettext("Candidate"),
        gettext("State"),
        gettext("Why"),
        gettext("Asked for"),
        gettext("Begun"),
        gettext("Ended"),
        gettext("Worker"),
    ]
    _offer(form)
    said = narrowed_by(form.state, form.kind)
    return send_sheet(Sheet("printing", gettext("Printing"), header, map(_cells, found.rows), said), ending)


@bp.post("/printing/again")
@requires("hr", "it_admin")
def again() -> AnyResponse:
    """Try again what failed: one print, or all."""
    count = try_again(**_press())
    db.session.commit()
    flash(ngettext("%(num)s print is tried again.", "%(num)s prints are tried again.", count))
    return redirect(url_for(".board"), 303)


@bp.post("/printing/give-up")
@requires("hr", "it_admin")
def end() -> AnyResponse:
    """Take what failed off the list: one print, or all."""
    count = give_up(**_press())
    db.session.commit()
    flash(ngettext("%(num)s print is given up.", "%(num)s prints are given up.", count))
    return redirect(url_for(".board"), 303)


def _press() -> dict[str, Any]:
    """Return what both presses need: the number of one print, or none for all that failed."""
    return {
        "session": db.session(),
        "only": PrintForm().only.data,
        "request_key": request.form.get("request_key"),
        "actor": current_actor(),
        "now": current_now(),
    }


def _now() -> dict[str, Any]:
    """Return what is printed and what waits, with a word that changes when it does."""
    actor = current_actor()
    now = load_board(db.session(), actor, processes=current_app.extensions["settings"].render_processes)
    shown = (now.running, sorted(now.waiting.items()), now.failed, now.minutes)
    return {"now": now, "seen": digest_shown(*shown), "knows_cases": actor.has(Role.HR), **WORDS}


def _offer(form: PrintForm) -> None:
    form.offer(*({key: tr(said) for key, said in words.items()} for words in (STATE_WORDS, KIND_WORDS)))


def _cells(row: PrintRow) -> tuple[str | int, ...]:
    """Return a line of the table; who does not know of cases finds no words of them."""
    failed = row.state in ("failed", "given_up")
    return (
        row.id,
        tr(KIND_WORDS[row.kind]),
        row.code,
        row.candidate or row.committee,
        tr(STATE_WORDS[row.state]),
        (row.error or tr(CAUSE_WORDS[Cause(row.cause)])) if failed else "",
        *(f"{at:%Y-%m-%d %H:%M:%S}" if at else "" for at in (row.asked_at, row.started_at, row.ended_at)),
        row.worker,
    )
