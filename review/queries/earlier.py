"""What an earlier cycle left for a case: the gaps still open, and the rating given then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain import access
from review.domain.access import Right, roles_in
from review.domain.packet_view import Part, View, parts_in
from review.domain.phase import Phase
from review.models import Case, Cycle, Gap, GapAnswer, Person, Rating, RatingLine
from review.queries.calibration import list_changes
from review.queries.parties import find_parties
from review.queries.pinned import load_ladder
from review.queries.ratings import HOLDER, WRITER
from review.queries.standing import RATING, Standing
from review.queries.told import binds, was_told


@dataclass(frozen=True, slots=True)
class EarlierGap:
    """A gap that an earlier decision named and no later one found met."""

    cycle: str
    sentence: str
    seen: str
    missing: str
    activity: str
    review_on: date


@dataclass(frozen=True, slots=True)
class EarlierRating:
    """The manager's rating of an earlier case; `stands` where the committee changed it. None: could not be judged."""

    case_id: int
    code: str
    cycle: str
    level: str
    rater: str
    value: int | None
    is_changed: bool
    stands: int | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the page of one criterion shows of earlier cycles."""

    gaps: tuple[EarlierGap, ...] = ()
    rating: EarlierRating | None = None


def load_earlier(session: Session, standing: Standing, criterion_id: str) -> Earlier:
    """Return what is left of earlier cycles for one criterion; one statement where there was no earlier case.

    Gaps are for the manager of now, whoever it was then, as in the packet. The rating is for whoever may read it in
    the earlier case itself; who rates blind reads neither.
    """
    if "manager" not in standing.workflow_roles:
        return Earlier()
    values = {"candidate_id": standing.case.candidate_id, "case_id": standing.case.id}
    records = session.execute(_told_before(), values).all()
    if not records:
        return Earlier()
    cycles = {case.id: cycle for case, cycle in records}
    cases = [case for case, _ in records]
    return Earlier(
        gaps=_gaps(session, standing, cycles, criterion_id),
        rating=_rating(session, standing, cases, cycles, criterion_id),
    )


@cache
def _told_before() -> sa.Select[Case, Cycle]:
    """Return the statement of earlier cases, built once: that costs more than running it."""
    candidate_id, case_id = (sa.bindparam(name, type_=sa.Integer) for name in ("candidate_id", "case_id"))
    return (
        sa.select(Case, Cycle)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .where(
            Case.candidate_id == candidate_id,
            Case.id < case_id,
            was_told(Case),
        )
        .order_by(Case.id.desc())
    )


def _gaps(session: Session, standing: Standing, cycles: dict[int, Cycle], criterion_id: str) -> tuple[EarlierGap, ...]:
    if Part.PRIOR_GAPS not in parts_in(View.MANAGER, Phase.SEALED):
        return ()
    met = sa.exists().where(GapAnswer.gap_id == Gap.id, GapAnswer.is_met, GapAnswer.case_id < standing.case.id)
    rows = session.scalars(
        sa.select(Gap)
        .join(Case, Case.id == Gap.case_id)
        .where(Gap.case_id.in_(cycles), Gap.criterion_id == criterion_id, binds(Case), ~met.correlate(Gap))
        .order_by(Gap.case_id, Gap.id)
    )
    return tuple(
        EarlierGap(cycles[row.case_id].name, row.sentence, row.seen, row.missing, row.activity, row.review_on)
        for row in rows
    )


def _rating(
    session: Session, standing: Standing, cases: list[Case], cycles: dict[int, Cycle], criterion_id: str
) -> EarlierRating | None:
    """Return the rating of the newest earlier case that has one, if this reader may read it there."""
    case, line, name = _newest(session, cases, criterion_id)
    if case is None or line is None:
        return None
    cycle = cycles[case.id]
    roles = roles_in(find_parties(session, case), standing.actor)
    if not access.can(Right.READ, RATING, roles, Phase(case.phase), frozenset()):
        return None
    changes = [row for row in list_changes(session, [case.id]) if row.criterion_id == criterion_id]
    return EarlierRating(
        case_id=case.id,
        code=case.code,
        cycle=cycle.name,
        level=load_ladder(session, cycle.ladder_version_id).level(case.to_level_id).name,
        rater=name,
        value=line.value,
        is_changed=bool(changes),
        stands=changes[-1].value if changes else line.value,
    )


def _newest(session: Session, cases: list[Case], criterion_id: str) -> tuple[Case | None, RatingLine | None, str]:
    """Return the newest case with a final rating of the criterion: the manager's of the end before a former one's."""
    found = session.execute(
        sa.select(Case, RatingLine, Person.name)
        .select_from(RatingLine)
        .join(Rating, Rating.id == RatingLine.rating_id)
        .join(Case, Case.id == Rating.case_id)
        .join(Person, Person.id == WRITER)
        .where(
            Rating.case_id.in_([case.id for case in cases]),
            Rating.round == "final",
            Rating.locked_at.is_not(None),
            RatingLine.criterion_id == criterion_id,
        )
        .order_by(Rating.case_id.desc(), sa.case((Case.manager_id == HOLDER, 0), else_=1), Rating.id.desc())
        .limit(1)
    ).first()
    return (found[0], found[1], found[2]) if found else (None, None, "")
