"""The database restarts, by its package's way and as after a loss of power, while people write and jobs wait."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace

import psutil
from sqlalchemy.orm import Session

from bench.host_people import Balancer, check_writers, found_writers, is_ready, writing
from bench.servers import AS_SERVED
from bench.upgrades import ask, read_effects, wait_for_saves
from review.adapters.job_slots import count_living
from review.cli.database import LOCK
from review.config import Settings
from review.extensions import make_engine
from tests.faults.processes import running, wait_for
from tests.ports import free_port
from tests.postgres import PostgresServer

WRITERS = 2
WORKER = "tests.faults.worker_in_test"


def restart(server: PostgresServer) -> None:
    """Restart the server as its package does: open connections are dropped."""
    server.stop()
    server.start()


def crash(server: PostgresServer) -> None:
    """Kill the server as a loss of power would, and start it again."""
    server.kill()
    server.start()


def measure_restarts(settings: Settings, server: PostgresServer, *, rounds: int, jobs: int) -> dict[str, object]:
    """Restart the database so often in both ways; return what people were told, what became of saves and jobs.

    `replaced`: how many processes of web server and worker are not those of before.
    """
    bind = f"127.0.0.1:{free_port()}"
    settings, address = replace(settings, bind=bind), ("127.0.0.1", int(bind.rpartition(":")[2]))
    writers, engine = found_writers(settings, Balancer([address]), WRITERS), make_engine(settings)
    back, ways = [], (restart, crash) * rounds
    with ExitStack() as ends:
        web = ends.enter_context(running(settings, *AS_SERVED, f"--bind={bind}", "--workers=2", "wsgi:app"))
        wait_for(lambda: is_ready(address), settings)
        worker = ends.enter_context(running(settings, WORKER))
        with writing(writers) as check:
            wait_for_saves(writers, check, settings)
            before = family(web)
            ask(engine, range(1))
            # A worker that is still beginning ends when the database goes: an installation begins it anew, nobody here.
            wait_for(lambda: read_effects(engine), settings)
            ask(engine, range(1, jobs))
            for times, again in enumerate(ways, 1):
                again(server)
                began = time.perf_counter()
                ask(engine, range(times * jobs, (times + 1) * jobs))
                wait_for_saves(writers, check, settings)
                back.append(time.perf_counter() - began)
            asked = (len(ways) + 1) * jobs
            wait_for(lambda: len(read_effects(engine)) >= asked, settings)
        wait_for(lambda: count_living(engine, settings.var_dir / "slots", but=LOCK) == 1, settings)
        replaced = len(before ^ family(web)) + (not worker.is_running())
    done = read_effects(engine)
    with Session(engine) as session:
        found = check_writers(session, writers)
    engine.dispose()
    return {
        "restarts": len(ways),
        "longest_back_s": round(max(back), 1),
        "replaced": replaced,
        **found,
        "jobs": asked,
        "jobs_lost": asked - len(set(done)),
        "jobs_doubled": len(done) - len(set(done)),
    }


def family(process: psutil.Popen) -> set[int]:
    """Return the numbers of a process and of those it has started to answer requests."""
    return {process.pid, *(child.pid for child in process.children())}
