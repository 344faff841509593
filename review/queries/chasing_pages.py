"""Which requests of a cycle there are for a reader, how many, and which stand on a page: out of indexes alone."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from review.domain.chasing import WAITING
from review.domain.feedback_request import PEER
from review.domain.phase import Phase
from review.models import Case, Feedback
from review.queries.fixed_words import fixed
from review.queries.own_part import select_part
from review.queries.ready import Ready

LATE = ("proposed", *sorted(WAITING))
WORDS_OF_LATE = tuple(sa.literal_column(f"'{state}'", sa.String) for state in LATE)
"""The same as words of the statement: PostgreSQL knows how many requests are in each, and takes an index by that."""
CYCLE_ID, ME, OFFSET = (sa.bindparam(name, type_=sa.Integer) for name in ("cycle_id", "me", "offset"))
Asked = aliased(Feedback, name="asked")  # select_part() has a Feedback of its own
BY_DAY = Asked.due_at.nulls_last(), Asked.id
"""What has no day comes behind what has one: left to themselves, SQLite and PostgreSQL differ."""


class Alike(NamedTuple):
    """By what boards are narrowed: those that are narrowed alike share their statements."""

    by_state: bool
    by_function: bool
    is_late: bool
    by_number: bool


def bind(name: str, kind: Any) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=kind)


def find_scope(own: Any) -> list[sa.ColumnElement[bool]]:
    """Return which requests there are for an actor; `own`: the cases that they are part of."""
    return [Asked.cycle_id == CYCLE_ID, Asked.kind == PEER, Asked.case_id.not_in(own)]


def _is_late() -> sa.ColumnElement[bool]:
    """Return the condition that the day of a request is over while somebody is still waited for."""
    is_waiting = sa.and_(Asked.state.in_(fixed(LATE)), Case.phase == str(Phase.COLLECTING))
    return sa.and_(is_waiting, Asked.due_at < bind("over", Asked.due_at.type))


def find_conditions(alike: Alike) -> list[sa.ColumnElement[bool]]:
    conditions = (
        (alike.by_state, Asked.state == bind("state", sa.String)),
        (alike.by_function, Asked.function == bind("function", sa.String)),
        (alike.is_late, _is_late()),
        (alike.by_number, Asked.id == bind("only", sa.Integer)),
    )
    return [condition for is_wanted, condition in conditions if is_wanted]


@cache
def count_requests(alike: Alike) -> Ready:
    """Return the statement of all functions, with how many requests fit and how many of these are late.

    Where nothing is narrowed all are counted together, beside no function.
    """
    return Ready((lambda: _count_fitting(alike)) if any(alike) else _count_every)


def _count_fitting(alike: Alike) -> sa.Select[Any]:
    """Return the statement that looks at each request."""
    fits = sa.and_(sa.true(), *find_conditions(alike))
    columns: tuple[Any, ...] = (
        Asked.function,
        sa.func.coalesce(sa.func.sum(sa.case((fits, 1), else_=0)), 0),
        sa.func.coalesce(sa.func.sum(sa.case((sa.and_(fits, _is_late()), 1), else_=0)), 0),
    )
    joined = sa.select(*columns).select_from(Asked).join(Case, Case.id == Asked.case_id)
    return joined.where(*find_scope(select_part(ME))).group_by(Asked.function).order_by(Asked.function)


def _count_every() -> sa.Select[Any]:
    """Return the statement that counts what an index holds: requests of the cycle, without the reader's own, and late.

    Functions are gone through in an index from each one to the next, and told where a first case with such a request
    can be seen: asked whether there is any, PostgreSQL would go through all requests.
    """
    asked, own, zero = aliased(Feedback), select_part(ME), sa.literal_column("0", sa.Integer)
    of_cycle = asked.cycle_id == CYCLE_ID, asked.kind == PEER
    first: Any = sa.select(sa.func.min(asked.function).label("function")).where(*of_cycle)
    known = first.cte("known", recursive=True)
    following = sa.select(sa.func.min(asked.function)).where(*of_cycle, asked.function > known.c.function)
    known = known.union_all(sa.select(following.scalar_subquery()).where(known.c.function.is_not(None)))
    a_seen = sa.select(sa.func.min(Asked.case_id)).where(*find_scope(own), Asked.function == known.c.function)
    counted = sa.select(sa.func.count()).select_from(asked).where(asked.cycle_id == CYCLE_ID)
    others = (counted.where(condition).scalar_subquery() for condition in (asked.kind < PEER, asked.kind > PEER))
    every = counted.scalar_subquery() - sum(others)  # two short parts of an index, instead of a look at each kind
    is_own = asked.cycle_id + 0 == CYCLE_ID, asked.kind == PEER, asked.case_id.in_(own)
    theirs = sa.select(sa.func.count()).select_from(asked).where(*is_own).scalar_subquery()
    late = sa.select(sa.func.count()).select_from(Asked).join(Case, Case.id == Asked.case_id)
    late = late.where(*find_scope(own), _is_late())
    functions = sa.select(known.c.function, zero.label("number"), zero.label("late")).where(
        a_seen.scalar_subquery().is_not(None)
    )
    counts = sa.select(sa.cast(sa.null(), sa.Text), every - theirs, late.scalar_subquery())
    both = sa.union_all(functions, counts).subquery()
    return sa.select(*both.c).order_by(both.c[0])


def pick_urgent(reach: int) -> sa.Select[Any]:
    """Return the statement that sorts so many requests, those that wait for somebody first, then by their days.

    In its index each state that waits lies as it stands on the page, and so do all others: each is read only as far as
    the page goes.
    """

    scope = find_scope(select_part(ME))

    def find(place: int, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
        columns: tuple[Any, ...] = (sa.literal_column(str(place)).label("place"), Asked.due_at, Asked.id)
        found = sa.select(*columns).where(*scope, *conditions)
        return sa.select(found.order_by(*BY_DAY).limit(reach).subquery())

    waiting = (find(0, Asked.state == state) for state in WORDS_OF_LATE)
    found = sa.union_all(*waiting, find(1, Asked.state.not_in(WORDS_OF_LATE))).subquery("found")
    order = found.c.place, found.c.due_at.nulls_last(), found.c.id
    return sa.select(found.c.id).order_by(*order)
