"""The levels and criteria of a ladder's draft: their own words, their order, what is added and what ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain import ladder_changes as make
from review.domain.errors import Fault, Invalid
from review.domain.ladder import Ladder
from review.domain.ladder_changes import DraftChange
from review.domain.ladder_edit import category_of, find_criterion, find_level, list_categories, open_data
from review.domain.ladder_lines import join_lines, signal_text
from review.domain.numbers import whole_number
from review.extensions import db
from review.forms.base import VersionedForm, choices
from review.forms.ladders import CriterionForm, LevelForm, NewCriterionForm, NewLevelForm
from review.queries.ladder_drafts import Draft, load_draft
from review.services.ladders_drafts import save_change
from review.web.answers import say_saved
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, requires

bp = Blueprint("ladder_parts", __name__, url_prefix="/ladders/drafts/<int:draft_id>")
Page = str | tuple[str, int]
STEPS = {"earlier": -1, "later": 1}


@bp.get("/levels/<level_id>")
@requires("hr")
def level(draft_id: int, level_id: str) -> str:
    """Show a level's own words as a form."""
    draft = _load(draft_id)
    found = load_or_404(find_level(open_data(draft.ladder), level_id))
    form = LevelForm(formdata=None, data={**found, "version": draft.row.version})
    return _level_page(draft, form, level_id)


@bp.post("/levels/<level_id>")
@requires("hr")
def save_level(draft_id: int, level_id: str) -> Response | Page:
    """Keep a level's own words."""
    form = LevelForm()
    return _save(
        draft_id,
        form,
        lambda: make.change_level(level_id, form.to_values()),
        lambda draft: _level_page(draft, form, level_id),
    )


@bp.get("/add-level")
@requires("hr")
def ask_level(draft_id: int) -> str:
    """Ask what a new level is."""
    draft = _load(draft_id)
    last = draft.ladder.levels[-1].id
    return _level_page(draft, NewLevelForm(formdata=None, data={"after": last, "version": draft.row.version}), "")


@bp.post("/add-level")
@requires("hr")
def add_level(draft_id: int) -> Response | Page:
    """Add a level."""
    form = NewLevelForm()
    return _save(
        draft_id,
        form,
        lambda: make.add_level(form.to_values(), str(form.level_id.data), str(form.after.data)),
        lambda draft: _level_page(draft, form, ""),
    )


@bp.post("/levels/<level_id>/<any(earlier, later):way>")
@requires("hr")
def shift_level(draft_id: int, level_id: str, way: str) -> Response | Page:
    """Move a level by a place."""
    return _press(draft_id, make.shift_level(level_id, STEPS[way]), ".level", level_id=level_id)


@bp.post("/levels/<level_id>/end")
@requires("hr")
def end_level(draft_id: int, level_id: str) -> Response | Page:
    """Take a level out of the draft."""
    return _press(draft_id, make.end_level(level_id), "ladder_drafts.show")


@bp.get("/criteria/<criterion_id>")
@requires("hr")
def criterion(draft_id: int, criterion_id: str) -> str:
    """Show a criterion's own words as a form."""
    draft = _load(draft_id)
    data = open_data(draft.ladder)
    found = load_or_404(find_criterion(data, criterion_id))
    lines = join_lines([signal_text(each) for each in found.get("all_levels", ())])
    more = {"all_levels": lines, "category": category_of(data, criterion_id), "version": draft.row.version}
    return _criterion_page(draft, CriterionForm(formdata=None, data={**found, **more}), criterion_id)


@bp.post("/criteria/<criterion_id>")
@requires("hr")
def save_criterion(draft_id: int, criterion_id: str) -> Response | Page:
    """Keep a criterion's own words."""
    form = CriterionForm()
    everywhere = str(form.all_levels.data or "")
    return _save(
        draft_id,
        form,
        lambda: make.change_criterion(criterion_id, form.to_values(), everywhere, str(form.category.data)),
        lambda draft: _criterion_page(draft, form, criterion_id),
    )


@bp.get("/add-criterion")
@requires("hr")
def ask_criterion(draft_id: int) -> str:
    """Ask what a new criterion is."""
    draft = _load(draft_id)
    return _criterion_page(draft, NewCriterionForm(formdata=None, data={"version": draft.row.version}), "")


@bp.post("/add-criterion")
@requires("hr")
def add_criterion(draft_id: int) -> Response | Page:
    """Add a criterion."""
    form = NewCriterionForm()
    return _save(
        draft_id,
        form,
        lambda: make.add_criterion(form.to_values(), str(form.criterion_id.data), str(form.category.data)),
        lambda draft: _criterion_page(draft, form, ""),
    )


@bp.post("/criteria/<criterion_id>/<any(earlier, later):way>")
@requires("hr")
def shift_criterion(draft_id: int, criterion_id: str, way: str) -> Response | Page:
    """Move a criterion by a place among those of its category."""
    return _press(draft_id, make.shift_criterion(criterion_id, STEPS[way]), ".criterion", criterion_id=criterion_id)


@bp.post("/criteria/<criterion_id>/end")
@requires("hr")
def end_criterion(draft_id: int, criterion_id: str) -> Response | Page:
    """Take a criterion out of the draft."""
    return _press(draft_id, make.end_criterion(criterion_id), "ladder_drafts.show")


def _load(draft_id: int) -> Draft:
    return load_draft(db.session(), current_actor(), draft_id)


def _save(
    draft_id: int, form: VersionedForm, change: Callable[[], DraftChange], page: Callable[[Draft], str]
) -> Response | Page:
    """Keep what a form holds and go back to the table; else show the form with what is wrong."""
    draft = _load(draft_id)
    _offer(form, draft.ladder)
    if not form.validate():
        return page(draft), 422
    try:
        _keep(draft_id, change())
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return page(_load(draft_id)), 422
    return redirect(url_for("ladder_drafts.show", draft_id=draft_id), 303)


def _press(draft_id: int, change: DraftChange, goal: str, **parts: Any) -> Response | Page:
    """Do what a button says and go on; else show the table of faults that it would make."""
    try:
        _keep(draft_id, change)
    except Invalid as refused:
        db.session.rollback()
        return _refused_page(draft_id, refused.faults), 422
    return redirect(url_for(goal, draft_id=draft_id, **parts), 303)


def _keep(draft_id: int, change: DraftChange) -> None:
    version = request.form.get("version", 0, type=whole_number)
    save_change(db.session(), draft_id, change, version=version, actor=current_actor(), now=current_now())
    db.session.commit()
    say_saved()


def _refused_page(draft_id: int, faults: tuple[Fault, ...]) -> str:
    draft = _load(draft_id)
    return render_template("ladders/draft_refused.html", draft=draft, row=draft.row, faults=faults)


def _offer(form: VersionedForm, ladder: Ladder) -> None:
    """Give the lists of a form what the ladder has."""
    if isinstance(form, LevelForm):
        every = ("", gettext("Every track"))
        form.track.choices = choices([every, *((each.id, each.name) for each in ladder.tracks)])
    if isinstance(form, NewLevelForm):
        first = ("", gettext("Before all others"))
        form.after.choices = choices([first, *((each.id, each.name) for each in ladder.levels)])
    if isinstance(form, CriterionForm):
        offered = list_categories(open_data(ladder)) or (("", gettext("None")),)
        form.category.choices = choices(offered)


def _level_page(draft: Draft, form: LevelForm, level_id: str) -> str:
    _offer(form, draft.ladder)
    return render_template("ladders/draft_level.html", draft=draft, row=draft.row, form=form, level_id=level_id)


def _criterion_page(draft: Draft, form: CriterionForm, criterion_id: str) -> str:
    _offer(form, draft.ladder)
    return render_template(
        "ladders/draft_criterion.html", draft=draft, row=draft.row, form=form, criterion_id=criterion_id
    )
