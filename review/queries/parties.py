"""Who is who in a case, worked out at each request and never kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Parties
from review.domain.conflicts import (
    OUT_OF_THE_RACE,
    Closeness,
    ConflictKind,
    ConflictLevel,
    find_conflicts,
    limited_levels,
    people_at,
)
from review.domain.phase import Phase
from review.models import Case, CommitteeMember, Conflict, Cycle, Employment, Feedback, Person, Seat
from review.queries.case_rows import AnyCase, AnyCycle, Picked, Rows, pick, read_rows
from review.queries.fixed_words import fixed
from review.queries.ready import Ready

ASKED_STATES = ("asked", "writing", "submitted", "frozen", "declined", "expired")
HEARD_STATES = ("submitted", "frozen")
CHAIN_LIMIT = 30
SOFT = frozenset({ConflictKind.CHAIN, ConflictKind.FORMER_MANAGER_NOW, ConflictKind.RIVAL})
"""Conflicts that keep out of committee and HR work, not out of what one is by the line of reports."""

Found = dict[int, dict[ConflictKind, ConflictLevel]]
"""Each person's conflicts by kind."""


def find_parties(session: Session, case: Case, *, needs_sign_off: bool = False) -> Parties:
    """Work out who is who in a case, conflicts under the cycle's policy included.

    Args:
        needs_sign_off: whether the case's workflow has an executive who signs off.
    """
    return find_parties_and_conflicts(session, case, needs_sign_off=needs_sign_off)[0]


def find_parties_and_conflicts(session: Session, case: Case, *, needs_sign_off: bool = False) -> tuple[Parties, Found]:
    """Work out who is who in a case, and each person's conflicts by kind; one statement."""
    cycle = session.get_one(Cycle, case.cycle_id)
    rows = read_rows(session, _PARTIES, party_values(case, cycle))
    return parties_of(rows, case, cycle, needs_sign_off=needs_sign_off)


def parties_of(rows: Rows, case: AnyCase, cycle: AnyCycle, *, needs_sign_off: bool) -> tuple[Parties, Found]:
    """Work out from the rows of a case who is who in it, and each person's conflicts by kind."""
    policy = cycle.policy
    levels: dict[str, str] = policy["conflicts"]
    chain = _ids(rows, "chain")
    former = _ids(rows, "former") - {case.manager_id}
    found = find_conflicts(_closeness(rows, case, chain, former), levels)
    out = people_at(found, ConflictLevel.OUT)
    hard = frozenset(p for p in out if any(lv is ConflictLevel.OUT and k not in SOFT for k, lv in found[p].items()))
    is_sealed = was_sealed(case.phase, rows["sitting"])
    parties = Parties(
        candidate_id=case.candidate_id,
        manager_id=case.manager_id,
        former_manager_ids=former,
        skip_level_ids=chain - {case.manager_id} if is_sealed else frozenset(),
        second_rater_id=case.second_rater_id,
        giver_ids=_ids(rows, "giver"),
        members=members_of(case.phase, _roles(rows, "member"), _roles(rows, "sitting")),
        conflicts=hard,
        chain=out - hard,
        muted=people_at(found, ConflictLevel.NO_VOTE),
        is_appealed=case.state == "appeal",
        needs_sign_off=needs_sign_off and is_sealed,
    )
    return parties, found


def _closeness(rows: Rows, case: AnyCase, chain: frozenset[int], former: frozenset[int]) -> Closeness:
    declared: dict[int, set[str]] = defaultdict(set)
    for row in rows["conflict"]:
        declared[row.n].add(row.a)
    return Closeness(
        candidate_id=case.candidate_id,
        chain_ids=chain | _ids(rows, "report") | ({case.manager_id} if case.manager_id else set()),
        former_manager_ids=former,
        nominator_id=case.nominated_by_id,
        giver_ids=frozenset(row.n for row in rows["giver"] if row.a in HEARD_STATES),
        second_rater_id=case.second_rater_id,
        rival_ids=_ids(rows, "rival"),
        declared={person: frozenset(kinds) for person, kinds in declared.items()},
    )


def members_of(phase: str, on_committee: Mapping[int, str], seated: Mapping[int, str]) -> dict[int, str]:
    """Return who works on a case as a member, with the role, the seat before the committee.

    A case that ended before it was sealed never was the committee's: as little of it is theirs to read as before.
    Nor is it of the managers above and of the executive.
    """
    return {**on_committee, **seated} if was_sealed(phase, seated) else {}


def was_sealed(phase: str, seated: Collection[object]) -> bool:
    """Tell whether a case that has ended came as far as its seal, which gives out the seats; yes of all others."""
    return phase != Phase.CLOSED or bool(seated)


def _roles(rows: Rows, what: str) -> dict[int, str]:
    return {row.n: row.a for row in rows[what]}


def _ids(rows: Rows, what: str) -> frozenset[int]:
    return frozenset(row.n for row in rows[what])


def party_values(case: AnyCase, cycle: AnyCycle) -> dict[str, Any]:
    """Return what party_selects() are run with for a case."""
    names = ("candidate_id", "committee_id", "cycle_id")
    return {
        "case_id": case.id,
        "created_on": case.created_at.date(),
        "rival_level": case.to_level_id if case.to_level_id in limited_levels(cycle.policy) else None,
        **{name: getattr(case, name) for name in names},
    }


def party_selects() -> list[Picked]:
    """Return the selects of who is who in a case; they are run with party_values()."""
    case_id, candidate_id, committee_id = (
        sa.bindparam(name, type_=sa.Integer) for name in ("case_id", "candidate_id", "committee_id")
    )
    created_on = sa.bindparam("created_on", type_=sa.Date)
    rival_level = sa.bindparam("rival_level", type_=sa.String)
    chain = (
        sa.select(Person.manager_id.label("id"), sa.literal(1).label("depth"))
        .where(Person.id == candidate_id)
        .cte("chain", recursive=True)
    )
    # Whoever has no manager ends it, below: asked for here, SQLite would first go through everybody there is.
    up = sa.select(Person.manager_id, chain.c.depth + 1).where(Person.id == chain.c.id, chain.c.depth < CHAIN_LIMIT)
    chain = chain.union_all(up)
    return [
        pick("chain", n=chain.c.id).where(chain.c.id.is_not(None)),
        pick("report", n=Person.id).where(Person.manager_id == candidate_id),
        pick("giver", Feedback.state, n=Feedback.giver_id).where(
            Feedback.case_id == case_id, Feedback.state.in_(fixed(ASKED_STATES))
        ),
        pick("member", CommitteeMember.role, n=CommitteeMember.person_id).where(
            CommitteeMember.committee_id == committee_id
        ),
        pick("sitting", Seat.role, n=Seat.person_id).where(Seat.case_id == case_id, Seat.state != "replaced"),
        pick("conflict", Conflict.kind, n=Conflict.person_id).where(Conflict.case_id == case_id),
        pick("former", n=Employment.manager_id).where(
            Employment.person_id == candidate_id,
            Employment.manager_id.is_not(None),
            Employment.until_on >= created_on,
        ),
        pick("rival", n=Case.candidate_id).where(
            rival_level.is_not(None),  # asked once: with a plan for all values PostgreSQL reads the whole cycle
            Case.cycle_id == sa.bindparam("cycle_id", type_=sa.Integer),
            Case.to_level_id == rival_level,
            Case.id != case_id,
            is_in_the_race(),
        ),
    ]


def is_in_the_race() -> sa.ColumnElement[bool]:
    """Return the condition that a case can still take the seat that another case is about."""
    return sa.or_(Case.outcome.is_(None), Case.outcome.not_in(fixed(OUT_OF_THE_RACE)))


_PARTIES = Ready(lambda: sa.union_all(*party_selects()))
