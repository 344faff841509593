"""Legal holds: what may not go, set and ended by HR."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.extensions import db
from review.forms.privacy import HoldForm
from review.queries.privacy_holds import list_holds
from review.services.privacy_holds import end_hold, set_hold
from review.web.answers import answer_done
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.sheets import KINDS, Sheet, send_sheet

bp = Blueprint("legal_holds", __name__, url_prefix="/legal-holds")


@bp.get("")
@requires("hr")
def show() -> str:
    """Show the holds that the reader may see, and the form."""
    return _page(HoldForm(formdata=None))


@bp.get(f"/table.<{KINDS}:kind>")
@requires("hr")
def table(kind: str) -> Answer:
    """Send the holds that the reader may see for a spreadsheet."""
    found = list_holds(db.session(), current_actor(), today=current_now().date())
    header = [gettext("About"), gettext("Reason"), gettext("Until"), gettext("Set by"), gettext("On")]
    rows = ((row.about, row.reason, row.until_on, row.set_by, gettext("yes") if row.is_on else "") for row in found)
    return send_sheet(Sheet("legal-holds", gettext("Legal holds"), header, rows), kind)


@bp.post("")
@requires("hr")
def put() -> Response | tuple[str, int]:
    """Set a hold."""
    form, actor, now = HoldForm(), current_actor(), current_now()
    about, reason, key = str(form.about.data or ""), str(form.reason.data or ""), form.request_key.data
    try:
        set_hold(db.session(), about, reason, form.until_on.data, actor=actor, now=now, request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(form), 422
    return answer_done(gettext("Held: nothing of it goes until that day."), url_for(".show"))


@bp.post("/<int:hold_id>/end")
@requires("hr")
def end(hold_id: int) -> Response:
    """End a hold before its day."""
    end_hold(db.session(), hold_id, actor=current_actor(), now=current_now())
    return answer_done(gettext("Ended. What is due may go from now on."), url_for(".show"))


def _page(form: HoldForm) -> str:
    rows = list_holds(db.session(), current_actor(), today=current_now().date())
    return render_template("privacy/holds.html", form=form, rows=rows)
