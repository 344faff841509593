"""What a password may be: any signs, taken as they are, long ones too, and for as long as its owner likes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.models import Person, SignInAttempt
from review.services.password_links import make_reset_path
from review.services.people import set_password
from review.services.sign_ins import count_failure, hash_password
from tests.signed_in import faults

PASSWORD = "correct horse battery"
ODD = "  Über the NINTH roof\t🦉  "
LONG = "an owl under the ninth roof, " * 6 + "and one more, by the old pond"


@pytest.fixture
def ines(session: Session) -> Person:
    """Return somebody with a password."""
    person = Person(external_id="p1", name="Ines Example", email="ines@example.org", title="Lead")
    person.password_hash = hash_password(PASSWORD)
    session.add(person)
    session.commit()
    return person


def enter(client: FlaskClient, password: str) -> int:
    return client.post("/sign-in", data={"email": "ines@example.org", "password": password}).status_code


def fields(page: bytes) -> list[tuple[str, str, str | None]]:
    """Return name, kind and what a password manager is told of each field that people fill in."""
    found = BeautifulSoup(page, "html.parser").select("main input:not([type=hidden])")
    return [(str(each["name"]), str(each["type"]), each.get("autocomplete")) for each in found]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("chosen", "refused"),
    [
        (ODD, [ODD.strip(), ODD.lower(), ODD.upper(), ODD.replace("\t", " ")]),
        (LONG[:200], [LONG[:199], LONG[:64], LONG[:72]]),
    ],
)
def test_it_counts_exactly_as_it_was_typed(
    app: Flask, client: FlaskClient, ines: Person, chosen: str, refused: list[str]
) -> None:
    enter(client, PASSWORD)
    assert client.post("/preferences/password", data={"current": PASSWORD, "new": chosen}).status_code == 303
    client.post("/sign-out")
    assert [enter(client, each) for each in (*refused, chosen)] == [*[422] * len(refused), 303]


def test_one_that_cannot_be_taken_whole_is_refused(client: FlaskClient, ines: Person) -> None:
    assert len(LONG) == 203
    enter(client, PASSWORD)
    told = faults(client.post("/preferences/password", data={"current": PASSWORD, "new": LONG}))
    assert told == ["Field cannot be longer than 200 characters."]
    assert client.post("/preferences/password", data={"current": PASSWORD, "new": LONG[:200]}).status_code == 303


def test_what_is_kept_is_slow_to_guess_at() -> None:
    one, other = hash_password(PASSWORD), hash_password(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")  # OWASP: at least 19 MiB with two passes
    assert one != other


def test_what_was_kept_with_less_is_renewed_at_the_sign_in(client: FlaskClient, session: Session, ines: Person) -> None:
    ines.password_hash = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    assert enter(client, PASSWORD) == 303
    session.refresh(ines)
    assert str(ines.password_hash).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    client.post("/sign-out")
    assert enter(client, PASSWORD) == 303


def test_it_never_runs_out(app: Flask, client: FlaskClient, ines: Person, now: datetime) -> None:
    app.extensions["clock"] = lambda: now + timedelta(days=3650)
    assert enter(client, PASSWORD) == 303
    assert client.get("/messages").status_code == 200  # and nobody is asked for another one


@pytest.mark.parametrize("is_by_link", [True, False])
def test_who_has_another_one_is_not_kept_out_by_failures_with_the_old_one(
    client: FlaskClient, session: Session, ines: Person, now: datetime, is_by_link: bool
) -> None:
    count_failure(session, "tom@example.org", "127.0.0.1", now=now)
    session.commit()
    assert [enter(client, f"wrong number {number}") for number in range(6)] == [*[422] * 5, 429]
    if is_by_link:
        link = make_reset_path(session, ines.id, now=now)
        session.commit()
        assert client.post(link, data={"new": LONG[:100]}).status_code == 303
    else:
        set_password(session, ines.id, hash_password(LONG[:100]), actor=SYSTEM, now=now)
        session.commit()
    assert [enter(client, PASSWORD), enter(client, LONG[:100])] == [422, 303]
    kept = sa.select(SignInAttempt.account).order_by(SignInAttempt.account)
    assert session.scalars(kept).all() == ["ines@example.org", "tom@example.org"]  # since then, and of somebody else


def test_managers_of_passwords_find_their_fields_and_nothing_else_is_asked(
    app: Flask, client: FlaskClient, ines: Person
) -> None:
    assert fields(client.get("/sign-in").data) == [
        ("email", "email", "username"),
        ("password", "password", "current-password"),
    ]
    assert [name for name, *_ in fields(client.get("/sign-in/forgotten").data)] == ["email"]
    enter(client, PASSWORD)
    page = BeautifulSoup(client.get("/preferences").data, "html.parser").select("input[type=password]")
    assert [(each["name"], each["autocomplete"]) for each in page] == [
        ("current", "current-password"),
        ("new", "new-password"),
    ]
