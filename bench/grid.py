"""How fast the calibration grid answers: 200 cases, 4 criteria, 9 voters, with one round of votes and with two."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from bench.pages import NOW, found_company, listening, make_app
from review.extensions import db
from review.models import (
    Base,
    Case,
    CaseToken,
    CommitteeMember,
    Person,
    Rating,
    RatingLine,
    Seat,
    Vote,
    VoteLine,
)
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN

CASES, VOTERS, ROUNDS, SEED = 200, 9, 15, 2026
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
STATES = {"first": "manager", "final": "manager", "second": "chair"}


def measure_grid() -> dict[str, object]:
    """Return the milliseconds of the grid, page and CSV, and its statements; the median of several requests."""
    one, two = _measure(1), _measure(2)
    return {**one, "grid_two_rounds_ms": two["grid_ms"], "grid_two_rounds_csv_ms": two["grid_csv_ms"]}


def _measure(vote_rounds: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(Path(folder) / "grid.db")
        with app.app_context():
            Base.metadata.create_all(db.engine)
            committee = _build(db.session(), vote_rounds)
            chair = db.session().scalars(sa.select(Person).where(Person.external_id == "chair")).one()
            client = _sign_in(app, chair.id)
        gc.collect()
        gc.freeze()  # as the server does before it forks
        page, issued = _time(client, f"/committee/grid/{committee}")
        table, _ = _time(client, f"/committee/grid/{committee}.csv")
        size = len(client.get(f"/committee/grid/{committee}").data)
        gc.unfreeze()
        _close(app)
    return {"grid_ms": page, "grid_csv_ms": table, "grid_statements": issued, "grid_kb": round(size / 1000)}


def _time(client: Any, url: str) -> tuple[float, int]:
    rounds = []
    for _ in range(ROUNDS):
        with listening() as issued:
            began = perf_counter()
            answer = client.get(url)
            rounds.append(perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}")
    return round(median(rounds) * 1000, 1), len(issued)


def _sign_in(app: Flask, person_id: int) -> FlaskClient:
    token = open_sign_in(db.session(), person_id, now=NOW)
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[TOKEN], cookie[SEEN] = token, int(NOW.timestamp())
    return client


def _close(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def _build(session: Session, vote_rounds: int) -> int:
    """Put a company into the database whose cases are all revealed; return the committee."""
    people, case = found_company(session, CASES)
    committee = case.committee_id or 0
    members = [people["chair"][0], *_members(session, committee)]
    session.execute(sa.update(CaseToken).where(CaseToken.region == "main").values(state="discussion"))
    session.execute(
        sa.update(Case).values(phase="revealed", state="discussion", vote_round=vote_rounds, present_ids=members)
    )
    raters, draw = {name: people[key][0] for name, key in STATES.items()}, Random(SEED)
    for case_id in session.scalars(sa.select(Case.id)).all():
        _rate(session, case_id, raters, draw)
        _vote(session, case_id, members, vote_rounds, draw)
    session.commit()
    return committee


def _members(session: Session, committee: int) -> list[int]:
    rows = [Person(external_id=f"m{n}", name=f"Member {n}", function="Data", title="Lead") for n in range(1, VOTERS)]
    session.add_all(rows)
    session.flush()
    session.add_all([CommitteeMember(committee_id=committee, person_id=row.id, role="member") for row in rows])
    return [row.id for row in rows]


def _rate(session: Session, case_id: int, raters: dict[str, int], draw: Random) -> None:
    for name, rater in raters.items():
        rating = Rating(case_id=case_id, round=name, rater_id=rater, locked_at=NOW, created_at=NOW)
        session.add(rating)
        session.flush()
        lines = [
            RatingLine(rating_id=rating.id, criterion_id=each, value=draw.randint(1, 5), updated_at=NOW)
            for each in CRITERIA
        ]
        session.add_all(lines)


def _vote(session: Session, case_id: int, members: list[int], vote_rounds: int, draw: Random) -> None:
    seats = [Seat(case_id=case_id, person_id=one, state="voted", entered_at=NOW, opened_at=NOW) for one in members]
    session.add_all(seats)
    session.flush()
    votes = [
        Vote(
            case_id=case_id,
            seat_id=seat.id,
            person_id=seat.person_id,
            round=number,
            overall="promote",
            confidence="high",
            cast_at=NOW,
            updated_at=NOW,
        )
        for seat in seats
        for number in range(1, vote_rounds + 1)
    ]
    session.add_all(votes)
    session.flush()
    session.add_all(
        [VoteLine(vote_id=vote.id, criterion_id=each, value=draw.randint(1, 5)) for vote in votes for each in CRITERIA]
    )
