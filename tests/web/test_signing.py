"""Cookies and tokens of forms are signed by HMAC-SHA-256; one that is signed by SHA-1 opens nothing."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from review.web.signing import SHORT, KeptSerializer
from tests.personas import found_company
from tests.signed_in import Door


def sign_anew(app: Flask, client: FlaskClient, digest: str) -> None:
    """Sign what is in the browser's cookie once more, by another digest."""
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie is not None
    interface = SecureCookieSessionInterface()
    interface.digest_method = staticmethod(getattr(hashlib, digest))
    serializer = interface.get_signing_serializer(app)
    with client.session_transaction() as kept:
        content = dict(kept)
    assert serializer is not None
    client.set_cookie(name, serializer.dumps(content))


@pytest.mark.parametrize(("digest", "status"), [("sha256", 200), ("sha1", 303)])
def test_a_cookie_counts_by_its_digest(
    app: Flask, client: FlaskClient, session: Session, now: datetime, digest: str, status: int
) -> None:
    Door(client, session, now, found_company(session).ids).enter("otto")
    sign_anew(app, client, digest)
    assert client.get("/people").status_code == status


@pytest.mark.parametrize(("digest", "is_taken"), [("sha256", True), ("sha1", False)])
def test_a_token_of_a_form_counts_by_its_digest(
    app: Flask, session: Session, now: datetime, caplog: pytest.LogCaptureFixture, digest: str, is_taken: bool
) -> None:
    client = FlaskClient(app, app.response_class)
    Door(client, session, now, found_company(session).ids).enter("otto")
    signer = {"digest_method": getattr(hashlib, digest)}
    serializer = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token", signer_kwargs=signer)
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "a" * 40
    answer = client.post("/sign-out", data={"csrf_token": serializer.dumps("a" * 40)})
    assert (answer.status_code == 303) is is_taken
    told = ["a form without its token was refused: sign_in.leave, from 127.0.0.1"]
    assert [each.getMessage() for each in caplog.records] == ([] if is_taken else told)


@pytest.mark.parametrize(("more", "is_pressed"), [(0, False), (1, True)])
def test_what_is_short_is_signed_as_it_is_and_what_is_long_is_pressed(more: int, is_pressed: bool) -> None:
    words, own, plain = "a" * (SHORT - len('""') + more), KeptSerializer("key"), URLSafeTimedSerializer("key")
    written = own.dumps(words)
    assert written.startswith(".") is is_pressed
    assert (plain.loads(written), own.loads(plain.dumps(words))) == (words, words)
