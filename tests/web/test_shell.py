"""What is around every page: headers, cookies, static files, theme, language, and the words for dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review import create_app
from review.domain.errors import Fault
from review.domain.text import plural, text
from review.models import AuditEvent, Person
from review.services.sign_ins import hash_password
from review.web.answers import answer_saved
from review.web.charts import bar_width, dot_strip
from review.web.security import CONTENT_SECURITY_POLICY
from review.web.words import (
    clock,
    day,
    day_short,
    default_scale,
    due_state,
    due_words,
    initials,
    moment,
    place,
    relative,
    tr,
)
from tests.conftest import make_settings

PASSWORD = "correct horse battery"
TODAY = date(2026, 11, 10)


@pytest.fixture
def signed_in(client: FlaskClient, session: Session) -> FlaskClient:
    """Return a client signed in as Ines."""
    session.add(
        Person(external_id="p1", name="Ines Example", email="i@example.org", password_hash=hash_password(PASSWORD))
    )
    client.post("/sign-in", data={"email": "i@example.org", "password": PASSWORD})
    return client


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    unguarded = {rule.endpoint for rule in app.url_map.iter_rules()} - {
        name for name, view in app.view_functions.items() if hasattr(view, "guard")
    }
    assert unguarded == set()


def test_pages_carry_the_headers(client: FlaskClient) -> None:
    headers = client.get("/sign-in").headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_https_hardens_cookies_and_transport(database_url: str, tmp_path: Path) -> None:
    app = create_app(make_settings(database_url, tmp_path, public_url="https://reviews.example.org"))
    headers = app.test_client().get("/sign-in", base_url="https://reviews.example.org").headers
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    name, *attributes = headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-session=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_static_files_are_kept_for_a_year_under_their_digest(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/sign-in").data, "html.parser")
    addresses = [link["href"] for link in page.select("link[rel=stylesheet]")] + [page.select_one("script")["src"]]  # type: ignore[index]
    assert len(addresses) == 4
    for address in addresses:
        with client.get(address) as answer:
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Vary" not in answer.headers
    with client.get("/static/app.js?v=other") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_fonts_named_in_the_styles_exist(app: Flask) -> None:
    folder = Path(str(app.static_folder))
    named = {part.split(")")[0] for part in (folder / "tokens.css").read_text().split("url(")[1:]}
    assert named == {f"fonts/{file.name}" for file in (folder / "fonts").glob("*.woff2")}


@pytest.mark.parametrize(("cookie", "written"), [("dark", "dark"), ("light", "light"), ('x" onload', None)])
def test_the_theme_is_written_by_the_server(client: FlaskClient, cookie: str, written: str | None) -> None:
    client.set_cookie("theme", cookie)
    html = BeautifulSoup(client.get("/sign-in").data, "html.parser").html
    assert html is not None
    assert html.get("data-bs-theme") == written


def test_preferences_are_kept_with_the_person_and_on_the_device(signed_in: FlaskClient, session: Session) -> None:
    chosen = {"theme": "dark", "keys": "off", "locale": "en", "zone": "Europe/Oslo"}
    assert signed_in.post("/preferences", data=chosen).status_code == 303
    person = session.scalars(sa.select(Person)).one()
    assert (person.locale, person.zone) == ("en", "Europe/Oslo")
    html = BeautifulSoup(signed_in.get("/preferences").data, "html.parser")
    assert html.html is not None
    assert (html.html["data-bs-theme"], html.html["data-keys"]) == ("dark", "off")
    assert [option["value"] for option in html.select("option[selected]")] == [
        "dark",
        "off",
        "en",
        "Europe/Oslo",
        "",
        "",
    ]
    assert [note.get_text(strip=True) for note in html.select("[role=status] .note")] == ["Saved."]
    assert session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all() == [
        "sign_in.open",
        "person.preferences",
    ]
    signed_in.post("/preferences", data={"theme": "system", "keys": "on", "locale": "", "zone": ""})
    again = BeautifulSoup(signed_in.get("/preferences").data, "html.parser").html
    assert again is not None
    assert (again.get("data-bs-theme"), again.get("data-keys")) == (None, None)


def test_unknown_preferences_are_refused(signed_in: FlaskClient) -> None:
    data = {"theme": "pink", "keys": "on", "locale": "", "zone": "Mars/Base"}
    answer = signed_in.post("/preferences", data=data)
    assert answer.status_code == 422
    faults = BeautifulSoup(answer.data, "html.parser").select("[data-errors] a")
    assert [link["href"] for link in faults] == ["#theme", "#zone"]


def test_the_frame_names_the_person_and_marks_the_job(signed_in: FlaskClient) -> None:
    page = BeautifulSoup(signed_in.get("/preferences").data, "html.parser")
    assert [name.get_text() for name in page.select(".side-foot .person b")] == ["Ines Example"]
    assert page.select_one(".side-foot .av").get_text() == "IE"  # type: ignore[union-attr]
    assert page.select(".nav-jobs [aria-current]") == []
    assert [form["method"] for form in page.select(".side-foot form[action='/sign-out']:has(button)")] == ["post"]


def test_a_save_answers_a_form_and_a_script(app: Flask) -> None:
    at = datetime(2026, 11, 10, 14, 32, tzinfo=UTC)
    with app.test_request_context(method="POST"):
        answer = answer_saved("/cases/1", version=8, now=at)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/cases/1")
    with app.test_request_context(method="POST", headers={"X-Autosave": "1"}):
        told = answer_saved("/cases/1", version=8, now=at)
        assert told.get_json() == {"words": "Saved 14:32, version 8", "version": 8}  # type: ignore[attr-defined]


def test_sentences_are_filled_and_nested(app: Flask) -> None:
    with app.test_request_context():
        inner = plural("%(count)s answer", "%(count)s answers", 2)
        assert tr(text("%(what)s until %(on)s: 100%%", what=inner, on=TODAY)) == (
            "2 answers until Tuesday 10 November 2026: 100%"
        )
        assert tr(text("100%% sure")) == "100% sure"
        assert tr(plural("%(count)s of %(all)s", "%(count)s out of %(all)s", 1, all=3)) == "1 of 3"
        assert tr(["a", "b", text("c")]) == "a, b and c"
        assert tr(None) == ""


def test_dates_are_written_for_the_reader(app: Flask) -> None:
    late = datetime(2026, 11, 13, 23, 30, tzinfo=UTC)
    with app.test_request_context():
        assert (day(TODAY), day_short(TODAY)) == ("Tuesday 10 November 2026", "Tue 10 Nov")
        assert (moment(late), clock(late)) == ("13 Nov 2026, 23:30", "23:30")
        assert (moment(late, "Europe/Oslo"), clock(late, "Europe/Oslo")) == ("14 Nov 2026, 00:30", "00:30")


def test_deadlines_in_words(app: Flask) -> None:
    spans = {
        date(2026, 11, 13): ("in 3 days", "in 3 days", "soon"),
        date(2026, 11, 11): ("tomorrow", "tomorrow", "soon"),
        TODAY: ("today", "today", "soon"),
        date(2026, 11, 9): ("yesterday", "1 day late", "late"),
        date(2026, 11, 6): ("4 days ago", "4 days late", "late"),
        date(2026, 12, 10): ("in 30 days", "in 30 days", ""),
    }
    with app.test_request_context():
        told = {on: (relative(on, TODAY), due_words(on, TODAY), due_state(on, TODAY)) for on in spans}
    assert told == spans


def test_small_words(app: Flask) -> None:
    with app.test_request_context():
        names = ("Ines Okafor", "Ruth Adeyemi-Lund van Dam", "Cher", "", "A person who was erased", "A person erased")
        assert [initials(name) for name in names] == ["IO", "RD", "C", "?", "–", "AE"]
        assert place(Fault(text("x"), file="l.yaml", line=3, column=7)) == "l.yaml:3:7"
        assert place(Fault(text("x"), row=4, field="level")) == "row 4, level"


def test_a_dot_strip_has_a_mark_for_each_vote_and_says_the_same_in_words(app: Flask) -> None:
    with app.test_request_context():
        strip = dot_strip({2: 1, 3: 2}, {4: 3}, 3, default_scale())
    assert [(row.label, row.is_ring, len(row.points)) for row in strip.rows] == [
        ("First", True, 3),
        ("Final", False, 3),
    ]
    assert strip.rows[1].points == ((222, 81), (222, 69), (222, 57))
    assert strip.words == (
        "First: 1 × At current level and 2 × Partly at target level. Final: 3 × At target level. "
        "Manager: Partly at target level."
    )
    assert [word for _, word, is_target in strip.marks if is_target] == ["Target"]
    assert (bar_width(31, 31), bar_width(1, 0), bar_width(8, 16)) == (160, 0, 80)
