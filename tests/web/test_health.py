"""Pages for machines: alive, ready, and figures of every process; and logs that hold nobody's words."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review import create_app
from review.adapters.logs import JsonFormatter, PrivateFormatter
from review.adapters.revisions import newest_revision
from review.config import ROOT, LogForm, Settings, UnsafeSettings, read_settings
from review.extensions import db
from review.models import Person
from review.services.messages import enqueue_message
from tests.conftest import Statements, environment
from tests.programs import run_program
from tests.signed_in import Door

TOKEN = "a-token-of-at-least-thirty-two-signs"
CANARY = "Kanarienvogel"


@pytest.fixture
def counted(settings: Settings) -> Iterator[Flask]:
    """Return the app with figures and with logs in JSON."""
    app = create_app(replace(settings, metrics_token=TOKEN, log=LogForm.JSON))
    yield app
    with app.app_context():
        db.engine.dispose()


def figures(app: Flask) -> dict[str, float]:
    """Return every figure by its name and labels."""
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    lines = [line for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_alive_asks_nobody(client: FlaskClient, session: Session, now: datetime, statements: Statements) -> None:
    person = Person(external_id="somebody", name="Somebody")
    session.add(person)
    session.flush()
    Door(client, session, now, {"somebody": person.id}).enter("somebody")
    with statements() as issued:
        answer = client.get("/health")
    assert (answer.status_code, answer.get_data(as_text=True), issued) == (200, "alive\n", [])
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.both_databases
def test_ready_asks_for_the_revision(client: FlaskClient, session: Session, statements: Statements) -> None:
    with statements() as issued:
        answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()) == (200, {"ready": True, "problem": None})
    assert len(issued) == 1
    session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["problem"]) == (503, "the database is at an older revision")
    session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["problem"]) == (200, None)
    session.execute(sa.text("DROP TABLE alembic_version"))
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["problem"]) == (503, "the database does not answer")


def test_a_server_that_is_about_to_stop_is_not_ready(client: FlaskClient, settings: Settings) -> None:
    settings.drain_file.touch()
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["problem"]) == (503, "this web server is about to stop")


def test_the_newest_revision_is_that_of_the_migrations() -> None:
    assert newest_revision() == ScriptDirectory(str(ROOT / "migrations")).get_current_head()


def test_without_a_token_there_are_no_figures(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_a_wrong_token_meets_nothing(counted: Flask) -> None:
    client = counted.test_client()
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer Ä"}).status_code == 404


def test_a_short_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        read_settings({"VAR_DIR": str(tmp_path), "METRICS_TOKEN": "short"})
    assert refused.value.problems == ("METRICS_TOKEN must be at least 32 characters; left out, there are no metrics.",)


@pytest.mark.both_databases
def test_requests_and_work_are_counted(counted: Flask, session: Session) -> None:
    person = Person(external_id="somebody", name="Somebody")
    session.add(person)
    session.flush()
    past = datetime.now(UTC) - timedelta(minutes=5)  # the figures have the real clock
    about = {"to_person_id": person.id, "template": "gate_not_met", "case_id": None}
    enqueue_message(session, key="a", now=past, **about)
    session.commit()
    before = figures(counted)
    counted.test_client().get("/health")
    counted.test_client().get("/no/such/page")
    after = figures(counted)

    def grew(name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert grew('dualtrack_requests_total{endpoint="health.alive",method="GET",status="200"}') == 1
    assert grew('dualtrack_requests_total{endpoint="nowhere",method="GET",status="404"}') == 1
    assert grew('dualtrack_request_seconds_count{endpoint="health.alive"}') == 1
    assert (after["dualtrack_mails_waiting"], after["dualtrack_workers"]) == (1, 0)
    assert 300 <= after["dualtrack_sweep_lag_seconds"] < 3600


def test_figures_of_all_processes_are_added_up_and_outlive_them(counted: Flask, settings: Settings) -> None:
    program = (
        "from review import create_app; client = create_app().test_client(); "
        "[client.get('/health') for _ in range(3)]; import os; print(os.getpid())"
    )
    env = {**environment(settings), "METRICS_TOKEN": TOKEN}
    name = 'dualtrack_requests_total{endpoint="health.alive",method="GET",status="200"}'
    before = figures(counted).get(name, 0.0)
    for _ in range(2):
        run_program(program, env=env)
    assert figures(counted)[name] - before == 6
    assert len(list((settings.var_dir / "metrics").glob("counter_*.db"))) == 2  # the second went on with the first's


@pytest.fixture
def written() -> Iterator[list[io.StringIO]]:
    """Return what is written into the log meanwhile, as lines and as JSON."""
    streams = []
    logger, level = logging.getLogger("review"), logging.getLogger("review").level
    handlers = []
    for formatter in (PrivateFormatter(), JsonFormatter()):
        streams.append(io.StringIO())
        handler = logging.StreamHandler(streams[-1])
        handler.setFormatter(formatter)
        logger.addHandler(handler)
        handlers.append(handler)
    logger.setLevel(logging.INFO)
    yield streams
    logger.setLevel(level)
    for handler in handlers:
        logger.removeHandler(handler)


@pytest.mark.both_databases
def test_logs_hold_nobodys_words(counted: Flask, session: Session, written: list[io.StringIO]) -> None:
    session.add(Person(external_id=CANARY, name=CANARY))
    session.commit()

    def fail() -> str:
        raise ValueError(f"cannot read {CANARY}")

    def fail_in_database() -> str:
        db.session().add(Person(external_id=CANARY, name=CANARY))
        db.session().flush()
        return ""

    for number, view in enumerate((fail, fail_in_database)):
        vars(view)["guard"] = vars(counted.view_functions["health.alive"])["guard"]
        counted.add_url_rule(f"/fail/{number}", f"fail.{number}", view)
    counted.config["PROPAGATE_EXCEPTIONS"] = False
    client = counted.test_client()
    form = {"email": f"{CANARY}@example.org", "password": CANARY}
    statuses = [
        client.get("/fail/0", query_string={"q": CANARY}).status_code,
        client.get("/fail/1", headers={"User-Agent": CANARY}).status_code,
        client.get(f"/people/{CANARY}", query_string={"q": CANARY}).status_code,
        client.post("/sign-in", data=form, query_string={"next": f"/{CANARY}"}).status_code,
    ]
    logging.getLogger("review.worker").warning("mail %s was not sent: %s", "key-1", ValueError(CANARY))
    assert statuses == [500, 500, 404, 401]
    lines, objects = (stream.getvalue() for stream in written)
    assert (CANARY in lines, CANARY in objects) == (False, False)
    told = [json.loads(line) for line in objects.splitlines()]
    assert [one["endpoint"] for one in told if one["logger"] == "review.requests"] == [
        "fail.0",
        "fail.1",
        None,
        "sign_in.enter",
    ]
    errors = [one["errors"] for one in told if "errors" in one]
    assert errors[0] == ["ValueError"]
    assert re.match(r"IntegrityError", errors[1][0])
    assert told[-1]["message"] == "mail key-1 was not sent: ValueError"
    assert "tests/web/test_health.py" in lines


def test_an_address_begins_no_line_of_the_log(counted: Flask, written: list[io.StringIO]) -> None:
    def fail(what: str) -> str:
        raise ValueError(what)

    vars(fail)["guard"] = vars(counted.view_functions["health.alive"])["guard"]
    counted.add_url_rule("/fail/<what>", "fail", fail)
    counted.config["PROPAGATE_EXCEPTIONS"] = False
    forged = "x%0A2026-11-16T09:00:00+00:00%20error%20review:%20forged%0D%E2%80%A8%1B[2K"
    assert counted.test_client().get(f"/fail/{forged}").status_code == 500
    lines, objects = (stream.getvalue() for stream in written)
    begun = [line.split(" error review: ")[1].split()[0] for line in lines.splitlines() if "forged" in line]
    assert begun == ["Exception", "broken"]
    messages = [json.loads(line)["message"].split()[0] for line in objects.splitlines()]
    assert messages == ["Exception", "broken", "request"]


def test_who_asks_is_known_behind_a_proxy(settings: Settings) -> None:
    app = create_app(replace(settings, proxies=1))
    sent = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    seen = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/health", headers=sent)
    assert seen == ["198.51.100.7"]
    with app.app_context():
        db.engine.dispose()
