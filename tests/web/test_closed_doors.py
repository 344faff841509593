"""What is not open to anybody: other methods, files beside the pages, debugging, and fields that no form has."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review import create_app
from review.models import Person, RoleGrant
from review.services.sign_ins import hash_password
from review.web.answers import send_pdf
from tests.conftest import make_settings
from tests.signed_in import faults

PASSWORD = "correct horse battery"
MISSING = ["E-mail: Please fill this in", "Password: Please fill this in"]


@pytest.fixture
def ines(session: Session) -> Person:
    """Return somebody with a password."""
    person = Person(external_id="p1", name="Ines Example", email="ines@example.org", title="Lead")
    person.password_hash = hash_password(PASSWORD)
    session.add(person)
    session.commit()
    return person


@pytest.mark.parametrize("path", ["/sign-in", "/", "/static/app.js", "/scim/v2/Users", "/health"])
def test_trace_is_refused_and_echoes_nothing(client: FlaskClient, path: str) -> None:
    for method in ("TRACE", "TRACK"):
        answer = client.open(path, method=method, headers={"X-Canary": "canary"})
        assert (answer.status_code, b"canary" in answer.data) == (405, False)


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config",
        "/.git/HEAD",
        "/.env",
        "/static/",
        "/static/vendor/",
        "/static/../config.py",
        "/static/%2e%2e/config.py",
        "/static/..%2f..%2fREADME.md",
        "/review/config.py",
        "/var/secret.key",
        "/files/imports/",
        "/docs/",
        "/openapi.json",
        "/console",
    ],
)
def test_no_file_beside_the_pages_is_served_and_no_folder_is_listed(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_debugging_is_off_whatever_the_environment_says(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert create_app(make_settings(database_url, tmp_path)).debug is False


def test_static_files_have_their_kind_and_the_headers_too(database_url: str, tmp_path: Path) -> None:
    app = create_app(make_settings(database_url, tmp_path, public_url="https://reviews.example.org"))
    kinds = {}
    for name in ("app.js", "tokens.css", "icon.svg", "vendor/htmx.min.js", "fonts/inter-latin-wght-normal.woff2"):
        answer = app.test_client().get(f"/static/{name}", base_url="https://reviews.example.org")
        told = answer.headers
        kinds[name] = told["Content-Type"]
        assert told["X-Content-Type-Options"] == "nosniff"
        assert told["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        assert "frame-ancestors 'none'" in told["Content-Security-Policy"]
        assert "Set-Cookie" not in told
        answer.close()
    assert kinds == {
        "app.js": "text/javascript; charset=utf-8",
        "tokens.css": "text/css; charset=utf-8",
        "icon.svg": "image/svg+xml; charset=utf-8",
        "vendor/htmx.min.js": "text/javascript; charset=utf-8",
        "fonts/inter-latin-wght-normal.woff2": "font/woff2",
    }


def test_a_name_of_a_file_stays_within_its_quotes(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "print").write_bytes(b"%PDF")
    with app.test_request_context():
        answer = send_pdf(tmp_path / "print", 'Zoë"; filename=evil.html; x="/../y.pdf')
        told = answer.headers["Content-Disposition"]
        answer.close()
    assert told == (
        'attachment; filename="Zoe\\"; filename=evil.html; x=\\"/../y.pdf"; '
        "filename*=UTF-8''Zo%C3%AB%22%3B%20filename%3Devil.html%3B%20x%3D%22%2F..%2Fy.pdf"
    )


def test_a_field_is_read_from_the_form_alone_and_the_first_counts(client: FlaskClient, ines: Person) -> None:
    sent = {"email": "ines@example.org", "password": PASSWORD}
    assert faults(client.post("/sign-in", query_string=sent)) == MISSING
    assert faults(client.post("/sign-in", headers={"email": sent["email"], "password": PASSWORD})) == MISSING
    twice = {"email": ["ines@example.org", "nobody@example.org"], "password": [PASSWORD, "another"]}
    assert client.post("/sign-in", data=twice).status_code == 303


def test_fields_that_a_form_does_not_have_change_nothing(client: FlaskClient, session: Session, ines: Person) -> None:
    client.post("/sign-in", data={"email": "ines@example.org", "password": PASSWORD})

    def read() -> dict[str, object]:
        session.expire_all()
        return {column.key: getattr(ines, column.key) for column in sa.inspect(Person).column_attrs}

    before = read()
    forged = {"id": "7", "name": "Mallory", "email": "m@example.org", "title": "CEO", "is_active": "", "role": "hr"}
    more = {"must_change_password": "1", "password_hash": "x", "manager_id": "1", "external_id": "p9", "person_id": "9"}
    chosen = {"theme": "dark", "keys": "on", "locale": "", "zone": "Europe/Berlin", "quiet_from": "", "quiet_until": ""}
    assert client.post("/preferences", data={**forged, **more, **chosen}).status_code == 303
    assert {name: value for name, value in read().items() if value != before[name]} == {"zone": "Europe/Berlin"}
    assert session.scalar(sa.select(sa.func.count()).select_from(RoleGrant)) == 0
