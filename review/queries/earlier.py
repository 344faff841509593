"""What an earlier cycle left for a case: the gaps still open, and the rating given then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain import access
from review.domain.access import Actor, Right, Role, roles_in
from review.domain.embargo import RATING
from review.domain.letter import without_sources
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Case, Cycle, Gap, GapAnswer, Person, Rating, RatingLine
from review.queries.calibration import list_changes
from review.queries.parties import find_parties
from review.queries.pinned import load_ladder
from review.queries.ratings import HOLDER, WRITER
from review.queries.standing import Standing
from review.queries.told import binds

READERS = (Role.MANAGER, Role.CANDIDATE)
"""Who reads what is left of an earlier case; who is both reads as the first."""


@dataclass(frozen=True)
class EarlierGap:
    """A gap that an earlier decision named and no later one found met."""

    cycle: str
    sentence: str
    seen: str
    missing: str
    activity: str
    review_on: date


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Earlier:
    """What the page of one criterion shows of earlier cycles."""

    gaps: tuple[EarlierGap, ...] = ()
    rating: EarlierRating | None = None


def load_earlier(session: Session, standing: Standing, criterion_ids: Collection[str]) -> dict[str, Earlier]:
    """Return what is left of earlier cycles, by criterion; no statement where there was no earlier case.

    Gaps are for the manager of now, whoever it was then, as in the packet, and for the candidate as the letter told
    them. The rating is for the manager of now who may read it in the earlier case itself; who rates blind reads none.
    """
    reader = next((role for role in READERS if role in standing.workflow_roles), None)
    if reader is None or not standing.earlier:
        return dict.fromkeys(criterion_ids, Earlier())
    cycles = _name_cycles(session, standing.earlier)
    gaps = _gaps(session, standing, cycles, criterion_ids, reader)
    if reader is Role.CANDIDATE:
        return {each: Earlier(tuple(map(_as_told, gaps.get(each, ())))) for each in criterion_ids}
    ratings = _ratings(session, standing, cycles, criterion_ids)
    return {each: Earlier(tuple(gaps.get(each, ())), ratings.get(each)) for each in criterion_ids}


def _name_cycles(session: Session, case_ids: Collection[int]) -> dict[int, str]:
    """Return the name of the cycle of each case."""
    named = sa.select(Case.id, Cycle.name).join_from(Case, Cycle, Cycle.id == Case.cycle_id)
    return dict(session.execute(named.where(Case.id.in_(case_ids))).all())


def _as_told(gap: EarlierGap) -> EarlierGap:
    """Return a gap as its candidate reads it, as in the letter: without the numbers of feedback and ratings."""
    return replace(gap, seen=without_sources(gap.seen), missing=without_sources(gap.missing))


def _gaps(
    session: Session, standing: Standing, cycles: Mapping[int, str], criterion_ids: Collection[str], reader: Role
) -> dict[str, list[EarlierGap]]:
    found: dict[str, list[EarlierGap]] = defaultdict(list)
    if not access.can_read("decision.rationale", frozenset({reader}), Phase.CLOSED):
        return found
    met = sa.exists().where(GapAnswer.gap_id == Gap.id, GapAnswer.is_met, GapAnswer.case_id < standing.case.id)
    rows = session.scalars(
        sa.select(Gap)
        .join(Case, Case.id == Gap.case_id)
        .where(Gap.case_id.in_(cycles), Gap.criterion_id.in_(criterion_ids), binds(Case), ~met.correlate(Gap))
        .order_by(Gap.case_id, Gap.id)
    )
    for row in rows:
        gap = EarlierGap(cycles[row.case_id], row.sentence, row.seen, row.missing, row.activity, row.review_on)
        found[row.criterion_id].append(gap)
    return found


def _ratings(
    session: Session, standing: Standing, cycles: Mapping[int, str], criterion_ids: Collection[str]
) -> dict[str, EarlierRating]:
    """Return the rating of the newest earlier case that has one, where this reader may read it there."""
    newest = _newest(session, cycles, criterion_ids)
    cases = {case.id: case for case, *_ in newest.values()}
    readable = [number for number, case in cases.items() if _may_read(session, case, standing.actor)]
    changed = {(row.case_id, row.criterion_id): row.value for row in list_changes(session, readable)}
    return {
        criterion: EarlierRating(
            case_id=case.id,
            code=case.code,
            cycle=cycle.name,
            level=load_ladder(session, cycle.ladder_version_id).level(case.to_level_id).name,
            rater=name,
            value=line.value,
            is_changed=(case.id, criterion) in changed,
            stands=changed.get((case.id, criterion), line.value),
        )
        for criterion, (case, cycle, line, name) in newest.items()
        if case.id in readable
    }


def _may_read(session: Session, case: Case, actor: Actor) -> bool:
    roles = roles_in(find_parties(session, case), actor)
    return access.can(Right.READ, RATING, roles, Phase(case.phase), frozenset())


def _newest(
    session: Session, case_ids: Collection[int], criterion_ids: Collection[str]
) -> dict[str, tuple[Case, Cycle, RatingLine, str]]:
    """Return the final rating of the newest case that has one: the manager's of the end before a former one's."""
    records = session.execute(
        sa.select(Case, Cycle, RatingLine, Person.name)
        .select_from(RatingLine)
        .join(Rating, Rating.id == RatingLine.rating_id)
        .join(Case, Case.id == Rating.case_id)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(Person, Person.id == WRITER)
        .where(
            Rating.case_id.in_(case_ids),
            Rating.round == "final",
            Rating.locked_at.is_not(None),
            RatingLine.criterion_id.in_(criterion_ids),
        )
        .order_by(Rating.case_id.desc(), sa.case((Case.manager_id == HOLDER, 0), else_=1), Rating.id.desc())
    )
    found: dict[str, tuple[Case, Cycle, RatingLine, str]] = {}
    for case, cycle, line, name in records:
        found.setdefault(line.criterion_id, (case, cycle, line, name))
    return found
