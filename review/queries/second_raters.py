"""Who can be second rater of a case: people who know such work and are not close to the candidate."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.phase import Phase
from review.models import Case, Committee, CommitteeMember, Person, Rating, RatingLine
from review.queries.ratings import WRITER
from review.queries.standing import Standing


def list_possible_second_raters(session: Session, standing: Standing) -> list[tuple[int, str]]:
    """Return (id, label) of people on the ladder at or above the target's grade who have no conflict.

    Without grades: everybody on the ladder's levels. The candidate's own team is left out, who has rated the case
    for the manager, and the committee: the only one of the cycle too, before the case is given to it.
    """
    case, ladder = standing.case, standing.ladder
    levels = [level.id for level in ladder.levels if ladder.compare_grades(level.id, case.to_level_id) in (0, 1)]
    close = standing.parties.conflicts | standing.parties.chain | standing.parties.skip_level_ids
    barred = close | {case.candidate_id, case.manager_id or 0} | set(standing.parties.members)
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.title)
        .where(
            Person.is_active,
            Person.level_id.in_(levels or [level.id for level in ladder.levels]),
            Person.id.not_in(barred),
            Person.id.not_in(_sit_on_the_only_committee(case.cycle_id)),
            Person.id.not_in(
                sa.select(WRITER)
                .join_from(RatingLine, Rating, Rating.id == RatingLine.rating_id)
                .where(Rating.case_id == case.id, Rating.round != "second")
            ),
            sa.or_(Person.manager_id != case.manager_id, Person.manager_id.is_(None)),
        )
        .order_by(Person.name, Person.id)
    )
    return [(row.id, ", ".join(filter(None, (row.name, row.title)))) for row in rows]


def is_second_rating_waiting(session: Session, case_id: int, person_id: int) -> bool:
    """Tell whether the case is built and still waits for the second rating of this person."""
    handed_in = sa.exists().where(
        Rating.case_id == case_id,
        Rating.round == "second",
        Rating.locked_at.is_not(None),
        sa.or_(Rating.rater_id == person_id, Rating.on_behalf_of_id == person_id),
    )
    waiting = (Case.id == case_id, Case.second_rater_id == person_id, Case.phase == Phase.COLLECTING, ~handed_in)
    return session.scalar(sa.select(Case.id).where(*waiting)) is not None


def _sit_on_the_only_committee(cycle_id: int) -> sa.Select[int]:
    other = aliased(Committee)
    has_another = sa.exists().where(other.cycle_id == cycle_id, other.id != Committee.id)
    sitting = sa.select(CommitteeMember.person_id).join(Committee, Committee.id == CommitteeMember.committee_id)
    return sitting.where(Committee.cycle_id == cycle_id, ~has_another)
