"""Erasing people who have left: proposed by one HR partner with a dry run, approved by another."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.adapters.erasure_list import FILE_NAME, remove_mails, write_list
from review.domain.errors import Fault, Invalid, TransitionRefused
from review.extensions import db
from review.forms.privacy import ErasureForm
from review.forms.proposals import GiveUpForm, give_up_form
from review.queries.privacy_erasure import list_erasures, names_of
from review.queries.privacy_requests import find_anybody_named
from review.services.privacy_erasure import approve_erasure, cancel_erasure, list_for_restore, propose_erasure
from review.web.answers import answer_done
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, proved, requires
from review.web.privacy_words import WHAT
from review.web.words import tr

bp = Blueprint("erasures", __name__, url_prefix="/erasures")


@bp.get("")
@requires("hr")
def show() -> str:
    """Show what is proposed and what was erased, and the form."""
    return _page(ErasureForm(formdata=None))


@bp.post("")
@requires("hr")
@proved
def propose() -> Response | tuple[str, int]:
    """Propose to erase somebody, with a dry run."""
    form, actor, now = ErasureForm(), current_actor(), current_now()
    reason, key = str(form.reason.data or ""), form.request_key.data
    person_id = find_anybody_named(db.session(), actor, str(form.person.data or ""))
    if person_id is None:
        form.person.errors = [
            gettext("Nobody for whom you can answer is called this, or more than one. Give the e-mail.")
        ]
        return _page(form), 422
    try:
        propose_erasure(db.session(), person_id, reason, actor=actor, now=now, request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(form), 422
    except TransitionRefused as refused:
        db.session.rollback()
        form.person.errors = [tr(each) for each in refused.reasons]
        return _page(form), 409
    return answer_done(gettext("Proposed. Nothing has gone yet: another HR partner approves it."), url_for(".show"))


@bp.post("/<int:erasure_id>/approve")
@requires("hr")
@proved
def approve(erasure_id: int) -> Response:
    """Erase somebody whom another HR partner has proposed."""
    session, settings = db.session(), current_app.extensions["settings"]
    names = names_of(session, erasure_id)
    approve_erasure(session, erasure_id, actor=current_actor(), now=current_now())
    listed = list_for_restore(session)
    answer = answer_done(gettext("Erased. Keep the list of erasures beside your backups."), url_for(".show"))
    remove_mails(settings.mail, names)
    write_list(settings.var_dir / FILE_NAME, listed)
    return answer


@bp.post("/<int:erasure_id>/cancel")
@requires("hr")
def cancel(erasure_id: int) -> Response | tuple[str, int]:
    """Give a proposal up, with the reason."""
    why, actor, now = GiveUpForm().to_command(), current_actor(), current_now()
    try:
        cancel_erasure(db.session(), erasure_id, why, actor=actor, now=now)
    except Invalid as refused:
        db.session.rollback()
        return _page(ErasureForm(formdata=None), refused.faults), 422
    return answer_done(gettext("Given up; nothing has gone."), url_for(".show"))


def _page(form: ErasureForm, faults: tuple[Fault, ...] = ()) -> str:
    rows = list_erasures(db.session(), current_actor())
    whys = {row.id: give_up_form(row.id) for row in rows if row.is_waiting}
    return render_template("privacy/erasures.html", form=form, rows=rows, names=WHAT, whys=whys, faults=faults)
