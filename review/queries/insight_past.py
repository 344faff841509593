"""Past cases as facts for the figures of a cycle: counted by the database, without whom the reader is close to."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.insight.facts import DECIDED, PROMOTED, PastFact, PastSpell
from review.domain.ladder import Ladder
from review.models import PastCase
from review.queries.own_part import select_near
from review.queries.past_answers import stands

MONTH = 365.2425 / 12
"""Days in a month, on the average of the calendar."""


def count_past(session: Session, ladder: Ladder, actor: Actor) -> tuple[PastFact, ...]:
    """Return the decided past cases that asked for a promotion on a ladder, by cycle, track and grade; one statement.

    One that began on the same grade asked for a change of track, and is not among them.
    """
    rows = session.execute(
        sa.select(
            PastCase.cycle,
            PastCase.track_id,
            PastCase.from_level_id,
            PastCase.to_level_id,
            sa.func.sum(sa.case((PastCase.outcome == PROMOTED, 1), else_=0)),
            sa.func.count(),
            sa.func.max(PastCase.announced_on),
        )
        .where(PastCase.outcome.in_(sorted(DECIDED)), *_counted(PastCase, ladder, actor), stands())
        .group_by(PastCase.cycle, PastCase.track_id, PastCase.from_level_id, PastCase.to_level_id)
    ).all()
    grades = {level.id: level.grade for level in ladder.levels}
    found: dict[tuple[str, str, str], tuple[int, int, date]] = defaultdict(lambda: (0, 0, date.min))
    for cycle, track, start, target, hits, n, on in rows:
        grade = grades[target]
        if start is not None and grade is not None and grades.get(start) == grade:
            continue
        key = (cycle, ladder.track(track).name, "" if grade is None else str(grade))
        before = found[key]
        found[key] = (before[0] + hits, before[1] + n, max(before[2], on))
    return tuple(PastFact(cycle, on, track, grade, hits, n) for (cycle, track, grade), (hits, n, on) in found.items())


def list_spells(session: Session, ladder: Ladder, actor: Actor) -> tuple[PastSpell, ...]:
    """Return the months from each promotion to a level to the same person's next one from it; one statement."""
    later, earlier = sa.orm.aliased(PastCase), sa.orm.aliased(PastCase)
    rows = session.execute(
        sa.select(later.track_id, later.announced_on, sa.func.max(earlier.announced_on))
        .join(
            earlier,
            sa.and_(
                earlier.person_id == later.person_id,
                earlier.to_level_id == later.from_level_id,
                earlier.announced_on < later.announced_on,
            ),
        )
        .where(*_counted(later, ladder, actor))
        .where(*(each.outcome == PROMOTED for each in (later, earlier)))
        .where(*(each.replaced_by_id.is_(None) for each in (later, earlier)))
        .group_by(later.id, later.track_id, later.announced_on)
        .order_by(later.id)
    ).all()
    return tuple(PastSpell(ladder.track(track).name, (end - start).days / MONTH) for track, end, start in rows)


def _counted(case: Any, ladder: Ladder, actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a past case is of a ladder, and of nobody whom the actor is close to."""
    return (
        case.to_level_id.in_([level.id for level in ladder.levels]),
        case.track_id.in_([track.id for track in ladder.tracks]),
        case.person_id.not_in(select_near(actor.person_id)),
    )
