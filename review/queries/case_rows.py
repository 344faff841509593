"""Rows about one case: what each is about, two words and two numbers. Many small selects go as one statement."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Case, Cycle
from review.queries.ready import Ready

EMPTY, ZERO = sa.literal_column("''", sa.String), sa.literal_column("0", sa.Integer)
"""Written into the statement: so many would be slow as parameters."""
Picked = sa.Select[Any]


class Row(NamedTuple):
    """One fact: what it is about, two words and two numbers."""

    what: str
    a: str
    b: str
    n: int
    m: int


Rows = dict[str, list[Row]]


class CaseColumns(NamedTuple):
    """What who is who in a case, and its facts, are worked out from; named as in Case."""

    id: int
    cycle_id: int
    workflow_version_id: int
    candidate_id: int
    manager_id: int | None
    track_id: str
    to_level_id: str
    nominated_by_id: int
    committee_id: int | None
    second_rater_id: int | None
    state: str
    phase: str
    outcome: str | None
    vote_round: int
    present_ids: list[Any]
    created_at: datetime


class CycleColumns(NamedTuple):
    """What of a cycle tells how its cases stand; named as in Cycle."""

    ladder_version_id: int
    required_functions: list[Any]
    policy: dict[str, Any]


AnyCase = Case | CaseColumns
AnyCycle = Cycle | CycleColumns


def pick(what: str, a: Any = EMPTY, b: Any = EMPTY, n: Any = ZERO, m: Any = ZERO) -> Picked:
    """Return a select of such rows; `what` is a word of ours, never of people."""
    name = sa.literal_column(f"'{what}'", sa.String)
    return sa.select(name.label("what"), a.label("a"), b.label("b"), n.label("n"), m.label("m"))


def read_rows(session: Session, statement: Ready, values: dict[str, Any]) -> Rows:
    """Run a statement of such selects; return its rows by what they are about.

    They are columns alone and go past the session's objects, whose changes are written before.
    """
    session.flush()
    rows: Rows = defaultdict(list)
    for record in statement.rows(session.connection(), values):
        row = Row._make(record)
        rows[row.what].append(row)
    return rows
