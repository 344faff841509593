"""PostgreSQL takes the statements of pages apart once for each connection, not at each page."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.extensions import db
from tests.factories import open_scene
from tests.signed_in import Door

KEPT = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%token_hash%'"
OFTEN = 8
"""How often a page is read; psycopg prepares what is run more than five times."""


@pytest.fixture
def door(client: FlaskClient, session: Session, now: datetime) -> Door:
    return Door(client, session, now, open_scene(session, now).company.ids)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_pages_ask_is_prepared_and_stays_so(app: Flask, door: Door) -> None:
    client = door.enter("hanna")
    for _ in range(OFTEN):
        assert client.get("/preferences").status_code == 200
    with app.app_context():
        assert db.session.scalar(sa.text(KEPT)) == 1
        db.session.commit()
    assert client.get("/cases/987654").status_code == 404
    with app.app_context():
        assert db.session.scalar(sa.text(KEPT)) == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_a_page_has_changed_by_mistake_is_undone_when_it_fails(app: Flask, door: Door) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def spoil() -> None:
        db.session.execute(sa.text("UPDATE cycle SET name = 'Spoilt'"))
        raise RuntimeError("it fails")

    app.before_request_funcs.setdefault(None, []).append(spoil)
    before = door.session.scalar(sa.text("SELECT name FROM cycle"))
    assert door.enter("hanna").get("/preferences").status_code == 500
    assert door.session.scalar(sa.text("SELECT name FROM cycle")) == before
