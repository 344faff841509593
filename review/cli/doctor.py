"""`dualtrack doctor`: what is unsafe or missing in this installation, and how to mend it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

import click
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from review.adapters.clock import read_clock
from review.adapters.connections import only_reading
from review.adapters.job_slots import count_living
from review.adapters.revisions import can_serve, newest_revision, read_revision
from review.cli.database import LOCK
from review.cli.doctor_hooks import find_in_hooks
from review.cli.doctor_lists import find_in_lists
from review.cli.doctor_places import (
    Finding,
    find_in_connections,
    find_in_folders,
    find_in_server,
    find_in_settings,
    find_missing_libraries,
    find_open_to_others,
    find_plain_database,
    try_mail,
)
from review.cli.doctor_sign_in import find_in_provider, find_in_tokens
from review.cli.doctor_signing import MAKE, find_in_signing, name_signing_key
from review.config import JobsMode, Settings, read_settings
from review.domain.text import plural
from review.models import Message, PacketFile, Person, Timer
from review.queries.operating import find_last_backup, find_newest_event, load_jobs
from review.services.audit import find_break

LATE = timedelta(hours=1)
OLD_BACKUP = timedelta(days=7)
SKEW = timedelta(seconds=30)
LOOKED_AT = 20


@click.command()
@click.option("--mail", "tries_mail", is_flag=True, help="Connect to the mail server, too; no mail is sent.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def doctor(*, tries_mail: bool, is_json: bool) -> None:
    """Look at this installation; exit status 1 when there is something to mend."""
    settings = read_settings()
    findings = [*examine(settings, now=read_clock()), *(try_mail(settings) if tries_mail else ())]
    key = name_signing_key(settings)
    if is_json:
        told = {"findings": [asdict(finding) for finding in findings], "signing_key": key}
        click.echo(json.dumps(told, indent=2))
    else:
        for finding in findings:
            click.echo(f"- {finding.what}\n  {finding.mend}")
        click.echo(f"Packets are signed with the key {key}." if key else f"Packets are not signed; {MAKE} makes a key.")
        click.echo(f"{len(findings)} to mend." if findings else "All is well.")
    sys.exit(1 if findings else 0)


def examine(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Yield everything that is unsafe or missing; nobody who saves waits meanwhile."""
    from review.extensions import make_engine

    yield from find_in_settings(settings)
    yield from find_plain_database(settings)
    yield from find_missing_libraries()
    yield from find_in_folders(settings)
    yield from find_open_to_others(settings)
    yield from find_in_signing(settings)
    yield from find_in_provider(settings, now=now)
    engine = only_reading(make_engine(settings))
    try:
        in_database = list(find_in_database(engine, now=now))
        yield from in_database
        if not in_database or in_database[0].mend != AWAY:
            yield from find_in_server(engine, settings)
            yield from find_in_connections(engine, settings)
            yield from find_in_work(engine, settings, now=now)
    finally:
        engine.dispose()


AWAY = "Look at DATABASE_URL and at the server."


def find_in_database(engine: Engine, *, now: datetime) -> Iterator[Finding]:
    """Yield a database that is away or of another version, and work that has come to a stop in it."""
    try:
        with Session(engine) as session:
            revision = read_revision(engine)
            if not can_serve(revision):
                yield Finding(f"The database is at revision {revision}.", "dualtrack db migrate")
                return
            if revision != newest_revision():
                what = f"The database is at revision {revision}, a newer version's."
                yield Finding(what, "Bring this host to that version, too.")
            yield from _find_stopped_work(session, now)
            yield from find_in_tokens(session, now=now)
            yield from find_in_hooks(session, now=now)
            yield from find_in_lists(session)
    except SQLAlchemyError as error:
        yield Finding(f"The database does not answer: {error}", AWAY)


def find_in_work(engine: Engine, settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Yield a missing worker, failed jobs, an old backup, a clock that is behind, and a trail that is not whole."""
    if not can_serve(read_revision(engine)):
        return
    with Session(engine) as session:
        jobs = load_jobs(session, now=now)
        yield from _find_missing_prints(session, settings)
        last_backup, newest, broken = find_last_backup(session), find_newest_event(session), find_break(session)
    workers = count_living(engine, settings.var_dir / "slots", but=LOCK)
    if settings.jobs is JobsMode.DBOS and not workers:
        wait = f"; the oldest of {jobs.waiting} jobs waits for {jobs.oldest_wait:.0f} s" if jobs.waiting else ""
        yield Finding(f"No worker runs{wait}.", "Start `dualtrack serve`, or `dualtrack worker` on any host.")
    if jobs.failed:
        yield Finding(
            str(plural("%(count)s job has failed for good.", "%(count)s jobs have failed for good.", jobs.failed)),
            "The log of the worker says why; mend it and ask again.",
        )
    if last_backup is None and not settings.is_demo:
        yield Finding("No backup was ever made.", "dualtrack backup FILE, each night, to another machine")
    elif last_backup is not None and now - last_backup > OLD_BACKUP:
        yield Finding(f"The last backup is {(now - last_backup).days} days old.", "dualtrack backup FILE")
    if newest - now > SKEW:
        yield Finding(f"The clock is behind: the newest event is of {newest:%Y-%m-%d %H:%M} UTC.", "Run an NTP client.")
    if broken is not None:
        yield Finding(
            f"The audit trail is broken at event {broken}.",
            "Is AUDIT_KEY the key of before? Else somebody changed the database: compare with a backup.",
        )


def _find_missing_prints(session: Session, settings: Settings) -> Iterator[Finding]:
    """Yield that what was printed last does not lie where this host looks for it."""
    newest = sa.select(PacketFile.path).where(PacketFile.state == "ready").order_by(PacketFile.id.desc())
    paths = session.scalars(newest.limit(LOOKED_AT)).all()
    missing = sum(not (settings.files_dir / (path or "")).is_file() for path in paths)
    if missing:
        yield Finding(
            f"{missing} of the last {len(paths)} printed packets are not in {settings.files_dir}.",
            "All hosts share one FILES_DIR; what was lost is printed anew for whoever asks for it.",
        )


def _find_stopped_work(session: Session, now: datetime) -> Iterator[Finding]:
    late = session.scalar(
        sa.select(sa.func.count()).where(
            Message.sent_at.is_(None),
            Message.dropped_at.is_(None),
            Message.created_at < now - LATE,
            Message.attempts > 0,
        )
    )
    if late:
        error = session.scalar(sa.select(Message.last_error).where(Message.last_error.is_not(None)).limit(1))
        what = plural("%(count)s mail", "%(count)s mails", late)
        yield Finding(f"{what} could not be sent for over an hour: {error}", "Look at MAIL and at the mail server.")
    failed = session.scalar(sa.select(sa.func.count()).where(PacketFile.state == "failed"))
    if failed:
        error = session.scalar(sa.select(PacketFile.error).where(PacketFile.state == "failed").limit(1))
        what = plural("%(count)s packet", "%(count)s packets", failed)
        yield Finding(f"{what} could not be printed: {error}", "The page Printing says which, and tries them again.")
    waiting = session.scalar(sa.select(sa.func.count()).where(Timer.done_at.is_(None), Timer.due_at < now - LATE))
    if waiting:
        what = plural("%(count)s timer has", "%(count)s timers have", waiting)
        yield Finding(
            f"{what} been due for over an hour: no worker runs, or firing fails.",
            "dualtrack tick tries them again and says why they fail; a worker says it in its log.",
        )
    if not session.scalar(sa.select(sa.func.count()).where(Person.is_active)):
        yield Finding("There is nobody in the directory.", "dualtrack people import FILE")
