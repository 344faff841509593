"""The committee's session on one case: who is in the room, how far the votes are, notes of the discussion."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import AuditEvent, Case, CaseNote, DiscussionNote, Person, RoleGrant, Seat, Vote
from review.queries.earlier_seats import is_of_earlier_committee
from review.queries.facts import ABLE_TO_VOTE
from review.queries.standing import Standing
from review.queries.votes import GIVEN_UP

MEETING = ("packet.sealed", "committee.seats")
NEVER_SHOWN = (
    "vote.draft",
    "agenda.now",
    "agenda.off",
    "agenda.pause",
    "agenda.resume",
    "timer.notify",
    "packet.copy",
    "hold.set",
    "hold.end",
)
"""What is recorded of a case and changes no line of its session; what is on stands above it, on its own."""
TURNOUT = ("packet.open", "seat.mark_read", "seat.cast", "seat.change_vote")
"""What only those see who may know how far the others are."""


@dataclass(frozen=True)
class SeatRow:
    """A seat as the chair and HR see it before the reveal: how far it is, never what was voted."""

    person_id: int
    name: str
    function: str
    role: str
    state: str
    is_present: bool
    has_opened: bool
    has_voted: bool
    has_left: bool

    @property
    def is_out(self) -> bool:
        """Tell whether the member has left the case for a conflict."""
        return self.state == "recused"


@dataclass(frozen=True)
class NoteLine:
    """A note of the discussion, or why the votes were taken again."""

    at: datetime
    who: str
    criterion: str
    body: str


@dataclass(frozen=True)
class SessionPage:
    """The session as one actor sees it; `seats` is None for who may not know how far the others are."""

    seats: tuple[SeatRow, ...] | None
    own_state: str | None
    is_own_present: bool
    out: tuple[str, ...] | None
    notes: tuple[NoteLine, ...]
    digest: str

    @property
    def able(self) -> tuple[SeatRow, ...]:
        """Return the seats that can vote, or have; who has left the company before their vote cannot."""
        able = (seat for seat in self.seats or () if seat.state in ABLE_TO_VOTE)
        return tuple(seat for seat in able if seat.has_voted or not seat.has_left)


@dataclass(frozen=True)
class Newest:
    """The numbers of the newest events that may change a session: for who sees how far the others are, and for others.

    They must not leave the server as they are: from how they grow one could count the votes.
    """

    with_turnout: int
    without: int


def find_newest_of_case(session: Session, case_id: int, actor: Actor) -> Newest:
    """Return the newest events that may change the session of a case for a reader; one statement."""
    asked = {"case": case_id, "person": actor.person_id}
    with_turnout, without, *others = (number or 0 for number in session.execute(_newest(), asked).one())
    return Newest(max(with_turnout, *others), max(without, *others))


@cache
def _newest() -> sa.Select[int, int, int, int]:
    """Return the statement, built once; each number is found with an index of its own."""
    case, person = sa.bindparam("case", type_=sa.Integer), sa.bindparam("person", type_=sa.Integer)
    shown = AuditEvent.case_id == case, AuditEvent.kind.not_in(NEVER_SHOWN)
    own = sa.or_(AuditEvent.kind.not_in(TURNOUT), AuditEvent.actor_id == person)
    committee = sa.select(Case.committee_id).where(Case.id == case).scalar_subquery()
    of_committee = AuditEvent.kind.in_(("committee.set_member", "committee.remove_member"))
    return sa.select(
        _highest(*shown),
        _highest(*shown, own),
        _highest(of_committee, AuditEvent.subject_id == committee),
        _highest(AuditEvent.kind == "people.import"),
    )


def _highest(*where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.max(AuditEvent.seq)).where(*where).scalar_subquery()


def may_open_session(standing: Standing) -> bool:
    """Tell whether the actor has a part in the committee's work on the case."""
    return all(standing.may_read(thing) for thing in MEETING)


def load_session_page(session: Session, standing: Standing) -> SessionPage:
    """Return the session of a case.

    Raises NotFound for who has no part in the committee's work on it, and where the case ended before there was any.
    """
    if not may_open_session(standing):
        raise NotFound
    rows = _load_seats(session, standing.case)
    if not rows and standing.phase is Phase.CLOSED:
        raise NotFound
    me = standing.actor.person_id
    own = next((row for row in rows if row.person_id == me and row.state not in GIVEN_UP), None)
    sees_seats = standing.may_read("vote.turnout") or "chair" in standing.workflow_roles
    seats = tuple(rows) if sees_seats else None
    out = tuple(row.name for row in rows if row.is_out) if standing.may_read("conflict.list") else None
    notes = _load_notes(session, standing)
    return SessionPage(
        seats=seats,
        own_state=own.state if own else None,
        is_own_present=me in standing.case.present_ids,
        out=out,
        notes=notes,
        digest=_digest(standing.case, seats, own, notes),
    )


def _load_seats(session: Session, case: Case) -> list[SeatRow]:
    cast = sa.and_(
        Vote.seat_id == Seat.id,
        Vote.round == case.vote_round,
        Vote.cast_at.is_not(None),
        Vote.voided_at.is_(None),
    )
    records = session.execute(
        sa.select(Seat, Person.name, Person.function, Person.is_active, Vote.id)
        .join(Person, Person.id == Seat.person_id)
        .outerjoin(Vote, cast)
        .where(Seat.case_id == case.id, Seat.state != "replaced")
        .order_by(Person.name)
    )
    return [
        SeatRow(
            person_id=seat.person_id,
            name=name,
            function=function,
            role=seat.role,
            state=seat.state,
            is_present=seat.person_id in case.present_ids,
            has_opened=seat.opened_at is not None,
            has_voted=vote_id is not None,
            has_left=not is_here,
        )
        for seat, name, function, is_here, vote_id in records
    ]


def _load_notes(session: Session, standing: Standing) -> tuple[NoteLine, ...]:
    """Notes and the reasons given for voting again or reopening, in the order of time; two statements.

    A fresh committee has none of what was said before an appeal was granted: it comes to its own mind.
    """
    if not standing.may_read("discussion.notes"):
        return ()
    names = {each.id: each.name_for(standing.case.track_id) for each in standing.criteria}
    case_id, is_committee = standing.case.id, bool(standing.roles & {Role.MEMBER, Role.CHAIR})
    went = sa.select(Seat.person_id).where(Seat.case_id == case_id, is_of_earlier_committee(), sa.literal(is_committee))
    notes = session.execute(
        sa.select(DiscussionNote, Person.name)
        .join(Person, Person.id == DiscussionNote.author_id)
        .where(DiscussionNote.case_id == case_id, DiscussionNote.author_id.not_in(went))
    )
    lines = [NoteLine(row.created_at, name, names.get(row.criterion_id, ""), row.body) for row, name in notes]
    moves = session.execute(
        sa.select(CaseNote, Person.name)
        .outerjoin(Person, Person.id == CaseNote.author_id)
        .where(
            CaseNote.case_id == case_id,
            CaseNote.phase.in_(("revealed", "decided")),
            sa.or_(CaseNote.author_id.is_(None), CaseNote.author_id.not_in(went)),
        )
    )
    titles = standing.definition.actions
    lines += [
        NoteLine(row.at, name or "", titles[row.action].title if row.action in titles else "", row.body)
        for row, name in moves
    ]
    return tuple(sorted(lines, key=lambda line: line.at))


def _digest(case: Case, seats: tuple[SeatRow, ...] | None, own: SeatRow | None, notes: tuple[NoteLine, ...]) -> str:
    """Return a word that changes when what this actor sees changes; made of nothing that the actor may not see."""
    seen = (case.phase, case.state, case.vote_round, seats, own and (own.state, own.is_present), len(notes))
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def list_out(session: Session, standing: Standing) -> tuple[str, ...] | None:
    """Return the members who are out of the case, without why; None for who may not know.

    HR alone reads who was out of it on a committee before this one.
    """
    if not standing.may_read("conflict.list"):
        return None
    parties, here = standing.parties, Seat.case_id == standing.case.id
    recused = sa.select(Seat.person_id).where(here, Seat.state == "recused")
    went = sa.select(Seat.person_id).where(here, is_of_earlier_committee(), sa.literal(Role.HR not in standing.roles))
    out = (parties.conflicts | parties.chain | parties.muted) & set(parties.members)
    people = sa.select(Person.name).where(_is_one_of(out, recused), Person.id.not_in(went)).order_by(Person.name)
    rows = session.scalars(people)
    return tuple(rows)


def _is_one_of(ids: Set[int], others: sa.Select[int]) -> sa.ColumnElement[bool]:
    """Return that a person is one of these or those; with OR, PostgreSQL would look at everybody of the company."""
    known = sa.orm.aliased(Person)
    return Person.id.in_(sa.union_all(sa.select(known.id).where(known.id.in_(ids)), others))


def list_settable(session: Session, standing: Standing) -> list[tuple[int, str]]:
    """Return whom HR may keep out of the case: its committee, and the HR partners."""
    parties = standing.parties
    hr = sa.select(RoleGrant.person_id).where(RoleGrant.role == "hr")
    free = set(parties.members) - parties.conflicts - parties.chain
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.function)
        .where(
            Person.is_active,
            _is_one_of(free, hr),
            Person.id.not_in(parties.conflicts | {standing.case.candidate_id}),
        )
        .order_by(Person.name)
    )
    return [(row.id, f"{row.name}, {row.function}") for row in rows]
