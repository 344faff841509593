"""The report of a cycle's figures: asked for by an HR partner, printed by a job, found again by what it holds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from review.adapters.insight_page import print_insight_to_file
from review.adapters.jobs import enqueue, job
from review.domain.access import SYSTEM, Actor
from review.domain.canonical_json import digest
from review.domain.insight.sheet import InsightSheet, spell, write_sheet
from review.queries.actors import find_actor
from review.queries.insight import load_insight
from review.services import audit
from review.services.request_keys import claim

RENDER = "print-insight"


def request_print(
    session: Session, cycle_id: int, by: str, *, actor: Actor, now: datetime, request_key: str | None = None
) -> str:
    """Ask for the actor's report of a cycle to be printed; return where it will be, below the files folder.

    Raises NotFound for who may not have it.
    """
    path = find_sheet_path(cycle_id, by, _compose(session, cycle_id, by, actor), actor)
    if claim(session, request_key, actor=actor, now=now):
        event = _record(session, "insight.ask", cycle_id, actor, now, reader=actor.person_id)
        key = f"{RENDER}-{event.seq}"
        enqueue(session, RENDER, cycle_id, by, actor.person_id, now.date().isoformat(), key=key)
    return path


def find_sheet_path(cycle_id: int, by: str, sheet: InsightSheet, actor: Actor) -> str:
    """Return where the actor's report is, once it is printed, below the files folder: other content, another place."""
    return f"insight/{cycle_id}/{actor.person_id}-{by}-{digest(_write(sheet))[:16]}.pdf"


def _write(sheet: InsightSheet) -> bytes:
    """Return the report's bytes with its sentences said in English, as it is printed."""
    return write_sheet(spell(sheet, str))


def _compose(session: Session, cycle_id: int, by: str, actor: Actor) -> InsightSheet:
    from review.domain.insight.compose import compose_sheet  # all statistics, loaded where a report is made

    found = load_insight(session, cycle_id, actor, by)
    return compose_sheet(found.facts, found.by.name, cycle=found.cycle, company=found.company, reader=found.reader)


def _read_for_print(session: Session, cycle_id: int, by: str, person_id: int, day: str) -> dict[str, Any]:
    """Read the report as its reader may have it now: what they are out of by now is in no figure."""
    actor = find_actor(session, person_id, today=date.fromisoformat(day))
    sheet = _compose(session, cycle_id, by, actor)
    folder: Any = session.connection().get_execution_options()["files_dir"]
    path = find_sheet_path(cycle_id, by, sheet, actor)
    return {"content": _write(sheet).decode(), "folder": str(folder), "path": path}


def _note_failure(
    session: Session, error: BaseException | str, cycle_id: int, _by: str, person_id: int, _day: str, *, now: datetime
) -> None:
    why = type(error).__name__ if isinstance(error, BaseException) else "error"
    _record(session, "insight.failed", cycle_id, SYSTEM, now, reader=person_id, why=why)


@job(RENDER, read=_read_for_print, compute=print_insight_to_file, fail=_note_failure)
def keep_print(
    session: Session, result: dict[str, Any], cycle_id: int, _by: str, person_id: int, _day: str, *, now: datetime
) -> None:
    """Record that a report is printed; where its file is follows from reader and content."""
    _record(session, "insight.made", cycle_id, SYSTEM, now, reader=person_id, digest=result["digest"])


def _record(session: Session, kind: str, cycle_id: int, actor: Actor, now: datetime, **detail: Any) -> Any:
    return audit.record(session, kind, actor=actor, now=now, subject_type="cycle", subject_id=cycle_id, detail=detail)
