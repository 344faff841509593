"""The pages of the leadership panel: invited by HR, scored by its members, each on a page of their own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from review.models import PanelScore
from tests.after_decision import come_in
from tests.committee_room import Room
from tests.factories import open_case_of, open_scene
from tests.signed_in import soup


@pytest.fixture
def room(session, now):
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "greta", "director-pm", now)
    room = Room(session, scene, case.id, now)
    room.fire("confirm_eligible", "hanna")
    session.commit()
    return room


def invite(client, room, *keys):
    ids = [room.scene.id(key) for key in keys]
    url = f"/cases/{room.case_id}/panel"
    return come_in(client, room, "hanna").post(f"{url}/schedule", data={"people": ids, "meets_at": "2026-12-01T14:00"})


def test_a_panel_is_invited_scored_and_closed_through_the_pages(client, session, room):
    url = f"/cases/{room.case_id}/panel"
    assert invite(client, room, "clara", "petra").status_code == 303
    assert {str(row) for row in session.scalars(sa.select(PanelScore.meets_at))} == {"2026-12-01 13:00:00+00:00"}
    for key in ("clara", "petra"):
        page = come_in(client, room, key).get("/").text
        assert ("Score the leadership panel" in page, f'href="{url}"' in page) == (True, True)
        answer = client.post(f"{url}/score", data={"value": 4, "reason": f"{key} saw it", "version": 1})
        assert answer.status_code == 303
    page = come_in(client, room, "hanna").get(url).text
    assert ("clara saw it" in page, page.count("scored")) == (False, 3)
    assert client.post(f"/cases/{room.case_id}/actions", data={"action": "close_panel"}).status_code == 303


def test_a_member_finds_nothing_of_the_case_but_the_panel(client, session, room):
    invite(client, room, "clara", "petra")
    come_in(client, room, "petra")
    case = f"/cases/{room.case_id}"
    paths = ("", "/packet", "/letter", "/self-review/leadership", "/ask", "/rate", "/growth-plan")
    assert {path: client.get(case + path).status_code for path in paths} == dict.fromkeys(paths, 404)
    page = client.get(f"{case}/panel").text
    assert [words for words in ("Greta Holm", "Group PM", "Director of Product") if words not in page] == []
    assert [words for words in ("Clara", "Dario", "scored") if words in page] == []


@pytest.mark.parametrize("key", ["greta", "dario", "vera", "mika", "otto"])
def test_nobody_else_finds_it(client, session, room, key):
    invite(client, room, "clara", "petra")
    come_in(client, room, key)
    url = f"/cases/{room.case_id}/panel"
    score = {"value": 4, "reason": "x", "version": 1}
    answers = [client.get(url), client.post(f"{url}/score", data=score), client.post(f"{url}/schedule", data={})]
    assert [each.status_code for each in answers] == [404, 404, 404]


def test_what_is_wrong_comes_back_beside_the_words(client, session, room):
    url = f"/cases/{room.case_id}/panel"
    too_few = invite(client, room, "clara")
    assert (too_few.status_code, "Choose at least two people who work here" in too_few.text) == (422, True)
    no_day = client.post(f"{url}/schedule", data={"people": [1, 2]})
    assert (no_day.status_code, "When it meets: Please fill this in" in no_day.text) == (422, True)
    invite(client, room, "clara", "petra")
    answer = come_in(client, room, "clara").post(f"{url}/score", data={"reason": "My words", "version": 1})
    assert (answer.status_code, "Choose a rating" in answer.text, "My words" in answer.text) == (422, True, True)


def test_looking_for_somebody_keeps_who_is_chosen_and_writes_nothing(client, session, room):
    client = come_in(client, room, "hanna")
    picked = {"people": [room.scene.id("petra")], "meets_at": "2026-12-01T14:00", "words": "engineering"}
    answer = client.post(f"/cases/{room.case_id}/panel/find", data=picked)
    boxes = [(box["value"], box.has_attr("checked")) for box in soup(answer).select("input[name=people]")]
    assert boxes == [(str(room.scene.id("petra")), True), (str(room.scene.id("clara")), False)]
    assert soup(answer).select_one("#meets_at")["value"] == "2026-12-01T14:00"
    assert (answer.status_code, session.scalar(sa.select(sa.func.count()).select_from(PanelScore))) == (200, 0)
