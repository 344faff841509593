"""Groups to compare: HR says by what, what for and what allows it, fills it from a file, takes it away."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.adapters.spreadsheet import read_table
from review.domain.errors import Invalid
from review.extensions import db
from review.forms.groups import AttributeForm, FillForm
from review.queries.groups import list_attributes
from review.services.groups import drop_attribute, fill_attribute, make_attribute
from review.web.answers import answer_done
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, proved, requires

bp = Blueprint("groups", __name__, url_prefix="/groups")
PREFIX = "a{}-"
"""What sets the fields of one attribute's form apart from another's."""


@bp.get("")
@requires("hr")
def show() -> str:
    """Show what groups go by, and the form for one thing more."""
    return _page(AttributeForm(formdata=None))


@bp.post("")
@requires("hr")
@proved
def make() -> Response | tuple[str, int]:
    """Make an attribute, which nobody has a group by yet."""
    form = AttributeForm()
    if not form.validate():
        return _page(form), 422
    given = (str(field.data or "") for field in (form.name, form.column, form.purpose, form.agreed_in))
    try:
        make_attribute(db.session(), *given, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(form), 422
    return answer_done(gettext("Made. Take in a file to say who is in which group."), url_for(".show"))


@bp.post("/<int:attribute_id>/file")
@requires("hr")
@proved
def fill(attribute_id: int) -> Response | tuple[str, int]:
    """Take the groups of an attribute from a file; only its one column is read, and the file is not kept."""
    form = FillForm(prefix=PREFIX.format(attribute_id))
    if not form.validate():
        return _page(AttributeForm(formdata=None), form, attribute_id), 422
    try:
        table = read_table(*form.to_file())
        people, strange = fill_attribute(db.session(), attribute_id, table, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(AttributeForm(formdata=None), form, attribute_id), 422
    return answer_done(_say_filled(people, strange), url_for(".show"))


@bp.post("/<int:attribute_id>/take-away")
@requires("hr")
@proved
def drop(attribute_id: int) -> Response:
    """Take an attribute away with everybody's groups."""
    drop_attribute(db.session(), attribute_id, actor=current_actor(), now=current_now())
    return answer_done(gettext("Taken away, with everybody's groups. Nothing of them is kept."), url_for(".show"))


def _say_filled(people: int, strange: int) -> str:
    have = ngettext("%(num)s person has a group now.", "%(num)s people have a group now.", people)
    left = ngettext("%(num)s row names nobody here.", "%(num)s rows name nobody here.", strange)
    return f"{have} {left}" if strange else have


def _page(form: AttributeForm, filling: FillForm | None = None, filled: int = 0) -> str:
    rows = list_attributes(db.session(), current_actor())
    fills = {row.id: FillForm(formdata=None, prefix=PREFIX.format(row.id)) for row in rows}
    if filling is not None:
        fills[filled] = filling
    return render_template("people/groups.html", form=form, fills=fills, filled=filled, rows=rows)
