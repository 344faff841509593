"""Statements that are spelt out once say what SQLAlchemy would, and a case stands the same in columns and objects."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bench.pages import listening
from review.domain.access import Actor
from review.domain.errors import NotFound
from review.models import Case, Cycle, Feedback, Person, RoleGrant
from review.queries.case_rows import CaseColumns, CycleColumns
from review.queries.fixed_words import fixed
from review.queries.footing import Footing, lock_footing
from review.queries.ready import Ready, run_words
from review.queries.standing import lock_standing
from review.services.transitions import fire
from tests.after_decision import decided_room, make_ready, release
from tests.factories import Scene, open_case_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    return case


def test_rows_are_read_as_the_columns_of_the_tables_say(session: Session, case: Case, now: datetime) -> None:
    asked = sa.select(Case.created_at, Case.present_ids, Cycle.policy, Person.is_active, Person.level_since_on)
    joined = asked.join_from(Case, Cycle, Cycle.id == Case.cycle_id).join(Person, Person.id == Case.candidate_id)
    of_a_day = joined.where(
        Case.created_at == sa.bindparam("at", type_=Case.created_at.type),
        Case.state.in_(fixed(("building", "collecting", case.state))),
    )
    ready, connection = Ready(lambda: of_a_day), session.connection()
    found = [tuple(row) for row in ready.rows(connection, {"at": case.created_at})]
    assert found == [tuple(row) for row in session.execute(of_a_day, {"at": case.created_at})]
    assert [type(value) for value in found[0]][:4] == [datetime, list, dict, bool]
    assert list(ready.rows(connection, {"at": now.replace(year=1999)})) == []


def test_what_was_spelt_out_ahead_is_not_built_again(session: Session, case: Case) -> None:
    built: list[int] = []

    def build() -> sa.Select[int]:
        built.append(len(built))
        return sa.select(Case.id)

    ready, connection = Ready(build), session.connection()
    ready.spell_out(connection)
    assert built == [0]
    assert [tuple(row) for row in ready.rows(connection, {})] == [(case.id,)]
    assert built == [0]


def test_a_change_says_how_many_rows_it_touched(session: Session, scene: Scene) -> None:
    person = Person.metadata.tables["person"]
    moved = sa.update(person).where(person.c.external_id == sa.bindparam("who")).values(title=sa.bindparam("new"))
    ready, connection = Ready(lambda: moved), session.connection()
    touched = [ready.change(connection, {"who": who, "new": "Navigator"}) for who in ("iris", "nobody")]
    assert touched == [1, 0]
    titled = sa.select(Person.external_id).where(Person.title == "Navigator")
    assert session.scalars(titled).all() == ["iris"]


def test_a_list_that_is_spelt_out_at_every_run_is_refused(session: Session) -> None:
    ready = Ready(lambda: sa.select(RoleGrant.id).where(RoleGrant.role.in_(["hr", "auditor"])))
    with pytest.raises(ValueError, match="spelt out at every run"):
        ready.rows(session.connection(), {})


def test_who_listens_hears_of_rows_and_changes_as_often_as_they_are_asked_for(session: Session, scene: Scene) -> None:
    person = Person.metadata.tables["person"]
    moved = Ready(lambda: sa.update(person).where(person.c.id == sa.bindparam("who")).values(title="Navigator"))
    asked = Ready(lambda: sa.select(person.c.title).where(person.c.id == sa.bindparam("who")))
    connection, iris = session.connection(), {"who": scene.company.ids["iris"]}
    with listening() as issued:
        found = [moved.change(connection, iris), [tuple(row) for row in asked.rows(connection, iris)]]
    assert found == [1, [("Navigator",)]]
    assert [statement.split()[0] for statement in issued] == ["UPDATE", "SELECT"]


def test_what_the_driver_refuses_is_told_as_sqlalchemy_tells_it(session: Session, scene: Scene) -> None:
    person = Person.metadata.tables["person"]
    renamed = (
        sa.update(person).where(person.c.external_id == sa.bindparam("who")).values(external_id=sa.bindparam("new"))
    )
    broken = sa.select(sa.func.no_such_function(sa.bindparam("who", type_=sa.Text)))
    connection = session.connection()
    for statement, given in ((renamed, {"who": "iris", "new": "otto"}), (broken, {"who": "iris"})):
        run = Ready(lambda: renamed).change if statement is renamed else Ready(lambda: broken).rows
        told = []
        for ask in (partial(run, connection), partial(connection.execute, statement)):
            with pytest.raises(DBAPIError) as raised, connection.begin_nested():
                ask(given)
            told.append((type(raised.value), str(raised.value), raised.value.hide_parameters))
        assert told[0] == told[1]


def test_words_that_cannot_be_run_are_told_as_sqlalchemy_tells_it(session: Session) -> None:
    connection, told = session.connection(), []
    for ask in (partial(run_words, connection), connection.exec_driver_sql):
        with pytest.raises(DBAPIError) as raised, connection.begin_nested():
            ask("BEGIN SOMETHING")
        told.append((type(raised.value), str(raised.value), raised.value.hide_parameters))
    assert told[0] == told[1]
    with listening() as issued:
        run_words(connection, "SELECT 1")
    assert issued == ["SELECT 1"]


def test_a_connection_that_has_gone_is_given_up(session: Session) -> None:
    ready, engine = Ready(lambda: sa.select(Person.id)), session.get_bind()
    assert isinstance(engine, sa.Engine)
    for ask in (ready.rows, ready.change):
        with engine.connect() as connection:
            ready.rows(connection, {})
            driver: Any = connection.connection.driver_connection
            driver.close()
            with pytest.raises(DBAPIError) as raised:
                ask(connection, {})
            assert (raised.value.connection_invalidated, connection.invalidated) == (True, True)


@pytest.mark.parametrize("key", ["iris", "greta", "hanna"])
def test_a_case_stands_the_same_in_columns_and_in_objects(
    session: Session, scene: Scene, case: Case, now: datetime, key: str
) -> None:
    footing = lock_footing(session, case.id, scene.actor(key), now=now)
    standing = lock_standing(session, case.id, scene.actor(key), now=now)
    for field in fields(Footing):
        if field.name not in ("case", "cycle"):
            assert getattr(footing, field.name) == getattr(standing, field.name), field.name
    assert footing.case == CaseColumns(*(getattr(case, name) for name in CaseColumns._fields))
    assert footing.cycle == CycleColumns(*(getattr(standing.cycle, name) for name in CycleColumns._fields))


def test_who_may_not_know_of_a_case_is_told_as_of_one_that_is_not_there(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    issued = []
    for number in (case.id, case.id + 1_000):
        with listening() as statements, pytest.raises(NotFound):
            lock_footing(session, number, scene.actor("otto"), now=now)
        issued.append(statements)
    assert issued[0] == issued[1]
    has_lock = session.get_bind().dialect.name == "postgresql"  # SQLite has locked the whole of it when writing begins
    assert ["FOR NO KEY UPDATE" in statement for statement in issued[0]] == [has_lock, False]


def test_all_that_rights_hang_on_is_in_the_columns(session: Session, now: datetime) -> None:
    room = decided_room(session, now)
    met = {"own_view", "first_view_locked", "n3"}
    assert _conditions(session, room.case_id, room.actor("hanna"), now) == [met, met]
    make_ready(room)
    release(room)
    assert _conditions(session, room.case_id, room.actor("hanna"), now) == [{*met, "second_person"}] * 2
    session.execute(sa.update(Feedback).where(Feedback.case_id == room.case_id).values(state="declined"))
    assert _conditions(session, room.case_id, room.actor("hanna"), now) == [{*met, "second_person"} - {"n3"}] * 2


def _conditions(session: Session, case_id: int, actor: Actor, now: datetime) -> list[frozenset[str]]:
    return [lock(session, case_id, actor, now=now).conditions for lock in (lock_footing, lock_standing)]
