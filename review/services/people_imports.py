"""People files that were confirmed on the page: asked for, and taken in by a job that notes how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue, job_in_parts
from review.adapters.spreadsheet import read_table
from review.adapters.uploads import drop_upload, read_upload
from review.domain.access import Actor
from review.domain.errors import Fault, Invalid, NotAllowed
from review.domain.people_file import read_people
from review.domain.people_imports import ImportState, Reading
from review.models import PeopleImport
from review.queries.actors import find_actor
from review.services import audit
from review.services.people import DirectoryMovedError, Progress, Wish, take_in
from review.services.people.rights import keeper

TAKE_IN = "take_people_in"
KEPT = timedelta(days=30)
"""How long it is told what came of a file; the record keeps it for good."""
MOST_FAULTS = 200


def ask_import(session: Session, reading: Reading, *, fingerprint: str, actor: Actor, now: datetime) -> int:
    """Ask for a file to be taken in as it was looked at and return the number of that; twice the same is one.

    Raises NotAllowed for anybody who may not write the directory.
    """
    acting = keeper(actor)
    session.execute(sa.delete(PeopleImport).where(PeopleImport.ended_at < now - KEPT))
    same = (PeopleImport.digest == reading.digest, PeopleImport.fingerprint == fingerprint)
    waiting = session.scalars(sa.select(PeopleImport.id).where(*same, PeopleImport.ended_at.is_(None))).first()
    if waiting is not None:
        return waiting
    row = _find_look(session, reading) or PeopleImport(digest=reading.digest, name=reading.name, fingerprint="")
    drop_upload(uploads_of(session.connection()), row.fingerprint)  # what the look found has been read
    row.reading, row.fingerprint = reading.as_data(), fingerprint
    row.asked_by_id, row.asked_at, row.started_at, row.ended_at = actor.person_id or 0, now, None, None
    row.state, row.total = ImportState.WAITING, 0
    session.add(row)
    session.flush()
    enqueue(session, TAKE_IN, row.id, key=f"people-import-{row.id}")
    audit.record(session, "people.import_ask", actor=acting, now=now, subject_type="people_import", subject_id=row.id)
    return row.id


def _find_look(session: Session, reading: Reading) -> PeopleImport | None:
    """Return the look that is confirmed, the newest of that reading: its page goes on as that of the taking in."""
    looked = sa.select(PeopleImport).where(
        PeopleImport.digest == reading.digest, PeopleImport.state == ImportState.LOOKED
    )
    rows = session.scalars(looked.order_by(PeopleImport.id.desc()))
    return next((row for row in rows if row.reading == reading.as_data()), None)


def note_failure(session: Session, error: str, import_id: int, *, now: datetime) -> None:
    """Note that a file could not be taken in for a reason that is not in it."""
    _end(session.get_one(PeopleImport, import_id), ImportState.FAILED, now, [{"what": error}])


@job_in_parts(TAKE_IN, fail=note_failure)
def take_people_in(engine: Engine, import_id: int, *, now: datetime, is_over: Callable[[], bool]) -> bool:
    """Take in what is left of a file, part by part; False when told to stop before the end.

    A kill loses the part that was being written and nothing else: the next try compares file and directory anew.
    """
    begun = _begin(engine, import_id, now)
    if begun is None:
        return True
    reading, actor, seen, before = begun
    folder = uploads_of(engine)
    data = read_upload(folder, reading.digest)
    if data is None:
        return _stop(engine, import_id, ImportState.GONE, now)

    def note(session: Session, progress: Progress) -> None:
        row = session.get_one(PeopleImport, import_id)
        row.done, row.total, row.counts = progress.done, progress.total, progress.counts
        if progress.done == progress.total:
            _end(row, ImportState.DONE, now)

    try:
        file = read_people(read_table(data, reading.name), reading.mapping, reading.order)
        wish = Wish(file, reading.scope, reading.digest, seen)
        progress = take_in(engine, wish, actor=actor, now=now, before=before, note=note, is_over=is_over)
    except Invalid as refused:
        return _stop(engine, import_id, ImportState.REFUSED, now, [keep_fault(each) for each in refused.faults])
    except NotAllowed as refused:
        return _stop(engine, import_id, ImportState.REFUSED, now, [{"what": str(refused)}])
    except DirectoryMovedError:
        return _stop(engine, import_id, ImportState.MOVED, now)
    if progress.done == progress.total:
        drop_upload(folder, reading.digest)
    return progress.done == progress.total


def uploads_of(engine: Engine | sa.Connection) -> Path:
    """Return the folder in which files lie between being looked at and being taken in."""
    return Path(str(engine.get_execution_options()["files_dir"])) / "imports"


def _begin(engine: Engine, import_id: int, now: datetime) -> tuple[Reading, Actor, str, Progress | None] | None:
    """Note that a file is begun; return how it is read, for whom, what was looked at, and how far it came before."""
    with Session(engine) as session:
        row = session.get_one(PeopleImport, import_id)
        if row.ended_at is not None:
            return None
        row.state, row.started_at = ImportState.RUNNING, row.started_at or now
        reading = Reading.from_data(row.digest, row.name, row.reading)
        before = Progress(row.done, row.total, row.counts) if row.done else None
        begun = reading, find_actor(session, row.asked_by_id, today=now.date()), row.fingerprint, before
        session.commit()
    return begun


def _stop(
    engine: Engine, import_id: int, state: ImportState, now: datetime, faults: Sequence[dict[str, object]] = ()
) -> bool:
    with Session(engine) as session:
        _end(session.get_one(PeopleImport, import_id), state, now, faults)
        session.commit()
    return True


def _end(row: PeopleImport, state: ImportState, now: datetime, faults: Sequence[dict[str, object]] = ()) -> None:
    row.state, row.ended_at, row.faults = state, now, list(faults[:MOST_FAULTS])


def keep_fault(fault: Fault) -> dict[str, object]:
    """Return a fault as a row keeps it."""
    expected = str(fault.expected) if fault.expected else ""
    return {"row": fault.row, "field": fault.field or "", "what": str(fault.what), "expected": expected}
