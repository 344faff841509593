"""Who acts for whom: one's own windows, and for HR everybody's."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.access import Role
from review.domain.delegation import Window, acting_as
from review.domain.errors import Invalid
from review.extensions import db
from review.forms.delegations import DelegationForm
from review.queries.delegations import find_delegations, find_running_delegations
from review.queries.people import find_person_named
from review.services.delegations import end_delegation, open_delegation
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.sheets import KINDS, Sheet, send_sheet

bp = Blueprint("delegations", __name__, url_prefix="/delegations")


@bp.get("")
@requires("signed_in")
def show() -> str:
    """Show who acts for the reader, for whom the reader acts, and the form for a new window."""
    return _page(DelegationForm(formdata=None))


@bp.get(f"/table.<{KINDS}:kind>")
@requires("signed_in")
def table(kind: str) -> Answer:
    """Send one's own windows for a spreadsheet, and for HR everybody's that run."""
    actor, today = current_actor(), current_now().date()
    own = find_delegations(db.session(), actor, today=today)
    known = {row.id: row for row in (*own, *find_running_delegations(db.session(), actor, today=today))}
    words = (gettext("Acts"), gettext("For"), gettext("From"), gettext("Until"), gettext("Reason"))
    header = [*words, gettext("Set up by")]
    rows = (
        (row.delegate_name, row.person_name, row.from_on, row.until_on, row.reason, row.set_up_by)
        for row in known.values()
    )
    return send_sheet(Sheet("delegations", gettext("Who acts for whom"), header, rows), kind)


@bp.post("")
@requires("signed_in")
def add() -> Response | tuple[str, int]:
    """Let somebody act for oneself, or as HR for somebody else."""
    form = DelegationForm()
    window = _window(form) if form.validate() else None
    if window is None:
        return _page(form), 422
    reason = form.to_command().reason
    try:
        open_delegation(db.session(), window, reason=reason, actor=current_actor(), now=current_now())
    except Invalid as refused:
        put_beside(form, refused.faults)
        return _page(form), 422
    db.session.commit()
    flash(gettext("Set up. Every act will say on whose behalf it was done."))
    return redirect(url_for(".show"), 303)


@bp.post("/<int:delegation_id>/end")
@requires("signed_in")
def end(delegation_id: int) -> Response:
    """End a window now."""
    end_delegation(db.session(), delegation_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("Ended, from now on."))
    return redirect(url_for(".show"), 303)


def _window(form: DelegationForm) -> Window | None:
    """Find who is meant; words that mean nobody, or several people, become errors of the form."""
    actor, asked = current_actor(), form.to_command()
    people = {}
    for field, words in ((form.delegate, asked.delegate), (form.person, asked.person)):
        person = find_person_named(db.session(), actor, words) if words else None
        people[field.name] = person.id if person else None
        if words and person is None:
            field.errors = [gettext("Nobody, or more than one person, is called this. Give the e-mail.")]
    lender = people["person"] if asked.person else actor.person_id
    if lender is None or people["delegate"] is None:
        return None
    return Window(lender, people["delegate"], asked.from_on, asked.until_on)


def _page(form: DelegationForm) -> str:
    actor, today = current_actor(), current_now().date()
    own = find_delegations(db.session(), actor, today=today)
    return render_template(
        "delegations/list.html",
        form=form,
        lent=[row for row in own if row.person_id == actor.person_id],
        held=[row for row in own if row.delegate_id == actor.person_id],
        running=find_running_delegations(db.session(), actor, today=today),
        is_hr=acting_as(actor, Role.HR) is not None,
        can_break_in=actor.has(Role.HR) or actor.has(Role.IT_ADMIN),
    )
