"""The table of new levels for the HR system: what was announced, to HR without a part in it; no formula."""

from __future__ import annotations

import csv
import io

import pytest

from review.models import Conflict, Cycle, Person
from review.queries.pinned import load_ladder
from review.services.people import deactivate
from tests.after_decision import CANARY, another_decided, come_in, decided_room, make_ready, release

HEADER = [
    "external_id",
    "name",
    "email",
    "case",
    "outcome",
    "old_level",
    "old_level_name",
    "new_level",
    "new_level_name",
    "level_since",
    "announced_on",
    "left_on",
]


def url(room):
    return f"/cycles/{room.scene.cycle_id}/new-levels.csv"


def table(client, room, key="hanna"):
    answer = come_in(client, room, key).get(url(room))
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert (CANARY in answer.text, answer.headers["Cache-Control"]) == (False, "no-store")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.both_databases
def test_what_was_announced_is_told_with_level_and_day(client, session, now, statements):
    iris = decided_room(session, now, "decide_promote")
    ben = another_decided(iris, "ben", "senior-pm", "decide_not_yet")
    finn = another_decided(iris, "finn", "pm-2", "decide_defer")
    for room in (iris, ben, finn):
        make_ready(room)
    release(iris)
    with statements() as for_one:
        assert len(table(client, iris)) == 2
    release(ben, finn)
    with statements() as for_three:
        assert len(table(client, iris)) == 4
    assert len(for_one) == len(for_three)
    day = now.date().isoformat()
    cycle = session.get_one(Cycle, iris.scene.cycle_id)
    level = {each.id: each.name for each in load_ladder(session, cycle.ladder_version_id).levels}
    codes = [room.case.code for room in (ben, finn, iris)]
    assert table(client, iris) == [
        HEADER,
        ["ben", "Ben Ito", "ben@company.example", codes[0], "not_yet", "pm-2", level["pm-2"], "", "", "", day, ""],
        ["finn", "Finn Berg", "finn@company.example", codes[1], "defer", "pm-1", level["pm-1"], "", "", "", day, ""],
        [
            "iris",
            "Iris Vance",
            "iris@company.example",
            codes[2],
            "promote",
            "senior-pm",
            level["senior-pm"],
            "staff-pm",
            level["staff-pm"],
            "2027-02-01",
            day,
            "",
        ],
    ]


def test_before_the_release_it_is_empty(client, session, now):
    room = decided_room(session, now, "decide_promote")
    make_ready(room)
    assert table(client, room) == [HEADER]
    page = client.get(f"/cycles/{room.scene.cycle_id}/release").text
    assert url(room) not in page
    release(room)
    assert url(room) in client.get(f"/cycles/{room.scene.cycle_id}/release").text


def test_who_has_left_since_stands_in_it_with_the_day(client, session, now):
    room = decided_room(session, now, "decide_promote")
    make_ready(room)
    release(room)
    deactivate(session, room.scene.id("iris"), actor=room.actor("hanna"), now=now)
    session.commit()
    assert [row[-1] for row in table(client, room)[1:]] == [now.date().isoformat()]


def test_a_name_is_never_a_formula(client, session, now):
    room = decided_room(session, now, "decide_promote")
    make_ready(room)
    release(room)
    session.get_one(Person, room.scene.id("iris")).name = "=1+1"
    session.commit()
    assert [row[1] for row in table(client, room)[1:]] == ["'=1+1"]


def test_an_involved_hr_partner_finds_nothing_of_that_case(client, session, now):
    room = decided_room(session, now, "decide_promote")
    make_ready(room)
    release(room)
    assert len(table(client, room, "hugo")) == 2
    hugo = room.scene.id("hugo")
    session.add(Conflict(case_id=room.case_id, person_id=hugo, kind="dispute", declared_by_id=hugo, declared_at=now))
    session.commit()
    assert table(client, room, "hugo") == [HEADER]


@pytest.mark.parametrize("key", ["iris", "greta", "clara", "noor", "ines", "abel", "otto"])
def test_nobody_but_hr_finds_it(client, session, now, key):
    room = decided_room(session, now, "decide_promote")
    make_ready(room)
    release(room)
    answer = come_in(client, room, key).get(url(room))
    assert (answer.status_code, answer.data) == (404, client.get("/cycles/999/new-levels.csv").data)
