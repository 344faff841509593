"""People who read and save over HTTP through a balancer while processes come and go; what each was answered."""

from __future__ import annotations

import html
import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Event, Lock
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.at_work import at_work
from bench.browsers import browse_as
from bench.pages import found_company
from review import create_app
from review.config import JobsMode, Settings
from review.extensions import db
from review.models import AuditEvent, Case, SelfReview, Timer
from review.services.audit import find_break
from review.web.answers import AUTOSAVE_HEADER

CRITERION, KIND = "hard-skills", "self_review.draft"
WORDS = "Over two quarters the teams agreed what a berth costs, wrote it down, and kept to it. " * 4
PATIENCE_SECONDS, LOOK_SECONDS, PRESS_AGAIN_SECONDS, PACE_SECONDS = 600, 0.1, 0.2, 0.2
READY, AWAY = 200, 503


@dataclass(slots=True)
class Balancer:
    """Sends each request to one of several addresses, by turns; passes by those that are not ready or refuse.

    What was sent and not answered is not sent to another: that could do it twice.
    """

    addresses: list[tuple[str, int]]
    told: Counter[str] = field(default_factory=Counter)
    unready: frozenset[tuple[str, int]] = frozenset()
    _turns: Iterator[int] = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)

    def send(self, path: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, str]:
        """Return status and text of the answer; OSError or HTTPException when it was cut, or all refused."""
        turn, addresses = next(self._turns), self.addresses
        around = [addresses[(turn + place) % len(addresses)] for place in range(len(addresses))]
        for address in sorted(around, key=lambda each: each in self.unready):
            connection = http.client.HTTPConnection(*address, timeout=PATIENCE_SECONDS)
            try:
                connection.connect()
            except OSError:
                self._tell("passed_by")
                continue
            try:
                return _ask(connection, path, body, headers)
            except (OSError, http.client.HTTPException):
                self._tell("cut")
                raise
            finally:
                connection.close()
        self._tell("refused")
        raise ConnectionRefusedError

    def watch(self, is_over: Event) -> None:
        """Ask each address again and again whether it is ready."""
        while not is_over.wait(LOOK_SECONDS):
            self.unready = frozenset(each for each in self.addresses if not is_ready(each))

    def _tell(self, what: str) -> None:
        with self._lock:
            self.told[what] += 1


def is_ready(address: tuple[str, int]) -> bool:
    """Tell whether a web server says that it is ready."""
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE_SECONDS)
    try:
        return _ask(connection, "/ready", None, {})[0] == READY
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _ask(
    connection: http.client.HTTPConnection, path: str, body: str | None, headers: Mapping[str, str]
) -> tuple[int, str]:
    form = {} if body is None else {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("GET" if body is None else "POST", path, body, {**headers, **form})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@dataclass(slots=True)
class Writer:
    """A candidate who reads the case and goes on writing; sends again what was not saved, until it is."""

    case_id: int
    headers: Mapping[str, str]
    balancer: Balancer
    saved: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    version: int = 0

    def write_until(self, is_over: Event) -> None:
        """Read, save, and so on."""
        while not is_over.is_set():
            self._press(f"/cases/{self.case_id}", None)
            words = f"{self.case_id}, {len(self.saved)}: {WORDS}".strip()
            self._save(words, is_over)
            is_over.wait(PACE_SECONDS)

    def _save(self, words: str, is_over: Event) -> None:
        path = f"/cases/{self.case_id}/self-review/{CRITERION}"
        body = urlencode({"self_review": words, "version": str(self.version)})
        while True:
            status, text = self._press(path, body)
            if status == READY:
                self.version = json.loads(text)["version"]
                self.saved.append(words)
                return
            if status == AWAY:
                self.told["kept"] += words in html.unescape(text)
            elif status:
                raise RuntimeError(f"{path} answered {status}: {text[:2000]}")
            is_over.wait(PRESS_AGAIN_SECONDS)

    def _press(self, path: str, body: str | None) -> tuple[int, str]:
        """Return status and text; 0 when there was no answer."""
        verb = "save" if body else "read"
        try:
            status, text = self.balancer.send(path, body, {**self.headers, **({AUTOSAVE_HEADER: "1"} if body else {})})
        except (OSError, http.client.HTTPException):
            self.told[f"{verb} unanswered"] += 1
            return 0, ""
        self.told[f"{verb} {status}"] += 1
        return status, text


def found_writers(settings: Settings, balancer: Balancer, size: int) -> list[Writer]:
    """Found a company in a database whose tables are made; its candidates are signed in, nothing is due."""
    app = create_app(replace(settings, jobs=JobsMode.INLINE))
    with app.app_context():
        session = db.session()
        people, _ = found_company(session, size)
        numbers = {row.candidate_id: row.id for row in session.scalars(sa.select(Case))}
        candidates = [people[f"c{place}"][0] for place in range(size)]
        writers = [Writer(numbers[each], browse_as(app, session, each), balancer) for each in candidates]
        session.execute(sa.delete(Timer))
        session.commit()
        db.session.remove()
        db.engine.dispose()
    return writers


def writing(writers: Sequence[Writer]) -> AbstractContextManager[Callable[[], None]]:
    """Let all write, and the balancer look who is ready, until this ends; see at_work()."""
    return at_work(*(writer.write_until for writer in writers), writers[0].balancer.watch)


def check_writers(session: Session, writers: Sequence[Writer]) -> dict[str, int]:
    """Hold what is stored, and the trail, against what each writer was told."""
    told = sum((writer.told for writer in writers), Counter[str]())
    found = Counter(lost=0, doubled=0)
    for writer in writers:
        stored = session.scalar(sa.select(SelfReview.body).where(SelfReview.case_id == writer.case_id))
        same = (AuditEvent.kind == KIND, AuditEvent.case_id == writer.case_id)
        events = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent).where(*same)) or 0
        saved = len(writer.saved)
        found.update(lost=max(saved - events, 0) + (stored != writer.saved[-1]), doubled=max(events - saved, 0))
    broken = [count for name, count in told.items() if name.split()[-1].startswith("5") and name.split()[-1] != "503"]
    return {
        "writers": len(writers),
        "read": told["read 200"],
        "acknowledged": sum(len(writer.saved) for writer in writers),
        **found,
        "errors_500": sum(broken),
        "told_503": told["read 503"] + told["save 503"],
        "text_gone": told["save 503"] - told["kept"],
        "unanswered": told["read unanswered"] + told["save unanswered"],
        "breaks_in_trail": int(find_break(session) is not None),
    }
