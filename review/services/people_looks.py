"""Large people files looked at by a job before they are confirmed: asked for on the page, which says how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.connections import only_reading
from review.adapters.jobs import enqueue, job_in_parts
from review.adapters.spreadsheet import read_table
from review.adapters.uploads import drop_upload, keep_upload, read_upload
from review.domain.access import Actor
from review.domain.errors import Invalid, NotAllowed
from review.domain.people_file import PeopleFile, read_people
from review.domain.people_imports import ImportState, Reading
from review.domain.people_look import look_at
from review.models import PeopleImport
from review.queries.actors import find_actor
from review.services import audit
from review.services.people import plan_import
from review.services.people.rights import keeper
from review.services.people_imports import MOST_FAULTS, keep_fault, uploads_of

LOOK = "look_at_people"


def ask_look(session: Session, reading: Reading, *, actor: Actor, now: datetime) -> int:
    """Ask for a file to be looked at and return the number of that; twice the same is one.

    Raises NotAllowed for anybody who may not write the directory.
    """
    acting = keeper(actor)
    asked = sa.select(PeopleImport).where(PeopleImport.state == ImportState.LOOKING)
    for row in session.scalars(asked.where(PeopleImport.digest == reading.digest)):
        if row.reading == reading.as_data():
            return row.id
    row = PeopleImport(
        digest=reading.digest,
        name=reading.name,
        reading=reading.as_data(),
        fingerprint="",
        asked_by_id=actor.person_id,
        asked_at=now,
        state=ImportState.LOOKING,
    )
    session.add(row)
    session.flush()
    enqueue(session, LOOK, row.id, key=f"people-look-{row.id}")
    audit.record(session, "people.look_ask", actor=acting, now=now, subject_type="people_import", subject_id=row.id)
    return row.id


def note_failure(session: Session, error: str, look_id: int, *, now: datetime) -> None:
    """Note that a file could not be looked at for a reason that is not in it."""
    _end(session.get_one(PeopleImport, look_id), ImportState.FAILED, now, [{"what": error}])


@job_in_parts(LOOK, fail=note_failure)
def look_at_people(engine: Engine, look_id: int, *, now: datetime, is_over: Callable[[], bool]) -> bool:
    """Compare a file with the directory and keep what its page shows; changes no person.

    It reads without a lock, so that nobody who saves waits; a kill loses a look, which is then begun anew.
    """
    begun = _begin(engine, look_id, now)
    if begun is None:
        return True
    reading, actor = begun
    data = read_upload(uploads_of(engine), reading.digest)
    if data is None:
        return _stop(engine, look_id, ImportState.GONE, now)
    try:
        file = read_people(read_table(data, reading.name), reading.mapping, reading.order)
        _note_rows(engine, look_id, len(file.rows))
        if is_over():
            return False
        found = _compare(engine, file, reading, actor, now)
    except Invalid as refused:
        drop_upload(uploads_of(engine), reading.digest)  # what cannot be read is kept nowhere
        return _stop(engine, look_id, ImportState.REFUSED, now, [keep_fault(each) for each in refused.faults])
    except NotAllowed as refused:
        return _stop(engine, look_id, ImportState.REFUSED, now, [{"what": str(refused)}])
    kept = keep_upload(uploads_of(engine), found, now=now)
    return _stop(engine, look_id, ImportState.LOOKED, now, kept=kept)


def _compare(engine: Engine, file: PeopleFile, reading: Reading, actor: Actor, now: datetime) -> bytes:
    """Return what the page shows, as JSON."""
    with Session(only_reading(engine)) as session:
        plan = plan_import(session, file, actor=actor, now=now, scope=reading.scope)
    return json.dumps(look_at(plan).as_data()).encode()


def _begin(engine: Engine, look_id: int, now: datetime) -> tuple[Reading, Actor] | None:
    """Note that a look is begun; return how the file is read, and for whom."""
    with Session(engine) as session:
        row = session.get_one(PeopleImport, look_id)
        if row.ended_at is not None:
            return None
        row.started_at = row.started_at or now
        begun = (
            Reading.from_data(row.digest, row.name, row.reading),
            find_actor(session, row.asked_by_id, today=now.date()),
        )
        session.commit()
    return begun


def _note_rows(engine: Engine, look_id: int, rows: int) -> None:
    """Note how many rows the file has, once it is read."""
    with Session(engine) as session:
        session.get_one(PeopleImport, look_id).total = rows
        session.commit()


def _stop(
    engine: Engine,
    look_id: int,
    state: ImportState,
    now: datetime,
    faults: Sequence[dict[str, object]] = (),
    *,
    kept: str = "",
) -> bool:
    with Session(engine) as session:
        row = session.get_one(PeopleImport, look_id)
        row.fingerprint = kept
        _end(row, state, now, faults)
        session.commit()
    return True


def _end(row: PeopleImport, state: ImportState, now: datetime, faults: Sequence[dict[str, object]] = ()) -> None:
    row.state, row.ended_at, row.faults = state, now, list(faults[:MOST_FAULTS])
