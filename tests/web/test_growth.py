"""The pages of a growth plan: written, refused with its fields, agreed, closed."""

from __future__ import annotations

import re
from datetime import date

import pytest
import sqlalchemy as sa

from review.models import Gap, GrowthItem
from tests.after_decision import announced_room, come_in
from tests.signed_in import listed


@pytest.fixture
def room(session, now):
    room = announced_room(session, now)
    room.fire("close_appeal_window", "iris")
    session.commit()
    return room


def test_a_plan_is_written_by_both_and_closes_the_case(client, session, room):
    url = f"/cases/{room.case_id}/growth-plan"
    gap = session.scalar(sa.select(Gap.id))
    come_in(client, room, "iris")
    item = {"gap": gap, "activity": "Keeping a roadmap", "goal": "A second partner", "due_on": "2027-05-01", "skill": 3}
    assert client.post(f"{url}/items/new", data=item).status_code == 303
    assert client.post(url, data={"version": 2, "mentor": "Ravi", "training_budget": "Two days"}).status_code == 303
    row = session.scalars(sa.select(GrowthItem)).one()
    assert (row.activity, row.skill, row.experience, str(row.due_on)) == ("Keeping a roadmap", 3, None, "2027-05-01")
    assert client.post(f"{url}/agree", data={"version": 3}).status_code == 303
    greta = come_in(client, room, "greta")
    assert "A second partner" in greta.get(url).text
    answer = greta.post(f"{url}/agree", data={"version": 4}, follow_redirects=True)
    assert "Both have agreed; the case is closed." in answer.text
    session.expire_all()
    assert room.case.state == "closed_not_yet"
    assert [greta.get(f"{url}/items/new").status_code, greta.get(url).status_code] == [404, 200]


def test_a_gap_names_no_feedback_and_no_rating(client, session, room):
    session.execute(sa.update(Gap).values(seen="Asked late F2, and R1 agrees (E1, F3).", missing="Asking first F1."))
    gap = session.scalar(sa.select(Gap.id))
    session.commit()
    plan = f"/cases/{room.case_id}/growth-plan"
    for key in ("iris", "greta"):
        shown = come_in(client, room, key).get(f"{plan}/items/new?gap={gap}").text
        assert set(re.findall(r"Asked late[^.]*\.", shown)) == {"Asked late, and agrees (E1)."}
        assert set(re.findall(r"Asking first[^.]*\.", client.get(plan).text)) == {"Asking first."}


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2027, 6, 30), "Looked at again Wed 30 Jun in 8 months"),
        (date(2026, 10, 30), "Looked at again on Friday 30 October 2026"),
    ],
)
def test_a_day_on_which_a_gap_is_looked_at_is_never_late(client, session, room, day, told):
    session.execute(sa.update(Gap).values(review_on=day))
    session.commit()
    page = come_in(client, room, "iris").get(f"/cases/{room.case_id}/growth-plan")
    assert listed(page, "section:has(.quote) > header .push") == [told]


def test_own_words_win_over_the_list_and_come_back_as_such(client, session, room):
    url = f"/cases/{room.case_id}/growth-plan"
    come_in(client, room, "iris")
    client.post(f"{url}/items/new", data={"activity": "Keeping a roadmap", "activity_free": "Coach a peer"})
    row = session.scalars(sa.select(GrowthItem)).one()
    assert row.activity == "Coach a peer"
    assert 'value="Coach a peer"' in client.get(f"{url}/items/{row.id}").text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choose an activity, or write one"),
        ({"activity_free": "x", "gap": "1"}, "Say what will show that the gap is met"),
        ({"activity_free": "x", "due_on": "soon"}, "Not a valid date value."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_words_stay(client, session, room, data, words):
    answer = come_in(client, room, "iris").post(f"/cases/{room.case_id}/growth-plan/items/new", data=data)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert session.scalar(sa.select(sa.func.count()).select_from(GrowthItem)) == 0


def test_a_change_says_that_it_takes_agreements_back(client, session, room):
    url = f"/cases/{room.case_id}/growth-plan"
    gap = session.scalar(sa.select(Gap.id))
    come_in(client, room, "iris")
    item = {"gap": gap, "activity_free": "Coach", "goal": "A second partner", "due_on": "2027-05-01"}
    client.post(f"{url}/items/new", data=item)
    client.post(f"{url}/agree", data={"version": 2})
    answer = client.post(f"{url}/items/1", data={**item, "goal": "Other", "version": 1}, follow_redirects=True)
    assert "agreements given before are taken back" in answer.text


def test_hr_reads_and_is_offered_nothing_to_write(client, session, room):
    url = f"/cases/{room.case_id}/growth-plan"
    page = come_in(client, room, "hanna").get(url)
    assert (page.status_code, "Add an activity" in page.text, "I agree" in page.text) == (200, False, False)
    assert client.get(f"{url}/items/new").status_code == 404


@pytest.mark.parametrize("key", ["clara", "mika", "dario", "erin", "otto"])
def test_nobody_else_finds_it(client, session, room, key):
    come_in(client, room, key)
    url = f"/cases/{room.case_id}/growth-plan"
    answers = [client.get(url), client.post(url, data={}), client.post(f"{url}/agree", data={"version": 0})]
    assert [each.status_code for each in answers] == [404, 404, 404]


def test_a_mentor_is_chosen_by_a_press_and_what_stands_in_the_form_is_kept(client, session, room):
    url = f"/cases/{room.case_id}/growth-plan"
    page = come_in(client, room, "iris").get(url)
    assert "Principal PM, two grades up, Product function" in page.text
    data = {"version": 0, "mentor": "", "training_budget": "Two days", "pick": room.scene.id("ravi")}
    answer = client.post(url, data=data, follow_redirects=True)
    assert ['value="Ravi Menon, Principal PM"' in answer.text, 'value="Two days"' in answer.text] == [True, True]
    refused = client.post(url, data={**data, "version": 1, "pick": room.scene.id("dario")})
    assert (refused.status_code, 'value="Two days"' in refused.text) == (422, True)
    assert "Somebody in the line of reports cannot be the mentor" in refused.text


def test_a_mentor_is_found_by_words(client, session, room):
    url = f"/cases/{room.case_id}/growth-plan"
    page = come_in(client, room, "greta").get(f"{url}?q=clara").text
    assert ["1 person found" in page, "Clara Boateng" in page, "Mats Oduya" in page] == [True, True, False]
    assert "Clara Boateng" not in come_in(client, room, "hanna").get(f"{url}?q=clara").text
