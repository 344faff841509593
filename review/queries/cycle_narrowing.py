"""Which cases of a cycle a list shows, and in which order: as conditions and an order of its statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from review.domain.values import dataclass
from review.models import Case, CaseToken, Committee, Person
from review.queries.people_words import names_case, split_words

TODAY, STILL = (sa.bindparam(name, type_=Case.created_at.type) for name in ("today", "still"))
IS_LATE = Case.due_at < TODAY
HAS_NOT_MOVED = Case.moved_at < STILL, sa.and_(Case.moved_at.is_(None), Case.created_at < STILL)
"""Two ways, each found by an index: not for long, or never."""
IS_STALLED = sa.and_(Case.closed_at.is_(None), sa.or_(sa.func.coalesce(IS_LATE, sa.false()), *HAS_NOT_MOVED))
SORTS = ("candidate", "move", "stage", "age", "until", "committee")
"""What a list is sorted by, a minus before it for the other way round; without one, what stands still comes first."""


@dataclass(frozen=True)
class CaseSearch:
    """Which cases; empty for all. Words are looked for in code, name, title and function.

    `only`: of these cases alone, by number. `sort`: one of SORTS, a minus before it for the other way round.
    `is_on_one_page`: as many at once as one page can hold.
    """

    words: str = ""
    state: str = ""
    committee_id: int | None = None
    is_late: bool = False
    is_stalled: bool = False
    sort: str = ""
    only: tuple[int, ...] | None = None
    page: int = 1
    is_on_one_page: bool = False


def order_cases(sort: str, places: Mapping[str, Sequence[str]]) -> list[Any]:
    """Return what to sort by; what says the same stands by day and code, and what has no day last."""
    rest = [Case.due_at.asc().nulls_last(), Case.code, Case.id]
    name = sort.removeprefix("-")
    if name not in SORTS:
        return [sa.case((IS_STALLED, 0), else_=1), *rest]
    columns: dict[str, Any] = {
        "candidate": sa.func.lower(Person.name),
        "move": _place_in(places["move"], Case.to_level_id),
        "stage": _place_in(places["stage"], Case.state),
        "age": CaseToken.entered_at,
        "until": Case.due_at,
        "committee": sa.func.nullif(sa.func.coalesce(Committee.name, ""), ""),
    }
    column = columns[name]
    return [(column.desc() if sort.startswith("-") else column.asc()).nulls_last(), *rest]


def _place_in(known: Sequence[str], column: Any) -> sa.ColumnElement[Any]:
    places = {value: place for place, value in enumerate(known)}
    return sa.case(places, value=column, else_=len(places)) if places else sa.literal(0)


def narrow_cases(wanted: CaseSearch) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a search; of which cases alone is the parameter `only`."""
    found = [names_case(word) for word in split_words(wanted.words)]
    if wanted.state:
        found.append(Case.state == wanted.state)
    if wanted.committee_id is not None:
        found.append(Case.committee_id == wanted.committee_id)
    if wanted.is_late:
        found.append(IS_LATE)
    if wanted.is_stalled:
        found.append(IS_STALLED)
    if wanted.only is not None:
        found.append(Case.id.in_(sa.bindparam("only", type_=sa.Integer, expanding=True)))
    return found
