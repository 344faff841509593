"""The new level after a promotion: written with its day, and what comes between the announcement and that day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, read_people
from review.domain.table import Row, Table
from review.models import AuditEvent, Employment, Person
from review.services.people import apply_changes, deactivate, set_level
from review.services.sweep import fire_due_timers
from tests.after_decision import announced_room
from tests.trail import details_where

pytestmark = pytest.mark.both_databases
FOUNDED, EFFECTIVE = date(2020, 1, 6), date(2027, 2, 1)
LATER = timedelta(days=30)


@pytest.fixture
def room(session, now):
    return announced_room(session, now, "decide_promote")


def iris(room):
    return room.session.get_one(Person, room.scene.id("iris"), populate_existing=True)


def history(room):
    keys = {number: key for key, number in room.scene.company.ids.items()}
    rows = room.session.scalars(
        sa.select(Employment)
        .where(Employment.person_id == room.scene.id("iris"))
        .order_by(Employment.from_on, Employment.id)
    )
    return [(keys[row.manager_id], row.level_id, row.from_on, row.until_on) for row in rows]


def take_in(room, manager, at, **more):
    cells = {"external_id": "iris", "name": "Iris Vance", "manager": manager, **more}
    file = read_people(Table(tuple(cells), (Row(2, tuple(cells.values())),)), {}, DateOrder.NOT_SAID)
    return apply_changes(room.session, file, actor=room.actor("hanna"), now=at, scope=Scope.PART).counts()["changes"]


def test_the_announcement_writes_the_level_with_the_day_from_which_it_counts(session, room):
    assert (iris(room).level_id, iris(room).level_since_on) == ("staff-pm", EFFECTIVE)
    assert history(room) == [
        ("greta", "senior-pm", FOUNDED, EFFECTIVE),
        ("greta", "staff-pm", EFFECTIVE, None),
    ]
    detail = details_where(session, AuditEvent.kind == "person.level")
    assert detail == [{"from": "senior-pm", "to": "staff-pm", "since": "2027-02-01"}]


def test_nothing_more_happens_when_the_day_comes(session, room):
    before = history(room)
    fire_due_timers(session, now=datetime(2027, 2, 2, 9, tzinfo=UTC))
    assert (history(room), iris(room).level_id) == (before, "staff-pm")


def test_a_new_manager_between_parts_the_time_before_the_new_level(room, now):
    day = (now + LATER).date()
    take_in(room, "mats", now + LATER)
    assert history(room) == [
        ("greta", "senior-pm", FOUNDED, day),
        ("mats", "senior-pm", day, EFFECTIVE),
        ("mats", "staff-pm", EFFECTIVE, None),
    ]


def test_two_new_managers_between_are_both_remembered(room, now):
    first, second = (now + LATER).date(), (now + 2 * LATER).date()
    take_in(room, "mats", now + LATER)
    take_in(room, "dario", now + 2 * LATER)
    assert history(room) == [
        ("greta", "senior-pm", FOUNDED, first),
        ("mats", "senior-pm", first, second),
        ("dario", "senior-pm", second, EFFECTIVE),
        ("dario", "staff-pm", EFFECTIVE, None),
    ]


def test_who_leaves_before_the_day_never_holds_the_new_level_in_the_history(session, room, now):
    deactivate(session, room.scene.id("iris"), actor=room.actor("hanna"), now=now + LATER)
    assert history(room) == [("greta", "senior-pm", FOUNDED, (now + LATER).date())]
    assert iris(room).is_active is False


def test_another_level_before_the_day_takes_the_place_of_the_one_that_lay_ahead(session, room, now):
    day = (now + LATER).date()
    set_level(session, room.scene.id("iris"), "principal-pm", day, actor=room.actor("hanna"), now=now + LATER)
    assert history(room) == [("greta", "senior-pm", FOUNDED, day), ("greta", "principal-pm", day, None)]


@pytest.mark.parametrize("more", [{}, {"level_since": "2023-01-01"}])
def test_a_file_that_still_names_the_old_level_does_not_undo_the_announced_one(room, now, more):
    before = history(room)
    assert take_in(room, "greta", now + LATER, level="senior-pm", **more) == 0
    assert (iris(room).level_id, iris(room).level_since_on, history(room)) == ("staff-pm", EFFECTIVE, before)


def test_once_the_day_has_come_a_file_says_what_holds(room):
    march = datetime(2027, 3, 1, 9, tzinfo=UTC)
    assert take_in(room, "greta", march, level="senior-pm") == 1
    assert (iris(room).level_id, iris(room).level_since_on) == ("senior-pm", march.date())


def test_a_file_that_names_a_third_level_is_taken_at_its_word(room, now):
    assert take_in(room, "greta", now + LATER, level="principal-pm") == 1
    assert (iris(room).level_id, iris(room).level_since_on) == ("principal-pm", (now + LATER).date())


def test_a_change_after_the_day_is_one_row_more(room):
    take_in(room, "mats", datetime(2027, 3, 1, 9, tzinfo=UTC))
    assert history(room) == [
        ("greta", "senior-pm", FOUNDED, EFFECTIVE),
        ("greta", "staff-pm", EFFECTIVE, date(2027, 3, 1)),
        ("mats", "staff-pm", date(2027, 3, 1), None),
    ]


def test_a_level_from_a_day_that_has_passed_leaves_who_managed_whom_as_it_was(session, room, now):
    take_in(room, "mats", now + LATER)
    since, moved_on = (now + LATER).date() - timedelta(days=9), (now + LATER).date()
    set_level(session, room.scene.id("iris"), "principal-pm", since, actor=room.actor("hanna"), now=now + LATER)
    assert history(room) == [
        ("greta", "senior-pm", FOUNDED, since),
        ("greta", "principal-pm", since, moved_on),
        ("mats", "principal-pm", moved_on, None),
    ]
