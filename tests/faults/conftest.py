"""What tests of faults share: a page on which somebody writes, and an installation with the real job engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.extensions import db, make_engine
from review.services.transitions import fire
from tests.factories import open_case_of, open_scene
from tests.signed_in import Door


@pytest.fixture
def page(app: Flask, client: FlaskClient, session: Session, now: datetime) -> Iterator[str]:
    """Return the page on which Iris writes; she is signed in, and only the app has a connection to the database."""
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


@pytest.fixture
def engine_settings(settings: Settings) -> Settings:
    """Return the settings of an installation with the real job engine, its tables made."""
    chosen = replace(settings, jobs=JobsMode.DBOS, render_processes=2)
    migrate_database(chosen)
    return chosen


@pytest.fixture
def engine_session(engine_settings: Settings) -> Iterator[Session]:
    """Return a session whose jobs go to the real engine."""
    engine = make_engine(engine_settings)
    with Session(engine) as session:
        yield session
    engine.dispose()
