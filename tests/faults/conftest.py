"""A page on which somebody writes, and nobody but the app has a connection to the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.extensions import db
from review.services.transitions import fire
from tests.factories import open_case_of, open_scene
from tests.signed_in import Door


@pytest.fixture
def page(app: Flask, client: FlaskClient, session: Session, now: datetime) -> Iterator[str]:
    """Return the page on which Iris writes; she is signed in, and the test's own connection is closed."""
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    Door(client, session, now, scene.company.ids).enter("iris")
    page = f"/cases/{case.id}/self-review/hard-skills"
    session.close()
    session.get_bind().dispose()  # type: ignore[union-attr]
    client.setup_session = None  # type: ignore[attr-defined]
    yield page
    with app.app_context():
        db.engine.dispose()
