"""Each refusal is a page with its status; a forbidden thing cannot be told from one that is not there."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Blueprint, Flask, request
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from review.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import text
from review.web.errors import page_above
from review.web.guards import public, requires

LONG = "She put both legal teams in one room,\nand asked each side what they would lose."
ERRORS: dict[str, Exception] = {
    "unknown": NotFound(),
    "hidden": NotAllowed(text("secret reason")),
    "forbidden": NotAllowed(text("Only the chair may do this"), is_known=True),
    "early": TransitionRefused([text("%(have)s of %(need)s answers are in", have=2, need=3)]),
    "faulty": Invalid(
        [
            Fault(text("There is no such level"), text("a level of the ladder"), "people.csv", row=4, field="level"),
            Fault(text("Say why"), field="reason"),
        ]
    ),
    "overtaken": Conflict(
        {"what": "It held for five months.", "title": "Same"},
        {"what": "It held <b>since June</b>.", "title": "Same"},
        8,
        "Anneke Sund",
    ),
    "stale": StaleDataError("UPDATE"),
    "away": OperationalError("SELECT secret", {}, Exception("database is locked")),
}


@pytest.fixture(autouse=True)
def rooms(app: Flask) -> None:
    """Add routes that fail in every way."""
    bp = Blueprint("failing", __name__)

    @bp.route("/items/<name>", methods=["GET", "POST"])
    @public
    def item(name: str) -> str:
        if name == "fine":
            return "fine"
        raise ERRORS[name]

    @bp.post("/items/<name>/send")
    @public
    def send(name: str) -> str:
        raise ERRORS[name]

    @bp.route("/private", methods=["GET", "POST"])
    @requires("signed_in")
    def private() -> str:
        return request.form.get("text", "private")

    @bp.get("/for-hr")
    @requires("hr")
    def for_hr() -> str:
        return "for hr"

    @bp.get("/forgotten")
    def forgotten() -> str:
        return "nobody said who may see this"

    app.register_blueprint(bp)


def read(data: bytes) -> BeautifulSoup:
    return BeautifulSoup(data, "html.parser")


@pytest.mark.parametrize("address", ["/items/unknown", "/items/hidden", "/forgotten", "/items/unknown?x=1"])
def test_unknown_and_forbidden_answers_are_the_same_bytes_and_headers(client: FlaskClient, address: str) -> None:
    nowhere, answer = client.get("/no/such/address"), client.get(address)
    assert (answer.status_code, nowhere.status_code) == (404, 404)
    assert answer.data == nowhere.data
    assert dict(answer.headers) == dict(nowhere.headers)
    assert b"secret" not in answer.data


def test_a_forbidden_post_is_the_unknown_page_with_what_was_typed(client: FlaskClient) -> None:
    sent = {"text": LONG, "short": "hard-skills", "blank": "  ", "password": "hunter22 hunter22"}
    answer = client.post("/items/hidden", data=sent)
    assert (answer.status_code, answer.data) == (404, client.post("/no/such/address", data=sent).data)
    assert [typed.text for typed in read(answer.data).select(".kept-lines")] == [LONG]
    without = client.post("/items/hidden", data={"short": "hard-skills"})
    assert (without.status_code, without.data) == (404, client.get("/no/such/address").data)


def test_the_unknown_page_gives_nothing_back_to_another_site(client: FlaskClient) -> None:
    answer = client.post("/no/such/address", data={"text": LONG}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.data == client.get("/no/such/address").data


def test_what_is_too_large_for_an_unknown_address_is_told_as_such(client: FlaskClient, app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 100
    assert client.post("/no/such/address", data={"text": LONG * 2}).status_code == 413


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ("/items/early/send", "note", "Incomplete"),
        ("/items/early/send", "reason-hard-skills", "Incomplete"),
        ("/items/early/send", "title", "評価は変わりません"),
        ("/cases/1/feedback/1", "situation", "Incomplete"),
    ],
)
def test_a_single_word_comes_back_where_people_write(client: FlaskClient, address: str, field: str, value: str) -> None:
    page = read(client.post(address, data={field: value, "kind": "a"}).data)
    written = [(each["name"], each.text.lstrip("\n")) for each in page.select("main textarea")]
    assert written == [(field, value)]


def test_known_but_not_allowed_tells_the_reasons(client: FlaskClient) -> None:
    answer = client.get("/items/forbidden")
    assert answer.status_code == 403
    page = read(answer.data)
    assert [item.get_text(" ", strip=True) for item in page.select(".reasons li")] == [
        "Missing: Only the chair may do this"
    ]


def test_a_refused_transition_lists_what_is_missing_and_leads_back(client: FlaskClient) -> None:
    answer = client.post("/items/early/send")
    assert answer.status_code == 409
    page = read(answer.data)
    assert [item.get_text(" ", strip=True) for item in page.select(".reasons li")] == ["Missing: 2 of 3 answers are in"]
    assert [link["href"] for link in page.select("main a.btn")] == ["/items/early"]


def test_a_refusal_gives_the_typed_reason_back(client: FlaskClient) -> None:
    answer = client.post("/items/early/send", data={"action": "seal", "note": "All are in."})
    page = read(answer.data)
    assert page.select_one("textarea[name=note]").text.lstrip("\n") == "All are in."  # type: ignore[union-attr]
    assert page.select_one("input[name=action]")["value"] == "seal"  # type: ignore[index]


def test_faults_are_told_with_their_places_and_what_was_sent_comes_back(client: FlaskClient) -> None:
    answer = client.post("/items/faulty?part=2", data={"situation": LONG, "kind": "a", "password": "never"})
    assert answer.status_code == 422
    page = read(answer.data)
    assert [item.get_text(" ", strip=True) for item in page.select("[data-errors] li")] == [
        "people.csv, row 4, level: There is no such level Expected: a level of the ladder",
        "reason: Say why",
    ]
    form = page.select_one("main form")
    assert form is not None
    assert form["action"] == "/items/faulty?part=2"
    assert page.select_one("textarea[name=situation]").text.lstrip("\n") == LONG  # type: ignore[union-attr]
    assert [(field["name"], field["value"]) for field in form.select("input[type=hidden]")[1:]] == [("kind", "a")]


def test_a_conflict_shows_both_texts_and_a_third_to_write_together(client: FlaskClient) -> None:
    sent = {"what": "It held <b>since June</b>.", "title": "Same", "version": "7", "criterion": "leadership"}
    answer = client.post("/items/overtaken", data=sent)
    assert answer.status_code == 409
    page = read(answer.data)
    theirs, mine = page.select(".diff p")
    assert theirs.get_text() == "It held for five months."
    assert [piece.get_text() for piece in theirs.select("ins")] == ["for five months."]
    assert [piece.get_text() for piece in mine.select("del")] == ["for five months."]
    assert [piece.get_text() for piece in mine.select("ins")] == ["<b>since June</b>."]
    form = page.select_one("main form")
    assert form is not None
    assert form["action"] == "/items/overtaken"
    hidden = {
        field["name"]: field["value"] for field in form.select("input[type=hidden]") if field["name"] != "csrf_token"
    }
    assert hidden == {"version": "8", "title": "Same", "criterion": "leadership"}
    assert form.select_one("textarea[name=what]").text.lstrip("\n") == "It held <b>since June</b>."  # type: ignore[union-attr]
    assert "Anneke Sund" in page.get_text()


@pytest.mark.parametrize(("name", "status"), [("stale", 409), ("away", 503)])
def test_text_comes_back_when_saving_fails(client: FlaskClient, name: str, status: int) -> None:
    answer = client.post(f"/items/{name}", data={"situation": LONG})
    assert answer.status_code == status
    assert read(answer.data).select_one("textarea").text.lstrip("\n") == LONG  # type: ignore[union-attr]
    assert b"locked" not in answer.data
    assert b"SELECT" not in answer.data


def test_a_form_without_a_valid_token_gives_the_text_back(client: FlaskClient) -> None:
    answer = client.post("/items/fine", data={"situation": LONG, "csrf_token": "old"}, csrf=False)
    assert answer.status_code == 401
    page = read(answer.data)
    assert page.select_one("textarea").text.lstrip("\n") == LONG  # type: ignore[union-attr]
    token = page.select_one("main form input[name=csrf_token]")["value"]  # type: ignore[index]
    again = client.post("/items/fine", data={"situation": LONG, "csrf_token": token}, csrf=False)
    assert (again.status_code, again.data) == (200, b"fine")


def test_a_form_from_another_site_gives_nothing_back(client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post("/items/fine", data={"situation": LONG}, headers=headers, csrf=False)
    assert answer.status_code == 401
    assert not read(answer.data).select("textarea, form")


def test_a_post_without_a_sign_in_keeps_the_text(client: FlaskClient) -> None:
    answer = client.post("/private", data={"text": LONG})
    assert answer.status_code == 401
    assert read(answer.data).select_one("textarea[name=text]").text.lstrip("\n") == LONG  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("address", "fields", "labels"),
    [
        ("/cases/1/feedback/1", {"situation": LONG, "done": LONG}, ["The situation", "What they did"]),
        ("/cases/1/decision/gaps", {"seen": LONG, "missing": LONG}, ["What was seen", "What is missing"]),
        ("/cases/1/ballot", {"reason": LONG, "reason-hard-skills": LONG}, ["Reasons", "Reasons (hard skills)"]),
        ("/cases/1/actions", {"action": "vote_again", "note": LONG}, ["Why"]),
    ],
)
def test_what_comes_back_is_called_as_in_its_form(
    client: FlaskClient, address: str, fields: dict[str, str], labels: list[str]
) -> None:
    answer = client.post(address, data=fields)
    assert answer.status_code == 401
    assert [each.text for each in read(answer.data).select("main form label")] == labels


def test_a_password_never_comes_back(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"email": "a@b.c", "password": "hunter22 hunter22"}, csrf=False)
    assert answer.status_code == 401
    assert b"hunter22" not in answer.data


def test_a_wrong_method_is_told_in_our_words(client: FlaskClient) -> None:
    answer = client.delete("/items/fine")
    assert answer.status_code == 405
    assert sorted(answer.headers["Allow"].split(", ")) == ["GET", "HEAD", "OPTIONS", "POST"]


def test_a_broken_page_gives_a_number_and_no_detail(app: Flask, client: FlaskClient) -> None:
    app.testing = False

    def fail(name: str) -> str:
        raise RuntimeError(f"secret detail of {name}")

    app.view_functions["failing.item"] = public(fail)
    answer = client.get("/items/fine")
    assert answer.status_code == 500
    assert b"secret" not in answer.data
    assert len(read(answer.data).select_one("main .mono").text) == 8  # type: ignore[union-attr]


def test_the_page_above_is_the_nearest_that_exists(app: Flask) -> None:
    with app.test_request_context():
        assert page_above("/items/one/send", from_parent=False) == "/items/one"
        assert page_above("/items/one", from_parent=True) == "/"
