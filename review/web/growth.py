"""The growth plan: written by candidate and manager, agreed by both."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_timezone, gettext
from werkzeug.wrappers import Response

from review.domain.errors import Invalid, NotFound
from review.extensions import db
from review.forms.growth import ItemForm, MentorSearchForm, PlanForm, item_data
from review.queries.check_ins import load_check_ins
from review.queries.growth import GrowthPage, load_growth_page, load_item
from review.queries.mentors import find_mentors
from review.queries.standing import Standing, load_standing
from review.services.growth import Saved, agree, remove_item, save_item, save_plan
from review.web.answers import say_saved
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, requires

bp = Blueprint("growth", __name__, url_prefix="/cases/<int:case_id>/growth-plan")
Page = str | tuple[str, int]


@bp.get("")
@requires("signed_in")
def detail(case_id: int) -> Page:
    """Show the plan."""
    return _page(case_id)


@bp.post("")
@requires("signed_in")
def save(case_id: int) -> Response | Page:
    """Keep mentor and training budget."""
    form, actor = PlanForm(), current_actor()
    if not form.validate():
        return _page(case_id, form), 422
    version, draft = form.version.data or 0, form.to_command()
    try:
        saved = save_plan(db.session(), case_id, draft, version=version, actor=actor, now=current_now())
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _page(case_id, form), 422
    return _done(case_id, saved)


@bp.get("/items/new")
@requires("signed_in")
def new(case_id: int) -> str:
    """Show an empty form for an activity."""
    return _item_page(case_id, None)


@bp.post("/items/new")
@requires("signed_in")
def add(case_id: int) -> Response | Page:
    """Add an activity."""
    return _keep(case_id, None)


@bp.get("/items/<int:item_id>")
@requires("signed_in")
def edit(case_id: int, item_id: int) -> str:
    """Show one activity as a form."""
    return _item_page(case_id, item_id)


@bp.post("/items/<int:item_id>")
@requires("signed_in")
def change(case_id: int, item_id: int) -> Response | Page:
    """Keep a changed activity."""
    return _keep(case_id, item_id)


@bp.post("/items/<int:item_id>/remove")
@requires("signed_in")
def remove(case_id: int, item_id: int) -> Response:
    """Take an activity out."""
    saved = remove_item(db.session(), case_id, item_id, actor=current_actor(), now=current_now())
    return _done(case_id, saved)


@bp.post("/agree")
@requires("signed_in")
def say_yes(case_id: int) -> Response:
    """Agree to the plan as it was shown."""
    form, actor = PlanForm(), current_actor()
    key, version = form.request_key.data, form.version.data or 0
    is_closed = agree(db.session(), case_id, version=version, actor=actor, now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("Both have agreed; the case is closed.") if is_closed else gettext("You have agreed to the plan."))
    return redirect(url_for(".detail", case_id=case_id), 303)


def _keep(case_id: int, item_id: int | None) -> Response | Page:
    form, actor = ItemForm(), current_actor()
    version, key = form.version.data or 0, form.request_key.data
    try:
        if not form.due_on.validate(form):
            raise Invalid([])
        draft = form.to_command()
        saved = save_item(
            db.session(), case_id, item_id, draft, version=version, actor=actor, now=current_now(), request_key=key
        )
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _item_page(case_id, item_id, form), 422
    return _done(case_id, saved)


def _readable(case_id: int) -> tuple[Standing, GrowthPage]:
    standing = load_standing(db.session(), case_id, current_actor(), now=current_now())
    return standing, load_or_404(load_growth_page(db.session(), standing))


def _page(case_id: int, form: PlanForm | None = None) -> str:
    standing, page = _readable(case_id)
    search = MentorSearchForm(formdata=request.args)
    data = {"mentor": page.mentor, "training_budget": page.training_budget, "version": page.version}
    return render_template(
        "growth/page.html",
        standing=standing,
        page=page,
        form=form or PlanForm(formdata=None, data=data),
        search=search,
        check_ins=load_check_ins(db.session(), standing, is_agreed=page.is_agreed),
        mentors=find_mentors(db.session(), standing, words=search.q.data or ""),
        activities={each.name: each for each in standing.ladder.growth_activities},
        today=current_now().astimezone(ZoneInfo(str(get_timezone()))).date(),
    )


def _item_page(case_id: int, item_id: int | None, form: ItemForm | None = None) -> str:
    standing, page = _readable(case_id)
    item = load_or_404(load_item(db.session(), standing, item_id)) if item_id is not None else None
    if not page.can_write:
        raise NotFound
    activities = standing.ladder.growth_activities
    data = item_data(item, (each.name for each in activities), request.args.get("gap", ""))
    shown = form or ItemForm(formdata=None, data=data)
    shown.offer(activities, ((plan.gap.id, f"{plan.gap.criterion}: {plan.gap.missing[:80]}") for plan in page.gaps))
    chosen = next((plan.gap for plan in page.gaps if str(plan.gap.id) == str(shown.gap.data or "")), None)
    return render_template("growth/item.html", standing=standing, page=page, form=shown, item=item, gap=chosen)


def _done(case_id: int, saved: Saved | None) -> Response:
    db.session.commit()
    if saved is not None and saved.has_taken_back:
        flash(gettext("Saved. The plan has changed, so agreements given before are taken back."))
    else:
        say_saved()
    return redirect(url_for(".detail", case_id=case_id), 303)
