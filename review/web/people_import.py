"""Taking a people file in: upload, look at what would change, let exactly that be done, see how far it is."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.adapters.file_kinds import WORKBOOK, find_name_fault
from review.adapters.spreadsheet import read_table
from review.adapters.uploads import keep_upload, read_upload
from review.domain.errors import Fault, Invalid
from review.domain.people_changes import ChangeKind
from review.domain.people_file import PeopleFile, PersonField, read_people
from review.domain.people_imports import Reading
from review.domain.text import text
from review.extensions import db, look_ahead
from review.forms.people import ApplyForm, ImportSettings, SettingsForm, UploadForm
from review.queries.people_imports import find_import, list_latest_imports
from review.services.people import plan_import
from review.services.people_imports import ask_import
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("people_import", __name__, url_prefix="/people/import")
MOST_SHOWN = 200
"""Rows of one kind, and faults, that a preview lists; the counts are always whole."""
LOOKED_AT_ONCE = 200_000
"""Bytes, about 2,000 rows: a smaller file is compared once more before it is asked for, a larger one by the worker."""


@bp.get("")
@requires("hr", "it_admin")
def start() -> str:
    """Ask for a file."""
    return _start_page(UploadForm(formdata=None))


@bp.post("")
@requires("hr", "it_admin")
def preview() -> str | tuple[str, int]:
    """Read a file and show what it would change; changes nothing."""
    form = UploadForm()
    if not form.validate():
        return _start_page(form), 422
    settings, faults = form.to_settings()
    data, name = form.to_file()
    try:
        file = _read(data, name, settings, faults)
        _check_name(data, name)
    except Invalid as refused:
        return _start_page(form, refused.faults), 422
    digest = keep_upload(_folder(), data, now=current_now())
    return _preview_page(form, file, settings, digest=digest, name=name)


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
    """Say how far a file is taken in, or what came of it."""
    return render_template("people/import_progress.html", row=find_import(db.session(), current_actor(), import_id))


@bp.get("/<int:import_id>/live")
@requires("hr", "it_admin")
def live(import_id: int) -> str:
    """Give the same without the page around it, for the page itself while it is open."""
    return render_template("people/_import.html", row=find_import(db.session(), current_actor(), import_id))


def _ask(form: ApplyForm) -> int:
    settings, faults = form.to_settings()
    if faults:
        raise Invalid(faults)
    reading = Reading(str(form.digest.data), str(form.name.data), settings.mapping, settings.order, settings.scope)
    seen = str(form.fingerprint.data)
    number = ask_import(db.session(), reading, fingerprint=seen, actor=current_actor(), now=current_now())
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
    return _preview_page(form, file, settings, digest=str(form.digest.data), name=name)


def _read(data: bytes, name: str, settings: ImportSettings, faults: list[Fault]) -> PeopleFile:
    if faults:
        raise Invalid(faults)
    return read_people(read_table(data, name), settings.mapping, settings.order)


def _check_name(data: bytes, name: str) -> None:
    """Raise Invalid for a name that says something else than the content."""
    fault = find_name_fault(name, "workbook" if data.startswith(WORKBOOK) else "table")
    if fault is not None:
        raise Invalid([fault])


def _start_page(form: UploadForm, faults: tuple[Fault, ...] | list[Fault] = ()) -> str:
    fields = [(field.value, field in (PersonField.EXTERNAL_ID, PersonField.NAME)) for field in PersonField]
    latest = list_latest_imports(db.session(), current_actor())
    return render_template("people/import.html", form=form, faults=faults, fields=fields, latest=latest)


def _preview_page(form: SettingsForm, file: PeopleFile, settings: ImportSettings, *, digest: str, name: str) -> str:
    actor, now = current_actor(), current_now()
    with look_ahead() as session:  # a large file takes seconds to compare, and changes nothing
        plan = plan_import(session, file, actor=actor, now=now, scope=settings.scope)
    kinds = [(kind, plan.of_kind(kind)) for kind in ChangeKind]
    return render_template(
        "people/preview.html",
        form=form,
        plan=plan,
        counts=plan.counts(),
        groups=[(kind.value, len(changes), changes[:MOST_SHOWN]) for kind, changes in kinds if changes],
        faults=plan.faults[:MOST_SHOWN],
        more_faults=max(0, len(plan.faults) - MOST_SHOWN),
        digest=digest,
        fingerprint=plan.fingerprint(),
        name=name,
    )


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].files_dir
    return folder / "imports"
