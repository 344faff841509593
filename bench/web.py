"""How fast pages and saves are, beside a bare page on the same rows, in real server processes, on either database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count, islice, repeat
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from bench.at_rest import measure_memory, waiting_worker
from bench.browsers import environment_of
from bench.compare import WORKERS, Pair, warm_up
from bench.live import found_committee, measure_live
from bench.pages import make_app
from bench.reviews import CASES
from bench.servers import Call, compile_ahead, running
from bench.web_company import (
    EMAIL,
    FLOOR,
    OWN,
    PASSWORD,
    WORDS,
    WRITERS,
    Company,
    count_statements,
    found_measured,
    list_pages,
)
from bench.weights import measure_bytes, measure_export, measure_growth, measure_hash
from review.extensions import db
from review.models import Base
from review.web.answers import AUTOSAVE_HEADER
from tests.postgres import PostgresServer

ROUNDS = {True: 20, False: 200}
"""How often each page and each save is asked for; True: quick."""
UNCHANGED = 304
WARM_UP = 2 * WORKERS
"""Requests before those that count: each process reads templates and builds its statements once."""
PACE_SECONDS = 2.0
"""How soon after a save a page saves again at the earliest, as app.js waits."""


def measure_web(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Return the median milliseconds of each page and save, as ratios to the bare page too, and their statements."""
    path, rounds = folder / "web.db", ROUNDS[is_quick]
    with waiting_worker(folder) as worker:
        company, counted = _found_counted(path, is_quick=is_quick)
        committee = found_committee(folder / "live.db")
        worker.settle()
        figures = _measure_server(folder, company, rounds, environment_of(path))
        figures |= measure_live(folder, committee, is_quick=is_quick) | worker.tell()
    return {"runs": rounds, "cases": CASES, **figures, **counted}


def measure_web_on_postgresql(folder: Path, *, is_quick: bool) -> dict[str, object]:
    """Return the same of pages and saves on PostgreSQL, which does not wait for the disk for either server."""
    with PostgresServer() as server:
        url, rounds = server.url(server.create_database()), ROUNDS[is_quick]
        company, counted = _found_counted(folder / "web.db", url, is_quick=is_quick)
        environment = {**environment_of(folder / "web.db"), "DATABASE_URL": url, "FLOOR_DATABASE": url}
        figures = _measure_server(folder, company, rounds, environment)
    return {"runs": rounds, "cases": CASES, **figures, **counted}


def _found_counted(path: Path, url: str = "", *, is_quick: bool) -> tuple[Company, dict[str, int]]:
    """Found the company in a database of its own; return it and the statements of its pages and saves."""
    app = make_app(path, url)
    app.extensions["clock"] = lambda: datetime.now(UTC)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        company = found_measured(app, db.session(), is_quick=is_quick)
        db.session.remove()
        if url:  # as PostgreSQL does of its own accord, which the tests' own server is told to leave
            db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"}).exec_driver_sql("ANALYZE")
            db.session.remove()
    counted = count_statements(app, company)
    with app.app_context():
        db.engine.dispose()
    return company, {f"{name}_statements": count for name, count in counted.items()}


def _measure_server(folder: Path, company: Company, rounds: int, environment: Mapping[str, str]) -> dict[str, object]:
    """Start the product's server and the bare one; ask both by turns."""
    compile_ahead()
    began = time.perf_counter()
    with running("wsgi:app", folder, environment, WORKERS) as server:
        own = server.port
        Call(own, "/sign-in").time()
        figures: dict[str, object] = {"cold_start_s": round(time.perf_counter() - began, 2)}
        with running("bench.floor:app", folder, environment, WORKERS) as bare:
            pair = Pair(server, bare)
            figures |= measure_export(company, server) | measure_bytes(company, own)
            figures |= _measure_pages(company, pair, rounds) | _measure_revisit(company, own, rounds)
            figures |= measure_growth(company, server, rounds)
            figures |= _measure_saves(company, pair, rounds)
            figures |= _measure_sign_in(company, pair, rounds)
        return figures | _measure_autosave(company, own, rounds) | measure_memory(own)


def _measure_pages(company: Company, pair: Pair, rounds: int) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name, (who, path, floor) in list_pages(company).items():
        headers = company.headers[who]
        calls = Call(pair.own.port, path, headers=headers), Call(pair.bare.port, floor, headers=headers)
        warm_up(pair.own, repeat(calls[0]))
        warm_up(pair.bare, repeat(calls[1]))
        figures |= pair.compare(name, repeat(calls, rounds))
    return figures


def _measure_revisit(company: Company, own: int, rounds: int) -> dict[str, object]:
    """Time a list that the browser holds, asked for again before anything has happened."""
    who, path, _ = list_pages(company)["cases_50"]
    held, taken = company.headers[who], []
    for _ in range(WARM_UP + rounds):
        again = Call(own, path, headers={**held, "If-None-Match": Call(own, path, headers=held).find_word()})
        taken.append(again.time())
    if again.send()[0] != UNCHANGED:
        raise RuntimeError(f"{path} is written again though nothing has happened")
    return {"revisit_ms": round(median(taken[WARM_UP:]), 2)}


def _measure_saves(company: Company, pair: Pair, rounds: int) -> dict[str, object]:
    headers, case = company.headers["manager"], company.case_id

    def write(port: int, path: str, **more: str) -> Iterator[Call]:
        for version in count(1):
            typed = {"justification": f"{version} {WORDS}", "value": "4", "version": str(version), **more}
            yield Call(port, path, urlencode(typed), headers)

    own = write(pair.own.port, f"/cases/{case}/first-view", criterion=OWN)
    bare = write(pair.bare.port, f"/form/{case}/{FLOOR}")
    warm_up(pair.own, own, at_once=1)
    warm_up(pair.bare, bare, at_once=1)
    return pair.compare("save", islice(zip(own, bare, strict=False), rounds))


def _measure_sign_in(company: Company, pair: Pair, rounds: int) -> dict[str, object]:
    """Time the sign-in with a password, and the hash alone; the bare page checks the same hash and writes a row."""
    body, headers = urlencode({"email": EMAIL, "password": PASSWORD}), company.headers["stranger"]
    known = company.headers["manager"]
    calls = Call(pair.own.port, "/sign-in", body, headers), Call(pair.bare.port, "/sign-in", body, known)
    warm_up(pair.own, repeat(calls[0]))
    warm_up(pair.bare, repeat(calls[1]))
    figures, alone = pair.compare("sign_in", repeat(calls, rounds)), measure_hash(company, pair, rounds)
    beside = float(str(figures["sign_in_cpu_ms"])) - alone
    return figures | {"sign_in_hash_cpu_ms": round(alone, 2), "sign_in_beside_hash_ms": round(beside, 2)}


def _measure_autosave(company: Company, own: int, rounds: int) -> dict[str, object]:
    """Let eight givers save at once: each without a pause, then each every two seconds, as their page does."""
    steady, rush = rounds // 5, rounds // 3

    def write_all(places: range, pace: float) -> list[float]:
        with ThreadPoolExecutor(WRITERS) as pool:
            lists = pool.map(lambda writer: _write(company, own, writer, places, pace), range(WRITERS))
            return [each for one in lists for each in one]

    write_all(range(WARM_UP), 0)
    hurried = write_all(range(WARM_UP, WARM_UP + rush), 0)
    paced = write_all(range(WARM_UP + rush, WARM_UP + rush + steady), PACE_SECONDS)
    return {
        "autosave_writers": WRITERS,
        "autosave_saves": len(paced),
        "autosave_p50_ms": round(median(paced), 1),
        "autosave_p95_ms": round(quantiles(paced, n=20)[-1], 1),
        "autosave_rush_saves": len(hurried),
        "autosave_rush_p50_ms": round(median(hurried), 1),
        "autosave_rush_p95_ms": round(quantiles(hurried, n=20)[-1], 1),
    }


def _write(company: Company, own: int, writer: int, places: range, pace: float) -> list[float]:
    """Return how long each save of a giver took; nobody begins at the same moment as all others."""
    case, feedback = company.requests[writer]
    path, headers = f"/cases/{case}/feedback/{feedback}?criterion={OWN}", company.headers[f"w{writer}"]
    time.sleep(pace * writer / WRITERS)
    taken = []
    for place in places:
        body = urlencode({"done": f"{place} {WORDS}", "effect": "Signed.", "rating": "4", "version": str(place)})
        taken.append(Call(own, path, body, {**headers, AUTOSAVE_HEADER: "1"}).time())
        time.sleep(max(0.0, pace - taken[-1] / 1000))
    return taken
