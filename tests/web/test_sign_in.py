"""Signing in, staying in, being put out: by password, by the row, by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review import create_app
from review.domain.access import SYSTEM
from review.domain.yaml_text import Document, read_yaml
from review.models import AuditEvent, Delegation, Person, RoleGrant, SignIn, SignInAttempt
from review.queries.people import CAST_FILE
from review.services.people import set_password
from review.services.sign_ins import MOST_PER_ACCOUNT, WINDOW, digest_token, hash_password
from review.web.answers import is_own_path
from review.web.guards import IDLE, LIFE, requires
from tests.conftest import HouseClient, Statements, make_settings

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)
PAGE = "/preferences"
CHOICES = {"theme": "dark", "keys": "on", "locale": "", "zone": ""}


@pytest.fixture
def ines(session: Session) -> Person:
    """Return somebody with a password."""
    person = Person(external_id="p1", name="Ines Example", email="ines@example.org", title="Lead", password_hash=HASH)
    session.add(person)
    session.commit()
    return person


def enter(client: FlaskClient, password: str = PASSWORD, email: str = "ines@example.org", **more: str) -> int:
    return client.post("/sign-in", data={"email": email, "password": password, **more}).status_code


def read_token(client: FlaskClient, page: str) -> str:
    field = BeautifulSoup(client.get(page).data, "html.parser").select_one("input[name=csrf_token]")
    assert field is not None
    return str(field["value"])


def is_in(client: FlaskClient) -> bool:
    return client.get(PAGE).status_code == 200


def test_the_right_password_opens_and_leaves_only_a_hash(client: FlaskClient, session: Session, ines: Person) -> None:
    assert not is_in(client)
    answer = client.post("/sign-in", data={"email": " INES@example.org ", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert is_in(client)
    row = session.scalars(sa.select(SignIn)).one()
    with client.session_transaction() as cookie:
        assert row.token_hash == digest_token(cookie["token"])
        token = cookie["token"]
    assert session.scalars(sa.select(AuditEvent.kind)).all() == ["sign_in.open"]
    enter(client)
    with client.session_transaction() as cookie:
        assert (len(token), cookie["token"] == token) == (43, False)  # 256 bits, anew each time


@pytest.mark.parametrize("email", ["ines@example.org", "nobody@example.org"])
def test_every_failure_reads_the_same(client: FlaskClient, ines: Person, email: str) -> None:
    answer = client.post("/sign-in", data={"email": email, "password": "wrong password"})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.data, "html.parser")
    assert [item.text for item in page.select("[data-errors] li")] == ["E-mail and password do not go together."]
    assert page.select_one("input[name=password]")["value"] == ""  # type: ignore[index]
    assert not is_in(client)


def test_an_empty_form_names_both_fields(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={})
    page = BeautifulSoup(answer.data, "html.parser")
    assert answer.status_code == 422
    assert [link["href"] for link in page.select("[data-errors] a")] == ["#email", "#password"]
    assert page.title is not None
    assert page.title.text == "Error: Sign in · Dualtrack"


def test_too_many_failures_shut_out_one_address_for_a_while(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    assert [enter(client, "wrong") for _ in range(MOST_PER_ACCOUNT)] == [422] * MOST_PER_ACCOUNT
    assert enter(client) == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    answer = client.post("/sign-in", data={"email": "ines@example.org", "password": PASSWORD}, environ_base=elsewhere)
    assert answer.status_code == 303
    client.post("/sign-out")
    app.extensions["clock"] = lambda: now + WINDOW
    assert enter(client) == 303
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInAttempt)) == MOST_PER_ACCOUNT


def test_signing_out_ends_the_row_so_that_a_kept_cookie_opens_nothing(client: FlaskClient, ines: Person) -> None:
    enter(client)
    kept = client.get_cookie("session")
    assert kept is not None
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    client.set_cookie("session", kept.value)
    assert not is_in(client)


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("nobody", "ines@example.org", 404),  # the cookie was gone; the form goes through and finds no such case
        ("ines@example.org", "ines@example.org", 404),
        ("ines@example.org", "tom@example.org", 400),  # somebody else looks it over and sends it in their own name
    ],
)
def test_a_text_given_back_is_sent_with_one_press_by_who_wrote_it(
    client: HouseClient, session: Session, ines: Person, before: str, after: str, status: int
) -> None:
    session.add(Person(external_id="p2", name="Tom", email="tom@example.org", title="Lead", password_hash=HASH))
    session.commit()
    if before != "nobody":
        enter(client, email=before)
        client.post("/sign-out")
    answer = client.post("/cases/1/letter", data={"body": "A long line. And one more."}, csrf=False)
    token = BeautifulSoup(answer.data, "html.parser").select_one("main form input[name=csrf_token]")
    assert (answer.status_code, token is None) == (401, False)
    own = {"email": after, "password": PASSWORD, "csrf_token": read_token(client, "/sign-in")}
    assert client.post("/sign-in", data=own, csrf=False).status_code == 303
    again = client.post("/cases/1/letter", data={"csrf_token": str(token["value"])}, csrf=False)  # type: ignore[index]
    assert again.status_code == status


def test_a_get_does_not_sign_out(client: FlaskClient, ines: Person) -> None:
    enter(client)
    assert client.get("/sign-out").status_code == 405
    assert is_in(client)


def test_a_deactivated_person_is_out_at_the_next_request(client: FlaskClient, session: Session, ines: Person) -> None:
    enter(client)
    ines.is_active = False
    assert not is_in(client)
    assert enter(client) == 422


def test_a_row_ended_elsewhere_is_out_at_the_next_request(
    client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    enter(client)
    session.execute(sa.update(SignIn).values(ended_at=now))
    assert not is_in(client)


@pytest.mark.parametrize(("gap", "stays"), [(IDLE, True), (IDLE + timedelta(seconds=1), False)])
def test_idle_browsers_are_signed_out(
    app: Flask, client: FlaskClient, ines: Person, now: datetime, gap: timedelta, stays: bool
) -> None:
    enter(client)
    app.extensions["clock"] = lambda: now + gap
    assert is_in(client) is stays


def test_the_row_knows_when_it_was_last_used_to_change_something(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    enter(client)
    later = now + timedelta(hours=1)
    app.extensions["clock"] = lambda: later
    client.get(PAGE)
    assert session.scalars(sa.select(SignIn.last_seen_at)).one() == now
    client.post(PAGE, data=CHOICES)
    session.rollback()
    assert session.scalars(sa.select(SignIn.last_seen_at)).one() == later


def test_use_keeps_a_browser_in_but_not_for_ever(app: Flask, client: FlaskClient, ines: Person, now: datetime) -> None:
    enter(client)
    steps = [now + IDLE * n for n in range(1, LIFE // IDLE + 2)]
    seen = []
    for moment in steps:
        app.extensions["clock"] = lambda moment=moment: moment
        seen.append(is_in(client))
    assert seen == [*[True] * (LIFE // IDLE), False]


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/preferences?x=1", "/preferences?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("preferences", "/"),
        ("", "/"),
    ],
)
def test_one_lands_on_own_paths_only(client: FlaskClient, ines: Person, target: str, lands: str) -> None:
    answer = client.post("/sign-in", data={"email": "ines@example.org", "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == lands
    assert client.get("/sign-in", query_string={"next": target}).headers["Location"] == lands


def test_a_closed_page_asks_to_sign_in_and_comes_back(client: FlaskClient) -> None:
    answer = client.get("/preferences?a=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/preferences?a%3D1")


def own_paths(*targets: str) -> list[bool]:
    return [is_own_path(target) for target in targets]


def test_own_paths(app: Flask) -> None:
    with app.test_request_context():
        assert own_paths("/", "/a?b=c#d", "/a//b") == [True] * 3
        assert own_paths("", "a", "///a", "http:/a", "/a\nb") == [False] * 5
    with app.test_request_context(environ_overrides={"SCRIPT_NAME": "/reviews"}):
        assert own_paths("/reviews/", "/reviews/a?b=c") == [True] * 2
        assert own_paths("/", "/a", "/reviews", "/reviewsa/", "//reviews/", "https://x/reviews/") == [False] * 6


def test_a_form_left_open_can_be_sent_after_signing_in_again(
    client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    enter(client)
    old = read_token(client, PAGE)
    session.execute(sa.update(SignIn).values(ended_at=now))
    late = client.post(PAGE, data={**CHOICES, "csrf_token": old}, csrf=False)
    assert late.status_code == 401
    fresh = read_token(client, "/sign-in")
    data = {"email": "ines@example.org", "password": PASSWORD, "csrf_token": fresh}
    assert client.post("/sign-in", data=data, csrf=False).status_code == 303
    assert client.post(PAGE, data={**CHOICES, "csrf_token": old}, csrf=False).status_code == 303


def test_a_form_left_open_by_somebody_else_cannot_be_sent(client: FlaskClient, session: Session, ines: Person) -> None:
    session.add(Person(external_id="p2", name="Wen Example", email="wen@example.org", password_hash=HASH))
    enter(client)
    old = read_token(client, PAGE)
    enter(client, email="wen@example.org")
    assert client.post(PAGE, data={**CHOICES, "csrf_token": old}, csrf=False).status_code == 400


def test_roles_and_delegations_come_in_one_statement(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime, statements: Statements
) -> None:
    @app.get("/for-hr")
    @requires("hr")
    def for_hr() -> str:
        return "for HR"

    enter(client)
    assert client.get("/for-hr").status_code == 404
    lender = Person(external_id="p2", name="Sanna Example")
    session.add(lender)
    session.flush()
    session.add(RoleGrant(person_id=lender.id, role="hr", granted_at=now))
    session.add(RoleGrant(person_id=lender.id, role="auditor", granted_at=now))
    today = now.date()
    window = Delegation(
        person_id=lender.id, delegate_id=ines.id, from_on=today, until_on=today, created_by_id=ines.id, created_at=now
    )
    session.add(window)
    session.commit()
    with statements() as issued:
        assert client.get("/for-hr").data == b"for HR"
    assert len(issued) == 1
    window.ended_at = now
    assert client.get("/for-hr").status_code == 404


def test_only_known_roles_can_be_required() -> None:
    with pytest.raises(ValueError, match="boss"):
        requires("boss")
    with pytest.raises(ValueError, match="role"):
        requires()


def asked_in(answer: TestResponse) -> list[str]:
    """Return what can be filled in on a page."""
    found = BeautifulSoup(answer.text, "html.parser").select("main :is(input:not([type=hidden]), select, textarea)")
    return [str(field["name"]) for field in found]


def test_a_password_set_by_others_is_changed_first(
    client: FlaskClient, app: Flask, session: Session, ines: Person, now: datetime
) -> None:
    @app.get("/work")
    @requires("signed_in")
    def work() -> str:
        return "work"

    set_password(session, ines.id, hash_password(PASSWORD), actor=SYSTEM, now=now)
    session.commit()
    other = app.test_client()
    enter(client)
    other.post("/sign-in", data={"email": "ines@example.org", "password": PASSWORD})
    assert client.get("/work").headers["Location"] == "/preferences#password"
    assert asked_in(client.get("/preferences")) == ["current", "new"]
    data = {"current": "wrong", "new": "a longer sentence"}
    assert client.post("/preferences/password", data=data).status_code == 422
    assert client.post("/preferences/password", data={"current": PASSWORD, "new": "short"}).status_code == 422
    assert client.post("/preferences/password", data={"current": PASSWORD, "new": PASSWORD}).status_code == 422
    changed = client.post("/preferences/password", data={**data, "current": PASSWORD})
    assert (changed.status_code, changed.headers["Location"]) == (303, "/")
    assert client.get("/work").data == b"work"
    assert not is_in(other)
    client.post("/sign-out")
    assert (enter(client), enter(client, data["new"])) == (422, 303)


@pytest.mark.both_databases
def test_a_password_set_by_others_opens_nothing_after_three_days(
    client: FlaskClient, app: Flask, session: Session, ines: Person, now: datetime
) -> None:
    """Not once it is too old, and it counts as a wrong one; nor where the record does not say how old it is."""
    set_password(session, ines.id, hash_password(PASSWORD), actor=SYSTEM, now=now)
    session.commit()
    for at, status in ((now + timedelta(days=3), 303), (now + timedelta(days=3, seconds=1), 422)):
        app.extensions["clock"] = lambda at=at: at
        assert enter(client) == status
        client.post("/sign-out")
    assert session.scalars(sa.select(SignInAttempt.account)).all() == ["ines@example.org"]
    set_password(session, ines.id, hash_password(PASSWORD), actor=SYSTEM, now=at)
    session.commit()
    assert enter(client) == 303
    client.post("/sign-out")
    session.execute(sa.update(AuditEvent).values(kind="x"))
    session.commit()
    assert enter(client) == 422


def test_the_demo_door_lets_one_be_one_of_the_cast_only(
    database_url: str, tmp_path: Path, session: Session, ines: Person
) -> None:
    app = create_app(make_settings(database_url, tmp_path, is_demo=True))
    client = HouseClient(app)
    client.setup_session = session
    content = read_yaml(CAST_FILE.read_text(encoding="utf-8"), CAST_FILE.name)
    assert isinstance(content, Document)
    member = content.data["cast"][0]["members"][0]
    session.add(Person(external_id=member["person"], name="Known Example", title="Lead"))
    session.commit()
    page = BeautifulSoup(client.get("/sign-in").data, "html.parser")
    assert [line.get_text(strip=True) for line in page.select(".cast p")] == [member["can_show"]]
    assert client.post("/sign-in/demo", data={"person_id": str(ines.id)}).status_code == 404
    assert client.post("/sign-in/demo", data={"person_id": "x"}).status_code == 404
    button = page.select_one(".cast button")
    assert button is not None
    assert client.post("/sign-in/demo", data={"person_id": button["value"]}).status_code == 303
    frame = BeautifulSoup(client.get(PAGE).data, "html.parser")
    assert [name.get_text() for name in frame.select(".side-foot .person b")] == ["Known Example"]


def test_the_demo_door_is_shut_elsewhere(client: FlaskClient, ines: Person) -> None:
    assert client.post("/sign-in/demo", data={"person_id": str(ines.id)}).status_code == 404
    assert not is_in(client)


def test_who_is_behind_a_save_is_looked_up_without_waiting_for_those_who_write(
    client: FlaskClient, ines: Person, engine: sa.Engine, session: Session, statements: Statements
) -> None:
    enter(client)
    session.execute(sa.update(SignIn).values(ended_at=sa.func.now()))
    session.commit()
    with engine.connect() as writing:
        writing.execute(sa.text("SELECT 1"))  # begins with the write lock, and keeps it
        with statements() as issued:
            assert client.post(PAGE, data=CHOICES).status_code == 401
        assert client.post(PAGE, data=CHOICES).status_code == 401  # nobody listens: the driver is asked at once
    assert len(issued) == 2  # the token, and whether a proof has just replaced it
