"""The calibration grid: ratings and votes of many cases, two side by side, and a rating changed with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.adapters.csv_lines import write_csv
from review.domain.calibration import CODE_WORDS, GridRow, arrange, count_ratings
from review.domain.errors import Invalid, NotAllowed, NotFound
from review.domain.level_mark import LevelMark, mark_move
from review.domain.numbers import find_number, whole_number
from review.domain.text import text
from review.domain.values import dataclass
from review.extensions import db
from review.forms.calibration import ChangeForm, ViewForm
from review.queries.calibration import ChangeRow, Grid, load_committee_grid, load_cycle_grid
from review.queries.rating_changes import CaseView, CriterionView, find_criterion, load_case_view
from review.queries.standing import Standing, load_standing
from review.services.ratings_change import change_rating
from review.web.anchor_keys import cover_all, uncover
from review.web.calibration_words import Writer, table_of
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.words import tr

bp = Blueprint("calibration", __name__)
COMMITTEE, CYCLE = "/committee/grid/<int:committee_id>", "/cycles/<int:cycle_id>/grid"
CHANGE = "/cases/<int:case_id>/calibration/<criterion_id>"
Page = str | tuple[str, int]
PAIR, PAGE_SIZE = 2, 50


@dataclass(frozen=True)
class GridPage:
    """The rows of one page of the grid; `ticked` are cases to be compared whose rows are on other pages, by number."""

    rows: Sequence[GridRow]
    total: int
    number: int
    first: int
    ticked: Mapping[int, str]

    @property
    def last(self) -> int:
        """Return the place of its last row."""
        return self.first + len(self.rows) - 1

    @property
    def is_whole(self) -> bool:
        """Tell whether there is no other page."""
        return len(self.rows) == self.total


@dataclass(frozen=True)
class Side:
    """A case on the page where two are compared."""

    standing: Standing
    view: CaseView
    move: tuple[LevelMark | None, LevelMark]


@bp.get(COMMITTEE)
@requires("signed_in")
def committee(committee_id: int) -> str:
    """Show a committee's grid."""
    grid = load_committee_grid(db.session(), committee_id, current_actor())
    return _show(grid, ".committee", committee_id=committee_id)


@bp.get(CYCLE)
@requires("hr")
def cycle(cycle_id: int) -> str:
    """Show the grid of all committees of a cycle."""
    grid = load_cycle_grid(db.session(), cycle_id, current_actor())
    return _show(grid, ".cycle", cycle_id=cycle_id)


@bp.get(f"{COMMITTEE}.csv")
@requires("signed_in")
def committee_table(committee_id: int) -> Answer:
    """Send a committee's grid for a spreadsheet, with the same rights as the page."""
    return _send(load_committee_grid(db.session(), committee_id, current_actor()))


@bp.get(f"{CYCLE}.csv")
@requires("hr")
def cycle_table(cycle_id: int) -> Answer:
    """Send the grid of a cycle for a spreadsheet, with the same rights as the page."""
    return _send(load_cycle_grid(db.session(), cycle_id, current_actor()))


@bp.get("/committee/compare")
@requires("signed_in")
def compare() -> Page:
    """Show two cases side by side, or one alone."""
    chosen = _ticked()
    if len(chosen) not in (1, PAIR):
        return render_template("calibration/choose.html", count=len(chosen)), 422
    sides = [_side(case_id) for case_id in chosen]
    names = dict.fromkeys(each.id for side in sides for each in side.view.criteria)
    return render_template(
        "calibration/compare.html",
        sides=sides,
        rows=[(each, [_criterion(side, each) for side in sides]) for each in names],
        code_words=CODE_WORDS,
        can_change=[side.view.can_change for side in sides],
    )


@bp.get(CHANGE)
@requires("signed_in")
def look(case_id: int, criterion_id: str) -> Page:
    """Show the form that changes a rating."""
    return _change_page(case_id, criterion_id, None)


@bp.post(CHANGE)
@requires("signed_in")
def change(case_id: int, criterion_id: str) -> Response | Page:
    """Change a rating, as the chair, with its reason."""
    form, session = ChangeForm(), db.session()
    view = _side(case_id).view
    criterion = find_criterion(view, criterion_id)
    form.cites.data = uncover(case_id, form.cites.data or (), view.anchors.values())
    draft, key = form.to_command(criterion.sentences), form.request_key.data
    try:
        change_rating(session, case_id, criterion_id, draft, actor=current_actor(), now=current_now(), request_key=key)
    except Invalid as refused:
        session.rollback()
        put_beside(form, refused.faults)
        return _change_page(case_id, criterion_id, form)
    session.commit()
    flash(gettext("Changed. The manager's rating stays beside it, with your reason."))
    return redirect(url_for(".compare", case=case_id, _anchor=f"c-{criterion_id}"), 303)


def _show(grid: Grid, endpoint: str, **place: Any) -> str:
    form = ViewForm(formdata=request.args)
    rows, is_cycle = arrange(grid.rows, form.to_view()), endpoint == ".cycle"
    page = _page(grid, rows, form.to_page(), PAGE_SIZE if is_cycle else max(len(rows), 1))
    form.offer(_each(row.to_level for row in grid.rows), _each(row.committee for row in grid.rows))
    reasons = _reasons(grid, page.rows)
    address: dict[str, Any] = {**form.address()}
    writer = Writer({(row.case_id, row.criterion_id): number for number, _name, row in reasons})
    return render_template(
        "calibration/grid.html",
        grid=grid,
        page=page,
        rows=[writer.row(row) for row in page.rows],
        ticked=set(_ticked()),
        reasons=reasons,
        values=writer.words,
        uses={each: count_ratings(rows, each) for each in grid.criteria},
        most=max(len(rows), 1),
        form=form,
        here_url=url_for(endpoint, **place),
        address=address,
        csv_url=url_for(f"{endpoint}_table", **place, **address),
        compare_url=url_for(".compare"),
        is_cycle=is_cycle,
        place=place,
        code_words=CODE_WORDS,
    )


def _ticked() -> list[int]:
    """Return the cases that are ticked to be compared, as the address has them."""
    return list(dict.fromkeys(request.args.getlist("case", type=whole_number)))


def _page(grid: Grid, rows: Sequence[GridRow], number: int, size: int) -> GridPage:
    """Return the page asked for, the first where it is not there, with the ticks of the others that are seen."""
    if (number - 1) * size >= len(rows):
        number = 1
    start = (number - 1) * size
    shown = rows[start : start + size]
    here, ticked = {row.case_id for row in shown}, set(_ticked())
    names = {row.case_id: row.candidate for row in grid.rows if row.case_id in ticked - here}
    return GridPage(shown, len(rows), number, start + 1, names)


def _reasons(grid: Grid, rows: Sequence[GridRow]) -> list[tuple[str, str, ChangeRow]]:
    """Return the changes of the rows shown, numbered R1, R2 … in the order of the page."""
    names = {row.case_id: row.candidate for row in rows}
    order = list(names)
    shown = sorted((row for row in grid.changes if row.case_id in names), key=lambda row: order.index(row.case_id))
    return [(f"R{place}", names[row.case_id], row) for place, row in enumerate(shown, 1)]


def _send(grid: Grid) -> Answer:
    rows = arrange(grid.rows, ViewForm(formdata=request.args).to_view())
    answer = Answer(write_csv(*table_of(grid, rows)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="calibration.csv"'
    return answer


def _side(case_id: int) -> Side:
    session = db.session()
    standing = load_standing(session, case_id, current_actor(), now=current_now())
    case = standing.case
    move = mark_move(standing.ladder, case.from_level_id, case.to_level_id)
    return Side(standing, load_case_view(session, standing), move)


def _criterion(side: Side, criterion_id: str) -> CriterionView | None:
    try:
        return find_criterion(side.view, criterion_id)
    except NotFound:
        return None


def _change_page(case_id: int, criterion_id: str, form: ChangeForm | None) -> Page:
    side = _side(case_id)
    criterion = find_criterion(side.view, criterion_id)
    if not side.view.can_change or criterion.final is None:
        what = text("Only the chair changes a rating, while the committee talks about the revealed votes")
        raise NotAllowed(what, is_known=True)
    shown = form or ChangeForm(formdata=None, data={"seen": len(criterion.changes)})
    shown.offer(criterion.sentences, [(key, tr(words)) for key, words in CODE_WORDS.items()])
    html = render_template(
        "calibration/change.html",
        side=side,
        criterion=criterion,
        form=shown,
        given=find_number(shown.value.data),
        cited=list(shown.cites.data or ()),
        sent_keys=cover_all(case_id, side.view.anchors),
    )
    return (html, 422) if form is not None else html


def _each(values: Iterable[str]) -> list[str]:
    return sorted({value for value in values if value})
