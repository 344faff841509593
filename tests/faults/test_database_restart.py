"""The database restarts under load: 503 with the text kept or success, never 500; all comes back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from sqlalchemy.orm import Session

from bench.host_people import Balancer, check_writers, found_writers, is_ready, writing
from bench.upgrades import ask, read_effects, wait_for_saves
from review.adapters.job_slots import count_living
from review.cli.database import LOCK, migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine
from tests.conftest import make_settings
from tests.faults.processes import running, wait_for
from tests.postgres import PostgresServer, free_port

WRITERS, JOBS = 2, 4
WORKER = "tests.faults.worker_in_test"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Return a PostgreSQL of this test's own."""
    with PostgresServer(options=()) as server:
        yield server


@pytest.fixture
def installation(server: PostgresServer, tmp_path: Path) -> Settings:
    """Return an installation on that server whose tables are made."""
    url = server.url(server.create_database())
    settings = make_settings(url, tmp_path, jobs=JobsMode.DBOS, web_workers=2, bind=f"127.0.0.1:{free_port()}")
    migrate_database(settings)
    return settings


def crash(server: PostgresServer) -> None:
    """Kill the server as a loss of power would, and start it again."""
    server.kill()
    server.start()


def restart(server: PostgresServer) -> None:
    """Restart the server as its package does: open connections are dropped."""
    server.stop()
    server.start()


def family(process: psutil.Popen) -> set[int]:
    """Return the numbers of a process and of those it has started to answer requests."""
    return {process.pid, *(child.pid for child in process.children())}


def test_all_goes_on_when_the_database_comes_back(server: PostgresServer, installation: Settings) -> None:
    host, _, port = installation.bind.rpartition(":")
    writers = found_writers(installation, Balancer([(host, int(port))]), WRITERS)
    engine = make_engine(installation)
    web = ("gunicorn", "--preload", f"--bind={installation.bind}", "--workers=2", "wsgi:app")
    with ExitStack() as ends:
        served = ends.enter_context(running(installation, *web))
        wait_for(lambda: is_ready((host, int(port))), installation)
        worker = ends.enter_context(running(installation, WORKER))
        with writing(writers) as check:
            wait_for_saves(writers, check, installation)
            before = family(served)
            ask(engine, range(JOBS))
            for times, again in enumerate((restart, crash), 1):
                again(server)
                ask(engine, range(times * JOBS, (times + 1) * JOBS))
                wait_for_saves(writers, check, installation)
            wait_for(lambda: len(read_effects(engine)) == 3 * JOBS, installation)
        assert worker.is_running()
        assert family(served) == before
        assert count_living(engine, installation.var_dir / "slots", but=LOCK) == 1
    expected = [f"computed-{number}-{number}" for number in range(3 * JOBS)]
    assert sorted(read_effects(engine)) == sorted(expected)
    with Session(engine) as session:
        found = check_writers(session, writers)
    engine.dispose()
    assert found["acknowledged"] >= 3 * WRITERS
    faults = ("lost", "doubled", "errors_500", "text_gone", "unanswered", "breaks_in_trail")
    assert {name: found[name] for name in faults} == dict.fromkeys(faults, 0)
