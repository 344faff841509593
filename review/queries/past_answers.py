"""What past cases mean for eligibility: since when somebody holds a level, and when they were last told "not yet"."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from review.domain.access import Actor
from review.domain.past_case import PastOutcome
from review.models import PastCase
from review.queries.own_part import select_line


def stands() -> sa.ColumnElement[bool]:
    """Return the condition that no later file has put another row in a past case's place."""
    return PastCase.replaced_by_id.is_(None)


def find_promotion(person_id: Any, level_id: Any) -> sa.ScalarSelect[Any]:
    """Return the day on which somebody's newest past case led to a level: where the directory has none of its own."""
    return (
        sa.select(sa.func.max(PastCase.announced_on))
        .where(
            PastCase.person_id == person_id,
            PastCase.to_level_id == level_id,
            PastCase.outcome == PastOutcome.PROMOTED,
            stands(),
        )
        .scalar_subquery()
    )


def find_not_yet(person_id: Any) -> sa.ScalarSelect[Any]:
    """Return the day on which somebody was last told "not yet" before Dualtrack."""
    return _told_not_yet(sa.func.max(PastCase.announced_on)).where(PastCase.person_id == person_id).scalar_subquery()


def select_not_yet(actor: Actor) -> sa.Select[Any]:
    """Return who was told "not yet" before Dualtrack and when last; of whom the actor is close to nothing is told."""
    found = _told_not_yet(PastCase.person_id, sa.func.max(PastCase.announced_on)).group_by(PastCase.person_id)
    return found if actor.is_system else found.where(_is_not_near(actor))


def select_told_between(actor: Actor, after: date, before: date) -> sa.Select[Any]:
    """Return who was told "not yet" before Dualtrack between two days, with the same people left out."""
    found = _told_not_yet(PastCase.person_id).where(PastCase.announced_on > after, PastCase.announced_on < before)
    return found if actor.is_system else found.where(_is_not_near(actor))


def _told_not_yet(*columns: Any) -> sa.Select[Any]:
    return sa.select(*columns).where(PastCase.outcome == PastOutcome.NOT_YET, stands())


def _is_not_near(actor: Actor) -> sa.ColumnElement[bool]:
    return PastCase.person_id.not_in(select_line(actor.person_id))
