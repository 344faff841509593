"""Before what cannot be taken back one proves who one is; sign-ins are listed and ended; a password is forgotten."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review import create_app
from review.models import AuditEvent, EmergencyAccess, Message, PasswordReset, Person, RoleGrant, SignIn
from review.services.messages import claim_due, open_due
from review.services.password_resets import ask_for_reset
from review.services.password_rules import find_fault
from review.services.sign_ins import (
    GRACE,
    MOST_PER_ACCOUNT,
    MOST_PER_ACCOUNT_ANYWHERE,
    bucket_address,
    count_failure,
    hash_password,
)
from review.web.link_logs import hide_links
from tests.conftest import HouseClient, make_settings
from tests.signed_in import faults, listed, words

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)
LATER = timedelta(minutes=16)
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
NEW = "an owl under the ninth roof"


@pytest.fixture
def ines(session: Session, now: datetime) -> Person:
    """Return somebody with a password who runs the installation, and somebody else."""
    ines = Person(external_id="p1", name="Ines Example", email="ines@example.org", title="Lead", password_hash=HASH)
    session.add_all([ines, Person(external_id="p2", name="Tom Example", email="tom@example.org", title="Lead")])
    session.flush()
    session.add(RoleGrant(person_id=ines.id, role="it_admin", granted_at=now))
    session.commit()
    return ines


def enter(client: FlaskClient, password: str = PASSWORD, **more: object) -> int:
    data = {"email": "ines@example.org", "password": password}
    return client.post("/sign-in", data=data, **more).status_code  # type: ignore[arg-type]


def is_in(client: FlaskClient) -> bool:
    return client.get("/preferences").status_code == 200


def test_a_proof_gives_the_browser_another_token(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    enter(client)
    stolen, late = app.test_client(), app.test_client()
    for other in (stolen, late):
        copy_cookie(client, other)
    app.extensions["clock"] = lambda: now + LATER
    typed = {"person": "tom@example.org", "role": "auditor"}
    assert client.post("/people/roles", data={**typed, "current": PASSWORD}).status_code == 303
    assert (is_in(client), is_in(late)) == (True, True)  # what was on its way is let in
    app.extensions["clock"] = lambda: now + LATER + GRACE
    assert (is_in(client), is_in(stolen)) == (True, False)
    assert session.scalar(sa.select(sa.func.count(SignIn.id))) == 1


def test_a_sign_in_ends_the_one_before_it_in_the_same_browser(
    app: Flask, client: FlaskClient, session: Session, ines: Person
) -> None:
    enter(client)
    stolen = app.test_client()
    copy_cookie(client, stolen)
    assert is_in(stolen)
    enter(client)
    assert (is_in(client), is_in(stolen)) == (True, False)
    assert session.scalars(sa.select(SignIn.ended_at.is_(None)).order_by(SignIn.id)).all() == [False, True]
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["sign_in.open", "sign_in.open", "sign_in.end"]


def copy_cookie(client: FlaskClient, other: FlaskClient) -> None:
    """Let another browser have the cookie, as a thief would."""
    found = client.get_cookie("session")
    assert found is not None
    other.set_cookie("session", found.value)


def test_a_role_is_given_after_a_proof_with_what_was_typed(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    enter(client)
    app.extensions["clock"] = lambda: now + LATER
    typed = {"person": "tom@example.org", "role": "auditor"}
    asked = client.post("/people/roles", data=typed)
    assert (asked.status_code, words(asked, "h1")) == (401, "Is it you?")
    held = sa.select(RoleGrant.role).order_by(RoleGrant.id)
    assert session.scalars(held).all() == ["it_admin"]
    form = BeautifulSoup(asked.data, "html.parser").select_one("main form")
    assert form is not None
    again = {str(field["name"]): str(field.get("value", "")) for field in form.select("input")}
    empty = client.post(str(form["action"]), data={**again, "current": ""})
    assert (faults(asked), empty.status_code, faults(empty)) == ([], 401, ["Please fill this in"])
    wrong = client.post(str(form["action"]), data={**again, "current": "not my password"})
    assert (wrong.status_code, faults(wrong)) == (422, ["This is not your password."])
    assert client.post(str(form["action"]), data={**again, "current": PASSWORD}).status_code == 303
    session.rollback()
    assert session.scalars(held).all() == ["it_admin", "auditor"]
    typed = {"person": "tom@example.org", "role": "hr"}
    assert client.post("/people/roles", data=typed).status_code == 303  # proved lately
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["sign_in.open", "sign_in.confirm", "role.grant", "role.grant"]


def test_guessing_at_the_proof_counts_as_guessing_at_the_door(
    app: Flask, client: FlaskClient, ines: Person, now: datetime
) -> None:
    enter(client)
    app.extensions["clock"] = lambda: now + LATER
    answers = [client.post("/emergency", data={"code": "X", "reason": "r", "current": "w"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * MOST_PER_ACCOUNT + [429]
    client.post("/sign-out")
    assert enter(client) == 429


def test_a_wrong_password_is_counted_and_logged_wherever_it_is_asked_for(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    enter(client)
    app.extensions["clock"] = lambda: now + LATER
    enter(client, "wrong")
    client.post("/preferences/sign-ins/end-others", data={"current": "wrong"})
    given = [{"current": "wrong", "new": NEW}] * 4 + [{"current": PASSWORD, "new": NEW}]
    told = [faults(client.post("/preferences/password", data=each)) for each in given]
    wrong, too_many = (
        "This is not your current password",
        "Too many attempts. Wait a quarter of an hour, then try again.",
    )
    assert told == [[wrong], [wrong], [wrong], [too_many], [too_many]]
    assert client.post("/preferences/sign-ins/end-others", data={"current": PASSWORD}).status_code == 429
    client.post("/sign-out")
    assert (enter(client), enter(client, NEW)) == (429, 429)
    assert [record.getMessage() for record in caplog.records] == [
        f"a password was refused at the sign-in: it does not fit, of person {ines.id}, from 127.0.0.1",
        f"a password was refused as a proof: wrong, of person {ines.id}, from 127.0.0.1",
        *[f"a change of password was refused: of person {ines.id}, from 127.0.0.1"] * 5,
        f"a password was refused as a proof: throttled, of person {ines.id}, from 127.0.0.1",
        f"a password was refused at the sign-in: too many failures, of person {ines.id}, from 127.0.0.1",
        f"a password was refused at the sign-in: too many failures, of person {ines.id}, from 127.0.0.1",
    ]


def test_every_act_that_cannot_be_taken_back_asks_who_is_there(app: Flask) -> None:
    asking = {name for name, view in app.view_functions.items() if getattr(view, "needs_proof", False)}
    assert asking >= {
        "letters.prepare",
        "letters.approve",
        "emergency.ask",
        "emergency.grant",
        "people.add_role",
        "people.drop_role",
        "people.give_password",
        "sign_in_list.end",
        "sign_in_list.end_others",
    }


def test_emergency_access_is_asked_with_the_reason_as_it_was_written(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    enter(client)
    app.extensions["clock"] = lambda: now + LATER
    reason = "The chair is ill\r\nand “nobody” else <knows>."
    asked = client.post("/emergency", data={"code": "2026A-001", "reason": reason})
    form = BeautifulSoup(asked.data, "html.parser").select_one("main form")
    assert form is not None
    again = {str(field["name"]): str(field.get("value", "")) for field in form.select("input")}
    assert client.post("/emergency", data={**again, "current": PASSWORD}).status_code == 303
    assert session.scalars(sa.select(EmergencyAccess.reason)).one() == reason.replace("\r\n", "\n")


def test_one_sees_where_one_is_signed_in_and_ends_it(
    app: Flask, client: FlaskClient, session: Session, ines: Person
) -> None:
    other = HouseClient(app)
    enter(other, headers=FIREFOX)
    third = HouseClient(app)
    enter(third)
    enter(client, headers={"User-Agent": "curl/8"})
    page = client.get("/preferences/sign-ins")
    assert listed(page, "tbody th") == [
        "A browser that does not say what it is this one",
        "A browser that does not say what it is",
        "Firefox on Linux",
    ]
    numbers = session.scalars(sa.select(SignIn.id).order_by(SignIn.id)).all()
    assert client.post(f"/preferences/sign-ins/{numbers[0]}/end").status_code == 303
    assert [is_in(each) for each in (client, other, third)] == [True, False, True]
    assert client.post("/preferences/sign-ins/end-others").status_code == 303
    assert [is_in(each) for each in (client, third)] == [True, False]
    assert client.post(f"/preferences/sign-ins/{numbers[0]}/end").status_code == 404


def test_nobody_ends_a_sign_in_of_somebody_else(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    tom = session.scalars(sa.select(Person).where(Person.external_id == "p2")).one()
    tom.password_hash = HASH
    session.commit()
    other = HouseClient(app)
    other.post("/sign-in", data={"email": "tom@example.org", "password": PASSWORD})
    theirs = session.scalars(sa.select(SignIn.id)).one()
    enter(client)
    assert client.post(f"/preferences/sign-ins/{theirs}/end").status_code == 404
    assert is_in(other)
    assert client.post(f"/people/{tom.id}/sign-ins/end").status_code == 303  # who keeps the directory may
    assert not is_in(other)
    other.post("/sign-in", data={"email": "tom@example.org", "password": PASSWORD})
    assert other.post(f"/people/{ines.id}/sign-ins/end").status_code == 404


@pytest.mark.parametrize(("proxies", "statuses"), [(0, [422] * 5 + [429] * 3), (1, [422] * 5 + [429] * 3)])
def test_a_forged_address_dodges_no_limit(
    database_url: str, tmp_path: Path, session: Session, ines: Person, proxies: int, statuses: list[int]
) -> None:
    app = create_app(make_settings(database_url, tmp_path, proxies=proxies))
    client = HouseClient(app)
    client.setup_session = session
    written = ["198.51.100.9"] * proxies  # what the proxy itself writes: the last of the line
    lines = [", ".join([f"203.0.113.{number}", *written]) for number in range(8)]
    assert [enter(client, "wrong", headers={"X-Forwarded-For": line}) for line in lines] == statuses


def test_a_proxy_tells_people_apart(database_url: str, tmp_path: Path, session: Session, ines: Person) -> None:
    client = HouseClient(create_app(make_settings(database_url, tmp_path, proxies=1)))
    client.setup_session = session
    lines = [f"203.0.113.{number}" for number in range(8)]
    assert [enter(client, "wrong", headers={"X-Forwarded-For": line}) for line in lines] == [422] * 8


def test_guessing_from_everywhere_is_stopped_too(
    client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    for number in range(MOST_PER_ACCOUNT_ANYWHERE):
        count_failure(session, "ines@example.org", f"host-{number}", now=now)
    session.commit()
    assert enter(client) == 429


def test_addresses_are_counted_by_household() -> None:
    given = ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8:1:2:3::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "x"]
    assert [bucket_address(address) for address in given] == [
        "203.0.113.7",
        "203.0.113.7",
        "2001:db8:1:2::/64",
        "2001:db8:1:2::/64",
        "2001:db8:1:3::/64",
        "x",
    ]


def mailed_path(session: Session, now: datetime) -> str:
    """Send what is due, and return where the link in it leads."""
    (number,) = claim_due(session, now=now)
    mail = open_due(session, number, now=now)
    session.commit()
    assert mail is not None
    return mail.subject.path


def test_a_forgotten_password_is_set_anew_once(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    other = HouseClient(app)
    enter(other)
    client.post("/sign-in/forgotten", data={"email": " INES@example.org"})
    path = mailed_path(session, now)
    reset = session.scalars(sa.select(PasswordReset)).one()
    token = path.removeprefix("/sign-in/new-password/")
    assert (len(token), reset.token_hash == token, path in str(session.scalars(sa.select(Message.params)).all())) == (
        43,
        False,
        False,
    )
    assert hide_links(f"GET {path} HTTP/1.1") == "GET /sign-in/new-password/… HTTP/1.1"
    assert client.get(path).status_code == client.get(path).status_code == 200  # looking uses nothing up
    short = client.post(path, data={"new": "short"})
    assert (short.status_code, faults(short)) == (422, ["Use at least 15 characters"])
    assert client.post(path, data={"new": NEW}).status_code == 303
    assert not is_in(other)
    assert client.post(path, data={"new": NEW}).status_code == 410
    assert (enter(client), enter(client, NEW)) == (422, 303)
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["sign_in.open", "password.forgotten", "password.reset", "sign_in.end_all", "sign_in.open"]


def test_a_link_is_good_for_an_hour(
    app: Flask, client: FlaskClient, session: Session, ines: Person, now: datetime
) -> None:
    ask_for_reset(session, "ines@example.org", address="", now=now)
    path = mailed_path(session, now)
    app.extensions["clock"] = lambda: now + timedelta(hours=1)
    assert client.get(path).status_code == client.post(path, data={"new": NEW}).status_code == 410


def test_asking_tells_nobody_who_has_an_account(client: FlaskClient, session: Session, ines: Person) -> None:
    answers = {}
    for email in ("ines@example.org", "nobody@example.org"):
        first = client.post("/sign-in/forgotten", data={"email": email})
        page = re.sub(rb'value="[^"]*"', b"", client.get(first.headers["Location"]).data)
        answers[email] = (first.status_code, first.headers["Location"], page)
    assert answers["ines@example.org"] == answers["nobody@example.org"]
    for _ in range(MOST_PER_ACCOUNT):
        assert client.post("/sign-in/forgotten", data={"email": "ines@example.org"}).status_code == 303
    assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == MOST_PER_ACCOUNT


@pytest.mark.parametrize(
    ("password", "is_refused"),
    [
        ("fourteen signs", True),
        ("passwordpassword", True),
        ("Password123456789", True),
        ("qwertyuiopasdfghjkl", True),
        ("aaaaaaaaaaaaaaaaaaaa", True),
        ("Ines Example 2026!", True),
        ("ines@example.org1", True),
        ("Welcome-to-Summer-2026", True),
        ("an owl under the ninth roof", False),
        ("Dualtrack-Promotion-Review-1", True),
        ("example.org example.org x", True),
        ("correct horse battery", False),
        ("snowboardmustang", True),
        ("Snowboard-Mustang 1987!", True),
        ("chocolatechocolate", True),
        ("grandmasterflash", True),
        ("snowboard by the mustang", False),
        ("fahrrad im regen, zu spät", False),
    ],
)
def test_what_too_many_would_guess_is_refused(password: str, is_refused: bool) -> None:
    assert (find_fault(password, "Ines Example", "ines@example.org") is not None) is is_refused
