"""The cases of a cycle as rows of a table to take along: made piece by piece, what alike cases share only once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.board import Holder
from review.models import Case, CaseToken, Committee, Person, WorkflowVersion
from review.queries.cycle_cases import MOST_KEPT, WHOLE, fill_in, join_lines
from review.queries.cycle_narrowing import IS_STALLED, CaseSearch, narrow_cases, order_cases
from review.queries.cycle_pages import CYCLE_ID, are_in_cycle
from review.queries.cycle_stages import count_stages
from review.queries.cycle_turns import MANAGER, SECOND, add_stands, join_stands, read_stand
from review.queries.pinned import find_definition

PIECE = 500
"""How many rows are taken at once from what the database has answered."""
AS_GIVEN = sa.types.NullType()
"""A moment as the database gives it, SQLite as words, and yes or no: each is read once, however many cases have it."""
OWN = 8
"""How many columns of a row are the case's own; what alike cases share follows."""


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """What cases that stand alike share: their move, their stage in words, and whose turn it is.

    Of the holders, `candidate`, `manager` and `second_rater` are without their person, whom each case knows itself.
    """

    from_level_id: str | None
    to_level_id: str
    state: str
    is_stalled: bool
    holders: tuple[Holder, ...]


TableRow = tuple[str, str, str, str | None, str | None, str, date | None, date | None, Alike]
"""One case: code, candidate, function, manager, second rater and committee, since and until when it is where it is, and
what it shares with others. No class of its own: to make thousands of one takes longer than to fill them.
"""


def read_case_table(
    session: Session,
    cycle_id: int,
    actor: Actor,
    wanted: CaseSearch,
    *,
    today: date,
    zone: ZoneInfo,
    levels: Sequence[str] = (),
) -> Iterator[TableRow]:
    """Return all cases of a cycle that fit, made piece by piece while they are taken.

    Who sees what is as in load_cycle_cases().
    """
    if not actor.has(Role.HR):
        return iter(())
    values = fill_in(cycle_id, actor, today, zone)
    stages = count_stages(session, values) if wanted.sort.endswith("stage") else ()
    alike = replace(wanted, page=WHOLE, only=None)
    statement = _select_table(alike, tuple(levels), tuple(stage.state_id for stage in stages))
    found = session.connection().execute(statement, values)
    return map(_make_reader(session, zone), chain.from_iterable(found.partitions(PIECE)))


@lru_cache(MOST_KEPT)
def _select_table(wanted: CaseSearch, levels: tuple[str, ...], stage_ids: tuple[str, ...]) -> sa.Select[Any]:
    """Return the statement of the cases that fit, built once for all that are narrowed and sorted alike."""
    columns: tuple[Any, ...] = (
        sa.type_coerce(Case.due_at, AS_GIVEN),  # first, as PostgreSQL sorts by it
        *(Case.code, Person.name, Person.function, MANAGER.name, SECOND.name),
        sa.func.coalesce(Committee.name, ""),
        sa.type_coerce(CaseToken.entered_at, AS_GIVEN),
        *(Case.workflow_version_id, WorkflowVersion.digest, Case.from_level_id, Case.to_level_id, Case.state),
        sa.type_coerce(IS_STALLED, AS_GIVEN).label("is_stalled"),
    )
    rows = join_lines(sa.select(*columns))
    rows = rows.outerjoin(MANAGER, MANAGER.id == Case.manager_id).outerjoin(SECOND, SECOND.id == Case.second_rater_id)
    order = order_cases(wanted.sort, {"move": levels, "stage": stage_ids})
    narrowed = narrow_cases(wanted)
    rows = add_stands(rows) if narrowed else join_stands(rows, CYCLE_ID)
    return rows.where(*are_in_cycle(), *narrowed).order_by(*order)


def _make_reader(session: Session, zone: ZoneInfo) -> Callable[[Sequence[Any]], TableRow]:
    """Return what makes a row of the table from one of the statement."""
    known: dict[Sequence[Any], Alike] = {}

    @cache
    def tell_day(moment: datetime | str | None) -> date | None:
        if moment is None:
            return None
        read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return read.replace(tzinfo=UTC).astimezone(zone).date()

    def tell(row: Sequence[Any]) -> TableRow:
        shared = row[OWN:]
        alike = known.get(shared)
        if alike is None:
            alike = known[shared] = _read_alike(session, shared)
        due_at, code, name, function, manager, second, committee, entered_at = row[:OWN]
        return code, name, function, manager, second, committee, tell_day(entered_at), tell_day(due_at), alike

    return tell


def _read_alike(session: Session, shared: Sequence[Any]) -> Alike:
    version_id, digest, start, to, state, is_stalled, *stand = shared
    definition = find_definition(session, version_id, digest)
    found = read_stand(definition, stand)
    holders = found.holders if found is not None else ()
    return Alike(start, to, definition.states[state].title, bool(is_stalled), holders)
