"""The board of a cycle's cases: to take along as a table, and views of it that people keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from itertools import chain, islice
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from review.domain.board import Holder
from review.domain.errors import Invalid
from review.domain.ladder import Ladder
from review.domain.table import Cell
from review.extensions import db
from review.forms.base import clean_line
from review.forms.cycle_cases import CaseSearchForm
from review.queries.case_table import Alike, TableRow
from review.queries.cycles import load_cycle
from review.services.kept_views import drop_view, keep_view
from review.web.cycle_cases import ladder_of, read_table, today_in
from review.web.guards import current_actor, current_now, requires
from review.web.sheets import KINDS, Sheet, narrowed_by, send_sheet
from review.web.words import role_name, tr

LONGEST_NAME = 60
bp = Blueprint("cycle_board", __name__, url_prefix="/cycles/<int:cycle_id>")


@bp.get(f"/cases.<{KINDS}:kind>")
@requires("hr")
def table(cycle_id: int, kind: str) -> Response:
    """Send the narrowed list for a spreadsheet."""
    cycle, form = load_cycle(db.session(), cycle_id, current_actor()), CaseSearchForm(formdata=request.args)
    found = read_table(cycle, form)
    first = list(islice(found, 1))  # where a stage is chosen, it is that of each row
    stages = ((form.stage.data or "", tr(alike.state)) for *_, alike in first)
    form.offer(stages, ((row.id, row.name) for row in cycle.committees))
    rows = _tell_rows(chain(first, found), ladder_of(cycle), today_in(cycle))
    said = narrowed_by(form.words, form.stage, form.committee, form.sort, form.late, form.stalled)
    title = gettext("Cases of %(cycle)s", cycle=cycle.name)
    return send_sheet(Sheet(f"cases-{cycle.code}", title, _header(), rows, said), kind)


def _tell_rows(rows: Iterable[TableRow], ladder: Ladder, today: date) -> Iterator[Sequence[Cell]]:
    """Return the cells of each case; what many of them share, words or a count of days, is worked out once."""
    names, yes = {level.id: level.name for level in ladder.levels}, gettext("yes")
    count_days = cache(lambda day: (today - day).days if day else None)
    count_late = cache(lambda day: max((today - day).days, 0) if day else None)

    @cache
    def tell_alike(alike: Alike) -> tuple[str, str, str, str, str, tuple[tuple[str, str], ...]]:
        """Return what the cells of alike cases share, and the parts of whose turn it is where a name belongs there."""
        turns = tuple(map(_tell_holder, alike.holders))
        parts = turns if any(role for role, _ in turns) else ()
        words = "; ".join(words for _, words in turns)
        start = names.get(alike.from_level_id or "", "")
        return start, names[alike.to_level_id], tr(alike.state), words, yes if alike.is_stalled else "", parts

    def tell(row: TableRow) -> Sequence[Cell]:
        code, candidate, function, manager, second_rater, committee, entered_on, due_on, alike = row
        start, to, stage, turn, stalled, parts = tell_alike(alike)
        if parts:
            people = {"candidate": candidate, "manager": manager, "second_rater": second_rater}
            turn = "; ".join([people.get(role) or words for role, words in parts])
        since, late = count_days(entered_on), count_late(due_on)
        return code, candidate, function, start, to, stage, turn, since, stalled, due_on, late, committee

    return map(tell, rows)


def _tell_holder(holder: Holder) -> tuple[str, str]:
    """Return the role whose one person each case names instead, or none, and the words for a table."""
    if holder.words:
        return "", f"{role_name(holder.role)}: {tr(holder.words)}"
    if holder.people:
        return "", ", ".join(each.name for each in holder.people)
    return holder.role, role_name(holder.role)


@bp.post("/views")
@requires("hr")
def keep(cycle_id: int) -> AnyResponse:
    """Keep how the list is narrowed and sorted under a name."""
    address = CaseSearchForm().address()
    try:
        keep_view(
            db.session(),
            cycle_id,
            clean_line(request.form.get("name", ""))[:LONGEST_NAME],
            urlencode(address),
            actor=current_actor(),
            now=current_now(),
        )
    except Invalid as error:
        db.session.rollback()
        flash(tr(error.faults[0].what), "warn")
    else:
        db.session.commit()
        flash(gettext("The view is kept."))
    return redirect(url_for("cycles.detail", cycle_id=cycle_id, _anchor="cases", **address), 303)


@bp.post("/views/<int:view_id>/drop")
@requires("hr")
def drop(cycle_id: int, view_id: int) -> AnyResponse:
    """Forget a view."""
    drop_view(db.session(), cycle_id, view_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The view is dropped."))
    return redirect(url_for("cycles.detail", cycle_id=cycle_id, _anchor="cases"), 303)


def _header() -> list[str]:
    return [
        gettext("Case"),
        gettext("Candidate"),
        gettext("Function"),
        gettext("From"),
        gettext("To"),
        gettext("Stage"),
        gettext("Whose turn"),
        gettext("Days in the stage"),
        gettext("Stands still"),
        gettext("Until"),
        gettext("Days late"),
        gettext("Committee"),
    ]
