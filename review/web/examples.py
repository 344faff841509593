"""Example profiles: raters try their own scale out, and see how it was meant and what others gave."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid
from review.domain.numbers import find_number
from review.domain.table import Cell
from review.extensions import db
from review.forms.examples import ExampleForm, example_form
from review.queries.example_profiles import ExamplePage, list_examples, list_own_ratings, load_example
from review.services.example_ratings import rate_example
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.sheets import KINDS, Sheet, send_sheet

bp = Blueprint("examples", __name__, url_prefix="/examples")
Page = str | tuple[str, int]
PLACE = "/<ladder_key>/<profile_id>"


@bp.get("")
@requires("signed_in")
def listing() -> str:
    """Show the profiles, and which of them the reader has rated."""
    return render_template("examples/list.html", rows=list_examples(db.session(), current_actor()))


@bp.get(f"/own.<{KINDS}:kind>")
@requires("signed_in")
def table(kind: str) -> Answer:
    """Send what the reader gave."""
    header = (gettext("Profile"), gettext("Criterion"), gettext("Your rating"), gettext("Rated"))
    rows: list[tuple[Cell, ...]] = [
        (each.title, name, value, f"{each.rated_at:%Y-%m-%d %H:%M}")
        for each in list_own_ratings(db.session(), current_actor())
        for name, value in each.ratings.items()
    ]
    return send_sheet(Sheet("example-profiles", gettext("Example profiles"), header, rows), kind)


@bp.get(PLACE)
@requires("signed_in")
def show(ladder_key: str, profile_id: str) -> str:
    """Show a profile to rate; once it is rated, how it was meant and what others gave."""
    page = _load(ladder_key, profile_id)
    return _page(page, _form(page)(formdata=None))


@bp.post(PLACE)
@requires("signed_in")
def rate(ladder_key: str, profile_id: str) -> Response | Page:
    """Keep the reader's ratings; they stand."""
    page = _load(ladder_key, profile_id)
    form = _form(page)()
    try:
        given = form.to_command()
        rate_example(db.session(), ladder_key, profile_id, given, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(page, form), 422
    db.session.commit()
    flash(gettext("Kept, for you alone."))
    return redirect(url_for(".show", ladder_key=ladder_key, profile_id=profile_id), 303)


def _load(ladder_key: str, profile_id: str) -> ExamplePage:
    return load_example(db.session(), ladder_key, profile_id, current_actor())


def _form(page: ExamplePage) -> type[ExampleForm]:
    names = {criterion.id: criterion.name for criterion in page.ladder.criteria}
    return example_form((name, names.get(name, name)) for name in page.profile.readings)


def _page(page: ExamplePage, form: ExampleForm) -> str:
    chosen = {field.name: find_number(field.data) for field in form}
    names = {field.name: str(field.label.text) for field in form}
    return render_template("examples/page.html", page=page, form=form, chosen=chosen, names=names)
