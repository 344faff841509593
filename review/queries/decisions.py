"""Decisions: what was decided, the gaps named, those of earlier cases, and what the ladder's sentences are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.domain.gaps import is_new_gap
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Case, Decision, Gap, GapAnswer, Person
from review.queries.changed_ratings import ChangedRating, list_changed
from review.queries.evidence import list_evidence
from review.queries.feedback import read_feedback
from review.queries.standing import Standing
from review.queries.told import binds
from review.queries.votes import anchors_of


@dataclass(frozen=True)
class CriterionSentences:
    """What the target level asks in a criterion, sentence by sentence: (key for a form, words)."""

    id: str
    name: str
    sentences: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GapRow:
    """A gap named in this case; `is_new` when no earlier case named it."""

    id: int
    criterion: str
    sentence: str
    seen: str
    missing: str
    review_on: date
    activity: str
    is_new: bool


@dataclass(frozen=True)
class EarlierGap:
    """A gap of an earlier case that was still open, and how this case answers it; `is_met` None: not yet."""

    id: int
    case_code: str
    criterion: str
    sentence: str
    seen: str
    missing: str
    review_on: date
    is_met: bool | None
    anchor: str
    reason: str


@dataclass(frozen=True)
class Dissenter:
    """Who voted otherwise than was decided."""

    name: str
    overall: str
    reason: str


@dataclass(frozen=True)
class DecisionRow:
    """A decision as it was recorded; `dissent` is None for who may not read votes, `rationale` likewise."""

    outcome: str
    rationale: str | None
    recorded_by: str
    recorded_at: datetime
    signed_off_by: str
    dissent: tuple[Dissenter, ...] | None


@dataclass(frozen=True)
class DecisionPage:
    """Everything the decision is recorded from, or that stays of it."""

    can_record: bool
    decision: DecisionRow | None
    earlier: tuple[EarlierGap, ...]
    gaps: tuple[GapRow, ...]
    criteria: tuple[CriterionSentences, ...]
    anchors: Mapping[str, str]
    changed: tuple[ChangedRating, ...]

    @property
    def unanswered(self) -> int:
        """Return how many earlier gaps have no answer yet."""
        return sum(gap.is_met is None for gap in self.earlier)

    @property
    def names(self) -> Mapping[str, str]:
        """Return the printed name of each anchor: `e:12` → E1."""
        return {key: anchor for anchor, key in self.anchors.items()}


def load_decision_page(session: Session, standing: Standing) -> DecisionPage:
    """Return the page of the decision; raise NotFound for who may not read the outcome."""
    if not standing.may_read("decision.outcome"):
        raise NotFound
    earlier = list_earlier_gaps(session, standing)
    anchors = anchors_of(list_evidence(session, standing), read_feedback(session, standing))
    return DecisionPage(
        can_record="chair" in standing.workflow_roles and standing.phase is Phase.REVEALED,
        decision=_load_decision(session, standing),
        earlier=earlier if standing.may_read("vote.others") else (),
        gaps=_list_gaps(session, standing),
        criteria=list_sentences(standing),
        anchors=anchors,
        changed=list_changed(session, standing, anchors=anchors),
    )


def current_decision(session: Session, case_id: int) -> Decision | None:
    """Return the decision that stands."""
    return session.scalar(
        sa.select(Decision)
        .where(Decision.case_id == case_id, Decision.replaced_at.is_(None))
        .order_by(Decision.id.desc())
        .limit(1)
    )


def list_sentences(standing: Standing) -> tuple[CriterionSentences, ...]:
    """Return the ladder's sentences at the target level, the summary first; the key is criterion and signal."""
    case, ladder = standing.case, standing.ladder
    found = []
    for criterion in standing.criteria:
        cell = ladder.expectation(criterion.id, case.to_level_id)
        said = [("", cell.summary), *((signal.id, signal.text) for signal in (*cell.base, *cell.signals))]
        sentences = tuple((f"{criterion.id}/{key}", words) for key, words in said if words)
        found.append(CriterionSentences(criterion.id, criterion.name_for(case.track_id), sentences))
    return tuple(found)


def earlier_gap_ids(session: Session, standing: Standing) -> frozenset[int]:
    """Return the gaps of the candidate's earlier cases that this case has to answer."""
    return frozenset(session.scalars(_earlier(standing).with_only_columns(Gap.id)))


def list_earlier_gaps(session: Session, standing: Standing) -> tuple[EarlierGap, ...]:
    """Return the gaps of earlier cases that were open when this case came, with its answers; one statement."""
    names = {each.id: each.name_for(standing.case.track_id) for each in standing.ladder.criteria}
    return tuple(
        EarlierGap(
            id=gap.id,
            case_code=code,
            criterion=names.get(gap.criterion_id, gap.criterion_id),
            sentence=gap.sentence,
            seen=gap.seen,
            missing=gap.missing,
            review_on=gap.review_on,
            is_met=answer.is_met if answer else None,
            anchor=answer.anchor if answer else "",
            reason=answer.reason if answer else "",
        )
        for gap, code, answer in session.execute(_earlier(standing))
    )


def _earlier(standing: Standing) -> Any:
    case = standing.case
    met_before = sa.exists().where(GapAnswer.gap_id == Gap.id, GapAnswer.is_met, GapAnswer.case_id < case.id)
    own = sa.and_(GapAnswer.gap_id == Gap.id, GapAnswer.case_id == case.id)
    return (
        sa.select(Gap, Case.code, GapAnswer)
        .join(Case, Case.id == Gap.case_id)
        .outerjoin(GapAnswer, own)
        .where(
            Case.candidate_id == case.candidate_id,
            Case.id < case.id,
            binds(Case),
            ~met_before.correlate(Gap),
        )
        .order_by(Gap.case_id, Gap.id)
    )


def _list_gaps(session: Session, standing: Standing) -> tuple[GapRow, ...]:
    case = standing.case
    named_before = sa.select(Gap.criterion_id, Gap.sentence).join(Case, Case.id == Gap.case_id)
    before = [
        (row.criterion_id, row.sentence)
        for row in session.execute(
            named_before.where(Case.candidate_id == case.candidate_id, Case.id < case.id, binds(Case))
        )
    ]
    names = {each.id: each.name_for(case.track_id) for each in standing.ladder.criteria}
    rows = session.scalars(sa.select(Gap).where(Gap.case_id == case.id, Gap.removed_at.is_(None)).order_by(Gap.id))
    return tuple(
        GapRow(
            gap.id,
            names.get(gap.criterion_id, gap.criterion_id),
            gap.sentence,
            gap.seen,
            gap.missing,
            gap.review_on,
            gap.activity,
            is_new_gap(gap.criterion_id, gap.sentence, before),
        )
        for gap in rows
    )


def _load_decision(session: Session, standing: Standing) -> DecisionRow | None:
    row = current_decision(session, standing.case.id)
    if row is None:
        return None
    people = {each["person_id"] for each in row.dissent} | {row.recorded_by_id, row.signed_off_by_id}
    records = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(people - {None})))
    names = {record.id: record.name for record in records}
    dissent = tuple(Dissenter(names[each["person_id"]], each["overall"], each["reason"]) for each in row.dissent)
    return DecisionRow(
        outcome=row.outcome,
        rationale=row.rationale if standing.may_read("decision.rationale") else None,
        recorded_by=names[row.recorded_by_id],
        recorded_at=row.recorded_at,
        signed_off_by=names[row.signed_off_by_id] if row.signed_off_by_id else "",
        dissent=dissent if standing.may_read("vote.others") else None,
    )
