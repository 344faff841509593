"""The committee's agenda: its cases in order, the consent list, and what is on while the session is led."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.ballot import OVERALL_WORDS, Overall
from review.domain.level_mark import mark_move
from review.extensions import db
from review.forms.agenda import read_confirmed, read_number
from review.forms.base import clean_text, label_fields
from review.forms.votes import read_version
from review.queries.agenda import AgendaPage, load_agenda
from review.queries.meetings import find_newest, load_meeting
from review.services.consent import confirm_together, pull_off
from review.services.meetings import close_case, move_on, pause, resume
from review.web.follow import seal_word
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("agenda", __name__, url_prefix="/committee/agenda/<int:committee_id>")


@bp.get("")
@requires("signed_in")
def show(committee_id: int) -> str:
    """Show a committee's cases in order."""
    parts = _parts(committee_id)
    page = parts["page"]
    first_words = {each: _first_words(page, each, parts["moves"][each][1].name) for each in page.to_confirm}
    return render_template("committees/agenda.html", reasons=first_words, **parts)


@bp.get("/live")
@requires("signed_in")
def live(committee_id: int) -> Response:
    """Answer who keeps the agenda or a session open: nothing new, the part that changed, or where to go instead."""
    case_id, seen = read_number(request.args, "case"), _mark_seen(committee_id)
    if seen and seen == request.args.get("seen"):
        return make_response("", 204)
    parts = _parts(committee_id, seen)
    page, view = parts["page"], parts["view"]
    if case_id is None:
        if request.args.get("out") != ("1" if view.is_out else "0"):
            return make_response("", 200, {"HX-Refresh": "true"})
        has_changed = request.args.get("list") != parts["listed"]
        return make_response(render_template("committees/_agenda_live.html", has_changed=has_changed, **parts))
    if view.is_out or case_id not in page.rows:
        return make_response("", 200, {"HX-Redirect": url_for(".show", committee_id=committee_id)})
    return make_response(render_template("committees/_now_bar.html", case_id=case_id, **parts))


@bp.post("/now")
@requires("signed_in")
def put_on(committee_id: int) -> Response:
    """Put a case, or a criterion of it, on."""
    case_id, criterion = read_number(request.form, "case") or 0, request.form.get("criterion", "")
    move_on(db.session(), committee_id, case_id, criterion, **_press())
    return _moved(committee_id)


@bp.post("/off")
@requires("signed_in")
def take_off(committee_id: int) -> Response:
    """Take the case that is on off."""
    close_case(db.session(), committee_id, **_press())
    return _moved(committee_id)


@bp.post("/pause")
@requires("signed_in")
def stop_clock(committee_id: int) -> Response:
    """Pause the session."""
    pause(db.session(), committee_id, **_press())
    return _moved(committee_id)


@bp.post("/resume")
@requires("signed_in")
def run_clock(committee_id: int) -> Response:
    """Go on after a pause."""
    resume(db.session(), committee_id, **_press())
    return _moved(committee_id)


@bp.post("/pull")
@requires("signed_in")
def pull(committee_id: int) -> Response:
    """Take a case off the consent list, to be talked about."""
    case_id, key = read_number(request.form, "case") or 0, request.form.get("request_key")
    reason = clean_text(request.form.get("reason"))
    pull_off(db.session(), case_id, reason, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("The case is among those to discuss now. Nobody is told who took it off."))
    return redirect(url_for(".show", committee_id=committee_id), 303)


@bp.post("/confirm")
@requires("signed_in")
def confirm(committee_id: int) -> Response:
    """Record the decisions of the consent list."""
    confirmed, key = read_confirmed(request.form), request.form.get("request_key")
    label_fields({f"reason-{each}": gettext("Reasons") for each in confirmed})
    done = confirm_together(
        db.session(), committee_id, confirmed, actor=current_actor(), now=current_now(), request_key=key
    )
    db.session.commit()
    if done:
        flash(ngettext("%(num)s decision is recorded.", "%(num)s decisions are recorded.", done))
    return redirect(url_for(".show", committee_id=committee_id), 303)


def _parts(committee_id: int, seen: str | None = None) -> dict[str, Any]:
    """Return what the agenda, and the part of it that follows along, need; `seen` where it is known already."""
    session = db.session()
    seen = seen or _mark_seen(committee_id)  # before what it stands for is read: what comes in between is news
    page = load_agenda(session, committee_id, current_actor())
    rows = page.rows
    return {
        "page": page,
        "view": load_meeting(session, committee_id, page, now=current_now()),
        "seen": seen,
        "committee_id": committee_id,
        "moves": {each: mark_move(row.ladder, row.from_level_id, row.to_level_id) for each, row in rows.items()},
        "overall_words": OVERALL_WORDS,
        "listed": ".".join(str(each) for each in page.can_pull),
    }


def _mark_seen(committee_id: int) -> str:
    """Return a word that changes with what may change a member's agenda, and tells nothing; empty for others."""
    newest = find_newest(db.session(), committee_id, current_actor())
    return "" if newest is None else seal_word("agenda", committee_id, newest)


def _press() -> dict[str, Any]:
    """Return what goes with every press of who leads."""
    return {
        "version": read_version(request.form),
        "actor": current_actor(),
        "now": current_now(),
        "request_key": request.form.get("request_key"),
    }


def _moved(committee_id: int) -> Response:
    """Go back to where the button was: the agenda, or the session of the case that is on."""
    db.session.commit()
    case_id = read_number(request.form, "session")
    if case_id is not None:
        return redirect(url_for("votes.session", case_id=case_id), 303)
    return redirect(url_for(".show", committee_id=committee_id), 303)


def _first_words(page: AgendaPage, case_id: int, level: str) -> str:
    """Return reasons to begin with, of what may stand in a letter: nothing of votes."""
    words = {
        Overall.PROMOTE: gettext("The committee finds that the packet shows what is asked at %(level)s.", level=level),
        Overall.NOT_YET: gettext(
            "The committee finds that the packet does not show yet all that is asked at %(level)s; the gaps say what.",
            level=level,
        ),
    }
    return words.get(page.agreed[case_id].outcome, "")
