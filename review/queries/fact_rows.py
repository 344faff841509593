"""The selects behind the facts of a case."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm

from review.models import (
    Appeal,
    Case,
    CaseToken,
    Decision,
    Evidence,
    EvidenceTag,
    Feedback,
    Gap,
    GapAnswer,
    GrowthItem,
    GrowthPlan,
    Letter,
    Packet,
    PacketFile,
    PanelScore,
    Person,
    Rating,
    RatingLine,
    Release,
    ReleaseItem,
    Seat,
    SelfReview,
    Vote,
)
from review.queries.case_rows import ZERO, AnyCase, Picked, pick
from review.queries.fixed_words import fixed
from review.queries.mirrors import mirror_is_due
from review.queries.request_states import has_left, request_state
from review.queries.told import binds, was_told

YET_TO_VOTE = ("seated", "read")


class Asked:
    """The case that is asked about, as parameters: the statement is built once, which costs more than running it."""

    id: Any = sa.bindparam("case_id", type_=sa.Integer)
    candidate_id: Any = sa.bindparam("candidate_id", type_=sa.Integer)
    cycle_id: Any = sa.bindparam("cycle_id", type_=sa.Integer)
    second_rater_id: Any = sa.bindparam("second_rater_id", type_=sa.Integer)
    vote_round: Any = sa.bindparam("vote_round", type_=sa.Integer)


def right_selects() -> list[Picked]:
    """Return the selects of where a case stands, on which rights hang; they are run with fact_values()."""
    case = Asked
    return [
        pick("token", CaseToken.region, CaseToken.state).where(CaseToken.case_id == case.id),
        pick("panelist", n=PanelScore.person_id).where(PanelScore.case_id == case.id),
        # A release counts for the decision it was made for, not for one that replaced it.
        pick("release", n=Release.prepared_by_id, m=Release.approved_by_id)
        .join(ReleaseItem, ReleaseItem.release_id == Release.id)
        .join(Decision, Decision.id == ReleaseItem.decision_id)
        .where(
            ReleaseItem.case_id == case.id,
            Release.approved_at.is_not(None),
            Release.cancelled_at.is_(None),
            Decision.replaced_at.is_(None),
        ),
    ]


def fact_selects() -> list[Picked]:
    """Return the selects of what else the checks ask about a case; they are run with fact_values()."""
    return [*_building(Asked), *_committee(Asked), *_after(Asked)]


def fact_values(case: AnyCase) -> dict[str, Any]:
    """Return what fact_selects() are run with for a case."""
    names = ("candidate_id", "cycle_id", "second_rater_id", "vote_round")
    return {"case_id": case.id, **{name: getattr(case, name) for name in names}}


def _flag(condition: Any, bit: int = 1) -> Any:
    return sa.case((condition, sa.literal(bit)), else_=ZERO)


def _building(case: type[Asked]) -> list[Picked]:
    words = sa.func.length(sa.func.trim(RatingLine.justification)) > 0
    is_judged = sa.or_(RatingLine.value.is_not(None), RatingLine.cannot_judge)
    is_cited = sa.or_(sa.cast(RatingLine.anchors, sa.Text) != "[]", RatingLine.cannot_judge)
    return [
        pick("self_review", SelfReview.criterion_id, n=sa.func.length(sa.func.trim(SelfReview.body))).where(
            SelfReview.case_id == case.id
        ),
        pick("evidence", EvidenceTag.criterion_id)
        .join(Evidence, Evidence.id == EvidenceTag.evidence_id)
        .where(Evidence.case_id == case.id, Evidence.removed_at.is_(None)),
        pick(
            "feedback",
            Feedback.kind + "/" + request_state(),
            Feedback.function,
            _flag(sa.or_(Feedback.is_hidden_from_manager, mirror_is_due(case.candidate_id, case.cycle_id)))
            + _flag(has_left(), 2),
            _flag(Feedback.shown_in.is_not(None)),
        )
        .join(Person, Person.id == Feedback.giver_id)
        .where(Feedback.case_id == case.id),
        pick(
            "rating",
            Rating.round,
            RatingLine.criterion_id,
            sa.func.coalesce(Rating.on_behalf_of_id, Rating.rater_id),
            _flag(sa.and_(is_judged, words)) + _flag(is_cited, 2),
        )
        .join(Rating, Rating.id == RatingLine.rating_id)
        .where(Rating.case_id == case.id),
        pick("rater", n=sa.func.coalesce(RatingLine.written_by_id, Rating.rater_id))
        .join(Rating, Rating.id == RatingLine.rating_id)
        .where(Rating.case_id == case.id, Rating.round != "second"),
        pick("panel", n=PanelScore.person_id).where(PanelScore.case_id == case.id, PanelScore.scored_at.is_not(None)),
        pick("second_rater", n=Person.manager_id).where(
            Person.id == case.second_rater_id, Person.manager_id.is_not(None)
        ),
    ]


def _committee(case: type[Asked]) -> list[Picked]:
    earlier = sa.orm.aliased(Case)
    answer = sa.select(GapAnswer.id).where(
        GapAnswer.gap_id == Gap.id, sa.or_(GapAnswer.case_id == case.id, GapAnswer.is_met)
    )
    return [
        pick("packet", PacketFile.state)
        .join(Packet, Packet.id == PacketFile.packet_id)
        .where(Packet.case_id == case.id, Packet.unsealed_at.is_(None), PacketFile.view == "committee"),
        pick("seat", _seat_state(), Seat.role, Seat.person_id, _flag(Seat.opened_at.is_not(None)))
        .join(Person, Person.id == Seat.person_id)
        .where(Seat.case_id == case.id),
        pick("vote", n=Vote.person_id).where(
            Vote.case_id == case.id,
            Vote.round == case.vote_round,
            Vote.cast_at.is_not(None),
            Vote.voided_at.is_(None),
        ),
        pick("gap", n=Gap.id).where(Gap.case_id == case.id, Gap.removed_at.is_(None)),
        pick("earlier_gap", n=Gap.id)
        .join(earlier, earlier.id == Gap.case_id)
        .where(
            earlier.candidate_id == case.candidate_id,
            earlier.id < case.id,
            binds(earlier),
            ~answer.exists(),
        ),
        pick("earlier", n=earlier.id).where(
            earlier.candidate_id == case.candidate_id, earlier.id < case.id, was_told(earlier)
        ),
        pick("decision", Decision.outcome).where(Decision.case_id == case.id, Decision.replaced_at.is_(None)),
    ]


def _seat_state() -> sa.ColumnElement[str]:
    """Return the state of a seat; "left" where who has it left before their vote: nobody waits for that any more."""
    is_gone = sa.and_(~Person.is_active, Seat.state.in_(fixed(YET_TO_VOTE)))
    return sa.case((is_gone, "left"), else_=Seat.state)


def _after(case: type[Asked]) -> list[Picked]:
    return [
        # A letter counts for the decision it was made for, not for one that replaced it.
        pick("letter", n=_flag(Letter.ready_at.is_not(None)))
        .join(Decision, Decision.id == Letter.decision_id)
        .where(Letter.case_id == case.id, Decision.replaced_at.is_(None)),
        pick("appeal", n=Appeal.id).where(Appeal.case_id == case.id),
        pick("plan", sa.literal("candidate")).where(
            GrowthPlan.case_id == case.id, GrowthPlan.agreed_by_candidate_at.is_not(None)
        ),
        pick("plan", sa.literal("manager")).where(
            GrowthPlan.case_id == case.id, GrowthPlan.agreed_by_manager_at.is_not(None)
        ),
        pick("plan_gap", n=GrowthItem.gap_id)
        .join(GrowthPlan, GrowthPlan.id == GrowthItem.plan_id)
        .where(GrowthPlan.case_id == case.id, GrowthItem.gap_id.is_not(None), GrowthItem.activity != ""),
    ]
