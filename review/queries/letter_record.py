"""What a letter is made from: the record of its decision, as its candidate may read it."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.calibration import told_kind
from review.domain.letter import EarlierGap, LetterChange, LetterGap, LetterRecord
from review.domain.level_text import say_expectation
from review.domain.policy import candidate_reads_rating
from review.domain.text import Text, plural
from review.domain.values import dataclass
from review.models import Case, Committee, Decision, Gap, GapAnswer
from review.queries.changed_ratings import ChangedRating, list_changed
from review.queries.cycles import load_dates
from review.queries.standing import Standing

RELEASING = "release_letter"
"""The effect of an action that sends the letter out."""


@dataclass(frozen=True)
class GapRow:
    """A gap as its candidate reads it."""

    id: int
    criterion: str
    sentence: str
    seen: str
    missing: str
    review_on: date
    activity: str


def gather_record(session: Session, standing: Standing, decision: Decision) -> LetterRecord:
    """Return what a letter on this decision is made from."""
    case = standing.case
    committee = session.get(Committee, case.committee_id) if case.committee_id else None
    gaps = list_gaps(session, standing)
    within, is_used = _appeal_within(standing, decision.outcome), _has_used_appeals(standing)
    return LetterRecord(
        candidate=standing.candidate.name,
        target=standing.ladder.level(case.to_level_id).name,
        cycle=standing.cycle.name,
        outcome=decision.outcome,
        decided_on=decision.recorded_at.astimezone(ZoneInfo(standing.cycle.zone)).date(),
        committee=committee.name if committee else "",
        kind=case.kind,
        effective_on=load_dates(session, standing.cycle.id).get("effective_date"),
        asked=asked_of(standing),
        reasons=decision.rationale,
        changed=_changes(session, standing),
        earlier=_earlier_gaps(session, standing),
        gaps=tuple(
            LetterGap(gap.criterion, gap.sentence, gap.seen, gap.missing, gap.review_on, gap.activity) for gap in gaps
        ),
        appeal_within=None if is_used else within,
        is_appeal_used=is_used,
    )


def asked_of(standing: Standing) -> tuple[tuple[str, str], ...]:
    """Return each criterion with what the target level asks in it."""
    case, ladder = standing.case, standing.ladder
    return tuple(
        (each.name_for(case.track_id), say_expectation(ladder.expectation(each.id, case.to_level_id)))
        for each in standing.criteria
    )


def list_gaps(session: Session, standing: Standing) -> tuple[GapRow, ...]:
    """Return the gaps that this case has named."""
    names = _criterion_names(standing)
    rows = session.scalars(
        sa.select(Gap).where(Gap.case_id == standing.case.id, Gap.removed_at.is_(None)).order_by(Gap.id)
    )
    return tuple(
        GapRow(
            gap.id,
            names.get(gap.criterion_id, gap.criterion_id),
            gap.sentence,
            gap.seen,
            gap.missing,
            gap.review_on,
            gap.activity,
        )
        for gap in rows
    )


def _criterion_names(standing: Standing) -> dict[str, str]:
    return {each.id: each.name_for(standing.case.track_id) for each in standing.ladder.criteria}


def _changes(session: Session, standing: Standing) -> tuple[LetterChange, ...]:
    """Return what stands otherwise than the manager rated it, one for each criterion, where candidates see ratings."""
    if not candidate_reads_rating(standing.cycle.policy):
        return ()
    of: dict[str, list[ChangedRating]] = {}
    for each in list_changed(session, standing, anchors={}):
        of.setdefault(each.criterion_id, []).append(each)
    return tuple(
        LetterChange(last.criterion, first.before, last.value, told_kind(last.code), last.sentence)
        for first, last in ((steps[0], steps[-1]) for steps in of.values())
        if first.before != last.value
    )


def _earlier_gaps(session: Session, standing: Standing) -> tuple[EarlierGap, ...]:
    earlier = sa.orm.aliased(Case)
    rows = session.execute(
        sa.select(Gap.criterion_id, Gap.missing, GapAnswer.is_met)
        .join(GapAnswer, GapAnswer.gap_id == Gap.id)
        .join(earlier, earlier.id == Gap.case_id)
        .where(GapAnswer.case_id == standing.case.id, Gap.removed_at.is_(None))
        .order_by(Gap.id)
    )
    names = _criterion_names(standing)
    return tuple(EarlierGap(names.get(row[0], row[0]), row[1], row[2]) for row in rows)


def _has_used_appeals(standing: Standing) -> bool:
    """Tell whether the candidate has appealed as often as the workflow lets them."""
    asked = (each.asks("appeals_used") for each in standing.definition.actions.values() if each.form == "appeal")
    return any(guard is not None and standing.facts.appeals_used >= guard.params["below"] for guard in asked)


def _appeal_within(standing: Standing, outcome: str) -> Text | None:
    """Say how long the candidate can appeal after this outcome: as long as the state lasts that the answer leads to."""
    definition = standing.definition
    for action in definition.actions.values():
        wanted = action.asks("decision_is")
        if RELEASING not in action.do or wanted is None or wanted.params.get("outcome") != outcome:
            continue
        leaving = definition.actions_from[action.to]
        span = definition.states[action.to].due
        if span is None or not any(each.form == "appeal" for _, each in leaving):
            continue
        if span.working_days is not None:
            return plural("%(count)s working day", "%(count)s working days", span.working_days)
        return plural("%(count)s day", "%(count)s days", span.days or 0)
    return None
