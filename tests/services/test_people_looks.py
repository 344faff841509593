"""Large people files are looked at by a job: nobody is changed, what it found is kept for its page, once for all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.spreadsheet import read_table
from review.adapters.uploads import keep_upload, read_upload
from review.domain.errors import NotAllowed
from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, read_people
from review.domain.people_imports import Reading
from review.domain.people_look import Look, look_at
from review.models import AuditEvent, PeopleImport, Person, RoleGrant
from review.queries.people_imports import find_import, list_latest_imports, list_latest_looks
from review.services.people import plan_import
from review.services.people_imports import ask_import, uploads_of
from review.services.people_looks import ask_look, look_at_people, note_failure
from tests.personas import Company, found_company

DATA = b"external_id,name,title\nben,Ben Ito,Head of it\nn1,New,Third\nn2,,Fourth\n"
GO_ON: Callable[[], bool] = lambda: False  # noqa: E731 - as a worker says it


@pytest.fixture
def company(session: Session) -> Company:
    company = found_company(session)
    session.commit()
    return company


def ask(session: Session, engine: Engine, company: Company, now: datetime, data: bytes = DATA, **more: Scope) -> int:
    """Ask for a look at a file as Hanna."""
    digest = keep_upload(uploads_of(engine), data, now=now)
    reading = Reading(digest, "people.csv", {}, DateOrder.NOT_SAID, more.get("scope", Scope.PART))
    number = ask_look(session, reading, actor=company.actor("hanna"), now=now)
    session.commit()
    return number


def load(session: Session, number: int) -> PeopleImport:
    """Return the row as it is now."""
    session.rollback()
    row = session.get_one(PeopleImport, number, populate_existing=True)
    session.expunge(row)
    session.commit()
    return row


@pytest.mark.both_databases
def test_a_look_is_kept_and_changes_nobody(session: Session, engine: Engine, company: Company, now: datetime) -> None:
    number = ask(session, engine, company, now)
    before = session.scalars(sa.select(Person.title).order_by(Person.id)).all()
    row = load(session, number)
    assert (row.state, row.started_at, row.total, row.ended_at) == ("looking", None, 0, None)
    assert look_at_people(engine, number, now=now, is_over=lambda: True) is False
    row = load(session, number)
    assert (row.state, row.started_at, row.total, row.ended_at) == ("looking", now, 2, None)
    assert look_at_people(engine, number, now=now, is_over=GO_ON) is True
    row = load(session, number)
    assert (row.state, row.ended_at, row.faults) == ("looked", now, [])
    kept = read_upload(uploads_of(engine), row.fingerprint)
    assert kept is not None
    file = read_people(read_table(DATA, "people.csv"), {}, DateOrder.NOT_SAID)
    plan = plan_import(session, file, actor=company.actor("hanna"), now=now, scope=Scope.PART)
    assert Look.from_data(json.loads(kept)) == look_at(plan)
    assert (len(plan.changes), [(fault.row, fault.field) for fault in plan.faults]) == (2, [(4, "name")])
    assert session.scalars(sa.select(Person.title).order_by(Person.id)).all() == before
    session.commit()
    assert look_at_people(engine, number, now=now, is_over=GO_ON) is True  # once more, as after a lost note
    kinds = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.subject_id == number)).all()
    assert [kind for kind in kinds if kind.startswith("people")] == ["people.look_ask"]


@pytest.mark.both_databases
def test_twice_the_same_is_one_look_and_read_otherwise_is_another(
    session: Session, engine: Engine, company: Company, now: datetime
) -> None:
    first = ask(session, engine, company, now)
    assert ask(session, engine, company, now) == first
    full = ask(session, engine, company, now, scope=Scope.FULL)
    assert full != first
    assert [row.id for row in list_latest_looks(session, company.actor("hanna"))] == [full, first]
    assert list_latest_imports(session, company.actor("hanna")) == []
    assert list_latest_looks(session, company.actor("otto")) == []
    session.commit()
    look_at_people(engine, first, now=now, is_over=GO_ON)
    again = ask(session, engine, company, now)
    assert again not in (first, full)  # the directory may be another one by now


def test_who_does_not_keep_the_directory_has_nothing_looked_at(
    session: Session, company: Company, now: datetime
) -> None:
    reading = Reading("a" * 64, "people.csv", {}, DateOrder.NOT_SAID, Scope.PART)
    with pytest.raises(NotAllowed):
        ask_look(session, reading, actor=company.actor("otto"), now=now)
    assert session.scalar(sa.select(sa.func.count()).select_from(PeopleImport)) == 0


def test_a_file_that_is_asked_for_is_no_look_any_more(
    session: Session, engine: Engine, company: Company, now: datetime
) -> None:
    number, hanna = ask(session, engine, company, now), company.actor("hanna")
    other = ask(session, engine, company, now, DATA + b"n3,Three,\n")
    full = ask(session, engine, company, now, scope=Scope.FULL)
    for each in (number, other, full):
        look_at_people(engine, each, now=now, is_over=GO_ON)
    shown = find_import(session, hanna, number)
    reading = Reading.from_data(shown.digest, shown.name, shown.reading)
    assert ask_import(session, reading, fingerprint="f" * 64, actor=hanna, now=now) == number
    assert ask_import(session, reading, fingerprint="f" * 64, actor=hanna, now=now) == number
    session.commit()
    row = load(session, number)
    assert (row.state, row.fingerprint, row.total, row.ended_at) == ("waiting", "f" * 64, 0, None)
    kept = {load(session, each).fingerprint for each in (other, full)}
    files = {load(session, each).digest for each in (number, other)}
    assert {path.name for path in uploads_of(engine).iterdir()} == files | kept
    assert [each.id for each in list_latest_looks(session, hanna)] == [other]
    assert [each.id for each in list_latest_imports(session, hanna)] == [number]
    session.commit()
    later = ask(session, engine, company, now + timedelta(hours=1))
    assert [each.id for each in list_latest_looks(session, hanna)] == [later, other]
    session.execute(sa.update(PeopleImport).where(PeopleImport.id == number).values(state="moved", ended_at=now))
    session.commit()
    again = ask_import(session, reading, fingerprint="e" * 64, actor=hanna, now=now)
    assert again not in (number, other, full, later)  # what came of the first stays told


def test_a_look_that_cannot_be_taken_says_why(
    session: Session, engine: Engine, company: Company, now: datetime
) -> None:
    unread = ask(session, engine, company, now, b"\xd0\xcf\x11\xe0")
    look_at_people(engine, unread, now=now, is_over=GO_ON)
    row = load(session, unread)
    assert (row.state, row.ended_at) == ("refused", now)
    assert [fault["what"] for fault in row.faults] == ["this is an old or encrypted Excel file"]
    assert list(uploads_of(engine).iterdir()) == []
    gone = ask(session, engine, company, now)
    for path in uploads_of(engine).iterdir():
        path.unlink()
    look_at_people(engine, gone, now=now, is_over=GO_ON)
    assert load(session, gone).state == "gone"
    ask(session, engine, company, now, DATA + b"n3,Three,\n")
    broken = ask(session, engine, company, now, DATA + b"n3,Three,\n")
    note_failure(session, "ValueError", broken, now=now)
    session.commit()
    assert (load(session, broken).state, load(session, broken).faults) == ("failed", [{"what": "ValueError"}])


def test_who_keeps_the_directory_no_more_learns_nothing_of_it(
    session: Session, engine: Engine, company: Company, now: datetime
) -> None:
    number = ask(session, engine, company, now)
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == company.id("hanna")))
    session.commit()
    assert look_at_people(engine, number, now=now, is_over=GO_ON) is True
    row = load(session, number)
    assert (row.state, row.fingerprint) == ("refused", "")
    assert row.faults == [{"what": "Only HR and those who run the installation may change the directory."}]


def test_nobody_who_saves_waits_for_a_look(session: Session, engine: Engine, company: Company, now: datetime) -> None:
    number = ask(session, engine, company, now)
    look_at_people(engine, number, now=now, is_over=lambda: True)
    seen = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    look_at_people(engine, number, now=now, is_over=GO_ON)
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    read = max(place for place, words in enumerate(seen) if "person.external_id" in words)
    assert [words for words in seen[:read] if words.startswith("BEGIN")][-1] == "BEGIN"
