"""The pages of a letter that counts no more: linked from the one that counts, to its readers alone, with its PDF."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.after_decision import CANARY, come_in, decided_anew_room, make_ready, release

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
