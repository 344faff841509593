"""No statement has a value for each case, seat or person of a cycle: no database takes any number of values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.demo.scale import grow_company
from review.domain.directory_entry import DirectoryGroup
from review.models import Case, Person, ScimMember
from review.queries.many_numbers import is_among
from review.services.committees import assign_all
from review.services.directory_sync import save_group
from tests.after_decision import announced_room, another_decided
from tests.signed_in import Door

pytestmark = pytest.mark.both_databases
PEOPLE, CASES = 4_500, 360
MANY = 150
"""So many of the cases are in the cycle, at least; no statement that always has as many values as that is looked at."""
MORE_THAN_ANY = 300_000
"""PostgreSQL takes 65,535 values in a statement; SQLite 32,766, or 250,000 as Debian builds it."""


def test_a_list_of_any_length_is_one_value(session: Session, now: datetime) -> None:
    announced_room(session, now)
    numbers = list(session.scalars(sa.select(Person.id).order_by(Person.id)))
    first, *rest = numbers
    chosen, others = range(first + 1, MORE_THAN_ANY), sa.select(Person.id).order_by(Person.id)
    assert list(session.scalars(others.where(is_among(Person.id, chosen)))) == rest
    assert list(session.scalars(others.where(~is_among(Person.id, chosen)))) == [first]
    assert list(session.scalars(others.where(is_among(Person.id, [])))) == []
    assert list(session.scalars(others.where(~is_among(Person.id, set())))) == numbers


def test_no_statement_has_a_value_for_each_case_of_a_cycle(
    session: Session, client: FlaskClient, now: datetime
) -> None:
    room = announced_room(session, now)
    another_decided(room, "ben", "senior-pm", "decide_promote")
    grow_company(session, people=PEOPLE, cases=CASES, domain="house.example", now=now, seed=1, tell=lambda *_: None)
    session.commit()
    cycle = f"/cycles/{room.scene.cycle_id}"
    door = Door(client, session, now, room.scene.company.ids)
    door.enter("hanna")
    found = {}
    for page in ("", "/grid", "/grid.csv", "/committees", "/committees/make-up", "/insight", "/release"):
        with most_values() as counted:
            assert client.get(cycle + page).status_code == 200, page
        found[page] = max(counted)
    assert {page: most for page, most in found.items() if most >= MANY} == {}


def test_giving_all_cases_to_committees_has_no_value_for_each(session: Session, now: datetime) -> None:
    room = announced_room(session, now)
    grow_company(session, people=PEOPLE, cases=CASES, domain="house.example", now=now, seed=1, tell=lambda *_: None)
    session.commit()
    cases = list(session.scalars(sa.select(Case.id).where(Case.cycle_id == room.scene.cycle_id)))
    with most_values() as counted:
        assign_all(session, room.scene.cycle_id, cases, actor=room.actor("hanna"), now=now)
    assert (len(cases) >= MANY, max(counted) < MANY) == (True, True)


def test_a_group_of_a_directory_has_no_value_for_each_member(session: Session, now: datetime) -> None:
    announced_room(session, now)
    grow_company(session, people=PEOPLE, cases=0, domain="house.example", now=now, seed=1, tell=lambda *_: None)
    session.commit()
    people = tuple(session.scalars(sa.select(Person.id).where(~Person.is_external).order_by(Person.id)))
    with most_values() as counted:
        number = save_group(session, DirectoryGroup("All", None, people), now=now, roles={})
        save_group(session, DirectoryGroup("All", None, people[:1]), now=now, group_id=number, roles={})
    members = session.scalars(sa.select(ScimMember.person_id).where(ScimMember.group_id == number)).all()
    assert (len(people), list(members), max(counted) < MANY) == (PEOPLE, [people[0]], True)


@contextmanager
def most_values() -> Iterator[list[int]]:
    """Count the values of each statement that is run once; of many rows that are written each has its own."""
    counted: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, is_many: bool) -> None:
        if not is_many and not statement.startswith("INSERT"):
            counted.append(len(values or ()))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield counted
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
