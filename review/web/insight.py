"""What a cycle shows about itself, for HR: on a page, as table files, and printed for one reader."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from review.adapters.csv_lines import write_csv
from review.domain.errors import NotFound
from review.domain.insight.sheet import InsightSheet, Table, list_rows, spell
from review.extensions import db
from review.forms.insight import GroupForm
from review.queries.groups import list_groupings
from review.queries.insight import load_insight
from review.services.insight import find_sheet_path, request_print
from review.web.answers import send_pdf
from review.web.guards import current_actor, current_now, current_sign_in, requires
from review.web.revisits import kept_until_news
from review.web.words import tr

bp = Blueprint("insight", __name__, url_prefix="/cycles/<int:cycle_id>")
MOST_KEPT = 8
COLUMNS = ("section", "table", "row", "column", "value")
"""Columns for a program, so not translated."""


@bp.get("/insight")
@requires("hr")
@kept_until_news
def page(cycle_id: int) -> str:
    """Show every figure of a cycle, with its sentence."""
    form = _form(request.args)
    by = form.to_command()
    sheet = _sheet(cycle_id, by)
    return render_template(
        "insight/page.html",
        sheet=spell(sheet, tr),
        cycle_id=cycle_id,
        by=by,
        form=form,
        has_pdf=_file(cycle_id, by, sheet).is_file(),
    )


@bp.get("/insight.csv")
@requires("hr")
def csv(cycle_id: int) -> Answer:
    """Send one table for a spreadsheet, or every figure and cell in one list."""
    sheet = spell(_sheet(cycle_id, _form(request.args).to_command()), tr)
    key = request.args.get("table", "")
    if not key:
        return _table_file(
            f"insight-{cycle_id}", write_csv(COLUMNS, [tuple(map(str, row)) for row in list_rows(sheet)])
        )
    table = _find_table(sheet, key)
    rows = [(str(line.name), *map(str, line.cells)) for line in table.lines]
    return _table_file(f"insight-{cycle_id}-{key}", write_csv([*map(str, table.header)], rows))


@bp.post("/insight/print")
@requires("hr")
def make(cycle_id: int) -> Response:
    """Have the report printed for this reader."""
    by, key = _form(request.form).to_command(), request.form.get("request_key")
    request_print(db.session(), cycle_id, by, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("The report is being made. It takes a minute; then it can be downloaded here."))
    return redirect(url_for(".page", cycle_id=cycle_id, by=by), 303)


@bp.get("/insight.pdf")
@requires("hr")
def pdf(cycle_id: int) -> Response:
    """Send the reader's report while it says what is true now; else lead to where a new one is made."""
    by = _form(request.args).to_command()
    path = _file(cycle_id, by, _sheet(cycle_id, by))
    if not path.is_file():
        return redirect(url_for(".page", cycle_id=cycle_id, by=by), 303)
    return send_pdf(path, f"insight-{cycle_id}.pdf")


def _form(given: MultiDict[str, str]) -> GroupForm:
    """Return what groups go by, as it was asked for, of everything that they can go by."""
    return GroupForm(list_groupings(db.session()), formdata=given)


def _sheet(cycle_id: int, by: str) -> InsightSheet:
    """Return the reader's report, worked out once while nothing happens: every change leaves an event in the trail.

    What is kept belongs to one reader with these roles on this day, and only the last few are.
    """
    sign_in, actor = current_sign_in(), current_actor()
    newest = 0 if sign_in is None else sign_in.newest
    place = (newest, actor.person_id, actor.roles, current_now().date(), cycle_id, by)
    kept: dict[object, InsightSheet] = current_app.extensions.setdefault("insight", {})
    sheet = kept.get(place)
    if sheet is None:
        from review.domain.insight.compose import compose_sheet  # all statistics, loaded where they are shown

        found = load_insight(db.session(), cycle_id, actor, by)
        sheet = compose_sheet(found.facts, found.by.name, cycle=found.cycle, company=found.company, reader=found.reader)
        for old in list(kept)[: max(len(kept) - MOST_KEPT + 1, 0)]:
            kept.pop(old, None)
        kept[place] = sheet
    return sheet


def _file(cycle_id: int, by: str, sheet: InsightSheet) -> Path:
    return Path(current_app.extensions["settings"].files_dir) / find_sheet_path(cycle_id, by, sheet, current_actor())


def _find_table(sheet: InsightSheet, key: str) -> Table:
    found = [table for section in sheet.sections for table in section.tables if table.key == key]
    if not found:
        raise NotFound
    return found[0]


def _table_file(name: str, content: bytes) -> Answer:
    answer = Answer(content, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
