"""The gaps that earlier cases left open, as the packet holds them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain import packet
from review.models import Case, Gap, GapAnswer
from review.queries.standing import Standing
from review.queries.told import binds


def gather_prior_gaps(
    session: Session, standing: Standing, evidence: Mapping[int, packet.Evidence]
) -> tuple[packet.PriorGap, ...]:
    """Return the gaps that were open when this case came, each with the evidence that is tagged with its criterion."""
    case, names = standing.case, {each.id: each.name_for(standing.case.track_id) for each in standing.ladder.criteria}
    earlier = sa.orm.aliased(Case)
    met = sa.select(GapAnswer.id).where(GapAnswer.gap_id == Gap.id, GapAnswer.is_met, GapAnswer.case_id < case.id)
    rows = session.execute(
        sa.select(Gap, earlier.code)
        .join(earlier, earlier.id == Gap.case_id)
        .where(
            earlier.candidate_id == case.candidate_id,
            earlier.id < case.id,
            binds(earlier),
            ~met.exists(),
        )
        .order_by(Gap.id)
    )
    return tuple(
        packet.PriorGap(
            f"G{number}",
            code,
            names.get(gap.criterion_id, gap.criterion_id),
            gap.sentence,
            gap.seen,
            gap.missing,
            gap.review_on,
            tuple(each.anchor for each in evidence.values() if any(t.criterion == gap.criterion_id for t in each.tags)),
        )
        for number, (gap, code) in enumerate(rows, 1)
    )
