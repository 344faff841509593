"""The pages of check-ins: noted, refused with their fields, changed, and found by nobody else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from review.models import CheckIn
from tests.after_decision import come_in
from tests.agreed_plan import agreed_plan, written_plan


@pytest.fixture
def open_room(session, now):
    return written_plan(session, now)


@pytest.fixture
def room(open_room):
    return agreed_plan(open_room)


WORDS = "Met **twice**, and the plan is shared."


def urls(room):
    plan = f"/cases/{room.case_id}/growth-plan"
    return plan, f"{plan}/check-ins/new"


def form(**more):
    return {"held_on": "2026-11-16", "words-1": WORDS, "words-2": "", "next_on": "2026-12-14", **more}


def test_a_check_in_is_noted_read_and_changed(client, session, room):
    plan, new = urls(room)
    come_in(client, room, "iris")
    assert client.get(new).status_code == 200
    answer = client.post(new, data=form(), follow_redirects=True)
    assert ["Met <strong>twice</strong>" in answer.text, "The check-in is noted" in answer.text] == [True, True]
    own = f"{plan}/check-ins/1"
    assert [own in answer.text, WORDS in client.get(own).text] == [True, True]
    assert client.post(own, data=form(**{"words-2": "Begun.", "version": 1})).status_code == 303
    stale = client.post(own, data=form(**{"words-1": "Mine", "version": 1}))
    assert (stale.status_code, "Mine" in stale.text) == (409, True)
    greta = come_in(client, room, "greta")
    page = greta.get(plan).text
    assert ["Begun." in page, own in page, greta.get(own).status_code] == [True, False, 404]
    hanna = come_in(client, room, "hanna").get(plan).text
    assert ["Begun." in hanna, new in hanna] == [True, False]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"held_on": ""}, "Say on which day you talked"),
        ({"held_on": "soon"}, "Not a valid date value."),
        ({"words-1": " "}, "Say for at least one activity what was done"),
        ({"next_on": "2026-11-01"}, "The next day lies after this check-in"),
    ],
)
def test_what_is_wrong_is_said_and_the_words_stay(client, session, room, data, words):
    _, new = urls(room)
    answer = come_in(client, room, "greta").post(new, data=form(**data))
    assert (answer.status_code, words in answer.text) == (422, True)
    assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 0


def test_before_the_agreement_there_is_no_form(client, session, open_room):
    plan, new = urls(open_room)
    page = come_in(client, open_room, "iris").get(plan).text
    assert (new in page, client.get(new).status_code, client.post(new, data=form()).status_code) == (False, 404, 404)


@pytest.mark.parametrize("key", ["hanna", "clara", "mika", "dario", "erin", "otto"])
def test_nobody_else_finds_the_form(client, session, room, key):
    _, new = urls(room)
    come_in(client, room, key)
    assert [client.get(new).status_code, client.post(new, data=form()).status_code] == [404, 404]


def test_the_page_takes_the_same_statements_for_one_check_in_and_for_thirty(client, session, room, statements, now):
    plan, new = urls(room)
    come_in(client, room, "iris")
    counts = []
    for more in (1, 29):
        for _ in range(more):
            client.post(new, data=form())
        with statements() as issued:
            assert client.get(plan).status_code == 200
        counts.append(len(issued))
    assert counts[0] == counts[1]
