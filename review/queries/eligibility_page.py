"""One page of who may be a candidate in a cycle: everybody is judged, but read as a whole are those on the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.eligibility_rules import Rules
from review.models import Cycle, EligibilityRuling, Person
from review.queries.eligibility import PAGE_SIZE, Ground, Judged, Narrowed, judge_rows, load_ground, select_people


def load_page(
    session: Session,
    cycle: Cycle,
    *,
    actor: Actor,
    now: datetime,
    rules: Rules,
    months: int,
    show: str,
    page: int,
) -> Narrowed:
    """Return what narrow() makes of judge_people() without words; five statements, for a hundred thousand as for one.

    One more where the page reaches those who have no level of the ladder, most people of many companies: they come
    last and are counted by the database.
    """
    ground = load_ground(session, cycle, actor, now, rules=rules, months=months)
    let_in, left_out = _judge_placed(session, cycle, ground)
    beside = _count_unplaced(session, cycle, ground)
    placed = {"in": let_in, "out": left_out}.get(show, let_in + left_out)
    if show == "hand":
        placed = [(person, by_hand) for person, by_hand in placed if by_hand]
    last = {"in": 0, "hand": beside[1]}.get(show, beside[0])
    total = len(placed) + last
    page = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    first = (page - 1) * PAGE_SIZE
    people = [person for person, _ in placed[first : first + PAGE_SIZE]]
    if room := min(PAGE_SIZE, total - first) - len(people):
        people += _list_unplaced(session, cycle, ground, show, offset=max(0, first - len(placed)), limit=room)
    rows = _read(session, cycle, ground, people)
    return Narrowed(rows, total, len(let_in), len(left_out) + beside[0], page)


def _judge_placed(
    session: Session, cycle: Cycle, ground: Ground
) -> tuple[list[tuple[int, str | None]], list[tuple[int, str | None]]]:
    """Return who with a level of the ladder is in and who not, by name, and what HR ruled about each."""
    people = select_people(cycle.id)
    here, unread = people.selected_columns, sa.literal("")
    function = here.function if ground.rules.functions else unread
    columns = (here.id, unread, function, sa.null(), here.level_id, here.level_since_on, here.ruling, unread)
    found = people.with_only_columns(*columns).where(Person.level_id.in_(ground.nexts))
    let_in: list[tuple[int, str | None]] = []
    left_out: list[tuple[int, str | None]] = []
    for row in judge_rows(session.execute(found), ground):
        (let_in if row.is_in else left_out).append((row.person_id, row.ruling))
    return let_in, left_out


def _unplaced(cycle: Cycle, ground: Ground, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """Select from those who have no level of the ladder, with what HR ruled about them."""
    ruled = sa.and_(EligibilityRuling.person_id == Person.id, EligibilityRuling.cycle_id == cycle.id)
    is_unplaced = sa.or_(Person.level_id.is_(None), Person.level_id.not_in(ground.nexts))
    found = sa.select(*columns).select_from(Person).outerjoin(EligibilityRuling, ruled)
    return found.where(Person.is_active, Person.is_external.is_(False), is_unplaced)


def _count_unplaced(session: Session, cycle: Cycle, ground: Ground) -> tuple[int, int]:
    """Return how many they are, and on how many of them HR ruled."""
    counts = sa.func.count(), sa.func.count(EligibilityRuling.ruling)
    everybody, by_hand = session.execute(_unplaced(cycle, ground, *counts)).one()
    return everybody, by_hand


def _list_unplaced(
    session: Session, cycle: Cycle, ground: Ground, show: str, *, offset: int, limit: int
) -> Iterator[int]:
    found = _unplaced(cycle, ground, Person.id).order_by(Person.name, Person.id).offset(offset).limit(limit)
    return iter(session.scalars(found.where(EligibilityRuling.ruling.is_not(None)) if show == "hand" else found))


def _read(session: Session, cycle: Cycle, ground: Ground, people: list[int]) -> tuple[Judged, ...]:
    """Read and judge those on a page."""
    rows = session.execute(select_people(cycle.id).where(Person.id.in_(people)))
    judged = {row.person_id: row for row in judge_rows(rows, ground)}
    return tuple(judged[person] for person in people)
