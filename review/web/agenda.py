"""The committee's agenda: its cases in order, and the consent list with its one confirmation."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.ballot import OVERALL_WORDS, Overall
from review.domain.level_mark import mark_move
from review.extensions import db
from review.forms.agenda import read_confirmed
from review.forms.base import clean_text, label_fields
from review.queries.agenda import AgendaPage, load_agenda
from review.services.consent import confirm_together, pull_off
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("agenda", __name__, url_prefix="/committee/agenda/<int:committee_id>")


@bp.get("")
@requires("signed_in")
def show(committee_id: int) -> str:
    """Show a committee's cases in order."""
    page = load_agenda(db.session(), committee_id, current_actor())
    moves = {number: mark_move(row.ladder, row.from_level_id, row.to_level_id) for number, row in page.rows.items()}
    return render_template(
        "committees/agenda.html",
        page=page,
        committee_id=committee_id,
        moves=moves,
        overall_words=OVERALL_WORDS,
        reasons={each: _first_words(page, each, moves[each][1].name) for each in page.to_confirm},
    )


@bp.post("/pull")
@requires("signed_in")
def pull(committee_id: int) -> Response:
    """Take a case off the consent list, to be talked about."""
    case_id, key = request.form.get("case", 0, type=int), request.form.get("request_key")
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
