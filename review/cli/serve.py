"""`dualtrack serve`, `worker` and `tick`: web and worker together, a worker alone, one sweep of what is due."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

import click

from review.adapters.parentage import die_with_parent
from review.cli.database import WAIT_SECONDS, is_prepared, migrate_database
from review.config import ROOT, JobsMode, Settings, read_settings

PATIENCE_SECONDS = 40
SHORT_LIFE_SECONDS = 15
MOST_SHORT_LIVES = 5
LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Part:
    """A process that is started anew when it ends, unless it keeps dying young."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    short_lives: int = field(default=0)

    def start(self) -> None:
        """Start the process; it ends when this one does, however that comes about."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has one thread
        )

    def keep_alive(self) -> bool:
        """Start the process anew when it has ended; False when it has died young too often."""
        if self.process is None or self.process.poll() is None:
            return True
        lived = time.monotonic() - self.started_at
        self.short_lives = self.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
        if self.short_lives >= MOST_SHORT_LIVES:
            click.echo(f"{self.name} ends as soon as it starts; what it wrote above says why.", err=True)
            return False
        click.echo(f"{self.name} ended (status {self.process.returncode}) and is started anew.", err=True)
        self.start()
        return True

    def tell_to_stop(self) -> None:
        """Ask the process to finish what it is at, and to end."""
        if self.process is not None:
            self.process.terminate()

    def wait(self) -> None:
        """Wait for the end of a process that was told to stop, and end it if it does not."""
        if self.process is None:
            return
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@click.command()
def serve() -> None:
    """Bring the database to this version, then run web server and worker until Ctrl-C or SIGTERM."""
    settings = read_settings()
    if is_answering(settings.bind):
        raise click.ClickException(f"Somebody else listens at {settings.bind}; choose another address with BIND.")
    migrate_database(settings)
    sys.exit(supervise(make_parts(settings), settings))


@click.command()
def worker() -> None:
    """Run a worker alone: jobs, timers, mail. Any number of them, on any number of hosts with PostgreSQL."""
    from review.adapters.logs import set_up_logs
    from review.worker import run_worker

    settings = read_settings()
    set_up_logs(settings.log)
    if settings.jobs is JobsMode.INLINE:
        raise click.UsageError("JOBS=inline leaves nothing to a worker; let cron call `dualtrack tick` each minute.")
    wait_for_tables(settings)
    sys.exit(run_worker(settings))


def wait_for_tables(settings: Settings) -> None:
    """Wait until the database is there, at this version, and neither migrated nor restored; SIGTERM ends it all."""
    from sqlalchemy.exc import SQLAlchemyError

    from review.adapters.connections import is_away

    told = ""
    while True:
        try:
            if is_prepared(settings):
                return
            why = "its tables are not at this version yet, or are being restored (`dualtrack db migrate` makes them)"
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            why = f"it does not answer: {error}"
        if why != told:
            click.echo(f"The worker waits for the database: {why}.", err=True)
            told = why
        time.sleep(WAIT_SECONDS)


@click.command()
def tick() -> None:
    """Fire the timers and send the mails that are due now, once."""
    from review.adapters.clock import read_clock
    from review.adapters.mail import make_mailer
    from review.extensions import make_engine
    from review.worker import sweep

    settings = read_settings()
    engine = make_engine(settings)
    swept = sweep(engine, make_mailer(settings), settings, now=read_clock())
    engine.dispose()
    mails = ", ".join(f"{count} {outcome.value}" for outcome, count in swept.mails.items()) or "none due"
    failed = f", {len(swept.timers.failed)} failed and still due" if swept.timers.failed else ""
    click.echo(f"Timers: {swept.timers.done}{failed}. Mails: {mails}.")


def make_parts(settings: Settings) -> list[Part]:
    """Return what runs beside each other: the web server, and a worker unless the web server does its work."""
    parts = [Part("The web server", web_command(settings))]
    if settings.jobs is not JobsMode.INLINE:
        parts.append(Part("The worker", [*python("review.cli"), "worker"]))
    return parts


def supervise(parts: list[Part], settings: Settings) -> int:
    """Run the parts until told to stop; return the exit status."""
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    settings.drain_file.unlink(missing_ok=True)
    for part in parts:
        part.start()
    is_announced, is_well = False, True
    while is_well and not stopping:
        if not is_announced and is_answering(settings.bind):
            click.echo(f"Dualtrack runs at {settings.public_url} (Ctrl-C stops it).")
            is_announced = True
        time.sleep(LOOK_SECONDS)
        is_well = bool(stopping) or not [part for part in parts if not part.keep_alive()]
    stop_all(parts, settings)
    return 0 if is_well else 1


def stop_all(parts: list[Part], settings: Settings) -> None:
    """Stop the parts together; for `DRAIN_SECONDS` before, the web server serves on and says that it is not ready.

    The parts besides it, which nobody sends requests to, are told at once.
    """
    web, *others = parts
    for part in others:
        part.tell_to_stop()
    settings.drain_file.touch()
    try:
        time.sleep(settings.drain_seconds)
        web.tell_to_stop()
        for part in parts:
            part.wait()
    finally:
        settings.drain_file.unlink(missing_ok=True)


def web_command(settings: Settings) -> list[str]:
    """Return the command of the web server: one process a core, one request at a time in each, loaded once."""
    options = {
        "config": "python:review.adapters.parentage",
        "bind": settings.bind,
        "workers": str(settings.web_workers),
        "timeout": "60",
        "graceful-timeout": "30",
        "max-requests": "20000",
        "max-requests-jitter": "2000",
        "log-level": "warning",
    }
    if os.access("/dev/shm", os.W_OK):  # noqa: S108 - heartbeats in memory: a slow disk must not look like a hung process
        options["worker-tmp-dir"] = "/dev/shm"  # noqa: S108
    return [*python("gunicorn"), "--preload", *(f"--{name}={value}" for name, value in options.items()), "wsgi:app"]


def python(module: str) -> list[str]:
    """Return the command that runs a module with this Python."""
    return [sys.executable, "-m", module]


def is_answering(bind: str) -> bool:
    """Tell whether somebody listens at an address."""
    host, _, port = bind.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=1):
            return True
    except OSError:
        return False
