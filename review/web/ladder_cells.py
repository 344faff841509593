"""One cell of a ladder's draft: its form, saved as one writes, checked with the whole ladder, taken back."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import product

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import Fault, Invalid, NotFound
from review.domain.ladder import Ladder
from review.domain.ladder_changes import change_cell, list_signal_ids, read_cell_words, restore_cell
from review.domain.ladder_edit import open_data
from review.domain.ladder_sheet import lay_out, lay_out_pair
from review.extensions import db
from review.forms.base import choices, find_label
from review.forms.ladders import CellForm
from review.queries.ladder_drafts import Draft, load_draft
from review.services.ladders_drafts import check_change, save_change
from review.web.answers import answer_saved, is_autosave, say_saved
from review.web.faults import put_beside
from review.web.guards import PART, current_actor, current_now, load_or_404, requires

bp = Blueprint("ladder_cells", __name__, url_prefix="/ladders/drafts/<int:draft_id>/cells")
CELL = "/<criterion_id>/<level_id>"
Page = str | tuple[str, int]
Place = tuple[str, str]


@bp.get(CELL)
@requires("hr")
def show(draft_id: int, criterion_id: str, level_id: str) -> str:
    """Show what a level asks in a criterion, as a form."""
    draft = _load(draft_id, criterion_id, level_id)
    words = read_cell_words(open_data(draft.ladder), criterion_id, level_id)
    form = CellForm(formdata=None, data={**asdict(words), "version": draft.row.version})
    return _page(draft, form, (criterion_id, level_id))


@bp.post(CELL)
@requires("hr")
def save(draft_id: int, criterion_id: str, level_id: str) -> Response | Page:
    """Keep a cell; go on to the next where the button says so."""
    draft, place, form = load_draft(db.session(), current_actor(), draft_id), (criterion_id, level_id), CellForm()
    _offer(form, draft.ladder, place)
    if not form.validate():
        return _page(draft, form, place), 422
    change = change_cell(*place, form.to_command(), _taken(draft), form.say_choices())
    try:
        version = save_change(
            db.session(), draft_id, change, version=form.version.data or 0, actor=current_actor(), now=current_now()
        )
    except Invalid as refused:
        db.session.rollback()
        return _page(_load(draft_id, *place), form, place, refused.faults), 422
    db.session.commit()
    return answer_saved(_onward(draft, place), version=version, now=current_now())


@bp.post(f"{CELL}/check")
@requires("hr")
def check(draft_id: int, criterion_id: str, level_id: str) -> str:
    """Show the faults that the whole ladder would have with this cell, while it is written; nothing is kept."""
    draft, form = _load(draft_id, criterion_id, level_id), CellForm()
    change = change_cell(criterion_id, level_id, form.to_command(), _taken(draft))
    faults = tuple(replace(each, field=find_label(each.field or "")) for each in check_change(draft.source, change))
    if PART in request.headers:
        return render_template("ladders/_checked.html", faults=faults, is_checked=True)
    return _page(draft, form, (criterion_id, level_id), check_change(draft.source, change), is_checked=True)


@bp.post(f"{CELL}/restore")
@requires("hr")
def restore(draft_id: int, criterion_id: str, level_id: str) -> Response:
    """Take a cell back to the words of the published version."""
    draft = _load(draft_id, criterion_id, level_id)
    published = load_or_404(draft.published)
    change = restore_cell(criterion_id, level_id, open_data(published))
    save_change(db.session(), draft_id, change, version=None, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The cell says again what version %(version)s says.", version=published.version))
    return redirect(url_for(".show", draft_id=draft_id, criterion_id=criterion_id, level_id=level_id), 303)


def _load(draft_id: int, criterion_id: str, level_id: str) -> Draft:
    draft = load_draft(db.session(), current_actor(), draft_id)
    if not _has(draft.ladder, criterion_id, level_id):
        raise NotFound
    return draft


def _has(ladder: Ladder, criterion_id: str, level_id: str) -> bool:
    is_level = any(level.id == level_id for level in ladder.levels)
    return is_level and any(criterion.id == criterion_id for criterion in ladder.criteria)


def _taken(draft: Draft) -> frozenset[str]:
    """Return the ids that signals have or had: what evidence hangs on is never given to other words."""
    earlier = list_signal_ids(draft.published) if draft.published else frozenset()
    return list_signal_ids(draft.ladder) | earlier


def _offer(form: CellForm, ladder: Ladder, place: Place) -> None:
    none = ("", gettext("None"))
    steps = [
        (step.id, step.name) for criterion in ladder.criteria if criterion.id == place[0] for step in criterion.steps
    ]
    form.step.choices = choices([none, *steps])
    form.same_as.choices = choices([none, *((each.id, each.name) for each in ladder.levels if each.id != place[1])])


def _order(ladder: Ladder) -> list[Place]:
    levels = [column.level.id for column in lay_out(ladder).columns]
    return list(product([criterion.id for criterion in ladder.criteria], levels))


def _neighbours(ladder: Ladder, place: Place) -> tuple[Place | None, Place | None]:
    """Return the cells before and after one, row by row."""
    order = _order(ladder)
    at = order.index(place)
    return (order[at - 1] if at else None), (order[at + 1] if at + 1 < len(order) else None)


def _onward(draft: Draft, place: Place) -> str:
    if not is_autosave():
        say_saved()
    following = _neighbours(draft.ladder, place)[1] if request.form.get("then") == "next" else None
    goal = following or place
    return url_for(".show", draft_id=draft.row.id, criterion_id=goal[0], level_id=goal[1])


def _page(
    draft: Draft, form: CellForm, place: Place, faults: tuple[Fault, ...] = (), *, is_checked: bool = False
) -> str:
    put_beside(form, [fault for fault in faults if fault.field])
    ladder, published = draft.ladder, draft.published
    _offer(form, ladder, place)
    before, after = _neighbours(ladder, place)
    rows = lay_out_pair(published, place[1], place[1]) if published and _has(published, *place) else ()
    return render_template(
        "ladders/draft_cell.html",
        draft=draft,
        row=draft.row,
        form=form,
        faults=[fault for fault in faults if not fault.field],
        is_checked=is_checked and not faults,
        criterion=ladder.criterion(place[0]),
        level=ladder.level(place[1]),
        is_people_manager=ladder.leads_people(place[1]),
        before=before,
        after=after,
        earlier=next((each.cells[0] for each in rows if each.criterion.id == place[0]), None),
        content=ladder.expectation(*place),
        names={**{each.id: each.name for each in ladder.criteria}, **{each.id: each.name for each in ladder.levels}},
    )
