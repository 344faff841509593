"""What a backup under eight writers comes to when it is restored elsewhere: one moment, whole, and safe to start."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.at_work import at_work
from bench.fault_ground import Ground, find_port, installed, serving_site
from bench.fault_kept import Press, Waiting, make_waiting
from bench.fault_saves import Writer, found_writers
from bench.servers import Call
from review import create_app
from review.adapters.mail import make_mailer
from review.config import ROOT, JobsMode, Settings
from review.extensions import db, make_engine
from review.models import AuditEvent, Base, PacketFile
from review.services.audit import find_break
from review.worker import sweep
from tests.conftest import environment, make_settings
from tests.faults.processes import wait_for

BACKUPS = {True: 1, False: 20}
"""How many backups there are on each database with saves acknowledged meanwhile; True: quick."""
MOST = 400
"""How many backups there are at the most, those counted beside which nobody happened to save."""
LATER = timedelta(days=1, minutes=1)
"""When all mails that wait are due."""
SERVED = 200
MOVING = frozenset(
    {
        "audit_event",
        "audit_head",
        "person_key",
        "request_key",
        "case",
        "packet",
        "packet_file",
        "self_review",
        "rating",
        "rating_line",
        "rating_change",
        "evidence",
        "evidence_tag",
        "feedback",
        "feedback_answer",
    }
)
"""What is written to meanwhile: looked at by what the writers, the trail and the files say."""
ENDED = frozenset({"message", "sign_in", "invite_link", "timer"})
"""What is ended or held back on purpose in a place that is restored."""
WRONG = ("lost", "doubled", "half", "rows_wrong", "files_wrong", "breaks_in_trail", "mailed", "opened")


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup: how many saves each writer had been told of when it began and when it had ended; files likewise."""

    file: Path
    began: tuple[int, ...]
    ended: tuple[int, ...]
    printed: int

    @property
    def meanwhile(self) -> int:
        """Return how many saves were acknowledged while it was made."""
        return sum(self.ended) - sum(self.began)


@dataclass(slots=True)
class Installation:
    """What is backed up: who writes in it, what is printed in it, what waits in it; `check` raises what stopped one."""

    settings: Settings
    writers: list[Writer]
    press: Press
    waiting: Waiting
    check: Callable[[], None]

    def back_up(self, file: Path) -> Taken:
        """Back up once everybody has saved, and a file has been printed, since the last time."""
        before, printed = self._count(), self.press.printed

        def has_moved() -> bool:
            self.check()
            return self.press.printed > printed and all(map(int.__gt__, self._count(), before))

        wait_for(has_moved, self.settings)
        began, printed = self._count(), self.press.printed
        run_command(self.settings, "backup", str(file), "--force")
        return Taken(file, began, self._count(), printed)

    def _count(self) -> tuple[int, ...]:
        return tuple(len(writer.saved) for writer in self.writers)


def measure_backups(ground: Ground, *, backups: int | None = None) -> dict[str, object]:
    """Back up again and again while eight write and files are printed; restore each elsewhere and look at it there."""
    wanted, found = backups or BACKUPS[ground.is_quick], Counter[str]()
    with _places(ground) as (url, places):
        settings = installed(ground.folder, url)
        writers = found_writers(settings)
        waiting, press = make_waiting(settings), Press(settings)
        with serving_site(settings):
            found["opened_before"] = sum(status == SERVED for status in _knock(settings, waiting))
            for place in places:
                with at_work(*(writer.write_until for writer in writers), press.print_until) as check:
                    here = Installation(settings, writers, press, waiting, check)
                    taken = here.back_up(ground.folder / "backup.tar")
                run_command(place, "restore", str(taken.file))
                found.update(made=1, counted=taken.meanwhile > 0, acknowledged=taken.meanwhile)
                found.update(_check(here, place, taken))
                rmtree(place.var_dir)
                if found["counted"] >= wanted:
                    break
    figures = {f"backups_{name}": found[name] for name in ("acknowledged", "opened_before", "files", *WRONG)}
    return {"backups": found["counted"], "backups_made": found["made"], **figures, "backups_waiting": waiting.mails}


def run_command(settings: Settings, *words: str) -> None:
    """Run a command of an installation as an operator does; raise RuntimeError with what it said when it fails."""
    command = [sys.executable, "-m", "review.cli", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment(settings), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr[-4000:]}")


@contextmanager
def _places(ground: Ground) -> Iterator[tuple[str, Iterator[Settings]]]:
    """Give the address of a database, and empty places of the same kind, each with a folder of its own."""

    def make(number: int, url: str) -> Settings:
        folder = ground.folder / f"place{number}"
        folder.mkdir()
        return make_settings(url.format(folder=folder), folder, jobs=JobsMode.DBOS)

    if not ground.database_url:
        yield ground.url, (make(number, "sqlite:///{folder}/restored.db") for number in range(MOST))
        return
    with ground.own_server(is_durable=True) as (server, name):
        yield server.url(name), (make(number, server.url(server.create_database())) for number in range(MOST))


def _knock(settings: Settings, waiting: Waiting) -> list[int]:
    """Return what the pages of the links and, to who was signed in, the home page answer."""
    port = find_port(settings)
    links = [Call(port, path).send()[0] for path in waiting.links]
    return [*links, Call(port, "/", headers=waiting.headers).send()[0]]


def _check(here: Installation, place: Settings, taken: Taken) -> Counter[str]:
    """Hold a restored place against the installation and what its writers were told; only `files` is no fault."""
    source, engine = make_engine(here.settings), make_engine(place)
    with Session(engine) as session:
        found = Counter(breaks_in_trail=int(find_break(session) is not None))
        for writer, began, ended in zip(here.writers, taken.began, taken.ended, strict=True):
            found.update(check_writer(session, writer, began, ended))
        found.update(_check_files(session, place, taken.printed))
    found["rows_wrong"] = sum(ours != theirs for ours, theirs in zip(_rows(source), _rows(engine), strict=True))
    found["opened"] = _count_opened(place, here.waiting)
    sweep(engine, make_mailer(place), place, now=datetime.now(UTC) + LATER)
    found["mailed"] = len([*Path(place.mail.removeprefix("file:")).glob("*.eml")])
    source.dispose()
    engine.dispose()
    return found


def check_writer(session: Session, writer: Writer, began: int, ended: int) -> Counter[str]:
    """Hold what is stored of somebody against what they were told by when the backup began and had ended.

    Text and trail must tell of the same save: one at the most was on its way at the end.
    """
    same = (AuditEvent.kind == writer.kind, AuditEvent.case_id == writer.case_id)
    events = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent).where(*same)) or 0
    numbered = re.match(rf"{re.escape(writer.kind)} {writer.case_id} (\d+): ", session.scalars(writer.stored).one())
    saved = int(numbered[1]) + 1 if numbered else 0
    return Counter(
        lost=max(began - saved, began - events, 0), doubled=max(events - ended - 1, 0), half=int(saved != events)
    )


def _check_files(session: Session, place: Settings, printed: int) -> Counter[str]:
    """Count the files that are named in a restored place, and those that are not as they were, or not named."""
    named = session.execute(sa.select(PacketFile.path, PacketFile.digest)).all()
    found = Counter(files=len(named), files_wrong=max(printed - len(named), 0))
    for path, digest in named:
        file = place.files_dir / str(path)
        found["files_wrong"] += not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest
    return found


def _rows(engine: sa.Engine) -> Iterator[list[tuple[object, ...]]]:
    """Return the rows of each table that nobody writes to meanwhile and that a restored place keeps as they are."""
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in MOVING | ENDED:
                yield [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]


def _count_opened(place: Settings, waiting: Waiting) -> int:
    """Count the links, and sign-ins, of before that open a page in a restored place."""
    app = create_app(place)
    client = app.test_client(use_cookies=False)
    pages = [client.get(path) for path in waiting.links] + [client.get("/", headers=waiting.headers)]
    with app.app_context():
        db.engine.dispose()
    return sum(page.status_code == SERVED for page in pages)
