"""People files taken in part by part: broken off and gone on with, no circle in between, and nobody overwritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session, aliased

from review.adapters.connections import only_reading
from review.adapters.uploads import keep_upload
from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, PersonField, PersonRow, file_of
from review.domain.people_imports import Reading
from review.models import AuditEvent, PeopleImport, Person, RoleGrant
from review.queries.people import find_person_named
from review.services import audit
from review.services.people import Progress, Wish, parts, plan_import, take_in
from review.services.people_imports import ask_import, note_failure, take_people_in, uploads_of
from tests.personas import Company, found_company

AROUND = [
    PersonRow(2, "b", "Ben", manager="c", email="a@example.org"),
    PersonRow(3, "a", "Ada", manager="b", email="b@example.org"),
    PersonRow(4, "c", "Cy", manager="d", email="c@example.org"),
    PersonRow(5, "d", "Dora", email="d@example.org"),
]
"""The chain a > b is turned around below two who join, and two swap their addresses."""
KEEPERS = "Only HR and those who run the installation may change the directory."
FIELDS = (PersonField.MANAGER, PersonField.EMAIL)


@pytest.fixture(autouse=True)
def parts_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 1)


@pytest.fixture
def company(session: Session) -> Company:
    company = found_company(session)
    ada = Person(external_id="a", name="Ada", email="a@example.org")
    session.add(ada)
    session.flush()
    session.add(Person(external_id="b", name="Ben", email="b@example.org", manager_id=ada.id))
    session.commit()
    return company


def chain(session: Session) -> dict[str, tuple[str | None, str | None]]:
    """Return manager and address of the four."""
    manager = aliased(Person)
    rows = sa.select(Person.external_id, manager.external_id, Person.email).outerjoin(
        manager, manager.id == Person.manager_id
    )
    return {key: (above, email) for key, above, email in session.execute(rows) if key in "abcd"}


def find_circle(session: Session) -> bool:
    above = {key: manager for key, (manager, _) in chain(session).items()}
    for key in above:
        at: str | None = key
        for _ in above:
            at = above.get(at) if at else None
        if at is not None:
            return True
    return False


@pytest.mark.both_databases
def test_a_chain_is_turned_around_without_a_circle_and_addresses_are_swapped(
    session: Session, engine: Engine, company: Company, now: datetime
) -> None:
    circles, noted = list[bool](), list[Progress]()

    def note(own: Session, progress: Progress) -> None:
        circles.append(find_circle(own))
        noted.append(progress)

    wish, hanna = Wish(file_of(AROUND, *FIELDS), Scope.PART, "x" * 64), company.actor("hanna")
    first = take_in(engine, wish, actor=hanna, now=now, note=note, is_over=lambda: len(noted) == 2)
    assert (first.done, first.total, chain(session)["a"]) == (2, 4, (None, "a@example.org"))
    session.rollback()
    last = take_in(engine, wish, actor=hanna, now=now, note=note, before=first)
    assert [(each.done, each.total) for each in noted] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (last.counts, circles) == (first.counts, [False] * 4)
    assert chain(session) == {
        "d": (None, "d@example.org"),
        "c": ("d", "c@example.org"),
        "b": ("c", "a@example.org"),
        "a": ("b", "b@example.org"),
    }
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["person.join", "person.join", "person.change", "person.change", "people.import"]
    assert audit.find_break(session) is None


def ask(session: Session, engine: Engine, company: Company, data: bytes, now: datetime, *, seen: str = "") -> int:
    """Ask for a file of names and titles as the page does, looked at a moment ago."""
    digest = keep_upload(uploads_of(engine), data, now=now)
    reading = Reading(digest, "people.csv", {}, DateOrder.NOT_SAID, Scope.PART)
    if not seen:
        lines = [line.split(",") for line in data.decode().splitlines()[1:]]
        rows = [PersonRow(n, key, name, title=title) for n, (key, name, title) in enumerate(lines, 2)]
        file = file_of(rows, PersonField.TITLE)
        seen = plan_import(session, file, actor=company.actor("hanna"), now=now, scope=Scope.PART).fingerprint()
    number = ask_import(session, reading, fingerprint=seen, actor=company.actor("hanna"), now=now)
    session.commit()
    return number


TITLES = b"external_id,name,title\na,Ada,First\nb,Ben,Second\nn1,New,Third\n"


@pytest.mark.both_databases
def test_an_import_that_was_broken_off_goes_on_where_it_was(
    session: Session, engine: Engine, company: Company, now: datetime
) -> None:
    number = ask(session, engine, company, TITLES, now)
    assert take_people_in(engine, number, now=now, is_over=lambda: True) is False
    row = session.get_one(PeopleImport, number)
    assert (row.state, row.done, row.total, row.ended_at) == ("running", 1, 3, None)
    session.rollback()
    assert take_people_in(engine, number, now=now, is_over=lambda: False) is True
    session.expire_all()
    assert (row.state, row.done, row.counts["joins"], row.counts["changes"]) == ("done", 3, 1, 2)
    titles = sa.select(Person.title).where(Person.external_id.in_(["a", "b", "n1"])).order_by(Person.external_id)
    assert session.scalars(titles).all() == ["First", "Second", "Third"]
    assert list(uploads_of(engine).iterdir()) == []
    session.rollback()
    assert take_people_in(engine, number, now=now, is_over=lambda: False) is True
    kinds = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind == "people.import")).all()
    assert len(kinds) == 1


@pytest.mark.both_databases
def test_what_somebody_changes_meanwhile_is_not_overwritten(
    session: Session, engine: Engine, company: Company, now: datetime
) -> None:
    number = ask(session, engine, company, TITLES, now)

    def change() -> bool:
        with Session(engine) as own:
            own.execute(sa.update(Person).where(Person.external_id.in_(["a", "b"])).values(function="Design"))
            own.commit()
        return False

    assert take_people_in(engine, number, now=now, is_over=change) is True
    people = sa.select(Person.title, Person.function).where(Person.external_id.in_(["a", "b"])).order_by(Person.id)
    assert [tuple(row) for row in session.execute(people)] == [("First", "Design"), ("Second", "Design")]
    assert session.get_one(PeopleImport, number).state == "done"


def change_title(session: Session, company: Company) -> None:
    session.execute(sa.update(Person).where(Person.external_id == "a").values(title="Moved"))


def take_role(session: Session, company: Company) -> None:
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == company.id("hanna")))


@pytest.mark.parametrize(
    ("data", "meanwhile", "state", "faults"),
    [
        (TITLES, change_title, "moved", []),
        (
            TITLES,
            take_role,
            "refused",
            [(None, KEEPERS)],
        ),
        (b"external_id,name,title\na,,First\n", None, "refused", [(2, "it is missing")]),
    ],
    ids=["moved", "without the right", "with a fault"],
)
def test_an_import_that_cannot_be_done_changes_nothing_and_says_why(
    session: Session,
    engine: Engine,
    company: Company,
    now: datetime,
    data: bytes,
    meanwhile: Callable[[Session, Company], None] | None,
    state: str,
    faults: list[tuple[int | None, str]],
) -> None:
    number = ask(session, engine, company, data, now)
    if meanwhile is not None:
        meanwhile(session, company)
        session.commit()
    assert take_people_in(engine, number, now=now, is_over=lambda: False) is True
    row = session.get_one(PeopleImport, number)
    assert (row.state, row.done, [(each.get("row"), each["what"]) for each in row.faults]) == (state, 0, faults)
    assert find_person_named(session, company.actor("hanna"), "New") is None


def test_a_file_that_is_gone_and_a_failure_are_told(
    session: Session, engine: Engine, company: Company, now: datetime
) -> None:
    number = ask(session, engine, company, TITLES, now)
    for path in uploads_of(engine).iterdir():
        path.unlink()
    assert take_people_in(engine, number, now=now, is_over=lambda: False) is True
    assert session.get_one(PeopleImport, number).state == "gone"
    note_failure(session, "ValueError", number, now=now)
    assert session.get_one(PeopleImport, number).state == "failed"


def test_who_only_reads_takes_no_lock_for_writing(session: Session, engine: Engine, company: Company) -> None:
    session.execute(sa.update(Person).values(title="Locked"))
    with Session(only_reading(engine)) as own:
        assert "Locked" not in own.scalars(sa.select(Person.title)).all()
