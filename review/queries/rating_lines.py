"""What is stored of a rating on one criterion: what a save is held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Rating, RatingLine
from review.queries.ready import Ready

CONTENT: tuple[Any, ...] = (
    RatingLine.value,
    RatingLine.cannot_judge,
    RatingLine.justification,
    RatingLine.change_reason,
    RatingLine.sentence,
    RatingLine.anchors,
    RatingLine.version,
)
"""What a line holds."""
_LINE_ID = 3
"""Where it stands in a stored line, after what is of the rating."""


class StoredLine(NamedTuple):
    """A rating of a round, and what is stored in it on one criterion; `id` is None where nothing is yet."""

    rating_id: int
    rater_id: int
    on_behalf_of_id: int | None
    id: int | None = None
    value: int | None = None
    cannot_judge: bool = False
    justification: str = ""
    change_reason: str = ""
    sentence: str = ""
    anchors: Sequence[str] = ()
    version: int = 0


def find_stored_lines(session: Session, case_id: int, round_name: str, criterion_id: str) -> list[StoredLine]:
    """Return what each rating of a round holds on a criterion, the oldest rating first."""
    session.flush()
    given = {"case_id": case_id, "round": round_name, "criterion": criterion_id}
    rows = _STORED.rows(session.connection(), given)
    return [StoredLine(*(row if row[_LINE_ID] is not None else row[:_LINE_ID])) for row in rows]


def _stored_lines() -> sa.Select[Any]:
    on_criterion = sa.and_(
        RatingLine.rating_id == Rating.id, RatingLine.criterion_id == sa.bindparam("criterion", type_=sa.Text)
    )
    return (
        sa.select(Rating.id, Rating.rater_id, Rating.on_behalf_of_id, RatingLine.id, *CONTENT)
        .select_from(Rating)
        .outerjoin(RatingLine, on_criterion)
        .where(
            Rating.case_id == sa.bindparam("case_id", type_=sa.Integer),
            Rating.round == sa.bindparam("round", type_=sa.Text),
        )
        .order_by(Rating.id)
    )


_STORED = Ready(_stored_lines)
