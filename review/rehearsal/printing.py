"""The report of a rehearsal is printed in the background, into the rehearsal's own folder."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from review.adapters.jobs import job
from review.adapters.rehearsal_page import print_rehearsal_to_file
from review.domain.errors import NotFound
from review.domain.rehearsal_sheet import sheet_path, write_sheet
from review.queries.actors import find_actor
from review.queries.rehearsals import RehearsalRow, load_rehearsal
from review.rehearsal.place import Place
from review.rehearsal.sheet import compose_sheet
from review.services.rehearsals import PRINT, note_not_printed, note_printed


def find_print(row: RehearsalRow, place: Place, company: str) -> Path:
    """Return where the printed report is, if it is there: as the rehearsal stands, or as it was signed off."""
    return place.folder / sheet_path(write_sheet(compose_sheet(row, place, company)))


def read_print(session: Session, rehearsal_id: int, folder: str, person_id: int, day: str) -> dict[str, Any]:
    """Return what is printed: the report as whoever asked may have it now."""
    row = load_rehearsal(session, rehearsal_id, find_actor(session, person_id, today=date.fromisoformat(day)))
    place = Place(Path(folder))
    if not place.is_there:
        raise NotFound
    company = str(session.connection().get_execution_options().get("company", ""))
    content = write_sheet(compose_sheet(row, place, company))
    return {"content": content.decode(), "folder": folder, "path": sheet_path(content)}


def keep_failure(session: Session, error: BaseException | str, rehearsal_id: int, *_rest: Any, now: datetime) -> None:
    """Keep that a print came to nothing."""
    note_not_printed(session, rehearsal_id, error, now=now)


@job(PRINT, read=read_print, compute=print_rehearsal_to_file, fail=keep_failure)
def keep_print(session: Session, result: dict[str, Any], rehearsal_id: int, *_rest: Any, now: datetime) -> None:
    """Keep that the report was printed."""
    note_printed(session, rehearsal_id, result["digest"], now=now)
