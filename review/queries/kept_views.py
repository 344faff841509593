"""The views of a cycle's cases that somebody keeps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import KeptView


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A kept view: its name, and the query of the page."""

    id: int
    name: str
    address: str


def list_views(session: Session, cycle_id: int, actor: Actor) -> tuple[ViewRow, ...]:
    """Return the actor's own views of a cycle, by name."""
    rows = session.execute(_statement(), {"me": actor.person_id, "cycle_id": cycle_id})
    return tuple(ViewRow(*row) for row in rows)


@cache
def _statement() -> sa.Select[int, str, str]:
    mine = KeptView.person_id == sa.bindparam("me", type_=sa.Integer)
    here = KeptView.cycle_id == sa.bindparam("cycle_id", type_=sa.Integer)
    return sa.select(KeptView.id, KeptView.name, KeptView.address).where(mine, here).order_by(KeptView.name)
