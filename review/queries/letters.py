"""Letters: what one is made from, and the page of one as far as its reader may know."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.calibration import told_kind
from review.domain.letter import EarlierGap, LetterChange, LetterGap, LetterRecord, letter_path
from review.domain.phase import Phase
from review.domain.policy import candidate_reads_rating
from review.domain.text import Text, plural
from review.domain.values import dataclass
from review.domain.workflow import MAIN, Option
from review.models import Case, CaseToken, Committee, Decision, Gap, GapAnswer, Letter, Person, Release, ReleaseItem
from review.queries.changed_ratings import ChangedRating, list_changed
from review.queries.cycles import load_dates
from review.queries.decisions import current_decision
from review.queries.standing import Standing

THING = "decision.rationale"
RELEASING = "release_letter"


@dataclass(frozen=True, slots=True)
class GapRow:
    """A gap as its candidate reads it."""

    id: int
    criterion: str
    sentence: str
    seen: str
    missing: str
    review_on: date
    activity: str


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter as it stands. `is_current` tells whether it was drafted from the decision that counts."""

    body: str
    version: int
    updated_at: datetime
    ready_by: str
    ready_at: datetime | None
    released_at: datetime | None
    is_current: bool
    path: str | None


@dataclass(frozen=True, slots=True)
class LetterPage:
    """The page of a letter: for those who write it before its release, for all who may read it afterwards."""

    outcome: str | None
    decided_on: date | None
    announcement_on: date | None
    effective_on: date | None
    letter: LetterRow | None
    asked: tuple[tuple[str, str], ...]
    gaps: tuple[GapRow, ...]
    can_write: bool
    is_in_batch: bool
    due_on: date | None
    manager: str


def find_letter(session: Session, case_id: int) -> Letter | None:
    """Return the letter of a case, None while none was drafted."""
    return session.scalar(sa.select(Letter).where(Letter.case_id == case_id))


def is_in_batch(session: Session, case_id: int) -> bool:
    """Tell whether the case is in a batch that waits for its second person."""
    waiting = (
        sa.select(Release.id)
        .join(ReleaseItem, ReleaseItem.release_id == Release.id)
        .where(ReleaseItem.case_id == case_id, Release.approved_at.is_(None), Release.cancelled_at.is_(None))
    )
    return session.scalar(waiting.limit(1)) is not None


def may_read_letter(standing: Standing, letter: Letter | None) -> bool:
    """Tell whether the actor reads this letter: its writers always, everybody else once it has been released."""
    if standing.may_write(THING):
        return True
    is_out = letter is not None and letter.released_at is not None and standing.phase.rank >= Phase.ANNOUNCED.rank
    return is_out and standing.may_read(THING)


def load_letter_page(session: Session, standing: Standing) -> LetterPage | None:
    """Return the page; None for whoever may not read the letter as it stands."""
    case = standing.case
    letter = find_letter(session, case.id)
    if not may_read_letter(standing, letter):
        return None
    zone = ZoneInfo(standing.cycle.zone)
    decision = current_decision(session, case.id)
    dates = load_dates(session, standing.cycle.id)
    can_write = standing.may_write(THING)
    return LetterPage(
        outcome=decision.outcome if decision else None,
        decided_on=decision.recorded_at.astimezone(zone).date() if decision else None,
        announcement_on=dates.get("announcement_date"),
        effective_on=dates.get("effective_date"),
        letter=_letter_row(session, letter, decision, names_writers=can_write) if letter else None,
        asked=asked_of(standing),
        gaps=list_gaps(session, standing) if decision and can_write else (),
        can_write=can_write,
        is_in_batch=letter is not None and letter.ready_at is not None and can_write and is_in_batch(session, case.id),
        due_on=None if can_write else _due_on(session, case.id, zone),
        manager=session.get_one(Person, case.manager_id).name if case.manager_id and not can_write else "",
    )


def asked_of(standing: Standing) -> tuple[tuple[str, str], ...]:
    """Return each criterion with what the target level asks in it."""
    case, ladder = standing.case, standing.ladder
    return tuple(
        (each.name_for(case.track_id), ladder.expectation(each.id, case.to_level_id).summary)
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
        is_appeal_used=is_used and within is not None,
    )


def releasing_options(standing: Standing) -> tuple[Option, ...]:
    """Return what the actor can do with the case that sends its letter out, each with what is still missing."""
    actions = standing.definition.actions
    return tuple(each for each in standing.options() if each.region == MAIN and RELEASING in actions[each.id].do)


def _due_on(session: Session, case_id: int, zone: ZoneInfo) -> date | None:
    due_at = session.scalar(sa.select(CaseToken.due_at).where(CaseToken.case_id == case_id, CaseToken.region == MAIN))
    return due_at.astimezone(zone).date() if due_at else None


def _letter_row(session: Session, letter: Letter, decision: Decision | None, *, names_writers: bool) -> LetterRow:
    ready_by = session.get(Person, letter.ready_by_id) if names_writers and letter.ready_by_id else None
    released_at = letter.released_at
    return LetterRow(
        body=letter.body,
        version=letter.version,
        updated_at=letter.updated_at,
        ready_by=ready_by.name if ready_by else "",
        ready_at=letter.ready_at,
        released_at=released_at,
        is_current=decision is not None and letter.decision_id == decision.id,
        path=letter_path(letter.case_id, letter.body, released_at) if released_at else None,
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
