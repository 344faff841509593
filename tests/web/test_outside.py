"""The pages of somebody from outside through a real client: asking them, answering by the link, and every dead link."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.config import Settings
from review.models import Case, Feedback, FeedbackAnswer, InviteLink
from review.services.feedback_outside import change_link
from review.web.link_logs import LinkFilter, hide_links
from tests.factories import Scene
from tests.outsider import CRITERIA, MIRA, collecting, find_links, invite, open_link, read_mails
from tests.signed_in import Door, listed
from tests.web.test_feedback import AUTOSAVE, faults, soup, words

GOOD = {"situation": "In spring", "done": "Ran four sessions", "effect": "We signed", "link": "Annex B", "rating": "4"}
NOBODY = "Nobody of this name can be asked instead: expected a whole name or an e-mail address, or nothing"


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return collecting(session, scene, now)


@pytest.fixture
def link(session: Session, engine: Engine, scene: Scene, case: Case, settings: Settings, now: datetime) -> str:
    return open_link(session, engine, scene, case, settings, now)


def answer_all(client: FlaskClient, link: str) -> None:
    for criterion in CRITERIA:
        sent = client.post(f"{link}?criterion={criterion}", data={**GOOD, "version": 0}, csrf=False)
        assert sent.status_code == 303


def main_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, re.sub(r'name="csrf_token" value="[^"]+"', "", answer.get_data(as_text=True))


def test_the_form_asks_somebody_from_outside(door: Door, session: Session, case: Case) -> None:
    client, url = door.enter("ben"), f"/cases/{case.id}/ask/outside"
    assert soup(client.get(f"/cases/{case.id}/ask")).select_one(f'a[href="{url}"]') is not None
    bare = client.post(url, data={"name": "Mira Voss", "note": "y" * 600})
    assert bare.status_code == 422
    assert [each["href"] for each in soup(bare).select("[data-errors] a")] == [
        "#email",
        "#organisation",
        "#worked_together",
        "#note",
    ]
    assert soup(bare).select_one("#name")["value"] == "Mira Voss"  # type: ignore[index]
    sent = {
        "name": "Mira Voss",
        "email": "mira@harbour.example",
        "organisation": "Harbour Works",
        "worked_together": "At the port",
        "request_key": "once",
    }
    answers = [client.post(url, data=sent) for _ in range(2)]
    assert [(each.status_code, each.location) for each in answers] == [(303, url)] * 2
    assert session.scalar(sa.select(sa.func.count()).select_from(Feedback)) == 1
    listed = soup(client.get(url)).select("section[aria-labelledby=outside] li[data-item]")
    assert [row.select_one(".person b").get_text() for row in listed] == ["Mira Voss"]  # type: ignore[union-attr]
    assert door.enter("erin").get(url).status_code == 404


def test_an_invitation_that_is_sent_after_the_sign_in_has_ended_comes_back(door: Door, case: Case) -> None:
    client = door.enter("ben")
    with client.session_transaction() as cookie:
        cookie.clear()
    sent = {"name": "Mira Voss", "worked_together": "At the port,\nfor a year"}
    answer = client.post(f"/cases/{case.id}/ask/outside", data=sent)
    page = soup(answer)
    kept = {str(field["name"]): field.get_text().lstrip("\n") for field in page.select("main textarea")}
    assert (answer.status_code, kept) == (401, sent)
    assert [label.get_text() for label in page.select("main form label")] == ["Name", "How you worked together"]


def test_who_decides_on_a_proposal_reads_how_they_worked_together(
    door: Door, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    invite(session, scene, case, "ben", now)
    lines = ["Harbour Works", "Our contact at the port, January to June"]
    for who in ("ben", "greta", "hanna"):
        told = listed(door.enter(who).get(f"/cases/{case.id}/ask"), "li[data-item] small")
        assert [words for words in told if words in lines] == lines, who


def test_the_manager_takes_a_link_back_and_mails_a_new_one(
    door: Door, client: FlaskClient, case: Case, link: str
) -> None:
    url = f"/cases/{case.id}/ask/outside"
    page = soup(door.enter("greta").get(url))
    actions = [form["action"] for form in page.select("section[aria-labelledby=outside] form")]
    assert [action.rsplit("/", 1)[1] for action in actions] == ["revoke", "renew"]
    assert client.post(actions[0]).location == url
    assert client.get(link).status_code == 404
    again = [form["action"] for form in soup(client.get(url)).select("section[aria-labelledby=outside] form")]
    assert again == [actions[1]]


def test_from_the_mail_to_sent(client: FlaskClient, session: Session, link: str) -> None:
    first = client.get(link)
    assert first.status_code == 200
    assert (first.headers["Referrer-Policy"], first.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert "What did you see Ben Ito do?" in words(first)
    assert "It opens until Monday 7 December 2026" in words(first)
    assert soup(first).select("nav a, header a") == []
    assert client.post(f"{link}/accept", data={"request_key": "yes"}, csrf=False).location == link
    answer_all(client, link)
    check = client.get(f"{link}/check")
    (form,) = soup(check).select("form")
    assert form["action"] == f"{link}/submit"
    assert "Mira Voss, Harbour Works" in words(check)
    sent = client.post(f"{link}/submit", data={"request_key": "k"}, csrf=False)
    assert (sent.status_code, sent.location) == (303, "/outside/done/sent/2026-11-16")
    assert "Your answer was sent on Monday 16 November 2026." in words(client.get(sent.location))
    assert session.scalars(sa.select(Feedback.state)).all() == ["submitted"]


def test_no_page_of_theirs_leads_anywhere_else(client: FlaskClient, link: str) -> None:
    client.post(f"{link}/accept", csrf=False)
    for path in (link, f"{link}?criterion=leadership", f"{link}/check"):
        page = soup(client.get(path))
        ways = {
            tag.get("href") or tag.get("action") or tag.get("data-preview") for tag in page.select("[href], [action]")
        }
        own = {way for way in ways if way and not way.startswith(("/static/", "#"))}
        assert own
        assert {way for way in own if not way.startswith(link)} == set()


def test_a_reading_changes_nothing(client: FlaskClient, session: Session, link: str) -> None:
    def rows() -> list[object]:
        tables = ("feedback", "invite", "invite_link", "audit_event", "person")
        return [session.execute(sa.text(f"SELECT * FROM {table}")).all() for table in tables]

    before = rows()
    for path in (link, f"{link}/check"):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    session.rollback()
    assert rows() == before


def test_a_draft_saves_itself_and_two_tabs_do_not_lose_words(client: FlaskClient, session: Session, link: str) -> None:
    url = f"{link}?criterion=leadership"
    client.post(f"{link}/accept", csrf=False)
    saved = client.post(url, data={**GOOD, "version": 0}, headers=AUTOSAVE, csrf=False)
    assert saved.get_json()["version"] == 1
    other = client.post(url, data={**GOOD, "done": "From a second tab", "version": 0}, csrf=False)
    assert other.status_code == 409
    assert "From a second tab" in words(other)
    assert session.scalars(sa.select(FeedbackAnswer.done)).all() == ["Ran four sessions"]
    shown = soup(client.get(url)).select_one("#done")
    assert shown is not None
    assert shown.get_text(strip=True) == "Ran four sessions"


@pytest.mark.parametrize(
    "done",
    ["x" * 1_000_000, "\x00\u200b\u202eabc\r\n", "<script>alert(1)</script>", "=1+1", "😀" * 10],
    ids=["1 MB", "signs", "html", "formula", "emoji"],
)
def test_hostile_words_get_a_clear_answer(client: FlaskClient, link: str, done: str) -> None:
    answer = client.post(f"{link}?criterion=leadership", data={**GOOD, "done": done, "version": 0}, csrf=False)
    if len(done) > 20_000:
        assert answer.status_code == 422
        assert len(faults(answer)) == 1
        assert done in answer.get_data(as_text=True)
        return
    assert answer.status_code == 303
    page = client.get(f"{link}?criterion=leadership").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_every_dead_link_answers_with_the_same_bytes(
    client: FlaskClient, app: Flask, session: Session, scene: Scene, case: Case, link: str, now: datetime
) -> None:
    wrong = main_of(client.get("/outside/" + "A" * 43))
    assert wrong[0] == 404
    assert main_of(client.get("/outside/%00%ff")) == wrong
    app.extensions["clock"] = lambda: now + timedelta(days=60)
    expired = main_of(client.get(link)), main_of(client.get(f"{link}/check")), main_of(client.post(f"{link}/submit"))
    app.extensions["clock"] = lambda: now
    assert expired == (wrong, wrong, wrong)
    row = session.scalars(sa.select(Feedback)).one()
    change_link(session, case.id, row.id, "revoke", actor=scene.actor("greta"), now=now)
    assert main_of(client.get(link)) == wrong
    session.execute(sa.update(InviteLink).values(ended_at=None))
    answer_all(client, link)
    client.post(f"{link}/submit", data={"request_key": "k"}, csrf=False)
    used = [client.get(link), client.get(f"{link}/check"), client.post(f"{link}/submit", data={"request_key": "other"})]
    assert [main_of(each) for each in used] == [wrong] * 3
    again = client.post(f"{link}/submit", data={"request_key": "k"}, csrf=False)
    assert again.location == "/outside/done/sent/2026-11-16"


def test_words_typed_on_a_dead_link_are_given_back(client: FlaskClient) -> None:
    answer = client.post("/outside/nothing?criterion=leadership", data=GOOD, csrf=False)
    assert answer.status_code == 404
    assert [each.get_text() for each in soup(answer).select(".kept-lines")] == [
        "In spring",
        "Ran four sessions",
        "We signed",
        "Annex B",
    ]


def test_saying_no_ends_the_link(client: FlaskClient, session: Session, link: str) -> None:
    assert soup(client.get(link)).select("#substitute") == []
    bare = client.post(f"{link}/decline", data={"request_key": "n"}, csrf=False)
    assert (bare.status_code, faults(bare)) == (422, ["Choose what fits best"])
    no = client.post(f"{link}/decline", data={"kind": "no_time", "request_key": "n"}, csrf=False)
    assert no.location == "/outside/done/declined/2026-11-16"
    assert "You said no on Monday 16 November 2026" in words(client.get(no.location))
    assert session.scalars(sa.select(Feedback.state)).all() == ["declined"]
    assert client.get(link).status_code == 404


def test_they_never_learn_who_works_here(client: FlaskClient, link: str) -> None:
    answers = [
        client.post(f"{link}/decline", data={"kind": "no_time", "substitute": name}, csrf=False)
        for name in ("Erin Malik", "Nobody Here")
    ]
    assert [(each.status_code, faults(each)) for each in answers] == [(422, [NOBODY])] * 2


def test_an_unfinished_answer_is_not_sent(client: FlaskClient, session: Session, link: str) -> None:
    answer = client.post(f"{link}/submit", data={"request_key": "k"}, csrf=False)
    assert answer.status_code == 409
    assert session.scalars(sa.select(Feedback.state)).all() == ["asked"]
    assert client.get(link).status_code == 200


def test_a_script_is_slowed_down(client: FlaskClient, link: str) -> None:
    url = f"{link}?criterion=leadership"
    statuses = [
        client.post(url, data={**GOOD, "done": str(n), "version": n}, headers=AUTOSAVE, csrf=False).status_code
        for n in range(61)
    ]
    assert statuses == [200] * 60 + [429]
    assert client.get(link).status_code == 200


def test_dates_are_those_of_the_readers_zone(
    client: FlaskClient, session: Session, engine: Engine, scene: Scene, case: Case, settings: Settings, now: datetime
) -> None:
    invite(session, scene, case, "greta", now, replace(MIRA, zone="Pacific/Kiritimati"))
    (link,) = find_links(read_mails(engine, settings, now))
    url = f"{link}?criterion=leadership"
    saved = client.post(url, data={**GOOD, "version": 0}, headers=AUTOSAVE, csrf=False)
    assert saved.get_json()["words"] == "Saved 23:00, version 1"
    # due on 23 November at 23:59 in Berlin, which is the next day there
    assert [due.get_text(" ", strip=True) for due in soup(client.get(link)).select(".due")] == ["Tue 24 Nov in 8 days"]


def test_the_contract_says_what_is_read_of_them(client: FlaskClient, link: str) -> None:
    told = listed(client.get(link), "dl.kv dd")
    assert told[1] == "Your words with your name and organisation, to run the case."
    assert told[2].startswith("Your words with your name and organisation, once the packet is sealed")
    assert [each for each in told if "function" in each] == []


def test_the_secret_stays_out_of_the_logs(app: Flask, link: str) -> None:
    for name in ("gunicorn.access", "gunicorn.error", "werkzeug", app.logger.name):
        logger = logging.getLogger(name)
        record = logger.makeRecord(
            name, 20, "", 0, '"%(r)s" 200', ({"r": f"GET {link}/check?criterion=a HTTP/1.1"},), None
        )
        assert logger.filter(record)
        assert record.getMessage() == '"GET /outside/…/check?criterion=a HTTP/1.1" 200'
        assert [type(each) for each in logger.filters].count(LinkFilter) == 1
    assert hide_links("/outside/done/sent/2026-11-16") == "/outside/done/sent/2026-11-16"


def test_somebody_from_outside_is_a_stranger_on_every_other_route(
    app: Flask, client: FlaskClient, session: Session, link: str
) -> None:
    """Whoever holds the link, with all cookies it gave, gets from every other route what a stranger gets."""
    client.get(link)
    client.post(f"{link}/accept", csrf=False)
    answer_all(client, link)
    stranger = app.test_client()
    row = session.scalars(sa.select(Feedback)).one()
    numbers = {"case_id": row.case_id, "feedback_id": row.id, "person_id": row.giver_id}
    token = link.removeprefix("/outside/")
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
    compared = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("outside.") or rule.endpoint == "static":
            continue
        values = {name: numbers.get(name, token if name == "token" else 1) for name in rule.arguments}
        values = {name: first_of(rule, name) or value for name, value in values.items()}
        path = adapter.build(rule.endpoint, values, method=next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"})))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            theirs = client.open(path, method=method, headers={"Authorization": f"Bearer {token}"})
            nobodys = stranger.open(path, method=method)
            assert (theirs.status_code, theirs.location) == (nobodys.status_code, nobodys.location), path
            assert "Mira" not in theirs.get_data(as_text=True)
            compared += 1
    assert compared > 100


def first_of(rule: object, name: str) -> str | None:
    """Return the first of the words that a place in an address can hold, None where it holds a number or any text."""
    found = re.search(rf"<any\('?([\w-]+)[^)]*\):{name}>", str(rule))
    return found.group(1) if found else None
