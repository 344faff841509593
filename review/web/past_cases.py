"""Bringing past cases in: upload, say what columns and words mean, look, let exactly that be done, take it back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask import Response as Answer
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.adapters.file_kinds import WORKBOOK, find_name_fault
from review.adapters.spreadsheet import Cells, read_table
from review.adapters.uploads import drop_upload, keep_upload, read_upload
from review.domain.errors import Fault, Invalid
from review.domain.past_case import NEEDED, OUTCOME_WORDS, PastField, PastReading
from review.domain.people_file import column_key
from review.domain.table import Table
from review.domain.text import Text, text
from review.extensions import db
from review.forms.past_cases import PastApplyForm, PastLookForm, PastSettingsForm, PastUploadForm, hidden_words
from review.queries.directory import find_level_titles
from review.queries.past_cases import find_kept_reading, list_past, list_past_imports
from review.services.past_cases import PastMovedError, PastWish, bring_in, plan_past_import, undo_past_import
from review.web.guards import current_actor, current_now, requires
from review.web.sheets import KINDS, Sheet, send_sheet
from review.web.words import tr

bp = Blueprint("past_cases", __name__, url_prefix="/cycles/past")
MOST_SHOWN = 200
"""Rows of one kind, and faults, that a page lists; the counts are always whole."""
FIELD_WORDS: dict[PastField, Text] = {
    PastField.PERSON: text("Person: number or e-mail"),
    PastField.CYCLE: text("Cycle"),
    PastField.ANNOUNCED_ON: text("Day of the answer"),
    PastField.FROM_LEVEL: text("Level before"),
    PastField.TO_LEVEL: text("Target level"),
    PastField.TRACK: text("Track"),
    PastField.OUTCOME: text("Outcome"),
    PastField.REASON: text("Reason"),
    PastField.VOTES_PROMOTE: text("Votes: promote"),
    PastField.VOTES_NOT_YET: text("Votes: not yet"),
    PastField.VOTES_DEFER: text("Votes: defer"),
}


@bp.get("")
@requires("hr")
def start() -> str:
    """Ask for a file, and list those that were brought in."""
    return _start_page(PastUploadForm(formdata=None))


@bp.get(f"/table.<{KINDS}:kind>")
@requires("hr")
def table(kind: str) -> Answer:
    """Send all past cases that this HR partner may read."""
    header = [
        gettext("Number"), gettext("Name"), gettext("Cycle"), gettext("Announced"), gettext("Level before"),
        gettext("Target level"), gettext("Outcome"), gettext("Reason"), gettext("Ratings"), gettext("Votes"),
    ]  # fmt: skip
    rows = (
        (
            row.number, row.name, row.cycle, row.announced_on, row.from_level, row.to_level,
            tr(OUTCOME_WORDS[row.outcome]), row.reason, _say(row.ratings), _say(row.votes),
        )
        for row in list_past(db.session(), current_actor())
    )  # fmt: skip
    return send_sheet(Sheet("past-cases", gettext("Past cases"), header, rows), kind)


@bp.post("")
@requires("hr")
def preview() -> str | tuple[str, int]:
    """Read a file and show what it would add and change; changes nothing."""
    form = PastUploadForm()
    if not form.validate():
        return _start_page(form), 422
    data, name = form.to_file()
    fault = find_name_fault(name, "workbook" if data.startswith(WORKBOOK) else "table")
    try:
        read = read_table(data, name, Cells.FORMULAS)
    except Invalid as refused:
        return _start_page(form, refused.faults), 422
    if fault is not None:
        return _start_page(form, (fault,)), 422
    digest = keep_upload(_folder(), data, now=current_now())
    return _look_page(form, read, form.over(_kept_for(read)), digest, name)


@bp.post("/look")
@requires("hr")
def look() -> str | tuple[str, int]:
    """Show the same file anew, with what its columns and words were said to mean; changes nothing."""
    form = PastLookForm()
    data = read_upload(_folder(), str(form.digest.data or "")) if form.validate() else None
    if data is None:
        return _gone(), 422
    name = str(form.name.data)
    return _look_page(form, read_table(data, name, Cells.FORMULAS), form.to_reading(), str(form.digest.data), name)


@bp.post("/apply")
@requires("hr")
def apply() -> Response | str | tuple[str, int]:
    """Bring in exactly what was looked at."""
    form = PastApplyForm()
    data = read_upload(_folder(), str(form.digest.data or "")) if form.validate() else None
    if data is None:
        return _gone(), 422
    read, wish = _wish_of(form, data)
    try:
        plan = bring_in(
            db.session(), wish, actor=current_actor(), now=current_now(), request_key=str(form.request_key.data)
        )
    except (PastMovedError, Invalid) as error:
        db.session.rollback()
        flash(_why_not(error), "warn")
        return _look_page(form, read, wish.reading, wish.digest, wish.name), 409
    db.session.commit()
    drop_upload(_folder(), wish.digest)
    flash(ngettext("%(num)s past case is brought in.", "%(num)s past cases are brought in.", len(plan.changes)))
    return redirect(url_for(".start"), 303)


@bp.post("/<int:import_id>/undo")
@requires("hr")
def undo(import_id: int) -> Response:
    """Take a file back as a whole."""
    count = undo_past_import(db.session(), import_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(ngettext("Taken back: %(num)s row.", "Taken back: %(num)s rows.", count))
    return redirect(url_for(".start"), 303)


def _wish_of(form: PastApplyForm, data: bytes) -> tuple[Table, PastWish]:
    digest, name = str(form.digest.data), str(form.name.data)
    read = read_table(data, name, Cells.FORMULAS)
    wish = PastWish(
        read,
        form.to_reading(),
        digest,
        name,
        leaves_out=bool(form.leaves_out.data),
        fingerprint=str(form.fingerprint.data),
    )
    return read, wish


def _why_not(error: PastMovedError | Invalid) -> str:
    if isinstance(error, Invalid):
        return gettext("Rows are refused. Tick that they are to be left out, or put them right. Nothing was changed.")
    return gettext("Something has changed since you looked. Nothing was changed; please look again.")


def _kept_for(read: Table) -> PastReading:
    """Return how the last file was read, as far as this one has the same columns."""
    kept = find_kept_reading(db.session())
    have = {column_key(name) for name in read.header}
    columns = {field: column for field, column in kept.columns.items() if column_key(column) in have}
    return replace(kept, columns=columns)


def _gone() -> str:
    gone = Fault(text("The file is no longer here"), text("the same file, uploaded again"))
    return _start_page(PastUploadForm(formdata=None), (gone,))


def _start_page(form: PastUploadForm, faults: tuple[Fault, ...] = ()) -> str:
    rows = list_past_imports(db.session(), current_actor())
    return render_template(
        "past_cases/start.html", form=form, faults=faults, rows=rows, fields=FIELD_WORDS, needed=NEEDED
    )


def _look_page(form: PastSettingsForm, read: Table, reading: PastReading, digest: str, name: str) -> str:
    session = db.session()
    plan = plan_past_import(session, read, reading, actor=current_actor(), now=current_now())
    levels = find_level_titles(session)
    reading = replace(reading, columns={**reading.columns, **plan.columns})
    return render_template(
        "past_cases/look.html",
        form=form,
        plan=plan,
        counts=plan.counts,
        shown=MOST_SHOWN,
        reading=reading,
        carried=hidden_words(reading),
        fields=FIELD_WORDS,
        needed=NEEDED,
        groups=[
            ("outcome", _ask(plan.strange_outcomes, reading.outcomes), OUTCOME_WORDS),
            ("level", _ask(plan.strange_levels, reading.levels), levels),
        ],
        outcomes=OUTCOME_WORDS,
        levels=levels,
        digest=digest,
        fingerprint=plan.fingerprint(),
        request_key=secrets.token_urlsafe(16),
        name=name,
    )


def _ask(strange: tuple[str, ...], known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the words of a file that are asked for, with what each means so far."""
    return [*((word, "") for word in strange), *known.items()][:MOST_SHOWN]


def _say(numbers: tuple[tuple[str, int], ...] | None) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers or ())


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].files_dir
    return folder / "imports"
