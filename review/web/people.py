"""The directory: searching it, one person, whoever has left, roles and first passwords."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.access import COMPANY_ROLES, Right, Role
from review.domain.delegation import acting_as
from review.domain.errors import Invalid
from review.domain.past_case import OUTCOME_WORDS
from review.domain.text import text
from review.extensions import db
from review.forms.base import choices
from review.forms.people import FirstPasswordForm, RoleForm, SearchForm
from review.queries.open_work import find_open_work
from review.queries.past_cases import list_of_person
from review.queries.people import (
    PAGE_SIZE,
    find_people,
    find_person,
    find_person_named,
    find_role_holders,
    list_people,
    may,
)
from review.services.people import deactivate, grant_role, revoke_role, set_password
from review.services.sign_in_list import end_sign_ins_of
from review.services.sign_ins import hash_password
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, proved, requires
from review.web.sheets import KINDS, Sheet, narrowed_by, send_sheet
from review.web.words import role_name, tr

bp = Blueprint("people", __name__, url_prefix="/people")
PART_WORDS = {
    "candidate": text("is the candidate"),
    "manager": text("is the manager"),
    "second_rater": text("is the second rater"),
    "giver": text("was asked for feedback"),
    "chair": text("is the chair"),
    "deputy": text("is the deputy"),
    "member": text("sits on the committee"),
}


@bp.get("")
@requires("signed_in")
def search() -> str:
    """Show a page of the directory, narrowed by words and function."""
    actor = current_actor()
    form = SearchForm(formdata=request.args)
    words, function = str(form.words.data or ""), str(form.function.data or "")
    found = find_people(db.session(), actor, words=words, function=function, page=form.page.data or 1)
    everywhere = ("", gettext("All functions"))
    form.function.choices = choices([everywhere, *((name, name) for name in found.functions)])
    around = {step: url_for(".search", words=words, function=function, page=found.page + step) for step in (-1, 1)}
    return render_template(
        "people/list.html",
        form=form,
        found=found,
        first=(found.page - 1) * PAGE_SIZE + 1,
        last=(found.page - 1) * PAGE_SIZE + len(found.rows),
        previous_url=around[-1] if found.page > 1 else None,
        next_url=around[1] if found.page < found.pages else None,
        may_write=may(actor, Right.WRITE, "directory"),
        may_see_roles=may(actor, Right.READ, "roles"),
        is_hr=acting_as(actor, Role.HR) is not None,
    )


@bp.get(f"/table.<{KINDS}:kind>")
@requires("signed_in")
def table(kind: str) -> Answer:
    """Send the narrowed directory for a spreadsheet."""
    form = SearchForm(formdata=request.args)
    words, function = str(form.words.data or ""), str(form.function.data or "")
    found = list_people(db.session(), current_actor(), words=words, function=function)
    form.function.choices = choices((name, name) for name in {function} if name)
    header = [gettext("Name"), gettext("Title"), gettext("Function")]
    rows = ((card.name, card.title, card.function) for card in found)
    said = narrowed_by(form.words, form.function)
    return send_sheet(Sheet("people", gettext("People"), header, rows, said), kind)


@bp.get(f"/leavers.<{KINDS}:kind>")
@requires("hr")
def leavers_table(kind: str) -> Answer:
    """Send what people who have left still have in hand."""
    parts = {key: tr(said) for key, said in PART_WORDS.items()}
    header = [gettext("Name"), gettext("Left on"), gettext("Part"), gettext("Case or committee")]
    found = find_open_work(db.session(), current_actor())
    rows = ((row.person_name, row.left_on, parts[row.part], row.where) for row in found)
    return send_sheet(Sheet("leavers", gettext("Leavers with open work"), header, rows), kind)


@bp.get("/<int:person_id>")
@requires("signed_in")
def show(person_id: int) -> str:
    """Show one person, as much as the reader may see."""
    return _person_page(person_id, FirstPasswordForm(formdata=None))


@bp.post("/<int:person_id>/leave")
@requires("hr", "it_admin")
def leave(person_id: int) -> Response:
    """Mark a person as having left and put them out at once."""
    session, actor = db.session(), current_actor()
    deactivate(session, person_id, actor=actor, now=current_now())
    db.session.commit()
    flash(gettext("Marked as having left; every sign-in has ended."))
    if any(row.person_id == person_id for row in find_open_work(session, actor)):
        flash(gettext("They still hold work that others wait for: see what they left and hand it on."))
    return redirect(url_for(".show", person_id=person_id), 303)


@bp.post("/<int:person_id>/password")
@requires("it_admin")
@proved
def give_password(person_id: int) -> Response | tuple[str, int]:
    """Set a first password, which the person changes at the next sign-in."""
    form = FirstPasswordForm()
    if not form.validate():
        return _person_page(person_id, form), 422
    hashed = hash_password(str(form.password.data))
    set_password(db.session(), person_id, hashed, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The password is set. It opens the door for three days, and is changed at the first sign-in."))
    return redirect(url_for(".show", person_id=person_id), 303)


@bp.post("/<int:person_id>/sign-ins/end")
@requires("hr", "it_admin")
def end_sign_ins(person_id: int) -> Response:
    """Sign somebody out of every browser, as after a lost laptop."""
    end_sign_ins_of(db.session(), person_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("Signed out everywhere."))
    return redirect(url_for(".show", person_id=person_id), 303)


@bp.get("/leavers")
@requires("hr")
def leavers() -> str:
    """Show what people who have left still have in hand."""
    rows = find_open_work(db.session(), current_actor())
    return render_template("people/leavers.html", rows=rows, parts=PART_WORDS)


@bp.get("/roles")
@requires("hr", "auditor", "it_admin")
def roles() -> str:
    """Show who holds a role in the whole company."""
    return _roles_page(_role_form())


@bp.post("/roles")
@requires("it_admin")
@proved
def add_role() -> Response | tuple[str, int]:
    """Give somebody a role."""
    form = _role_form()
    if not form.validate():
        return _roles_page(form), 422
    words, role = form.to_command()
    person = find_person_named(db.session(), current_actor(), words)
    if person is None:
        form.person.errors = [gettext("Nobody, or more than one person, is called this. Give the e-mail.")]
        return _roles_page(form), 422
    try:
        grant_role(db.session(), person.id, role, actor=current_actor(), now=current_now())
    except Invalid as refused:
        put_beside(form, refused.faults)
        return _roles_page(form), 422
    db.session.commit()
    flash(gettext("%(name)s now holds the role.", name=person.name))
    return redirect(url_for(".roles"), 303)


@bp.post("/<int:person_id>/roles/<role>/revoke")
@requires("it_admin")
@proved
def drop_role(person_id: int, role: str) -> Response:
    """Take a role away."""
    revoke_role(db.session(), person_id, role, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The role is taken away."))
    return redirect(url_for(".roles"), 303)


def _person_page(person_id: int, form: FirstPasswordForm) -> str:
    actor = current_actor()
    detail = load_or_404(find_person(db.session(), actor, person_id))
    is_other = actor.person_id != person_id and detail.card.is_active
    return render_template(
        "people/detail.html",
        detail=detail,
        past=list_of_person(db.session(), actor, person_id),
        past_words=OUTCOME_WORDS,
        form=form,
        may_put_out=is_other and may(actor, Right.WRITE, "directory"),
        may_set_password=is_other and may(actor, Right.WRITE, "roles"),
    )


def _role_form() -> RoleForm:
    form = RoleForm()
    form.role.choices = choices((role.value, role_name(role)) for role in COMPANY_ROLES)
    return form


def _roles_page(form: RoleForm) -> str:
    actor = current_actor()
    rows = find_role_holders(db.session(), actor)
    return render_template(
        "people/roles.html", form=form, rows=rows, may_write=may(actor, Right.WRITE, "roles"), own_id=actor.person_id
    )
