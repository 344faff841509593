"""What a save loses: eight write on while kill -9 hits web servers, the worker and PostgreSQL, again and again."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event
from typing import Any

import psutil
import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.browsers import browse_as
from bench.fault_ground import Ground, find_port, founding, installed
from bench.pages import NOW, found_company
from bench.voters import Browser
from review.config import Settings
from review.domain.evidence_draft import EvidenceDraft, Tag
from review.extensions import make_engine
from review.models import AuditEvent, Case, Evidence, Feedback, FeedbackAnswer, Rating, RatingLine, SelfReview
from review.services.audit import find_break
from review.services.evidence import add_evidence
from tests.faults.processes import log_of, running
from tests.postgres import PostgresServer

KILLS = {True: 3, False: 220}
"""How many processes are killed on each database; True: quick."""
SAVES_BETWEEN = {True: 10, False: 50}
"""How many saves are acknowledged after one kill before the next."""
LOOK_SECONDS, LONGEST = 0.02, 1800.0
YOUNG_SECONDS, MOST_YOUNG = 20, 3
"""`serve` gives up what keeps dying young: its own two processes are killed young no more than so often in a row."""
SEED = 2026
CRITERION = "hard-skills"
WORDS = "Over two quarters the teams agreed what a berth costs, wrote it down, and kept to it. " * 8


@dataclass(slots=True)
class Writer:
    """Somebody at a form that keeps what they type; knows what was answered to every save."""

    kind: str
    case_id: int
    path: str
    names: tuple[str, dict[str, str]]
    stored: sa.Select[Any]
    browser: Browser
    version: int = 0
    saved: list[str] = field(default_factory=list)
    unknown: int = 0

    def write_until(self, is_over: Event) -> None:
        """Save one text after the other; one whose answer is lost is sent again until it is answered."""
        name, others = self.names
        while not is_over.is_set():
            words = f"{self.kind} {self.case_id} {len(self.saved)}: {WORDS}".strip()
            fields = {name: words, "version": str(self.version), **others}
            status, answer, is_doubtful = self.browser.press(self.path, fields, is_autosave=True)
            if status not in (200, 303):
                raise RuntimeError(f"{self.path} answered {status}: {answer[:2000]}")
            self.version = json.loads(answer)["version"] if status == 200 else self.version + 1
            self.saved.append(words)
            self.unknown += is_doubtful


@dataclass(slots=True)
class Killer:
    """Kills one process after the other: which, is drawn."""

    serve: psutil.Popen
    settings: Settings
    server: PostgresServer | None
    draw: Random
    killed: Counter[str] = field(default_factory=Counter)
    young: Counter[str] = field(default_factory=Counter)

    def kill(self) -> None:
        """Kill a web process, the web server's first, the worker, a backend of PostgreSQL or PostgreSQL itself."""
        ways: list[tuple[int, Callable[[], bool]]] = [(5, self._web), (2, self._web_server), (2, self._worker)]
        if self.server is not None:
            ways += [(3, self._backend), (1, self._postgresql)]
        weights, choices = zip(*ways, strict=True)
        while not self.draw.choices(choices, weights)[0]():
            time.sleep(LOOK_SECONDS)

    def _web(self) -> bool:
        servers = self._parts("gunicorn")
        workers = servers[0].children() if servers else []
        return bool(workers) and self._end("web", self.draw.choice(workers))

    def _web_server(self) -> bool:
        return self._part("web_server", "gunicorn")

    def _worker(self) -> bool:
        return self._part("worker", "worker")

    def _part(self, name: str, word: str) -> bool:
        found = self._parts(word)
        if not found:
            return False
        is_young = time.time() - found[0].create_time() < YOUNG_SECONDS
        if is_young and self.young[name] >= MOST_YOUNG:
            return False
        self.young[name] = self.young[name] + 1 if is_young else 0
        return self._end(name, found[0])

    def _parts(self, word: str) -> list[psutil.Process]:
        return [each for each in self.serve.children() if word in _command(each)]

    def _end(self, name: str, process: psutil.Process) -> bool:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            return False
        self.killed[name] += 1
        return True

    def _backend(self) -> bool:
        url = sa.make_url(self.settings.database_url)
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() ORDER BY pid"
        try:
            with psycopg.connect(host=url.host, port=url.port, user=url.username, dbname=url.database) as connection:
                found = connection.execute(query, [url.database]).fetchall()
        except psycopg.OperationalError:  # it is coming back from the last kill
            return False
        if not found:
            return False
        os.kill(self.draw.choice(found)[0], signal.SIGKILL)
        self.killed["backend"] += 1
        return True

    def _postgresql(self) -> bool:
        assert self.server is not None
        self.server.kill()
        self.killed["postgresql"] += 1
        self.server.start()
        return True


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def measure_saves(ground: Ground, *, kills: int | None = None) -> dict[str, object]:
    """Write and kill; return how many saves were acknowledged, and how many of those are not there or there twice."""
    kills = KILLS[ground.is_quick] if kills is None else kills
    with _database(ground) as (server, url):
        settings = installed(ground.folder, url, web_workers=2 if ground.is_quick else 4)
        writers = found_writers(settings)
        with running(settings, "bench.fault_serve") as serve:
            killer = Killer(serve, settings, server, Random(SEED))
            took_s = _write_under_fire(writers, killer, kills, SAVES_BETWEEN[ground.is_quick])
        engine = make_engine(settings)
        with Session(engine) as session:
            found = check_saves(session, writers)
        engine.dispose()
    kinds = {f"kills_{name}": count for name, count in sorted(killer.killed.items())}
    killed = killer.killed.total()
    return {"kills": killed, "injected": killed, **kinds, **found, "saves_s": round(took_s)}


@contextmanager
def _database(ground: Ground) -> Iterator[tuple[PostgresServer | None, str]]:
    """Give a database to be killed, with the server where there is one; its commits reach the disk."""
    if not ground.database_url:
        yield None, ground.url
        return
    with ground.own_server(is_durable=True) as (server, name):
        yield server, server.url(name)


def _write_under_fire(writers: list[Writer], killer: Killer, kills: int, between: int) -> float:
    is_over, began = Event(), time.monotonic()
    with ThreadPoolExecutor(len(writers)) as pool:
        writing = [pool.submit(writer.write_until, is_over) for writer in writers]
        try:
            _wait_for_saves(writers, between, writing, killer.settings)
            for _ in range(kills):
                killer.kill()
                _wait_for_saves(writers, between, writing, killer.settings)
        finally:
            is_over.set()
        for each in writing:
            each.result(LONGEST)
    return time.monotonic() - began


def _wait_for_saves(writers: list[Writer], more: int, writing: list[Any], settings: Settings) -> None:
    """Wait until so many more saves have been acknowledged; fail with what the processes wrote when none come."""
    wanted, end = _count(writers) + more, time.monotonic() + LONGEST
    while _count(writers) < wanted:
        time.sleep(LOOK_SECONDS)
        if any(each.done() for each in writing) or time.monotonic() > end:
            raise RuntimeError(log_of(settings).read_text()[-4000:])


def _count(writers: list[Writer]) -> int:
    return sum(len(writer.saved) for writer in writers)


def check_saves(session: Session, writers: list[Writer]) -> dict[str, int]:
    """Hold what is stored, and the trail, against what each writer was told."""
    found = Counter(acknowledged=0, lost=0, doubled=0, unknown=0)
    for writer in writers:
        same = (AuditEvent.kind == writer.kind, AuditEvent.case_id == writer.case_id)
        events = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent).where(*same)) or 0
        stored, saved = session.scalars(writer.stored).one(), len(writer.saved)
        found.update(acknowledged=saved, unknown=writer.unknown)
        found.update(lost=max(saved - events, 0) + (stored != writer.saved[-1]), doubled=max(events - saved, 0))
    return {"writers": len(writers), **found, "breaks_in_trail": int(find_break(session) is not None)}


def found_writers(settings: Settings) -> list[Writer]:
    """Found a company of four cases; two people write on each."""
    writers: list[Writer] = []
    with founding(settings) as (app, session):
        people, _ = found_company(session, 4)
        cases = session.scalars(sa.select(Case).order_by(Case.id)).all()
        requests = {row.case_id: row for row in session.scalars(sa.select(Feedback))}
        headers = {key: browse_as(app, session, number) for key, (number, _) in people.items()}
        for place, case in enumerate(cases):
            candidate = f"c{place}"
            if place < len(cases) // 2:
                desks = [(candidate, _self_review(case.id)), ("manager", _rating(case.id))]
            else:
                requests[case.id].state = "writing"
                draft = EvidenceDraft("Berths", "Begun.", tags=(Tag(CRITERION),))
                row = add_evidence(session, case.id, draft, actor=people[candidate][1], now=NOW)
                assert row is not None
                desks = [(candidate, _evidence(row)), ("giver", _feedback(requests[case.id]))]
            for key, (kind, path, names, stored, version) in desks:
                browser = Browser(find_port(settings), headers[key], is_patient=True)
                writers.append(Writer(kind, case.id, path, names, stored, browser, version))
    return writers


Desk = tuple[str, str, tuple[str, dict[str, str]], sa.Select[Any], int]
"""A kind of event, an address, the field that is typed in and the others, where it is kept, the version at first."""


def _self_review(case_id: int) -> Desk:
    stored = sa.select(SelfReview.body).where(SelfReview.case_id == case_id)
    return "self_review.draft", f"/cases/{case_id}/self-review/{CRITERION}", ("self_review", {}), stored, 0


def _rating(case_id: int) -> Desk:
    others = {"criterion": CRITERION, "value": "4"}
    return "rating.draft", f"/cases/{case_id}/first-view", ("justification", others), _line(case_id), 0


def _line(case_id: int) -> sa.Select[Any]:
    mine = sa.select(Rating.id).where(Rating.case_id == case_id)
    return sa.select(RatingLine.justification).where(RatingLine.rating_id.in_(mine))


def _evidence(row: Evidence) -> Desk:
    others = {"title": "Berths", "tags": CRITERION}
    stored = sa.select(Evidence.done).where(Evidence.id == row.id)
    return "evidence.edit", f"/cases/{row.case_id}/evidence/{row.id}", ("done", others), stored, row.version


def _feedback(row: Feedback) -> Desk:
    others = {"effect": "Signed.", "rating": "4"}
    stored = sa.select(FeedbackAnswer.done).where(FeedbackAnswer.feedback_id == row.id)
    path = f"/cases/{row.case_id}/feedback/{row.id}?criterion={CRITERION}"
    return "feedback.draft", path, ("done", others), stored, 0
