"""The pages of a letter that counts no more: linked from the one that counts, to its readers alone, with its PDF."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from review.services.letters import mark_ready
from tests.after_decision import (
    CANARY,
    appeal_granted,
    come_in,
    decided_anew_room,
    decided_room,
    letter_of,
    make_ready,
    release,
    vote_anew,
)

FIRST = "/cases/1/letters/1"


@pytest.fixture
def room(session, now):
    room = decided_anew_room(session, now)
    make_ready(room)
    release(room)
    return room


def main_of(answer):
    return BeautifulSoup(answer.text, "html.parser").select_one("main")


def links(answer):
    return [each["href"] for each in main_of(answer).select("a[href*=letter]")]


def sent_by(answer):
    """Return what the form of a letter sends as it stands."""
    form = main_of(answer).select_one("form[action='/cases/1/letter']")
    hidden = {each["name"]: each["value"] for each in form.select("input[type=hidden]")}
    return hidden | {"body": form.textarea.get_text()}


def test_each_letter_leads_to_the_other(client, room, run_jobs):
    come_in(client, room, "iris")
    second = client.get("/cases/1/letter")
    assert (FIRST in links(second), CANARY in second.text) == (True, False)
    first = client.get(FIRST)
    head = main_of(first).h1.get_text(" ", strip=True)
    assert (links(first), CANARY in first.text, head) == (["/cases/1/letter"], True, "The answer before: not yet")
    run_jobs()
    assert links(client.get(FIRST)) == [f"{FIRST}.pdf", "/cases/1/letter"]
    with client.get(f"{FIRST}.pdf") as pdf:
        name = pdf.headers["Content-Disposition"].partition("filename=")[2]
        assert (pdf.mimetype, pdf.data[:5], name) == ("application/pdf", b"%PDF-", "2026A-001-letter-2026-11-16.pdf")


def test_while_the_pdf_of_the_first_is_made_its_link_leads_to_the_page(client, room, run_jobs):
    come_in(client, room, "iris")
    answer = client.get(f"{FIRST}.pdf")
    assert (answer.status_code, answer.location) == (303, FIRST)
    answer = client.post(f"{FIRST}.pdf")
    assert (answer.status_code, answer.location) == (303, FIRST)
    run_jobs()
    with client.get(f"{FIRST}.pdf") as pdf:
        assert pdf.status_code == 200


@pytest.mark.parametrize("key", ["mika", "clara", "erin", "petra", "ines"])
def test_nobody_else_learns_that_there_was_one(client, room, key):
    come_in(client, room, key)
    unknown = client.get("/cases/999/letters/1")
    asked = (client.get(FIRST), client.get(f"{FIRST}.pdf"), client.post(f"{FIRST}.pdf"))
    assert [(each.status_code, each.data) for each in asked] == [(404, unknown.data)] * 3


def test_the_letter_that_counts_and_one_of_nobody_have_no_such_page(client, room):
    come_in(client, room, "iris")
    assert [client.get(f"/cases/1/letters/{number}").status_code for number in (2, 3)] == [404, 404]


def test_after_withdrawing_from_the_second_look_the_case_leads_to_what_was_told(client, session, now):
    room = decided_anew_room(session, now)
    room.fire("withdraw", "iris")
    session.commit()
    case = come_in(client, room, "iris").get("/cases/1")
    assert [each.get_text(" ", strip=True) for each in main_of(case).select("a[href='/cases/1/letter']")] == [
        "Read the letter"
    ]
    answer = client.get("/cases/1/letter")
    assert (answer.status_code, answer.location) == (303, FIRST)
    first = client.get(FIRST)
    assert (CANARY in first.text, links(first)) == (True, [])


def test_who_writes_the_second_finds_the_first_beside_it(client, session, now):
    room = decided_anew_room(session, now)
    page = come_in(client, room, "hanna").get("/cases/1/letter")
    assert (FIRST in links(page), "Draft from the record" in page.text) == (True, True)


def test_a_tab_of_the_first_letter_writes_nothing_into_the_second(client, session, now):
    """Both count their versions from one; what was typed comes back, and the second tab goes on."""
    room = decided_room(session, now, "decide_not_yet")
    url = f"/cases/{room.case_id}/letter"
    come_in(client, room, "hanna").post(f"{url}/draft", data={"letter": 0, "version": 0})
    left_open = sent_by(client.get(url))
    mark_ready(session, room.case_id, version=letter_of(room).version, actor=room.actor("hanna"), now=room.now)
    release(room)
    appeal_granted(room)
    vote_anew(room)
    room.fire("decide_promote", "pavel", rationale="Read again, and it is there.")
    before = client.post(url, data=left_open | {"body": "Of the first tab."})
    come_in(client, room, "hanna").post(f"{url}/draft", data={"letter": 0, "version": 0})
    second = letter_of(room)
    assert (left_open["version"], second.version, second.id) == ("1", 1, int(left_open["letter"]) + 1)
    drafted = second.body
    after = [
        client.post(url, data=left_open | {"body": "Of the first tab."}),
        client.post(f"{url}/draft", data=left_open),
        client.post(url, data={"version": 1, "body": "Of no letter."}),
    ]
    why = "This was written for another letter of the case; open the letter anew"
    assert [(each.status_code, why in each.text) for each in (before, *after)] == [(409, True)] * 4
    assert ("Of the first tab." in before.text, "Of the first tab." in after[0].text) == (True, True)
    assert (letter_of(room).body, letter_of(room).version) == (drafted, 1)
    assert client.post(url, data=sent_by(client.get(url)) | {"body": "Dear Iris"}).status_code == 303
    assert letter_of(room).body == "Dear Iris"
