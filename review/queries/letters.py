"""Letters: the one that is written or counts, those before it, and the page of each as far as its reader may know."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import can_read
from review.domain.letter import letter_path
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.domain.workflow import MAIN, Option
from review.models import CaseToken, Decision, Letter, Person, Release, ReleaseItem
from review.queries.cycles import load_dates
from review.queries.decisions import current_decision
from review.queries.letter_record import RELEASING, GapRow, asked_of, list_gaps
from review.queries.release_runs import holds_letters
from review.queries.standing import Standing

THING = "decision.rationale"


@dataclass(frozen=True)
class LetterRow:
    """A letter as it stands. `is_current` tells whether it was drafted from the decision that counts."""

    id: int
    body: str
    version: int
    ready_by: str
    ready_at: datetime | None
    released_at: datetime | None
    is_current: bool
    path: str | None


@dataclass(frozen=True)
class EarlierLetter:
    """A letter that went out with a decision that was set aside since, on that day."""

    id: int
    outcome: str
    body: str
    released_at: datetime
    set_aside_on: date
    path: str


@dataclass(frozen=True)
class LetterPage:
    """The page of a letter: for those who write it before its release, for all who may read it afterwards.

    `earlier` are the letters that went out before, the newest first.
    """

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
    earlier: tuple[EarlierLetter, ...]


def find_letter(session: Session, case_id: int) -> Letter | None:
    """Return the letter of a case as it is written or counts, None while none was drafted.

    One that went out with a decision that was set aside since is none of these.
    """
    counts = sa.or_(Letter.released_at.is_(None), Decision.replaced_at.is_(None))
    letters = sa.select(Letter).join(Decision, Decision.id == Letter.decision_id)
    return session.scalar(letters.where(Letter.case_id == case_id, counts).order_by(Letter.id.desc()).limit(1))


def list_earlier_letters(session: Session, standing: Standing) -> tuple[EarlierLetter, ...]:
    """Return the letters of a case that went out and count no more, as far as the actor reads them.

    A committee that has not decided yet sees none: it comes to its own mind.
    """
    if standing.phase.rank < Phase.DECIDED.rank:
        return ()
    zone = ZoneInfo(standing.cycle.zone)
    rows = session.execute(
        sa.select(Letter, Decision.outcome, Decision.replaced_at)
        .join(Decision, Decision.id == Letter.decision_id)
        .where(Letter.case_id == standing.case.id)
        .order_by(Letter.id.desc())
    )
    return tuple(
        EarlierLetter(
            id=letter.id,
            outcome=outcome,
            body=letter.body,
            released_at=released_at,
            set_aside_on=replaced_at.astimezone(zone).date(),
            path=letter_path(letter.case_id, letter.body, released_at),
        )
        for letter, outcome, replaced_at in rows
        if may_read_letter(standing, letter) and (released_at := letter.released_at) and replaced_at
    )


def is_in_batch(session: Session, case_id: int) -> bool:
    """Tell whether the case is in a batch that waits for its second person, or that a worker sends."""
    waiting = (
        sa.select(Release.id)
        .join(ReleaseItem, ReleaseItem.release_id == Release.id)
        .where(ReleaseItem.case_id == case_id, holds_letters())
    )
    return session.scalar(waiting.limit(1)) is not None


def may_read_letter(standing: Standing, letter: Letter | None) -> bool:
    """Tell whether the actor reads this letter: its writers always, everybody else once it has been released.

    What was told stays told: the table of rights alone is asked, even where the case ended before another answer.
    """
    if standing.may_write(THING):
        return True
    is_out = letter is not None and letter.released_at is not None and standing.phase.rank >= Phase.ANNOUNCED.rank
    return is_out and can_read(THING, standing.reading, standing.phase, standing.conditions)


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
        earlier=list_earlier_letters(session, standing),
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
        id=letter.id,
        body=letter.body,
        version=letter.version,
        ready_by=ready_by.name if ready_by else "",
        ready_at=letter.ready_at,
        released_at=released_at,
        is_current=decision is not None and letter.decision_id == decision.id,
        path=letter_path(letter.case_id, letter.body, released_at) if released_at else None,
    )
