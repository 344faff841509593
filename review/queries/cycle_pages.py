"""Which cases of a cycle stand on one page of its list: picked by indexes on the case, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from review.models import Case, CaseToken, Committee, Person
from review.queries.cycle_narrowing import HAS_NOT_MOVED, IS_LATE, IS_STALLED, SORTS, CaseSearch, narrow_cases
from review.queries.own_part import is_part_of

CYCLE_ID, ME, OFFSET = (sa.bindparam(name, type_=sa.Integer) for name in ("cycle_id", "me", "offset"))
PAGE_SIZE, MOST_ON_ONE_PAGE = 50, 1_000


def find_size(wanted: CaseSearch) -> int:
    """Return how many cases stand on a page."""
    return MOST_ON_ONE_PAGE if wanted.is_on_one_page else PAGE_SIZE


def are_in_cycle() -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that HR may see a case among those of the cycle."""
    return Case.cycle_id == CYCLE_ID, sa.not_(is_part_of(ME))


def pick_page(wanted: CaseSearch, order: list[Any]) -> sa.Select[Any]:
    """Return the statement of which cases stand on the page; the rest is read, and these are sorted, of these alone.

    How many fit is counted only where the cases are narrowed: else the stages tell it. The page that is wanted is a
    parameter, `offset`: `wanted.page` is how far lists are read at most.
    """
    narrowed, most = narrow_cases(wanted), find_size(wanted)
    seen = (*narrowed, *are_in_cycle())  # in this order SQLite asks: who is close to it of the few that fit alone
    if wanted.sort.removeprefix("-") in SORTS:
        picked = _sort_picked(wanted.sort, seen).order_by(*order)
    else:
        picked = _pick_still_first(seen, most * wanted.page)
    picked = picked.limit(most).offset(OFFSET)
    if not narrowed:
        return picked.add_columns(sa.literal(0).label("total"))
    counted = sa.select(sa.func.count().label("total")).select_from(Case).where(*seen).subquery("counted")
    return picked.join(counted, sa.true()).add_columns(counted.c.total)


def _sort_picked(sort: str, seen: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Return the statement of all cases with what a list is sorted by, one of SORTS."""
    picked = sa.select(Case.id).select_from(Case)
    if sort.endswith("age"):
        picked = picked.outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == "main"))
    if sort.endswith("candidate"):
        picked = picked.join(Person, Person.id == Case.candidate_id)
    if sort.endswith("committee"):
        picked = picked.outerjoin(Committee, Committee.id == Case.committee_id)
    return picked.where(*seen)


def _pick_still_first(seen: Sequence[sa.ColumnElement[bool]], reach: int) -> sa.Select[Any]:
    """Return the statement that sorts cases, what stands still first: late, or without a move for long.

    Each kind is found by an index of its own: late cases and those that do not stand still lie in it as they stand on
    the page, and of them are read as many as `reach`.
    """
    is_running, is_late = Case.closed_at.is_(None), sa.func.coalesce(IS_LATE, sa.false())
    first = Case.due_at.asc().nulls_last(), Case.code, Case.id

    def find(rank: int, *kind: sa.ColumnElement[bool]) -> sa.Select[Any]:
        columns: tuple[Any, ...] = (sa.literal_column(str(rank)).label("rank"), Case.id, Case.due_at, Case.code)
        return sa.select(*columns).where(*seen, *kind)

    def find_first(rank: int, *kind: sa.ColumnElement[bool]) -> sa.Select[Any]:
        return sa.select(find(rank, *kind).order_by(*first).limit(reach).subquery())

    found = sa.union_all(
        find_first(0, is_running, IS_LATE),
        *(find(0, is_running, sa.not_(is_late), each) for each in HAS_NOT_MOVED),
        find_first(1, sa.not_(sa.func.coalesce(IS_STALLED, sa.false()))),
    ).subquery("found")
    order = found.c.rank, found.c.due_at.asc().nulls_last(), found.c.code, found.c.id
    return sa.select(found.c.id).order_by(*order)
