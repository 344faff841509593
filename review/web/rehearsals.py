"""Rehearsals: started from a draft, walked with view-as by role and phase, reported, signed off, thrown away."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.errors import TransitionRefused
from review.domain.numbers import whole_number
from review.domain.text import text
from review.extensions import csrf, db
from review.queries.cycles import load_cycle
from review.queries.rehearsals import RehearsalRow, list_rehearsals, load_rehearsal
from review.rehearsal import jobs as walks
from review.rehearsal.cast import PLOT_WORDS
from review.rehearsal.matrix import PHASES, ROLES
from review.rehearsal.place import find_built, find_place
from review.rehearsal.printing import find_print
from review.rehearsal.report import find_verdict
from review.rehearsal.sheet import keep
from review.services.rehearsals import (
    Walk,
    ask_for_print,
    ask_for_walk,
    note_look,
    sign_off,
    start_rehearsal,
    throw_away,
)
from review.web.answers import is_own_path, send_pdf
from review.web.guards import current_actor, current_now, load_or_404, requires
from review.web.rehearsal_site import drop_site, enter_as, find_site, pass_on, path_within
from review.web.rehearsal_views import (
    MENDS,
    frame_of,
    read_cast,
    read_matrix,
    read_report,
    report_rows,
    to_leap,
)
from review.web.sheets import Sheet, send_sheet

bp = Blueprint("rehearsals", __name__)


@bp.get("/cycles/<int:cycle_id>/rehearsals")
@requires("hr")
def of_cycle(cycle_id: int) -> str:
    """Show the rehearsals of a cycle, and start another."""
    cycle = load_cycle(db.session(), cycle_id, current_actor())
    rows = list_rehearsals(db.session(), cycle_id)
    return render_template("rehearsals/list.html", cycle=cycle, rows=rows)


@bp.post("/cycles/<int:cycle_id>/rehearsals")
@requires("hr")
def start(cycle_id: int) -> Response:
    """Start a rehearsal of a draft; it is built in the background."""
    session, actor, now = db.session(), current_actor(), current_now()
    row = start_rehearsal(session, cycle_id, actor=actor, now=now)
    ask_for_walk(session, row.id, Walk.BUILD, _folder(row.id), actor=actor, now=now)
    walks.sweep(session, current_app.extensions["settings"].var_dir, now=now)
    number = row.id
    session.commit()
    return redirect(url_for(".show", rehearsal_id=number), 303)


@bp.get("/rehearsals/<int:rehearsal_id>")
@requires("hr")
def show(rehearsal_id: int) -> str:
    """Show where a rehearsal is, and its matrix: role by phase."""
    row = _row(rehearsal_id)
    place = find_place(current_app.extensions["settings"].var_dir, rehearsal_id)
    is_there = place.is_there and row.state != "waiting"
    return render_template(
        "rehearsals/show.html",
        row=row,
        place=place if is_there else None,
        progress=place.progress,
        cells=read_matrix(find_site(rehearsal_id)) if is_there else {},
        roles=ROLES,
        phases=PHASES,
        inside=path_within(rehearsal_id),
    )


@bp.post("/rehearsals/<int:rehearsal_id>/play")
@requires("hr")
def play(rehearsal_id: int) -> Response:
    """Let the synthetic people play on to the next stage, or to the end, in the background."""
    how = Walk.END if request.form.get("how") == "end" else Walk.NEXT
    folder, actor = _folder(rehearsal_id), current_actor()
    ask_for_walk(db.session(), rehearsal_id, how, folder, actor=actor, now=current_now())
    db.session.commit()
    return redirect(url_for(".show", rehearsal_id=rehearsal_id), 303)


@bp.post("/rehearsals/<int:rehearsal_id>/clock")
@requires("hr")
def leap(rehearsal_id: int) -> Response:
    """Let a day go by, or the time to the next date, while nobody does anything."""
    row = _row(rehearsal_id)
    if row.state != "ready":
        raise TransitionRefused([text("The rehearsal is being played; wait a moment")])
    site = find_site(rehearsal_id)
    to_leap(site, request.form.get("to", "day"))
    return redirect(_back(rehearsal_id), 303)


@bp.post("/rehearsals/<int:rehearsal_id>/look")
@requires("hr")
def look(rehearsal_id: int) -> Response:
    """Look at a rehearsal as one of its cast; a cell of the matrix is ticked."""
    site, person_id = find_site(rehearsal_id), request.form.get("person_id", type=whole_number)
    load_or_404(next((each for each in read_cast(site) if each.id == person_id), None))
    cell = request.form.get("cell", "")
    known = {f"{role}/{phase}" for role in ROLES for phase in PHASES}
    note_look(db.session(), rehearsal_id, cell if cell in known else "", actor=current_actor(), now=current_now())
    db.session.commit()
    answer = current_app.make_response(redirect(_back(rehearsal_id), 303))
    enter_as(site, person_id or 0, answer)
    return answer


@bp.get("/rehearsals/<int:rehearsal_id>/report")
@requires("hr")
def report(rehearsal_id: int) -> str:
    """Show the report."""
    row = _ready(rehearsal_id)
    found = read_report(find_site(rehearsal_id), row)
    return render_template(
        "rehearsals/report.html",
        row=row,
        report=found,
        verdict=find_verdict(row.report, found.report.faults),
        phases=PHASES,
        plots=PLOT_WORDS,
        mends=MENDS,
        total=len(ROLES) * len(PHASES),
        has_pdf=_find_print(row).is_file(),
    )


@bp.get("/rehearsals/<int:rehearsal_id>/report.<any(csv, xlsx):kind>")
@requires("hr")
def table(rehearsal_id: int, kind: str) -> Answer:
    """Send the report as a table."""
    row = _ready(rehearsal_id)
    rows = report_rows(read_report(find_site(rehearsal_id), row))
    header = (gettext("Part"), gettext("What"), gettext("Value"), gettext("More"))
    return send_sheet(
        Sheet(f"rehearsal-{rehearsal_id}", gettext("Rehearsal of %(cycle)s", cycle=row.cycle), header, rows), kind
    )


@bp.post("/rehearsals/<int:rehearsal_id>/print")
@requires("hr")
def make(rehearsal_id: int) -> Response:
    """Have the report printed as it is now."""
    folder, key = _folder(rehearsal_id), request.form.get("request_key")
    ask_for_print(db.session(), rehearsal_id, folder, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("The report is being made. It takes a minute; then it can be downloaded here."))
    return redirect(url_for(".report", rehearsal_id=rehearsal_id), 303)


@bp.get("/rehearsals/<int:rehearsal_id>/report.pdf")
@requires("hr")
def pdf(rehearsal_id: int) -> Response:
    """Send the printed report while it says what is true now; else lead to where a new one is made."""
    path = _find_print(_ready(rehearsal_id))
    if not path.is_file():
        return redirect(url_for(".report", rehearsal_id=rehearsal_id), 303)
    return send_pdf(path, f"rehearsal-{rehearsal_id}.pdf")


@bp.post("/rehearsals/<int:rehearsal_id>/sign")
@requires("hr")
def sign(rehearsal_id: int) -> Response:
    """Sign the report off: this draft, as it is, may be opened."""
    row = _ready(rehearsal_id)
    found = read_report(find_site(rehearsal_id), row)
    kept = keep(found.report, found.draft, len(row.looked))
    sign_off(db.session(), rehearsal_id, kept, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The report is signed off. It holds for the draft as it is now."))
    return redirect(url_for(".report", rehearsal_id=rehearsal_id), 303)


@bp.post("/rehearsals/<int:rehearsal_id>/throw-away")
@requires("hr")
def throw(rehearsal_id: int) -> Response:
    """Throw a rehearsal away with all its people; a signature stays known."""
    row = _row(rehearsal_id)
    throw_away(db.session(), rehearsal_id, actor=current_actor(), now=current_now())
    db.session.commit()
    drop_site(rehearsal_id)
    find_place(current_app.extensions["settings"].var_dir, rehearsal_id).throw_away()
    flash(gettext("The rehearsal is thrown away."))
    return redirect(url_for(".of_cycle", cycle_id=row.cycle_id), 303)


@bp.get("/rehearsals/<int:rehearsal_id>/in/", defaults={"rest": ""})
@bp.get("/rehearsals/<int:rehearsal_id>/in/<path:rest>")
@requires("hr")
def within(rehearsal_id: int, rest: str) -> Answer:
    """Show a page of the rehearsal."""
    row, site = _ready(rehearsal_id), find_site(rehearsal_id)
    return pass_on(site, None if rest.startswith("static/") else frame_of(site, row))


@bp.post("/rehearsals/<int:rehearsal_id>/in/<path:rest>")
@requires("hr")
def act_within(rehearsal_id: int, rest: str) -> Answer:
    """Hand a form on to the rehearsal, whose people, database and trail are its own."""
    row, site = _ready(rehearsal_id), find_site(rehearsal_id)
    db.session.commit()  # nothing of the installation is held while the rehearsal works
    return pass_on(site, frame_of(site, row))


csrf.exempt(act_within)  # the rehearsal asks for a token of its own


def _row(rehearsal_id: int) -> RehearsalRow:
    return load_rehearsal(db.session(), rehearsal_id, current_actor())


def _ready(rehearsal_id: int) -> RehearsalRow:
    row = _row(rehearsal_id)
    if row.state == "waiting":
        raise TransitionRefused([text("The rehearsal is being played; wait a moment")])
    return row


def _find_print(row: RehearsalRow) -> Path:
    settings = current_app.extensions["settings"]
    place = load_or_404(find_built(settings.var_dir, row.id))
    return find_print(row, place, settings.company)


def _folder(rehearsal_id: int) -> str:
    return str(find_place(current_app.extensions["settings"].var_dir, rehearsal_id).folder)


def _back(rehearsal_id: int) -> str:
    """Return where the form came from within the rehearsal, else its first page."""
    wanted, inside = request.form.get("back", ""), f"{path_within(rehearsal_id)}/"
    return wanted if wanted.startswith(inside) and is_own_path(wanted) else inside
