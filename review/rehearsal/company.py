"""The made-up company of a rehearsal: its people, what the draft pins, and the cycle, set up and opened by services."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import ReviewError
from review.domain.wording_list import PIECES
from review.models import (
    Base,
    Cycle,
    Employment,
    LadderVersion,
    Person,
    RoleGrant,
    Wording,
    WordingVersion,
    WorkflowVersion,
)
from review.queries.actors import find_actor
from review.queries.pinned import load_ladder
from review.rehearsal.cast import Player, cast_players, choose_parts
from review.rehearsal.draft import Draft, write_draft
from review.rehearsal.place import Place, open_engine
from review.services.cases import Nomination, nominate
from review.services.committees import create_committee, set_member
from review.services.cycles import CyclePlan, create_cycle, open_cycle

SINCE = timedelta(days=6 * 365)
"""How long everybody has been there, and at their level: no ladder asks for longer."""


def build_company(place: Place, draft: Draft, *, now: datetime, seed: int) -> str:
    """Make a rehearsal's database and all that is there as its cycle opens; return why it did not, empty where it did.

    Args:
        now: the moment at which the rehearsal begins, where the day of the opening does not lie ahead.
        seed: for the names, and for what is drawn by lot.
    """
    now = max(now, _start_of(draft.opening)) if draft.opening else now
    place.throw_away()
    place.folder.mkdir(mode=0o700, parents=True)
    with open_engine(place) as engine:
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            refused = _found(session, draft, now, seed)
            session.commit()
    place.set_clock(now)
    place.keep_draft(write_draft(draft))
    place.note_built()
    return refused


def find_player(session: Session, key: str, now: datetime) -> Actor:
    """Return somebody of the cast as who acts now; raise NoResultFound where there is nobody of that part."""
    number = session.scalars(sa.select(Person.id).where(Person.external_id == key)).one()
    return find_actor(session, number, today=now.date())


def _found(session: Session, draft: Draft, now: datetime, seed: int) -> str:
    version = _write_ladder(session, draft, now)
    ladder = load_ladder(session, version)
    parts = choose_parts(draft, ladder)
    ids = _write_people(session, cast_players(draft, ladder, parts, seed=seed), now.date(), draft.country)
    workflows = _write_workflows(session, draft, now)
    hr = find_player(session, "hr-1", now)
    _write_words(session, draft, hr, now)
    try:
        plan = _plan(draft, version, workflows)
        cycle = create_cycle(session, plan, actor=hr, now=now)
        _seat(session, draft, cycle, ids, actor=hr, now=now)
        open_cycle(session, cycle.id, actor=hr, now=now)
        for part in parts:
            candidate = find_player(session, part.key, now)
            nomination = Nomination(ids[part.key], "promotion", part.to_level, "It is time for the next step.")
            nominate(session, cycle.id, nomination, actor=candidate, now=now, draw=lambda _most: seed)
    except ReviewError as error:
        return str(error)
    return ""


def _write_ladder(session: Session, draft: Draft, now: datetime) -> int:
    pinned = draft.ladder
    row = LadderVersion(
        key=pinned.key,
        version=pinned.version,
        name=pinned.name,
        source=pinned.source,
        digest=pinned.digest,
        published_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def _write_workflows(session: Session, draft: Draft, now: datetime) -> dict[str, int]:
    rows: dict[str, WorkflowVersion] = {}
    for pinned in draft.workflows:
        if pinned.digest not in rows:
            rows[pinned.digest] = WorkflowVersion(
                key=pinned.key,
                version=pinned.version,
                title=pinned.title,
                sources=pinned.sources,
                digest=pinned.digest,
                proposed_at=now,
                published_at=now,
            )
    session.add_all(rows.values())
    session.flush()
    return {pinned.track: rows[pinned.digest].id for pinned in draft.workflows}


def _write_words(session: Session, draft: Draft, hr: Actor, now: datetime) -> None:
    for piece, words in draft.words.items():
        done = {"saved_at": now, "saved_by_id": hr.person_id, "published_at": now, "published_by_id": hr.person_id}
        known = PIECES[piece].shipped_digest
        version = WordingVersion(piece=piece, number=1, words=words, shipped_digest=known, **done)
        session.add_all([version, Wording(piece=piece, words=words)])
    session.flush()


def _write_people(session: Session, players: tuple[Player, ...], today: date, country: str | None) -> dict[str, int]:
    since, ids = today - SINCE, dict[str, int]()
    for player in players:
        row = Person(
            external_id=player.key,
            name=player.name,
            email=player.email,
            title=player.title,
            function=player.function,
            manager_id=ids[player.manager] if player.manager else None,
            level_id=player.level,
            level_since_on=since if player.level else None,
            joined_on=since,
            country=country,
        )
        session.add(row)
        session.flush()
        ids[player.key] = row.id
        session.add(
            Employment(
                person_id=row.id,
                manager_id=row.manager_id,
                title=row.title,
                function=row.function,
                level_id=row.level_id,
                from_on=since,
            )
        )
        if player.role:
            session.add(RoleGrant(person_id=row.id, role=str(player.role), granted_at=_start_of(since)))
    session.flush()
    return ids


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(8), UTC)


def _plan(draft: Draft, ladder: int, workflows: dict[str, int]) -> CyclePlan:
    return CyclePlan(
        code=draft.code,
        name=draft.name,
        zone=draft.zone,
        country=draft.country,
        ladder_version_id=ladder,
        workflows=workflows,
        dates=draft.dates,
        required_functions=draft.functions,
        policy=draft.policy,
    )


def _seat(session: Session, draft: Draft, cycle: Cycle, ids: dict[str, int], *, actor: Actor, now: datetime) -> None:
    for place, shape in enumerate(draft.committees, 1):
        committee = create_committee(session, cycle.id, shape.name, actor=actor, now=now)
        for number, seat in enumerate(shape.seats, 1):
            set_member(session, committee.id, ids[f"member-{place}-{number}"], seat.role, actor=actor, now=now)
