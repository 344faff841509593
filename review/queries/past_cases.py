"""Past cases that were brought in: of one person, of all, and the files that they came by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Parties, Role, can_read, roles_in
from review.domain.past_case import PastOutcome, PastReading, PastState
from review.domain.past_plan import PastGround, PastPerson
from review.domain.people_file import column_key
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Case, Conflict, Cycle, Employment, Feedback, PastCase, PastImport, Person
from review.queries.directory import find_level_titles, list_newest_ladders
from review.queries.own_part import select_line
from review.queries.parties import ASKED_STATES
from review.queries.past_answers import stands
from review.queries.privacy_requests import is_handled_by

MOST_IMPORTS = 50


@dataclass(frozen=True)
class PastRow:
    """A past case as somebody may read it; what they may not is None."""

    cycle: str
    announced_on: date
    from_level: str
    to_level: str
    outcome: str
    reason: str | None
    ratings: tuple[tuple[str, int], ...] | None
    votes: tuple[tuple[str, int], ...] | None
    number: str = ""
    name: str = ""


@dataclass(frozen=True)
class PastImportRow:
    """A file that was brought in: `is_undoable` while no later one has put a row in the place of one of its own."""

    id: int
    name: str
    brought_by: str | None
    brought_at: datetime
    added: int
    changed: int
    undone_at: datetime | None
    is_undoable: bool


def list_of_person(session: Session, actor: Actor, person_id: int) -> tuple[PastRow, ...]:
    """Return somebody's past cases, newest first, as the table of rights has a closed case: for them and for HR.

    Who judged it and who was their manager then is not kept. One statement, whether there is any or not.
    """
    roles = roles_in(Parties(person_id), actor) & {Role.CANDIDATE, Role.HR}
    if not _may("decision.outcome", roles):
        return ()
    is_read = sa.true() if Role.CANDIDATE in roles else sa.not_(_is_near(actor, person_id))
    rows = session.scalars(
        sa.select(PastCase)
        .where(PastCase.person_id == person_id, stands(), is_read)
        .order_by(PastCase.announced_on.desc(), PastCase.id.desc())
    ).all()
    titles = find_level_titles(session) if rows else {}
    return tuple(_row(row, titles, roles) for row in rows)


def list_past(session: Session, actor: Actor) -> tuple[PastRow, ...]:
    """Return all past cases that an HR partner may read, by cycle and name; nothing of whom they are close to."""
    titles, roles = find_level_titles(session), frozenset({Role.HR})
    rows = session.execute(
        sa.select(PastCase, Person.external_id, Person.name)
        .join(Person, Person.id == PastCase.person_id)
        .where(stands(), may_run(actor, Person.id))
        .order_by(PastCase.announced_on.desc(), PastCase.cycle, Person.name, PastCase.id)
    )
    return tuple(_row(row, titles, roles, number, name) for row, number, name in rows)


def list_past_imports(session: Session, actor: Actor) -> tuple[PastImportRow, ...]:
    """Return the files that were brought in, newest first; one statement."""
    if not (actor.is_system or actor.has(Role.HR)):
        return ()
    is_replaced = sa.exists().where(PastCase.import_id == PastImport.id, PastCase.replaced_by_id.is_not(None))
    rows = session.execute(
        sa.select(PastImport, Person.name, is_replaced)
        .outerjoin(Person, Person.id == PastImport.brought_by_id)
        .order_by(PastImport.id.desc())
        .limit(MOST_IMPORTS)
    )
    return tuple(
        PastImportRow(
            row.id, row.name, name, row.brought_at, row.added, row.changed, row.undone_at,
            is_undoable=row.undone_at is None and not replaced,
        )
        for row, name, replaced in rows
    )  # fmt: skip


def find_kept_reading(session: Session) -> PastReading:
    """Return how the newest file was read, for the next one."""
    data = session.scalar(sa.select(PastImport.reading).order_by(PastImport.id.desc()).limit(1))
    return PastReading.from_data(data or {})


def load_past_ground(session: Session, actor: Actor, *, today: date) -> PastGround:
    """Return what a file is compared with; the number of statements is that of the ladders."""
    ladders = list_newest_ladders(session)
    levels = [level for ladder in ladders for level in ladder.levels]
    tracks = [track for ladder in ladders for track in ladder.tracks]
    criteria = [criterion for ladder in ladders for criterion in ladder.criteria]
    is_near = sa.false() if actor.is_system else sa.not_(may_run(actor, Person.id))
    people = session.execute(
        sa.select(Person.external_id, Person.email, Person.id, Person.name, Person.joined_on, is_near).where(
            Person.is_external.is_(False)
        )
    ).all()
    found = [(number, email, PastPerson(*rest)) for number, email, *rest in people]
    cycles = session.execute(sa.select(Cycle.code, Cycle.name))
    known = session.scalars(sa.select(PastCase).where(stands()))
    return PastGround(
        today=today,
        numbers={number: person for number, _email, person in found},
        emails={email.casefold(): person for _number, email, person in found if email},
        levels=_called([(level.name, level.code, level.id) for level in levels]),
        tracks_of={level.id: level.tracks for level in levels},
        tracks=_called([(track.name, track.id) for track in tracks]),
        criteria={column_key(word): each.id for each in criteria for word in (each.name, each.id)},
        cycles=frozenset(word.casefold() for row in cycles for word in row),
        known={(row.person_id, row.cycle.casefold()): (row.id, _state(row)) for row in known},
    )


def _called(things: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Map what things may be called, in small letters, to their ids, which stand last and win."""
    depth = sorted(((at - len(names), word, names[-1]) for names in things for at, word in enumerate(names)))
    return {word.casefold(): thing for _at, word, thing in depth if word}


def may_run(actor: Actor, person_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that an HR partner runs what is about somebody: no part in it, not in one line with them."""
    return sa.and_(is_handled_by(actor, person_id), person_id.not_in(select_line(actor.person_id)))


def _is_near(actor: Actor, person_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that an HR partner has a part in what is about one person; found by their few cases."""
    me = actor.person_id
    declared = sa.exists().where(Conflict.case_id == Case.id, Conflict.person_id == me)
    asked = sa.exists().where(Feedback.case_id == Case.id, Feedback.giver_id == me, Feedback.state.in_(ASKED_STATES))
    managed = sa.exists().where(Employment.person_id == person_id, Employment.manager_id == me)
    part = sa.exists().where(Case.candidate_id == person_id, sa.or_(declared, asked))
    return sa.or_(sa.literal(person_id).in_(select_line(me)), part, managed)


def _may(thing: str, roles: frozenset[Role]) -> bool:
    return can_read(thing, roles, Phase.CLOSED)


def _row(row: PastCase, titles: dict[str, str], roles: frozenset[Role], number: str = "", name: str = "") -> PastRow:
    return PastRow(
        cycle=row.cycle,
        announced_on=row.announced_on,
        from_level=titles.get(row.from_level_id or "", row.from_level_id or ""),
        to_level=titles.get(row.to_level_id, row.to_level_id),
        outcome=row.outcome,
        reason=row.reason if _may("decision.rationale", roles) else None,
        ratings=tuple(sorted(row.ratings.items())) if _may("rating.final", roles) else None,
        votes=tuple(sorted(row.votes.items())) if _may("vote.others", roles) else None,
        number=number,
        name=name,
    )


def _state(row: PastCase) -> PastState:
    return PastState(
        row.person_id, row.cycle, row.announced_on, row.from_level_id, row.to_level_id, row.track_id,
        PastOutcome(row.outcome), row.reason, row.ratings, row.votes,
    )  # fmt: skip
