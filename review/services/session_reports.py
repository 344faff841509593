"""Reports of sessions: asked for by who may have one, printed by a job, found again by what they hold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue, job
from review.adapters.session_page import print_report_to_file
from review.domain.access import SYSTEM, Actor
from review.domain.errors import TransitionRefused
from review.domain.session_sheet import SessionSheet, sheet_path, write_sheet
from review.domain.text import text
from review.queries.actors import find_actor
from review.queries.session_report import load_session_report
from review.services import audit
from review.services.request_keys import claim

RENDER = "print-report"


def request_report(
    session: Session, committee_id: int, *, actor: Actor, now: datetime, request_key: str | None = None
) -> str:
    """Ask for the actor's report of a committee to be printed; return where it will be, below the files folder.

    Raises:
        NotFound: who may not have it.
        TransitionRefused: nothing is decided that the actor may know of.
    """
    sheet = load_session_report(session, committee_id, actor)
    if not sheet.cases or actor.person_id is None:
        raise TransitionRefused([text("Nothing is decided yet")])
    path = sheet_path(committee_id, actor.person_id, write_sheet(sheet))
    if not claim(session, request_key, actor=actor, now=now):
        return path
    event = _record(session, "report.ask", committee_id, actor, now, cases=len(sheet.cases), reader=actor.person_id)
    enqueue(session, RENDER, committee_id, actor.person_id, now.date().isoformat(), key=f"{RENDER}-{event.seq}")
    return path


def find_report_path(committee_id: int, sheet: SessionSheet, actor: Actor) -> str:
    """Return where the actor's report is, once it is printed, below the files folder."""
    return sheet_path(committee_id, actor.person_id or 0, write_sheet(sheet))


def _read_for_print(session: Session, committee_id: int, person_id: int, day: str) -> dict[str, Any]:
    """Read the report as its reader may have it now: who is out of a case by now is not given it."""
    actor = find_actor(session, person_id, today=date.fromisoformat(day))
    content = write_sheet(load_session_report(session, committee_id, actor))
    folder: Any = session.connection().get_execution_options()["files_dir"]
    path = sheet_path(committee_id, person_id, content)
    return {"content": content.decode(), "folder": str(folder), "path": path}


def _note_failure(
    session: Session, error: BaseException | str, committee_id: int, person_id: int, _day: str, *, now: datetime
) -> None:
    why = type(error).__name__ if isinstance(error, BaseException) else "error"
    _record(session, "report.failed", committee_id, SYSTEM, now, reader=person_id, why=why)


@job(RENDER, read=_read_for_print, compute=print_report_to_file, fail=_note_failure)
def keep_report(
    session: Session, result: dict[str, Any], committee_id: int, person_id: int, _day: str, *, now: datetime
) -> None:
    """Record that a report is printed; where its file is follows from reader and content."""
    _record(session, "report.made", committee_id, SYSTEM, now, reader=person_id, digest=result["digest"])


def _record(session: Session, kind: str, committee_id: int, actor: Actor, now: datetime, **detail: Any) -> Any:
    return audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        subject_type="committee",
        subject_id=committee_id,
        detail=detail,
    )
