"""One host after the other is stopped and started anew while people write and prints wait, as an upgrade does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

import psutil
import sqlalchemy as sa
from sqlalchemy.orm import Session

import tests.faults.jobs_in_test  # noqa: F401 - registers the jobs
from bench.host_people import Balancer, Writer, check_writers, found_writers, is_ready, writing
from review.adapters.jobs import enqueue
from review.config import Settings
from review.extensions import make_engine
from review.models import Message
from tests.faults.processes import PATIENCE_SECONDS, start, wait_for
from tests.ports import free_port

WRITERS, DRAIN_SECONDS = 3, 3
HOST = "tests.faults.host_in_test"


def measure_upgrade(settings: Settings, *, hosts: int, rounds: int, jobs: int) -> dict[str, object]:
    """Replace every host so many times; return what was answered, and what became of saves and jobs.

    Args:
        settings: of an installation whose tables are made.
        jobs: how many jobs are asked for before each stop.
    """
    settings = replace(settings, drain_seconds=DRAIN_SECONDS)
    binds = [f"127.0.0.1:{free_port()}" for _ in range(hosts)]
    balancer = Balancer([_address(bind) for bind in binds])
    writers, engine = found_writers(settings, balancer, WRITERS), make_engine(settings)
    asked = 0
    with ExitStack() as ends:
        running = {bind: _start(ends, replace(settings, bind=bind)) for bind in binds}
        wait_for(lambda: all(is_ready(each) for each in balancer.addresses), settings)
        with writing(writers) as check:
            for bind in binds * rounds:
                wait_for_saves(writers, check, settings)
                ask(engine, range(asked, asked + jobs))
                asked += jobs
                running[bind].terminate()
                if running[bind].wait(PATIENCE_SECONDS) != 0:
                    raise RuntimeError(f"the host at {bind} ended with {running[bind].returncode}")
                running[bind] = _start(ends, replace(settings, bind=bind))
                wait_for(partial(is_ready, _address(bind)), settings)
            wait_for_saves(writers, check, settings)
            wait_for(lambda: len(read_effects(engine)) >= asked, settings)
    done = read_effects(engine)
    with Session(engine) as session:
        found = check_writers(session, writers)
    engine.dispose()
    return {
        "stops": len(binds) * rounds,
        **found,
        "cut": balancer.told["cut"],
        "refused": balancer.told["refused"],
        "jobs": asked,
        "jobs_lost": asked - len(set(done)),
        "jobs_doubled": len(done) - len(set(done)),
    }


def wait_for_saves(writers: Sequence[Writer], check: Callable[[], None], settings: Settings) -> None:
    """Wait until each writer has been told of one more save."""
    before = [len(writer.saved) for writer in writers]

    def have_saved() -> bool:
        check()
        return all(len(writer.saved) > count for writer, count in zip(writers, before, strict=True))

    wait_for(have_saved, settings)


def ask(engine: sa.Engine, numbers: Iterator[int] | range) -> None:
    """Ask for jobs by their numbers."""
    with Session(engine) as session:
        for number in numbers:
            enqueue(session, "note_computed", number, key=f"job-{number}", share="batch")
        session.commit()


def read_effects(engine: sa.Engine) -> list[str]:
    """Return what the jobs did: a key for each number, and one more for each time that it was done again."""
    with Session(engine) as session:
        found = session.scalars(sa.select(Message.key).where(Message.template == "test"))
        return [key.partition("#")[0] for key in found]


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    return host, int(port)


def _start(ends: ExitStack, settings: Settings) -> psutil.Popen:
    return ends.enter_context(_running(settings))


@contextmanager
def _running(settings: Settings) -> Iterator[psutil.Popen]:
    process = start(settings, HOST)
    try:
        yield process
    finally:
        if process.is_running():
            process.terminate()
            process.wait(PATIENCE_SECONDS)
