"""Committees of a cycle: their members and load, and which of them takes which case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.ladder import Ladder
from review.domain.phase import Phase
from review.domain.seating import CommitteeLoad, SeatingChoice, Spread
from review.domain.values import dataclass
from review.models import Case, Committee, CommitteeMember, Cycle, Person
from review.queries.closeness import AnyCase, Conflicts
from review.queries.own_part import is_part_of
from review.queries.people_words import is_here
from review.queries.pinned import load_ladder
from review.queries.ready import Ready

CYCLE_ID = sa.bindparam("cycle_id", type_=sa.Integer)
READER = sa.bindparam("reader", type_=sa.Integer)
UNSEATED = (str(Phase.DRAFT), str(Phase.COLLECTING))


@dataclass(frozen=True)
class MemberRow:
    """Somebody on a committee."""

    person_id: int
    name: str
    function: str
    role: str
    level_id: str | None


@dataclass(frozen=True)
class CommitteeRow:
    """A committee with its members and the number of cases it has."""

    id: int
    name: str
    members: tuple[MemberRow, ...]
    load: int

    @property
    def has_chair(self) -> bool:
        """Tell whether somebody chairs it."""
        return any(member.role == "chair" for member in self.members)


def load_committee_loads(session: Session, cycle: Cycle) -> list[CommitteeLoad]:
    """Return the committees of a cycle with members, their grades, and load."""
    return describe_loads(list_committees(session, cycle.id), load_ladder(session, cycle.ladder_version_id))


def describe_loads(committees: Iterable[CommitteeRow], ladder: Ladder) -> list[CommitteeLoad]:
    """Return committees as cases are spread over them: members, their grades on the ladder, and load."""
    return [_load_of(row, ladder) for row in committees]


def propose_committees(
    loads: Sequence[CommitteeLoad],
    found: Mapping[int, Conflicts],
    cases: Sequence[AnyCase],
    cycle: Cycle,
    ladder: Ladder,
) -> dict[int, SeatingChoice]:
    """Return, case by case, the least loaded committee without conflicts; each choice adds to its load."""
    spread = Spread(loads, cycle.policy["ballot"]["quorum"])
    return {case.id: spread.choose(found[case.id].keys(), grade_at(ladder, case.to_level_id)) for case in cases}


def list_committees(session: Session, cycle_id: int, reader_id: int | None = None) -> tuple[CommitteeRow, ...]:
    """Return the committees of a cycle with their members, the chair first; two statements.

    Args:
        reader_id: who reads the loads, if anybody does: cases that they are part of are not counted.
    """
    session.flush()
    connection, values = session.connection(), {"cycle_id": cycle_id}
    if reader_id is None:
        committees = _COMMITTEES.rows(connection, values)
    else:
        committees = _COMMITTEES_READ.rows(connection, {**values, "reader": reader_id})
    members: dict[int, list[MemberRow]] = defaultdict(list)
    for committee_id, *member in _MEMBERS.rows(connection, values):
        members[committee_id].append(MemberRow(*member))
    return tuple(CommitteeRow(number, name, tuple(members[number]), count) for number, name, count in committees)


def _committees() -> sa.Select[Any]:
    columns: tuple[Any, ...] = (Committee.id, Committee.name, _load())
    return sa.select(*columns).where(Committee.cycle_id == CYCLE_ID).order_by(Committee.id)


def _load() -> sa.ColumnElement[int]:
    load = sa.select(sa.func.count()).where(Case.committee_id == Committee.id, Case.closed_at.is_(None))
    return load.correlate(Committee).scalar_subquery()


def _members() -> sa.Select[Any]:
    rank = sa.case({"chair": 0, "deputy": 1}, value=CommitteeMember.role, else_=2)
    who: tuple[Any, ...] = (Person.id, Person.name, Person.function, CommitteeMember.role, Person.level_id)
    return (
        sa.select(CommitteeMember.committee_id, *who)
        .join(Person, Person.id == CommitteeMember.person_id)
        .join(Committee, Committee.id == CommitteeMember.committee_id)
        .where(Committee.cycle_id == CYCLE_ID, is_here(Person))
        .order_by(rank, Person.name)
    )


def _committees_read() -> sa.Select[Any]:
    """Return the same with the few cases of the reader taken off: to look for them among all takes far longer."""
    part = sa.select(Case.committee_id, sa.func.count().label("cases")).where(
        Case.closed_at.is_(None), is_part_of(READER)
    )
    own = part.group_by(Case.committee_id).subquery()
    columns: tuple[Any, ...] = (Committee.id, Committee.name, _load() - sa.func.coalesce(own.c.cases, 0))
    found = sa.select(*columns).outerjoin(own, own.c.committee_id == Committee.id)
    return found.where(Committee.cycle_id == CYCLE_ID).order_by(Committee.id)


_COMMITTEES, _COMMITTEES_READ, _MEMBERS = Ready(_committees), Ready(_committees_read), Ready(_members)


def grade_at(ladder: Ladder, level_id: str | None) -> int | None:
    """Return the grade of a level, None where the ladder does not have it or gives it none."""
    return next((level.grade for level in ladder.levels if level.id == level_id), None)


def _load_of(row: CommitteeRow, ladder: Ladder) -> CommitteeLoad:
    known = {member.person_id: grade_at(ladder, member.level_id) for member in row.members}
    return CommitteeLoad(
        row.id, row.name, row.load, frozenset(known), _holder(row, "chair"), _holder(row, "deputy"),
        {person: grade for person, grade in known.items() if grade is not None},
    )  # fmt: skip


def _holder(row: CommitteeRow, role: str) -> int | None:
    return next((member.person_id for member in row.members if member.role == role), None)
