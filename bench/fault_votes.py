"""What a vote loses under fire: thirty vote at once over HTTP, the chair reveals, processes are killed meanwhile."""

from __future__ import annotations

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from bench.browsers import browse_as, environment_of
from bench.fault_checks import Round, Standing, check_round, read_votes
from bench.pages import NOW, found_company, make_app
from bench.servers import Server, running
from bench.voters import Browser, Voter, decide, reveal
from review.domain.access import Actor
from review.extensions import db
from review.models import Base, Case, CaseToken, CommitteeMember, Evidence, Person, Seat

PEOPLE, IN_THE_ROOM, WORKERS = 30, 5, 4
TURNS, TURNS_IN_THE_ROOM = (2,), (1, 1, 1, 2)
"""How often each votes, unless the reveal comes first; the reveal waits for those in the room."""
KILL_AFTER = (5, 50)
"""After how many answers of a round a process is killed: drawn between these."""
LOOK_SECONDS = 0.01
ROUNDS = {True: 1, False: 100}
"""How often they vote on each database; True: quick."""
SEED = 2026


@dataclass(frozen=True, slots=True)
class Assembly:
    """A committee of thirty and its chair, with a case for each round and what each browser sends along."""

    case_ids: tuple[int, ...]
    anchors: dict[int, str]
    members: dict[int, dict[str, str]]
    chair: Actor
    chair_headers: dict[str, str]
    present: dict[int, frozenset[int]]


def measure_votes(folder: Path, *, rounds: int, database_url: str = "") -> dict[str, int]:
    """Vote on so many cases; return how many presses were answered, lost, doubled or changed after the reveal.

    Args:
        database_url: of a database without rows; without it a SQLite file in the folder.
    """
    path = folder / "faults.db"
    url, draw = database_url or f"sqlite:///{path}", Random(SEED)
    app = make_app(path, url)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        assembly = found_assembly(app, db.session(), rounds, draw)
        db.session.remove()
        db.engine.dispose()
    engine = sa.create_engine(url).execution_options(audit_key=app.extensions["settings"].audit_key)
    environment = {**environment_of(path), "DATABASE_URL": url, "JOBS": "inline"}
    found = Counter(rounds=rounds, people=PEOPLE)
    with running("wsgi:app", folder, environment, WORKERS) as server:
        for case_id in assembly.case_ids:
            kills, lost_answers, done = _vote_on(case_id, assembly, server, engine, draw)
            with Session(engine) as session:
                found.update(check_round(session, done), kills=kills, lost_answers=lost_answers)
    engine.dispose()
    return dict(found)


def _vote_on(
    case_id: int, assembly: Assembly, server: Server, engine: sa.Engine, draw: Random
) -> tuple[int, int, Round]:
    """Let all vote and the chair reveal and decide, while processes are killed; return kills, lost answers, and all."""
    present, is_over = assembly.present[case_id], Event()
    voters = [
        Voter(
            person,
            Browser(server.port, headers),
            case_id,
            assembly.anchors[case_id],
            draw.choice(TURNS_IN_THE_ROOM if person in present else TURNS),
            Random(draw.random()),
        )
        for person, headers in assembly.members.items()
    ]
    chairs = [Browser(server.port, assembly.chair_headers) for _ in range(2)]
    with ThreadPoolExecutor(PEOPLE + 2) as pool:
        killer = pool.submit(_kill, server, voters, draw.randint(*KILL_AFTER), is_over)
        revealing = pool.submit(_reveal, chairs[0], case_id, engine, is_over)
        draw.shuffle(voters)
        voters.sort(key=lambda voter: voter.person_id not in present)  # so that the reveal comes while others vote
        for run in [pool.submit(voter.vote) for voter in voters]:
            run.result()
        is_over.set()
        revealed, kills = revealing.result(), killer.result()
        outcomes = ("decide_promote", "decide_defer")
        answers = list(pool.map(decide, chairs, (case_id, case_id), outcomes))
    if 303 not in answers:
        raise RuntimeError(f"case {case_id}: the decision was answered {answers}")
    lost = sum(each.lost for each in [*chairs, *(voter.browser for voter in voters)])
    return kills, lost, Round(case_id, assembly.chair, voters, present, revealed)


def _reveal(browser: Browser, case_id: int, engine: sa.Engine, is_over: Event) -> dict[int, Standing]:
    """Reveal the votes and read them at once, while others still press."""
    reveal(browser, case_id, is_over)
    with Session(engine) as session:
        return read_votes(session, case_id)


def _kill(server: Server, voters: list[Voter], after: int, is_over: Event) -> int:
    """Kill a process as soon as so many presses have been answered; return how many were killed."""
    while sum(voter.browser.answered for voter in voters) < after and not is_over.wait(LOOK_SECONDS):
        continue
    workers = server.list_workers()
    if not workers:
        return 0
    os.kill(workers[after % len(workers)], signal.SIGKILL)
    return 1


def found_assembly(app: Flask, session: Session, rounds: int, draw: Random) -> Assembly:
    """Found a company whose cases are all being voted on, by the same thirty; some of them are in the room."""
    people, case = found_company(session, rounds)
    committee = case.committee_id or 0
    rows = [Person(external_id=f"v{n}", name=f"Voter {n}", function="Data", title="Lead") for n in range(PEOPLE)]
    session.add_all(rows)
    session.flush()
    members = [row.id for row in rows]
    session.add_all([CommitteeMember(committee_id=committee, person_id=each, role="member") for each in members])
    case_ids = tuple(session.scalars(sa.select(Case.id).order_by(Case.id)))
    present = {each: frozenset(draw.sample(members, IN_THE_ROOM)) for each in case_ids}
    chair_id, chair = people["chair"]
    session.execute(sa.delete(CaseToken).where(CaseToken.region != "main"))
    session.execute(sa.update(CaseToken).values(state="voting"))
    session.execute(sa.update(Case).values(phase="voting", state="voting", vote_round=1))
    session.expire_all()
    for each in case_ids:
        session.get_one(Case, each).present_ids = sorted(present[each])
        _seat(session, each, {chair_id: "chair", **dict.fromkeys(members, "member")})
    session.commit()
    anchors = {row.case_id: f"e:{row.id}" for row in session.execute(sa.select(Evidence.case_id, Evidence.id))}
    headers = {each: browse_as(app, session, each) for each in members}
    return Assembly(case_ids, anchors, headers, chair, browse_as(app, session, chair_id), present)


def _seat(session: Session, case_id: int, roles: dict[int, str]) -> None:
    """Seat people who have read the packet, and put a piece of evidence into it."""
    now = datetime.now(UTC)
    session.add_all(
        [
            Seat(case_id=case_id, person_id=person, role=role, state="read", entered_at=NOW, opened_at=NOW)
            for person, role in roles.items()
        ]
    )
    session.add(
        Evidence(case_id=case_id, position=1, title="Work", done="Did.", effect="", created_at=now, updated_at=now)
    )
