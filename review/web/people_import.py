"""Taking a people file in: upload, look at what would change, let exactly that be done, see how far it is.

A small file is looked at while the page waits, a large one by a worker: its page can be left and found again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.adapters.file_kinds import WORKBOOK, find_name_fault
from review.adapters.spreadsheet import check_table, read_table
from review.adapters.uploads import keep_upload, read_upload
from review.domain.errors import Fault, Invalid
from review.domain.people_changes import Scope
from review.domain.people_file import PeopleFile, PersonField, read_people
from review.domain.people_imports import ImportState, Reading
from review.domain.people_look import Look, look_at
from review.domain.text import text
from review.extensions import db, look_ahead
from review.forms.people import ApplyForm, ImportSettings, UploadForm
from review.queries.people_imports import ImportShown, find_import, list_latest_imports, list_latest_looks
from review.services.people import plan_import
from review.services.people_imports import ask_import
from review.services.people_looks import ask_look
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("people_import", __name__, url_prefix="/people/import")
LOOKED_AT_ONCE = 200_000
"""Bytes, about 2,000 rows: a smaller file is compared while the page waits, a larger one by the worker."""


@bp.get("")
@requires("hr", "it_admin")
def start() -> str:
    """Ask for a file."""
    return _start_page(UploadForm(formdata=None))


@bp.post("")
@requires("hr", "it_admin")
def preview() -> Response | str | tuple[str, int]:
    """Read a file and show what it would change, or have a worker do so; changes nobody."""
    form = UploadForm()
    if not form.validate():
        return _start_page(form), 422
    settings, faults = form.to_settings()
    data, name = form.to_file()
    is_small = len(data) <= LOOKED_AT_ONCE
    try:
        file = _read(data, name, settings, faults) if is_small else None
        _check(data, name, faults)
    except Invalid as refused:
        return _start_page(form, refused.faults), 422
    reading = _reading(settings, keep_upload(_folder(), data, now=current_now()), name)
    if file is None:
        return redirect(url_for("people_import.show", import_id=_ask_look(reading)), 303)
    return _preview_page(_look(file, settings), reading)


@bp.post("/apply")
@requires("hr", "it_admin")
def apply() -> Response | str | tuple[str, int]:
    """Ask for the previewed file to be taken in, if it and what it would change are still the same."""
    form = ApplyForm()
    data = read_upload(_folder(), str(form.digest.data or "")) if form.validate() else None
    if data is None:
        gone = Fault(text("The file is no longer here"), text("the same file, uploaded again"))
        return _start_page(UploadForm(formdata=None), [gone]), 422
    moved = _look_again(form, data) if len(data) <= LOOKED_AT_ONCE else None
    if moved is not None:
        return moved, 409
    return redirect(url_for("people_import.show", import_id=_ask(form)), 303)


@bp.get("/<int:import_id>")
@requires("hr", "it_admin")
def show(import_id: int) -> str:
    """Say how far a file is looked at or taken in, or what came of it."""
    row, look = _find(import_id)
    if look is not None:
        return _preview_page(look, Reading.from_data(row.digest, row.name, row.reading))
    return render_template("people/import_progress.html", row=row)


@bp.get("/<int:import_id>/live")
@requires("hr", "it_admin")
def live(import_id: int) -> str:
    """Give the same without the page around it, for the page itself while it is open."""
    return render_template("people/_import.html", row=_find(import_id)[0])


def _find(import_id: int) -> tuple[ImportShown, Look | None]:
    """Return how far a file is, and what was found where it was looked at; what lay too long is gone."""
    row = find_import(db.session(), current_actor(), import_id)
    if row.state != ImportState.LOOKED:
        return row, None
    kept = read_upload(_folder(), row.kept)
    if kept is None:
        return replace(row, state=ImportState.GONE, total=0), None
    return row, Look.from_data(json.loads(kept))


def _ask(form: ApplyForm) -> int:
    settings, faults = form.to_settings()
    if faults:
        raise Invalid(faults)
    reading = _reading(settings, str(form.digest.data), str(form.name.data))
    seen = str(form.fingerprint.data)
    number = ask_import(db.session(), reading, fingerprint=seen, actor=current_actor(), now=current_now())
    db.session.commit()
    return number


def _ask_look(reading: Reading) -> int:
    number = ask_look(db.session(), reading, actor=current_actor(), now=current_now())
    db.session.commit()
    return number


def _look_again(form: ApplyForm, data: bytes) -> str | None:
    """Return the page with what would change now, where that is not what was looked at."""
    settings, faults = form.to_settings()
    name = str(form.name.data)
    file = _read(data, name, settings, faults)
    plan = plan_import(db.session(), file, actor=current_actor(), now=current_now(), scope=settings.scope)
    if not plan.faults and plan.fingerprint() == form.fingerprint.data:
        return None
    flash(gettext("The directory has changed since you looked. Nothing was changed; please look again."), "warn")
    return _preview_page(look_at(plan), _reading(settings, str(form.digest.data), name))


def _reading(settings: ImportSettings, digest: str, name: str) -> Reading:
    return Reading(digest, name, settings.mapping, settings.order, settings.scope)


def _read(data: bytes, name: str, settings: ImportSettings, faults: list[Fault]) -> PeopleFile:
    if faults:
        raise Invalid(faults)
    return read_people(read_table(data, name), settings.mapping, settings.order)


def _check(data: bytes, name: str, faults: list[Fault]) -> None:
    """Raise Invalid for faults of the settings, for what is no table, and for a name that says something else."""
    if faults:
        raise Invalid(faults)
    check_table(data, name)
    fault = find_name_fault(name, "workbook" if data.startswith(WORKBOOK) else "table")
    if fault is not None:
        raise Invalid([fault])


def _start_page(form: UploadForm, faults: tuple[Fault, ...] | list[Fault] = ()) -> str:
    fields = [(field.value, field in (PersonField.EXTERNAL_ID, PersonField.NAME)) for field in PersonField]
    latest = list_latest_imports(db.session(), current_actor())
    looks = list_latest_looks(db.session(), current_actor())
    return render_template("people/import.html", form=form, faults=faults, fields=fields, latest=latest, looks=looks)


def _look(file: PeopleFile, settings: ImportSettings) -> Look:
    actor, now = current_actor(), current_now()
    with look_ahead() as session:  # it takes a while, and changes nothing
        return look_at(plan_import(session, file, actor=actor, now=now, scope=settings.scope))


def _preview_page(look: Look, reading: Reading) -> str:
    mapping = "\n".join(f"{field.value}={column}" for field, column in reading.mapping.items())
    is_full = reading.scope is Scope.FULL
    return render_template("people/preview.html", look=look, reading=reading, mapping=mapping, is_full=is_full)


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].files_dir
    return folder / "imports"
