"""A kept scene is the scene as it would be built, row by row; and nobody sees what another test did to a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.extensions import make_engine
from review.models import Case, Person
from review.services.audit import find_break
from tests.agreed_plan import agreed_plan, written_plan
from tests.committee_room import built_room, sealed_room
from tests.compiled_once import share_statements
from tests.conftest import make_settings
from tests.factories import open_scene
from tests.feedback_room import open_room
from tests.kept import find_jobs, forget, kept
from tests.outsider import collecting
from tests.trail import details_where

pytestmark = pytest.mark.both_databases
CALLS: list[str] = []
BY_CHANCE = {
    "person_key": {"wrapped"},
    "audit_event": {"detail_hash", "sealed_detail", "mac"},
    "audit_head": {"mac"},
}
"""Columns that are another each time something is built: keys, and what is sealed with them."""


@dataclass(frozen=True, slots=True)
class Named:
    """What the builder of this file returns."""

    ids: tuple[int, ...]
    person: Person


@kept
def name_people(session: Session, *names: str) -> Named:
    """Write people down, and the call."""
    CALLS.append(" ".join(names))
    people = [Person(external_id=name, name=name, email=f"{name}@example.org") for name in names]
    session.add_all(people)
    session.commit()
    return Named(tuple(person.id for person in people), people[0])


def read_all(session: Session) -> dict[str, list[Any]]:
    """Return every row of every table as the database tells it."""
    session.commit()
    connection = session.connection()
    tables = sa.MetaData()
    tables.reflect(connection)
    alike = {
        table: [col for col in table.c if col.name not in BY_CHANCE.get(table.name, ())]
        for table in tables.sorted_tables
    }
    rows = {table.name: sorted(connection.execute(sa.select(*cols)), key=repr) for table, cols in alike.items()}
    rows["details"] = details_where(session)
    assert find_break(session) is None
    session.commit()
    return rows


def next_numbers(session: Session) -> list[Any]:
    """Return where each of PostgreSQL's sequences stands; SQLite has none."""
    if session.get_bind().dialect.name != "postgresql":
        return []
    return list(session.execute(sa.text("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")))


@pytest.fixture
def new_session(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Callable[[], Session]]:
    """Return a function that opens a session on a database of its own, migrated and empty."""
    with ExitStack() as ends:

        def make() -> Session:
            engine = make_engine(make_settings(new_database(), tmp_path))
            ends.callback(engine.dispose)
            share_statements(engine)
            return ends.enter_context(Session(engine))

        yield make


def case_for_feedback(session: Session, now: datetime) -> None:
    collecting(session, open_scene(session, now), now)


def feedback_room(session: Session, now: datetime) -> None:
    open_room(session, open_scene(session, now), now)


def manager_case(session: Session, now: datetime) -> None:
    built_room(session, open_scene(session, now), now, key="greta", to_level="director-pm")


def plan(session: Session, now: datetime) -> None:
    agreed_plan(written_plan(session, now))


@pytest.mark.parametrize(
    "build", [case_for_feedback, feedback_room, manager_case, plan], ids=lambda build: build.__name__
)
def test_a_kept_scene_is_the_scene_as_it_is_built(
    new_session: Callable[[], Session], now: datetime, build: Callable[[Session, datetime], object]
) -> None:
    fresh = new_session()
    forget(fresh)
    build(fresh, now)
    first = new_session()
    build(first, now)
    second = new_session()
    build(second, now)
    built = read_all(fresh)
    assert read_all(first) == built
    assert read_all(second) == built
    assert next_numbers(first) == next_numbers(second) == next_numbers(fresh)
    assert len(built["audit_event"]) > 1


def test_the_jobs_that_a_scene_asked_for_wait_with_its_copy(new_session: Callable[[], Session], now: datetime) -> None:
    waiting = []
    for is_kept in (False, True, True):
        session = new_session()
        if not is_kept:
            forget(session)
        sealed_room(session, now)
        jobs = find_jobs(session)
        waiting.append(([(job.name, args) for job, args in jobs.ready], jobs.seen))
    assert (
        waiting
        == [([("render_packet", (each,)) for each in (1, 2, 3)], {f"render_packet-{each}" for each in (1, 2, 3)})] * 3
    )


def test_what_comes_back_is_equal_and_belongs_to_the_session_that_asks(new_session: Callable[[], Session]) -> None:
    CALLS.clear()
    first = new_session()
    before = name_people(first, "ana", "bo")
    second = new_session()
    after = name_people(second, "ana", "bo")
    assert CALLS in (["ana bo"], [])
    assert before.ids == after.ids
    assert [Session.object_session(each.person) for each in (before, after)] == [first, second]
    assert (after.person.name, after.person.id) == ("ana", after.ids[0])


def test_a_test_that_changes_its_copy_does_not_change_the_next(
    new_session: Callable[[], Session], now: datetime
) -> None:
    sealed_room(new_session(), now)
    first = new_session()
    copy = sealed_room(first, now)
    sealed = read_all(first)
    copy.reveal()
    copy.decide()
    copy.scene.company.ids.clear()
    assert read_all(first) != sealed
    second = new_session()
    again = sealed_room(second, now)
    assert read_all(second) == sealed
    assert again.case.state == "reading"
    assert again.scene.id("iris") == second.scalar(sa.select(Case.candidate_id))


def test_where_anybody_else_has_written_builders_build(new_session: Callable[[], Session]) -> None:
    name_people(new_session(), "cy")
    CALLS.clear()
    ends = {"written": Session.commit, "still to be written": Session.flush, "taken back": Session.rollback}
    names = {}
    for end, act in ends.items():
        session = new_session()
        session.add(Person(external_id="zoe", name="Zoe", email="zoe@example.org"))
        act(session)
        name_people(session, "cy")
        names[end] = sorted(session.scalars(sa.select(Person.name)))
        session.commit()
    assert names == {"written": ["Zoe", "cy"], "still to be written": ["Zoe", "cy"], "taken back": ["cy"]}
    assert CALLS == ["cy", "cy"]


def test_another_argument_or_another_order_is_another_scene(new_session: Callable[[], Session]) -> None:
    orders = [["di", "ed"], ["ed", "di"], ["di"], ["di", "ed"]]
    names = []
    for order in orders:
        session = new_session()
        for name in order:
            name_people(session, name)
        names.append(list(session.scalars(sa.select(Person.name).order_by(Person.id))))
        session.commit()
    assert names == orders


def test_two_connections_see_the_copy_that_one_asked_for(new_session: Callable[[], Session]) -> None:
    name_people(new_session(), "flo")
    second = new_session()
    with Session(second.get_bind()) as other:
        assert other.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
        other.commit()
        name_people(second, "flo")
        assert other.scalars(sa.select(Person.name)).all() == ["flo"]
