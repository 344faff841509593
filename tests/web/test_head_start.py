"""What is read before processes are forked is not read by their pages, and no connection goes along."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, Response, template_rendered
from sqlalchemy.orm import Session

from review import create_app
from review.config import Settings
from review.extensions import db
from review.models import Cycle, LadderVersion, WorkflowVersion
from review.queries import pinned
from review.queries.ready import _READY, Ready
from review.queries.standing import ALL_ROWS
from review.web.head_start import FRAME, give_head_start
from tests.conftest import Statements
from tests.factories import Scene, open_scene
from tests.programs import run_program


@pytest.fixture
def scene(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Found a company with an open cycle, of which this process has parsed nothing."""
    scene = open_scene(session, now)
    monkeypatch.setattr(pinned, "_ladders", {})
    monkeypatch.setattr(pinned, "_definitions", {})
    return scene


def parsed(engine: sa.Engine) -> tuple[list[str], list[str]]:
    """Return the names of the ladders, and where the workflows begin, that are found by their digest."""
    with Session(engine) as session:
        return find_all(session)


def find_all(session: Session) -> tuple[list[str], list[str]]:
    """Look for each of them, as a page does that knows its digest."""
    ladders = session.execute(sa.select(LadderVersion.id, LadderVersion.digest)).all()
    workflows = session.execute(sa.select(WorkflowVersion.id, WorkflowVersion.digest)).all()
    return (
        [pinned.find_ladder(session, *row).name for row in ladders],
        [next(iter(pinned.find_definition(session, *row).states)) for row in workflows],
    )


@pytest.mark.both_databases
def test_ladder_and_workflows_of_an_open_cycle_are_read_before_the_first_page(
    app: Flask, engine: sa.Engine, scene: Scene, statements: Statements
) -> None:
    give_head_start(app)
    with statements() as issued:
        assert parsed(engine) == (["Product management"], ["nominated", "nominated"])
    assert len(issued) == 2
    with app.app_context():
        pool = db.engine.pool
    assert isinstance(pool, sa.QueuePool)
    assert (pool.checkedin(), pool.checkedout()) == (0, 0)


def test_those_of_a_closed_cycle_are_left_to_its_pages(
    app: Flask, engine: sa.Engine, session: Session, scene: Scene, statements: Statements
) -> None:
    session.get_one(Cycle, scene.cycle_id).state = "closed"
    session.commit()
    give_head_start(app)
    with statements() as issued:
        parsed(engine)
    assert len(issued) == 8


@pytest.mark.both_databases
def test_all_statements_that_are_kept_are_spelt_out_before_the_first_page(app: Flask, scene: Scene) -> None:
    kept = {Ready(lambda: sa.select(Cycle.id)), ALL_ROWS}
    give_head_start(app)
    with app.app_context():
        assert kept <= {each for each in _READY if db.engine.dialect in each._spelt}


def test_the_frame_of_the_pages_is_compiled(app: Flask) -> None:
    app.jinja_env.cache.clear()
    give_head_start(app)
    assert sorted(name for _, name in app.jinja_env.cache) == sorted(FRAME)


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8080", "https://host.example/reviews"])
def test_the_page_that_is_open_to_everybody_is_made_and_is_no_request(
    engine: sa.Engine, settings: Settings, scene: Scene, public_url: str
) -> None:
    app = create_app(replace(settings, public_url=public_url, database_url=str(engine.url)))
    made: list[str | None] = []
    requests: list[Response] = []

    def note(response: Response) -> Response:
        requests.append(response)
        return response

    app.after_request(note)
    with template_rendered.connected_to(lambda _app, template, **_more: made.append(template.name), app):
        give_head_start(app)
    assert (made, requests) == (["sign_in/show.html"], [])


def test_a_database_that_is_not_there_is_not_made(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "absent.db"
    give_head_start(create_app(replace(settings, database_url=f"sqlite:///{path}")))
    assert not path.exists()


def test_an_empty_database_keeps_nobody_from_starting(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with caplog.at_level(logging.WARNING, "review.web.head_start"):
        give_head_start(create_app(replace(settings, database_url=f"sqlite:///{path}")))
    assert [record.getMessage() for record in caplog.records] == [
        "The first pages read by themselves what they have in common: OperationalError (e3q8)"
    ]


FIRST_REQUESTS = """
import sys
from review import create_served_app
from review.domain.checks import CHECKS
from review.domain.sealed_detail import CHANCE_BYTES, derive_keys, open_detail, seal_detail

app = create_served_app()
known = set(sys.modules)
status = app.test_client().get("/health").status_code
derive_keys("a" * 40)
made = {check.params.__pydantic_complete__ for check in CHECKS.values()}
sealed = seal_detail({"is": 1}, key=b"k" * 32, seq=1, kind="k", chance=b"c" * CHANCE_BYTES)
print(status, open_detail(sealed, key=b"k" * 32, seq=1, kind="k"), made, sorted(set(sys.modules) - known))
"""

DAYS_IN_WORDS = """
from datetime import UTC, date, datetime
import babel.core
from review import create_served_app
from review.web.words import day, day_short, moment, relative

app = create_served_app()
with app.test_request_context():
    first, then = date(2026, 11, 13), datetime(2026, 11, 13, 14, 32, tzinfo=UTC)
    print(day(first), day_short(first), moment(then, "UTC"), relative(first, date(2026, 11, 10)), sep="; ")
    print(babel.core._global_data, len(babel.core.get_global("zone_territories")) > 400)
"""


def test_days_are_written_without_what_babel_knows_of_all_countries(tmp_path: Path) -> None:
    """Two megabytes of each process; who asks for them has them all the same."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/absent.db", "VAR_DIR": str(tmp_path)}
    assert run_program(DAYS_IN_WORDS, env=environment) == (
        "Friday 13 November 2026; Fri 13 Nov; 13 Nov 2026, 14:32; in 3 days\nNone True\n"
    )


def test_no_process_loads_modules_or_makes_checks_of_its_own_for_its_first_pages(tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/absent.db", "VAR_DIR": str(tmp_path)}
    assert run_program(FIRST_REQUESTS, env=environment) == "200 {'is': 1} {True} []\n"
