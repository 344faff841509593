"""Hosts on one database: a worker vanishes, one is cut off and comes back, a web server loses the database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

import tests.faults.jobs_in_test  # registers the jobs
from bench.host_network import Host, Network, network, open_postgres
from bench.host_people import Balancer, check_writers, found_writers, is_ready, writing
from bench.patterns import PATTERN
from bench.servers import AS_SERVED
from bench.upgrades import wait_for_saves
from review.adapters.jobs import enqueue
from review.cli.database import migrate_database
from review.config import JobsMode, Settings
from review.extensions import make_engine
from review.models import Message, Person
from tests.conftest import make_settings
from tests.faults.processes import log_of, wait_for

WEB = (*AS_SERVED, "--workers=2")
WORKER = "tests.faults.worker_in_test"
PORT, WRITERS, A_WORKER = 8080, 2, 2
"""`A_WORKER`: how many jobs a worker with one render process, and the one kept free, has at once."""
FENCED = "no longer owned by this execution"
HELD = sa.text("SELECT executor_id, count(*) FROM dbos.workflow_status WHERE status = 'PENDING' GROUP BY executor_id")


def measure_lost_workers(folder: Path, *, later_jobs: int, data: Path | None = None) -> dict[str, object]:
    """Let one of three worker hosts vanish and one be cut off until its jobs are done; return what became of the jobs.

    Args:
        later_jobs: how many jobs are asked for after all that.
        data: what PostgreSQL begins with; see bench.patterns.
    """
    with _network(folder, data) as (made, settings, url):
        engine = make_engine(replace(settings, database_url=url))
        with Session(engine) as session:
            session.add(Person(id=1, external_id="anybody", name="Anybody"))  # to whom the jobs write
            session.commit()
        workers = [made.add(f"worker{number}") for number in range(3)]
        figures, jobs = _lose_workers(workers, settings, engine), len(workers) * A_WORKER + later_jobs
        _ask(engine, range(jobs - later_jobs, jobs), settings.var_dir / "gate")
        wait_for(lambda: len(_effects(engine)) >= jobs, settings)
        done = _effects(engine)
        engine.dispose()
    lost, doubled = jobs - len(set(done)), len(done) - len(set(done))
    return {"worker_hosts": len(workers), **figures, "jobs": jobs, "jobs_lost": lost, "jobs_doubled": doubled}


def measure_lost_database(folder: Path, *, data: Path | None = None) -> dict[str, object]:
    """Cut one of two web hosts off from the database while people write; return what they were told."""
    with _network(folder, data) as (made, settings, url):
        here = replace(settings, database_url=url)
        webs = [made.add(f"web{number}") for number in range(2)]
        balancer = Balancer([(host.address, PORT) for host in webs])
        writers, engine = found_writers(here, balancer, WRITERS), make_engine(here)
        for host in webs:
            bind = f"{host.address}:{PORT}"
            host.start(_own(settings, host, bind), *WEB, f"--bind={bind}", "wsgi:app")
        wait_for(lambda: all(is_ready(each) for each in balancer.addresses), settings)
        with writing(writers) as check:
            wait_for_saves(writers, check, settings)
            figures = _lose_database(webs[1], made, settings)
            wait_for_saves(writers, check, settings)
        with Session(engine) as session:
            found = check_writers(session, writers)
        engine.dispose()
    return {"web_hosts": len(webs), **figures, **found}


@contextmanager
def _network(folder: Path, data: Path | None) -> Iterator[tuple[Network, Settings, str]]:
    """Give a network, the settings of an installation as its hosts see it, and its database's address from here."""
    with network() as made, open_postgres(made, data) as server:
        url = server.url(server.create_database(template=PATTERN if data else "template0"))
        settings = make_settings(url, folder, jobs=JobsMode.DBOS)
        migrate_database(settings)
        yield made, replace(settings, database_url=url.replace("127.0.0.1", made.database)), url


def _lose_workers(workers: list[Host], settings: Settings, engine: sa.Engine) -> dict[str, object]:
    """Cut two workers off in the middle of their jobs, one for good; wait until the third has done all, then mend."""
    vanishing, leaving, staying = workers
    gate, each = settings.var_dir / "gate", A_WORKER
    jobs = len(workers) * each
    with tests.faults.jobs_in_test.closed_gate(gate):
        _ask(engine, range(jobs), gate)
        running = [host.start(_own(settings, host), WORKER) for host in workers]
        wait_for(lambda: sorted(_held(engine).values()) == [each] * len(workers), settings)
        vanishing.cut()
        running[0].kill()
        leaving.cut()
        began = time.perf_counter()
        wait_for(lambda: set(_held(engine)) == {f"{staying.name}-0"}, settings)
        seconds = time.perf_counter() - began
    wait_for(lambda: len(_effects(engine)) == jobs, settings)
    leaving.mend()
    told = log_of(_own(settings, leaving))
    wait_for(lambda: told.read_text().count(FENCED) >= each, settings)
    return {"taken_over": jobs - each, "taken_over_s": round(seconds), "fenced": told.read_text().count(FENCED)}


def _lose_database(web: Host, made: Network, settings: Settings) -> dict[str, object]:
    """Cut a web host off from the database alone; it is not ready then, and ready again when the cut is mended."""
    address = (web.address, PORT)
    web.lose(made.database)
    began = time.perf_counter()
    wait_for(lambda: not is_ready(address), settings)
    unready_s = time.perf_counter() - began
    web.find(made.database)
    began = time.perf_counter()
    wait_for(partial(is_ready, address), settings)
    return {"unready_s": round(unready_s), "ready_again_s": round(time.perf_counter() - began)}


def _own(settings: Settings, host: Host, bind: str = "127.0.0.1:8080") -> Settings:
    """Return the settings of one host: a folder of its own, and the files of all."""
    folder = settings.var_dir / host.name
    folder.mkdir(exist_ok=True)
    return replace(settings, var_dir=folder, bind=bind)


def _ask(engine: sa.Engine, numbers: range, gate: Path) -> None:
    with Session(engine) as session:
        for number in numbers:
            enqueue(session, "note_gated", f"gated-{number}", str(gate), key=f"gated-{number}")
        session.commit()


def _held(engine: sa.Engine) -> dict[str, int]:
    """Return how many jobs each worker has."""
    with engine.connect() as connection:
        return {str(name): int(number) for name, number in connection.execute(HELD)}


def _effects(engine: sa.Engine) -> list[str]:
    """Return what the jobs did: a key for each, and one more for each time that it was done again."""
    with Session(engine) as session:
        found = session.scalars(sa.select(Message.key).where(Message.template == "test"))
        return [key.partition("#")[0] for key in found]
