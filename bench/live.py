"""How screens keep in step while a committee's session is led: a question without news, and forty who ask at once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from statistics import median, quantiles
from threading import Event
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from bench.browsers import browse_as, environment_of
from bench.pages import NOW, found_company, listening, make_app
from bench.servers import Call, serving
from review.extensions import db
from review.models import Base, Case, CaseToken, CommitteeMember, Person, Seat, Vote, VoteLine

CASES, MEMBERS, SCREENS, WORKERS = 23, 8, 40, 4
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
EVERY_SECONDS = 2.0
"""How often an open page asks, as the pages say themselves."""
POLLS, STEPS = {True: 100, False: 500}, {True: 3, False: 20}
WARM_UP, PATIENCE_SECONDS = 12, 30
NO_NEWS = 204


@dataclass(frozen=True, slots=True)
class Committee:
    """A committee whose votes are all revealed; `screens` hold what each browser sends along, the chair's first.

    `statements` is what a question without news takes beside the one that looks the sign-in up.
    """

    path: Path
    statements: int
    url: str
    case_ids: tuple[int, ...]
    screens: tuple[dict[str, str], ...]


@dataclass(slots=True)
class Screen:
    """An open agenda: asks every two seconds and notes how long each answer took and when it held something new."""

    port: int
    poll: str
    headers: dict[str, str]
    taken: list[float] = field(default_factory=list)
    news: list[float] = field(default_factory=list)

    def follow(self, offset: float, is_over: Event) -> None:
        """Ask until it is over, beginning a little later than the others."""
        wait = offset
        while not is_over.wait(wait):
            began = time.perf_counter()
            status, text = Call(self.port, self.poll, headers=self.headers).send()
            ended = time.perf_counter()
            if status >= 400:
                raise RuntimeError(f"{self.poll} answered {status}")
            self.taken.append((ended - began) * 1000)
            if status != NO_NEWS:
                self.poll = find_poll(text)
                self.news.append(ended)
            wait = max(0.0, EVERY_SECONDS - (ended - began))


def measure_live(folder: Path, committee: Committee, *, is_quick: bool) -> dict[str, object]:
    """Measure a question without news and forty screens, on a server of its own with four processes."""
    with serving("wsgi:app", folder, environment_of(committee.path), WORKERS) as port:
        return {
            "live_poll_statements": committee.statements,
            **measure_question(committee, port, is_quick=is_quick),
            **measure_screens(committee, port, is_quick=is_quick),
        }


def measure_question(committee: Committee, port: int, *, is_quick: bool) -> dict[str, object]:
    """Return the milliseconds of a question to which there is nothing new, alone and on the quiet server."""
    headers = committee.screens[-1]
    poll = find_poll(Call(port, committee.url, headers=headers).send()[1])
    call = Call(port, poll, headers=headers)
    if call.send()[0] != NO_NEWS:
        raise RuntimeError(f"{poll} holds news, though nothing has happened")
    taken = [call.time() for _ in range(WARM_UP + POLLS[is_quick])][WARM_UP:]
    return {"live_poll_ms": round(median(taken), 2), "live_poll_p95_ms": round(quantiles(taken, n=20)[-1], 2)}


def measure_screens(committee: Committee, port: int, *, is_quick: bool) -> dict[str, object]:
    """Return how long the last of forty screens waits for the news when the chair moves on, and what asking takes."""
    screens = [
        Screen(port, find_poll(Call(port, committee.url, headers=headers).send()[1]), headers)
        for headers in committee.screens
    ]
    is_over, lags = Event(), []
    with ThreadPoolExecutor(SCREENS) as pool:
        runs = [
            pool.submit(screen.follow, EVERY_SECONDS * place / SCREENS, is_over) for place, screen in enumerate(screens)
        ]
        try:
            for step, pressed_at in enumerate(_press_on(committee, port, STEPS[is_quick]), 1):
                _wait(screens, step)
                lags.append(max(screen.news[step - 1] for screen in screens) - pressed_at)
        finally:
            is_over.set()
        for run in runs:
            run.result()
    taken = [each for screen in screens for each in screen.taken]
    return {
        "live_screens": SCREENS,
        "live_steps": len(lags),
        "live_last_screen_ms": round(median(lags) * 1000),
        "live_last_screen_max_ms": round(max(lags) * 1000),
        "live_screens_polls": len(taken),
        "live_screens_poll_p50_ms": round(median(taken), 1),
        "live_screens_poll_p95_ms": round(quantiles(taken, n=20)[-1], 1),
    }


def _count_statements(app: Flask, url: str, headers: dict[str, str]) -> int:
    client = app.test_client(use_cookies=False)
    poll = find_poll(client.get(url, headers=headers).get_data(as_text=True))
    with listening() as issued:
        status = client.get(poll, headers=headers).status_code
    if status != NO_NEWS:
        raise RuntimeError(f"{poll} answered {status}")
    return len(issued) - 1


def _press_on(committee: Committee, port: int, steps: int) -> Iterator[float]:
    """Let the chair go from criterion to criterion and from case to case; yield when each button was pressed."""
    headers = committee.screens[0]
    for step in range(steps):
        case_id = committee.case_ids[step // len(CRITERIA) % len(committee.case_ids)]
        version = find_version(Call(port, committee.url, headers=headers).send()[1])
        body = urlencode({"case": case_id, "criterion": CRITERIA[step % len(CRITERIA)], "version": version})
        pressed_at = time.perf_counter()
        Call(port, f"{committee.url}/now", body, headers).time()
        yield pressed_at


def _wait(screens: list[Screen], step: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while any(len(screen.news) < step for screen in screens):
        if time.monotonic() > end:
            raise RuntimeError(f"a screen has not followed step {step}")
        time.sleep(0.01)


def find_poll(html: str) -> str:
    """Return the address that the page asks."""
    found = re.search(r'id="live"[^>]*hx-get="([^"]+)"', html)
    if found is None:
        raise RuntimeError("the page does not follow along")
    return unescape(found[1])


def find_version(html: str) -> int:
    """Return the version of the session that the chair's buttons carry."""
    found = re.search(r'id="live".*?name="version" value="(\d+)"', html, re.DOTALL)
    if found is None:
        raise RuntimeError("the page has no button of who leads")
    return int(found[1])


def found_committee(path: Path) -> Committee:
    """Put a company into a database of its own whose one committee has its votes revealed; sign its browsers in."""
    app = make_app(path)
    app.extensions["clock"] = lambda: datetime.now(UTC)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        session = db.session()
        people, case = found_company(session, CASES)
        members = [people["chair"][0], *_seat(session, case.committee_id or 0)]
        _reveal(session, members)
        case_ids = tuple(session.scalars(sa.select(Case.id).order_by(Case.id)))
        screens = tuple(browse_as(app, session, members[place % MEMBERS]) for place in range(SCREENS))
        url = f"/committee/agenda/{case.committee_id}"
        db.session.remove()
    statements = _count_statements(app, url, screens[-1])
    with app.app_context():
        db.engine.dispose()
    return Committee(path, statements, url, case_ids, screens)


def _seat(session: Session, committee_id: int) -> list[int]:
    rows = [Person(external_id=f"m{n}", name=f"Member {n}", function="Data", title="Lead") for n in range(1, MEMBERS)]
    session.add_all(rows)
    session.flush()
    session.add_all([CommitteeMember(committee_id=committee_id, person_id=row.id, role="member") for row in rows])
    return [row.id for row in rows]


def _reveal(session: Session, members: list[int]) -> None:
    """Let everybody have voted on every case, and the votes be revealed."""
    session.execute(sa.update(CaseToken).where(CaseToken.region == "main").values(state="discussion"))
    session.execute(sa.update(Case).values(phase="revealed", state="discussion", vote_round=1, present_ids=members))
    seats = [
        Seat(case_id=case_id, person_id=one, role="member" if place else "chair", state="voted", entered_at=NOW,
             opened_at=NOW)
        for case_id in session.scalars(sa.select(Case.id)).all()
        for place, one in enumerate(members)
    ]  # fmt: skip
    session.add_all(seats)
    session.flush()
    votes = [
        Vote(case_id=seat.case_id, seat_id=seat.id, person_id=seat.person_id, round=1,
             overall="promote" if seat.id % 5 else "not_yet", confidence="high", cast_at=NOW, updated_at=NOW)
        for seat in seats
    ]  # fmt: skip
    session.add_all(votes)
    session.flush()
    session.add_all(
        [
            VoteLine(vote_id=vote.id, criterion_id=each, value=(vote.id + place) % 5 + 1)
            for vote in votes
            for place, each in enumerate(CRITERIA)
        ]
    )
    session.commit()
