"""The report of a committee's session: read on a page, printed for one reader, downloaded, taken along as CSV."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.adapters.csv_lines import write_csv
from review.domain.ballot import OVERALL_WORDS, Overall
from review.domain.insight.agreement import tell_session
from review.domain.session_sheet import SessionSheet, SheetCase
from review.domain.table import Cell
from review.extensions import db
from review.queries.insight import load_session_facts
from review.queries.session_report import load_session_report
from review.services.session_reports import find_report_path, request_report
from review.web.answers import send_pdf
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("session_reports", __name__, url_prefix="/committee/agenda/<int:committee_id>")
COLUMNS = (
    "case",
    "candidate",
    "function",
    "old_level",
    "new_level",
    "outcome",
    "came_on_at",
    "decided_at",
    "together",
    *Overall,
    "present",
    "out",
    "changed_ratings",
    "gaps",
    "looked_at_again_on",
    "state",
)
"""Columns for a program, so not translated; `promote`, `not_yet` and `defer` count votes."""


@bp.get("/report")
@requires("signed_in")
def page(committee_id: int) -> str:
    """Show what was decided, and where the report is."""
    sheet = _sheet(committee_id)
    return render_template(
        "committees/report.html",
        sheet=sheet,
        committee_id=committee_id,
        has_pdf=_file(committee_id, sheet).is_file(),
        overall_words=OVERALL_WORDS,
        agreement=tell_session(load_session_facts(db.session(), committee_id, current_actor())),
    )


@bp.post("/report")
@requires("signed_in")
def make(committee_id: int) -> Response:
    """Have the report printed for this reader."""
    key = request.form.get("request_key")
    request_report(db.session(), committee_id, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("The report is being made. It takes a minute; then it can be downloaded here."))
    return redirect(url_for(".page", committee_id=committee_id), 303)


@bp.get("/report.pdf")
@requires("signed_in")
def pdf(committee_id: int) -> Response:
    """Send the reader's report while it says what they may know now; else lead to where a new one is made."""
    path = _file(committee_id, _sheet(committee_id))
    if not path.is_file():
        return redirect(url_for(".page", committee_id=committee_id), 303)
    name = f"session-{committee_id}.pdf"
    return send_pdf(path, name)


@bp.get("/report.csv")
@requires("signed_in")
def csv(committee_id: int) -> Answer:
    """Send the decided cases for a spreadsheet."""
    rows = map(_cells, _sheet(committee_id).cases)
    answer = Answer(write_csv(COLUMNS, rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="session-{committee_id}.csv"'
    return answer


def _sheet(committee_id: int) -> SessionSheet:
    return load_session_report(db.session(), committee_id, current_actor())


def _file(committee_id: int, sheet: SessionSheet) -> Path:
    folder = Path(current_app.extensions["settings"].files_dir)
    return folder / find_report_path(committee_id, sheet, current_actor())


def _cells(case: SheetCase) -> tuple[Cell, ...]:
    return (
        case.code,
        case.candidate,
        case.function,
        case.from_level.code if case.from_level else "",
        case.to_level.code,
        case.outcome,
        case.on_at,
        case.decided_at,
        "yes" if case.is_together else "no",
        *(case.split or ("",) * len(Overall)),
        "" if case.present is None else len(case.present),
        "; ".join(case.out or ()),
        len(case.changes),
        len(case.gaps),
        min((gap.review_on for gap in case.gaps), default=None),
        case.state,
    )
