"""Appeals: filed by the candidate, read and answered by the appeals panel."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import get_timezone, gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.domain.letter import GROUNDS
from review.extensions import db
from review.forms.appeals import AppealForm
from review.forms.base import choices
from review.queries.appeals import load_appeal_page
from review.queries.standing import load_standing
from review.services.appeals import file_appeal
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, requires
from review.web.words import tr

bp = Blueprint("appeals", __name__, url_prefix="/cases/<int:case_id>/appeal")
Page = str | tuple[str, int]


@bp.get("")
@requires("signed_in")
def detail(case_id: int) -> Page:
    """Show the appeal: a form to the candidate while one is possible, else what was filed and the answer."""
    return _page(case_id, AppealForm(formdata=None))


@bp.post("")
@requires("signed_in")
def file(case_id: int) -> Response | Page:
    """Appeal."""
    form = AppealForm()
    ground, body = form.to_command()
    key, actor = form.request_key.data, current_actor()
    try:
        file_appeal(db.session(), case_id, ground, body, actor=actor, now=current_now(), request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(case_id, form), 422
    db.session.commit()
    flash(gettext("Your appeal is filed. People who did not sit on your case answer it."))
    return redirect(url_for(".detail", case_id=case_id), 303)


def _page(case_id: int, form: AppealForm) -> str:
    standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    page = load_or_404(load_appeal_page(db.session(), standing))
    form.ground.choices = choices((key, _capital(tr(words))) for key, words in GROUNDS.items())
    return render_template(
        "appeals/page.html",
        standing=standing,
        page=page,
        form=form,
        today=current_now().astimezone(ZoneInfo(str(get_timezone()))).date(),
    )


def _capital(words: str) -> str:
    """Return a ground as it stands alone; in a letter it goes on with a sentence."""
    return words[:1].upper() + words[1:]
