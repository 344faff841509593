"""The worker: runs jobs, fires due timers and sends mail, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from functools import partial
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING

from jinja2 import TemplateError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from review.adapters.clock import read_clock
from review.adapters.connections import is_away, is_locked, limit_worker
from review.adapters.job_tables import open_job_tables
from review.adapters.mail import Mailer, MailNotSent, make_mail, make_mailer
from review.adapters.mail_text import Line, write_digest, write_mail
from review.adapters.print_warm import warm_up
from review.adapters.sweep_turn import take_turn
from review.config import Settings
from review.domain.values import dataclass
from review.domain.wording_list import Changed
from review.extensions import make_engine, make_no_file
from review.hook_turn import HookThread
from review.queries.wordings import load_changed
from review.services.digests import gather_in_parts
from review.services.messages import DueMail, claim_due, mark_failed, mark_sent, open_due
from review.services.privacy_requests import remove_ended
from review.services.privacy_retention import do_in_parts
from review.services.sweep import TimerSweep, fire_due_timers

if TYPE_CHECKING:
    from review.adapters.job_engine import JobWorker

# The services that register jobs: they must be known before the first job runs.
JOB_MODULES: tuple[str, ...] = (
    "review.services.packets",
    "review.services.books",
    "review.services.letters",
    "review.services.wordings_print",
    "review.services.session_reports",
    "review.services.insight",
    "review.services.privacy_requests",
    "review.rehearsal.jobs",
    "review.rehearsal.printing",
    "review.services.bulk",
    "review.services.cases_nominate_all",
    "review.services.people_imports",
    "review.services.people_looks",
    "review.services.releases_sending",
)
WARM_UP: Callable[[], None] | None = warm_up
"""What each render process does first."""
HOOK_SECONDS = 15
"""How long a worker that is told to stop waits for a hook that is being called."""
SWEEP_SECONDS = 60
LOOK_SECONDS = 2
TIMERS_A_TRANSACTION = 20
HOLD_SECONDS, REST_SECONDS = 0.1, 0.12
"""How long a sweep may keep SQLite's only write lock before it lets others write, and for how long then: whoever waits
for that lock looks every tenth of a second whether it is free."""

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of a mail: taken by the server, not taken and tried again later, or nobody may read it any more."""

    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Swept:
    """What one sweep did: timers dealt with and failed, and mails by outcome."""

    timers: TimerSweep
    mails: Mapping[Outcome, int]


def sweep(engine: Engine, mailer: Mailer, settings: Settings, *, now: datetime) -> Swept:
    """Fire every timer that is due, then send every mail that is due, the mails of those timers included.

    Then remove what people have had for long enough, and what HR approved to go.
    """
    swept = Swept(fire_due(engine, now=now), send_due(engine, mailer, settings, now=now))
    remove_due(engine, now=now)
    return swept


def remove_due(engine: Engine, *, now: datetime) -> None:
    """Remove bundles whose download has ended, and what approved ends of keeping are about."""
    with Session(engine) as session:
        remove_ended(session, now=now)
        session.commit()
    remove_approved(engine, now=now)


def remove_approved(engine: Engine, *, now: datetime) -> None:
    """Remove what approved ends of keeping are about, part by part."""
    with Session(engine) as session:
        for _ in do_in_parts(session, now=now):
            session.commit()
            _let_others_write(engine)


def fire_due(engine: Engine, *, now: datetime, stopped: threading.Event | None = None) -> TimerSweep:
    """Fire the timers that are due, some in each transaction, each once; those that fail wait for the next sweep.

    So does all that is left when somebody else keeps a lock for too long, or a worker is told to stop; who comes while
    another one sweeps leaves all of it to them.
    """
    done, failed, rest = 0, frozenset[int](), REST_SECONDS if engine.dialect.name == "sqlite" else 0.0
    stopped = stopped or threading.Event()
    with take_turn(engine) as connection:
        if connection is None:
            log.info("another worker fires the timers that are due")
            return TimerSweep(done, failed)
        with Session(connection) as session:
            while not stopped.is_set():
                swept = _fire_some(session, now, failed)
                done, failed = done + swept.done, failed | swept.failed
                if not swept.done and not swept.failed:
                    break
                stopped.wait(rest)
    return TimerSweep(done, failed)


def _fire_some(session: Session, now: datetime, failed: frozenset[int]) -> TimerSweep:
    """Fire what there is time for in one transaction; nothing where a lock is not to be had."""
    try:
        session.connection()  # SQLite's write lock may come late; the time counts from when it is ours
        end = time.monotonic() + HOLD_SECONDS
        swept = fire_due_timers(
            session,
            now=now,
            limit=TIMERS_A_TRANSACTION,
            skip=failed,
            is_over=lambda: time.monotonic() > end,
        )
        session.commit()
    except DBAPIError as error:
        if not is_locked(error):
            raise
        session.rollback()
        log.warning("timers wait for the next sweep, as somebody else keeps what they need locked: %s", error)
        return TimerSweep(0, frozenset())
    return swept


def send_due(engine: Engine, mailer: Mailer, settings: Settings, *, now: datetime) -> Counter[Outcome]:
    """Send what is due, in digests what is not urgent, and return how it went.

    No transaction is open while a mail server is asked. A sender that dies in between leaves its mails to the next one.
    Each mail has the words in force as it goes out, which are read once for those that are claimed together.
    """
    outcomes: Counter[Outcome] = Counter()
    with Session(engine) as session:
        for _ in gather_in_parts(session, zone=settings.zone, now=now):
            session.commit()
            _let_others_write(engine)
        session.commit()
        while ids := claim_due(session, now=now, zone=settings.zone):
            session.commit()
            write = partial(_write, settings=settings, now=now, changed=load_changed(session))
            for message_id in ids:
                outcomes[_send(session, message_id, mailer, write, now)] += 1
                session.commit()
    return outcomes


def _let_others_write(engine: Engine) -> None:
    """Rest between two transactions on SQLite for as long as somebody waits who looks whether its lock is free."""
    if engine.dialect.name == "sqlite":
        time.sleep(REST_SECONDS)


def _send(
    session: Session, message_id: int, mailer: Mailer, write: Callable[[DueMail], EmailMessage], now: datetime
) -> Outcome:
    due = open_due(session, message_id, now=now)
    session.commit()
    if due is None:
        return Outcome.DROPPED
    try:
        mailer.send(write(due))
    except (MailNotSent, TemplateError, ValueError) as error:  # ValueError: an address that no header can hold
        log.warning("mail %s was not sent: %s", due.key, error)
        mark_failed(session, message_id, f"{type(error).__name__}: {error}", now=now)
        return Outcome.FAILED
    mark_sent(session, message_id, now=now)
    return Outcome.SENT


def _write(due: DueMail, settings: Settings, now: datetime, changed: Changed) -> EmailMessage:
    say = partial(write_digest, [Line(line.template, line.subject, line.params) for line in due.lines])
    if not due.lines:
        say = partial(write_mail, due.template, due.subject, due.params)
    said = say(company=settings.company, public_url=settings.public_url, changed=changed)
    return make_mail(
        said,
        key=due.key,
        to=due.subject.address,
        sender=settings.mail_from,
        company=settings.company,
        public_url=settings.public_url,
        now=now,
    )


def run_worker(settings: Settings) -> int:
    """Work until SIGTERM or SIGINT; return the exit status, 1 when somebody else has this worker's name."""
    from review.adapters.job_engine import JobWorker, Limits

    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for module in JOB_MODULES:
        import_module(module)
    engine = make_engine(settings, limit_worker(settings.render_processes))
    make_no_file(engine)
    if not _is_there(engine, stopped):
        return 0
    limits = Limits(settings.render_processes, settings.render_seconds, settings.render_mb)
    tables = open_job_tables(settings.database_url)
    if tables is not None:
        make_no_file(tables)
    worker = JobWorker(engine, settings.var_dir, limits=limits, tables=tables, warm_up=WARM_UP)
    worker.start()
    hooks = HookThread(engine, settings, stopped)
    hooks.start()
    try:
        return _work(engine, settings, worker, stopped)
    finally:
        stopped.set()
        hooks.join(HOOK_SECONDS)
        worker.stop()
        engine.dispose()


def _attempt(work: Callable[[], object]) -> None:
    """Do a part of the sweep; when it fails, say why, and let the other part and the next sweep go on."""
    try:
        work()
    except Exception:
        log.exception("a part of the sweep failed; the next sweep is in %s s", SWEEP_SECONDS)


def _is_there(engine: Engine, stopped: threading.Event) -> bool:
    """Wait until the database answers; False when told to stop before it does."""
    while not stopped.is_set():
        try:
            engine.connect().close()
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            log.warning("the database does not answer, asking again: %s", error)
            stopped.wait(LOOK_SECONDS)
        else:
            return True
    return False


def _work(engine: Engine, settings: Settings, worker: JobWorker, stopped: threading.Event) -> int:
    """Sweep each minute and watch over the worker's name; a database that is away is asked again next time."""
    mailer = make_mailer(settings)
    seconds = 0
    while not stopped.is_set():
        if not worker.keep_name():
            log.error("somebody else has the name of this worker; it ends, to be started anew")
            return 1
        if seconds % SWEEP_SECONDS == 0:
            _attempt(lambda: fire_due(engine, now=read_clock(), stopped=stopped))
            _attempt(lambda: send_due(engine, mailer, settings, now=read_clock()))
            _attempt(lambda: remove_due(engine, now=read_clock()))
        stopped.wait(LOOK_SECONDS)
        seconds += LOOK_SECONDS
    return 0
