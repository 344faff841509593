"""What stands for a table in a statement is made once: it is large, and each process has its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.sql import visitors

from review.domain.access import Actor
from review.models import Case, Person
from review.queries import asking, audit
from review.queries.audit import EventFilter
from review.queries.cycle_turns import add_turns
from review.queries.own_part import is_part_of
from review.queries.privacy_requests import is_handled_by

HR = Actor(7, "Hanna", roles=frozenset({"hr"}))
BUILT: dict[str, tuple[Callable[[], Any], int]] = {
    "one's own cases": (lambda: is_part_of(7), 2),
    "whose turn it is": (lambda: add_turns(sa.select(Case.id).join(Person, Person.id == Case.candidate_id)), 5),
    "whose data one may hand out": (lambda: is_handled_by(HR, Person.id), 4),
    "who is asked": (asking._requests, 2),
    "the record": (lambda: audit._select(HR, EventFilter()), 4),
}


def stand_ins(built: Any) -> list[str]:
    """Return what stands for a table in a statement or a condition, each once, by which object it is."""
    found = {hash(each): each.element.name for each in visitors.iterate(built) if isinstance(each, sa.Alias)}
    return sorted(f"{name} {number}" for number, name in found.items())


@pytest.mark.parametrize("what", BUILT)
def test_it_is_the_same_each_time(what: str) -> None:
    build, count = BUILT[what]
    first, again = build(), build()
    assert stand_ins(first) == stand_ins(again)
    assert len(stand_ins(first)) == count
