"""The work that people who have left still hold: parts in running cases, places on committees of open cycles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.values import dataclass
from review.models import Case, Committee, CommitteeMember, Cycle, Feedback, Person, Rating, RoleGrant
from review.queries.own_part import is_part_of

OPEN_FEEDBACK = ("asked", "writing")


@dataclass(frozen=True)
class OpenWork:
    """Something that a leaver had in hand: a part in a case, feedback asked of them, or a place on a committee.

    `where` is the code of the case, or the committee's name; `case_id` is None for a committee.
    """

    person_id: int
    person_name: str
    left_on: date | None
    part: str
    case_id: int | None
    where: str
    cycle_id: int


def find_open_work(session: Session, actor: Actor) -> tuple[OpenWork, ...]:
    """List what people who have left still hold: for HR alone, and never of a case that one is part of or close to."""
    acting = acting_as(actor, Role.HR)
    if acting is None:
        return ()
    both = {acting.person_id, acting.on_behalf_of} - {None}
    is_others = sa.and_(*(sa.not_(is_part_of(each)) for each in sorted(both, key=str)))
    columns = Person.id, Person.name, Person.left_on
    in_cases = (each.where(~Person.is_active, is_others) for each in _in_cases(*columns))
    held = sa.union_all(*in_cases, _on_committees(*columns).where(~Person.is_active))
    rows = session.execute(held.order_by(sa.literal_column("2"), sa.literal_column("6")))
    return tuple(OpenWork(*row) for row in rows)


def has_open_work(session: Session, person_id: int) -> bool:
    """Tell whether anything of leavers waits for an HR partner; for everybody else nothing does."""
    roles = frozenset(session.scalars(sa.select(RoleGrant.role).where(RoleGrant.person_id == person_id)))
    return bool(find_open_work(session, Actor(person_id, roles=roles)))


def find_holding(session: Session, person_ids: Sequence[int]) -> frozenset[int]:
    """Return which of these people hold such work, whoever is here."""
    is_one = Person.id.in_(person_ids)
    held = [each.where(is_one) for each in (*_in_cases(Person.id), _on_committees(Person.id))]
    return frozenset(row[0] for row in session.execute(sa.union_all(*held)))


def _in_cases(*columns: Any) -> list[sa.Select[Any]]:
    """Return selects of the parts in running cases; a second rater whose rating is in has none any more."""
    is_in = sa.exists().where(
        Rating.case_id == Case.id,
        Rating.round == "second",
        Rating.rater_id == Case.second_rater_id,
        Rating.locked_at.is_not(None),
    )
    parts: dict[str, tuple[sa.ColumnElement[bool], ...]] = {
        "candidate": (Case.candidate_id == Person.id,),
        "manager": (Case.manager_id == Person.id,),
        "second_rater": (Case.second_rater_id == Person.id, ~is_in),
    }
    selects = [
        sa.select(*columns, sa.literal(part), Case.id, Case.code, Case.cycle_id)
        .join(Case, on[0])
        .where(Case.closed_at.is_(None), *on[1:])
        for part, on in parts.items()
    ]
    asked = (
        sa.select(*columns, sa.literal("giver"), Case.id, Case.code, Case.cycle_id)
        .join(Feedback, Feedback.giver_id == Person.id)
        .join(Case, Case.id == Feedback.case_id)
        .where(~Person.is_external, Feedback.state.in_(OPEN_FEEDBACK), Case.closed_at.is_(None))
    )
    return [*selects, asked]


def _on_committees(*columns: Any) -> sa.Select[Any]:
    no_case = sa.cast(sa.null(), sa.Integer)
    return (
        sa.select(*columns, CommitteeMember.role, no_case, Committee.name, Cycle.id)
        .join(CommitteeMember, CommitteeMember.person_id == Person.id)
        .join(Committee, Committee.id == CommitteeMember.committee_id)
        .join(Cycle, Cycle.id == Committee.cycle_id)
        .where(Cycle.state != "closed")
    )
