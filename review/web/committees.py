"""Committees: HR's set-up, each member's reading list, and conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_timezone, gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.committee_labels import MANY, find_labelled, label_committees
from review.domain.errors import Invalid, NotFound
from review.domain.level_mark import LevelMark, mark_move
from review.domain.numbers import whole_number
from review.extensions import db
from review.forms.base import choices, clean_line
from review.forms.committees import (
    KIND_WORDS,
    ROLE_WORDS,
    AssignSearchForm,
    BelowForm,
    CommitteeForm,
    ConflictForm,
    MemberForm,
    SetConflictForm,
)
from review.queries.committee_cases import PAGE_SIZE, list_names, list_unassigned, load_set_up
from review.queries.people import find_person_named
from review.queries.reading_list import ReadingRow, list_declared, list_reading
from review.queries.sessions import list_out, list_settable
from review.queries.standing import Standing, load_standing
from review.services.committees import assign_all, create_committee, remove_member
from review.services.committees_below import FIELD as WHY_BELOW
from review.services.committees_below import give_case, place_member
from review.services.conflicts import declare_conflict, set_conflict
from review.web.committee_addresses import address_cases, address_place, turn_cards, turn_cases
from review.web.committee_cards import pick_cards
from review.web.committee_rows import write_rows
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("committees", __name__)
SET_UP = "/cycles/<int:cycle_id>/committees"
CONFLICT = "/cases/<int:case_id>/conflict"
Page = str | tuple[str, int]


@bp.get("/committee")
@requires("signed_in")
def reading() -> str:
    """Show the packets that the reader reads and votes on, and what they have declared."""
    actor, zone = current_actor(), ZoneInfo(str(get_timezone()))
    rows = list_reading(db.session(), actor)
    return render_template(
        "committees/reading.html",
        rows=rows,
        due={row.case_id: _day_of(row.due_at, zone) for row in rows},
        moves={row.case_id: _move(row) for row in rows},
        committees={row.committee_id: row.committee for row in rows},
        primary=next((row.case_id for row in rows if row.step in ("open", "read", "vote", "finish")), None),
        declared=list_declared(db.session(), actor),
        kind_words=KIND_WORDS,
        today=current_now().astimezone(zone).date(),
    )


@bp.get(CONFLICT)
@requires("signed_in")
def declare(case_id: int) -> Page:
    """Show the form to declare a conflict; to chair and HR also who is out."""
    return _conflict_page(case_id, ConflictForm(formdata=None), SetConflictForm(formdata=None))


@bp.post(CONFLICT)
@requires("signed_in")
def declare_own(case_id: int) -> Response | Page:
    """Declare a conflict; the case is closed to the person from the next request on."""
    form = ConflictForm()
    kind, reason, key = str(form.kind.data or ""), str(form.reason.data), form.request_key.data
    try:
        declare_conflict(db.session(), case_id, kind, reason, actor=current_actor(), now=current_now(), request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _conflict_page(case_id, form, SetConflictForm(formdata=None)), 422
    db.session.commit()
    flash(gettext("Thank you for saying so. The case is closed to you from now on."))
    return redirect(url_for(".reading"), 303)


@bp.post(f"{CONFLICT}/set")
@requires("signed_in")
def set_for(case_id: int) -> Response | Page:
    """Set a conflict for somebody, as HR."""
    form = SetConflictForm()
    person_id, reason, key = form.person.data or 0, str(form.reason.data), form.request_key.data
    try:
        set_conflict(
            db.session(), case_id, person_id, reason, actor=current_actor(), now=current_now(), request_key=key
        )
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _conflict_page(case_id, ConflictForm(formdata=None), form), 422
    db.session.commit()
    flash(gettext("Set. The case is closed to them from now on."))
    return redirect(url_for(".declare", case_id=case_id), 303)


@bp.get(SET_UP)
@requires("hr")
def edit(cycle_id: int) -> str:
    """Show the committees of a cycle and the cases to be given to them."""
    return _set_up(cycle_id)


@bp.post(SET_UP)
@requires("hr")
def create(cycle_id: int) -> Response | Page:
    """Set up a committee."""
    form = CommitteeForm()
    try:
        create_committee(db.session(), cycle_id, str(form.name.data), actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _set_up(cycle_id, form), 422
    is_many = len(list_names(db.session(), cycle_id)) > MANY
    more = {"who": form.name.data} if is_many else {}
    return _done(cycle_id, gettext("The committee is set up. Add its members."), more)


@bp.post(f"{SET_UP}/<int:committee_id>/members")
@requires("hr")
def add_member(cycle_id: int, committee_id: int) -> Response | Page:
    """Put somebody on a committee, or change their role."""
    form, actor = MemberForm(), current_actor()
    person = find_person_named(db.session(), actor, str(form.person.data))
    if person is None:
        form.person.errors = [gettext("Nobody, or more than one person, is called this. Give the e-mail.")]
        return _set_up(cycle_id, member_form=form, committee_id=committee_id), 422
    role, why = str(form.role.data), BelowForm().to_command()
    try:
        place_member(db.session(), committee_id, person.id, role, actor=actor, now=current_now(), why=why)
    except Invalid as refused:
        return _ask_why(cycle_id, refused)
    return _done(cycle_id, gettext("%(name)s: %(role)s.", name=person.name, role=ROLE_WORDS.get(role, role)))


@bp.post(f"{SET_UP}/<int:committee_id>/members/<int:person_id>/remove")
@requires("hr")
def take_off(cycle_id: int, committee_id: int, person_id: int) -> Response:
    """Take somebody off a committee."""
    remove_member(db.session(), committee_id, person_id, actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("Taken off the committee."))


@bp.post(f"{SET_UP}/assign")
@requires("hr")
def assign(cycle_id: int) -> Response | Page:
    """Give one case to a committee, or every case that has none to the one proposed for it."""
    session, actor, now = db.session(), current_actor(), current_now()
    case_id, committee_id = (
        request.form.get("case", type=whole_number),
        request.form.get("committee", type=whole_number),
    )
    if case_id is not None:
        if named := clean_line(request.form.get("named")):
            committee_id = find_labelled(label_committees(list_names(session, cycle_id)), named)
            if committee_id is None:
                return _set_up(cycle_id, unknown={case_id: named}), 422
        try:
            give_case(session, case_id, committee_id or None, actor=actor, now=now, why=BelowForm().to_command())
        except Invalid as refused:
            return _ask_why(cycle_id, refused)
        return _done(cycle_id, gettext("Noted."))
    known = list_unassigned(session, cycle_id, actor)
    done = [each for each in assign_all(session, cycle_id, known, actor=actor, now=now) if each.committee]
    words = ngettext("%(num)s case has a committee now.", "%(num)s cases have a committee now.", len(done))
    return _done(cycle_id, words)


def _done(cycle_id: int, words: str, more: Mapping[str, Any] = MappingProxyType({})) -> Response:
    """Go back to the page, with its lists as they were, or as `more` tells."""
    db.session.commit()
    flash(words)
    form = AssignSearchForm(formdata=request.args)
    parts = {**address_place(form, form.to_command().page), **more}
    return redirect(url_for(".edit", cycle_id=cycle_id, **parts), 303)


def _ask_why(cycle_id: int, refused: Invalid) -> Page:
    """Show the page once more with what stands below a target level, to be sent again with a tick and why."""
    if all(fault.field != WHY_BELOW for fault in refused.faults):
        raise refused
    db.session.rollback()
    form, asked = BelowForm(), {"csrf_token", "accept_below", "why_below"}
    if form.accept_below.data:
        form.why_below.errors = [gettext("Choose why")]
    fields = {name: value for name, value in request.form.items() if name not in asked}
    return _set_up(cycle_id, below=(refused, form, fields)), 422


def _set_up(
    cycle_id: int, form: CommitteeForm | None = None, member_form: MemberForm | None = None,
    committee_id: int | None = None, *, below: tuple[Invalid, BelowForm, dict[str, str]] | None = None,
    unknown: Mapping[int, str] = MappingProxyType({}),
) -> str:  # fmt: skip
    search = AssignSearchForm(formdata=request.args)
    page = load_set_up(db.session(), cycle_id, current_actor(), search.to_command())
    cards = pick_cards(page.committees, search.who.data or "", search.cards.data or 1)
    search.offer(cards.labels.items())
    first = (page.page - 1) * PAGE_SIZE
    last, place = first + len(page.cases), address_place(search, page.page)
    return render_template(
        "committees/edit.html",
        page=page,
        rows=write_rows(
            page.cases,
            page.committees,
            url_for(".assign", cycle_id=cycle_id, **place),
            cards.labels if cards.is_many else {},
            unknown,
        ),
        cards=cards,
        cards_place=search.cards_address(),
        cards_urls=turn_cards(cycle_id, search, page.page, cards),
        case_place=address_cases(search, page.page),
        unknown=[(f"of-{each}", gettext("Not on the list: %(words)s", words=words)) for each, words in unknown.items()],
        search=search,
        first=first + 1,
        last=last,
        place=place,
        previous_url=turn_cases(cycle_id, search, page.page - 1) if first else None,
        next_url=turn_cases(cycle_id, search, page.page + 1) if last < page.total else None,
        form=form or CommitteeForm(formdata=None),
        member_form=member_form or MemberForm(formdata=None),
        empty_form=MemberForm(formdata=None),
        faulty_id=committee_id,
        role_words=ROLE_WORDS,
        below=below,
    )


def _conflict_page(case_id: int, form: ConflictForm, set_form: SetConflictForm) -> str:
    session = db.session()
    standing: Standing = load_standing(session, case_id, current_actor(), now=current_now())
    can_declare = standing.may_write("conflict.own_declaration")
    can_set = "hr" in standing.workflow_roles and standing.may_write("conflict.list")
    if not (can_declare or standing.may_read("conflict.list")):
        raise NotFound
    if can_set:
        set_form.person.choices = choices(list_settable(session, standing))
    return render_template(
        "committees/conflict.html",
        standing=standing,
        form=form,
        set_form=set_form,
        can_declare=can_declare,
        can_set=can_set,
        out=list_out(session, standing),
    )


def _move(row: ReadingRow) -> tuple[LevelMark | None, LevelMark]:
    return mark_move(row.ladder, row.from_level_id, row.to_level_id)


def _day_of(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()
