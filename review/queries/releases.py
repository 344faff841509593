"""Releases: the decided cases of a cycle with what would happen to each, and the batches that wait or went out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.checks.facts import ANSWERED
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import (
    Case,
    CaseToken,
    Decision,
    Feedback,
    FeedbackSummary,
    Letter,
    Person,
    Release,
    ReleaseItem,
)
from review.queries.many_numbers import is_among
from review.queries.own_part import is_part_of
from review.queries.pinned import load_definition
from review.queries.release_outlook import Outlook, look_out
from review.queries.release_runs import holds_letters

ASKED_STATES = ("asked", "writing", "submitted", "frozen", "declined", "expired")
LEAST_HEARD = 3
"""From how many answers on a summary of them is missed; a cycle may ask for more, never for less."""
MOST_AT_ONCE = 500
"""How many letters a batch holds: so many are looked through before it is approved, while nobody else can write."""
DECIDED_ANEW = text("It was decided anew after the batch was prepared; cancel the batch")
UNNOTED = text("It was prepared by an earlier version of Dualtrack; cancel the batch and prepare it again")
"""An older process, while hosts are upgraded one after the other, does not note which decision a letter tells."""
_OWN = sa.orm.aliased(Person)


@dataclass(frozen=True)
class ReleaseRow:
    """A decided case: what its release would do, or why it cannot go out. `batch_id` where it waits in a batch."""

    case_id: int
    code: str
    candidate: str
    manager: str
    to_level_id: str
    outcome: str | None
    decision_id: int | None
    has_letter: bool
    lacks_summary: bool  # of the feedback, for the candidate
    action: str | None
    title: str
    sets_level: bool
    reasons: tuple[Text, ...]
    batch_id: int | None

    @property
    def is_ready(self) -> bool:
        """Tell whether nothing is missing but the batch."""
        return self.action is not None and not self.reasons


@dataclass(frozen=True)
class Batch:
    """A batch: who prepared it, who approved it, and the cases in it; `stale` says why some cannot go out with it."""

    id: int
    version: int
    prepared_by_id: int
    prepared_by: str
    prepared_at: datetime
    approved_by: str
    approved_at: datetime | None
    rows: tuple[ReleaseRow, ...]
    stale: Mapping[int, Text]

    @property
    def is_complete(self) -> bool:
        """Tell whether every case in it can still go out."""
        return not self.stale and all(row.is_ready for row in self.rows)


@dataclass(frozen=True)
class SentBatch:
    """A batch that has gone out."""

    id: int
    prepared_by: str
    approved_by: str
    approved_at: datetime | None
    count: int


def lock_release(session: Session, release_id: int) -> Release | None:
    """Lock a batch until the transaction ends and return it as it is now."""
    return session.scalar(
        sa.select(Release)
        .where(Release.id == release_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def list_case_ids(session: Session, release_id: int) -> tuple[int, ...]:
    """Return the cases of a batch."""
    statement = sa.select(ReleaseItem.case_id).where(ReleaseItem.release_id == release_id)
    return tuple(session.scalars(statement.order_by(ReleaseItem.case_id)))


def list_rows(session: Session, cycle_id: int, actor: Actor) -> tuple[ReleaseRow, ...]:
    """Return the decided cases of a cycle that this HR partner runs, and those that have left a waiting batch behind.

    Left out are cases they are part of or close to.
    """
    if not actor.has(Role.HR):
        return ()
    records = session.execute(_decided(cycle_id, actor)).all()
    tokens = _tokens(session, [record.id for record in records])
    versions = {record.workflow_version_id for record in records}
    definitions = {version: load_definition(session, version) for version in sorted(versions)}
    outlooks: dict[Hashable, Outlook] = {}  # many cases stand alike; what a release would do is worked out once
    rows: list[ReleaseRow] = []
    for record in records:
        at, is_letter_ready = tokens[record.id], _is_letter_ready(record)
        key = (record.workflow_version_id, tuple(sorted(at.items())), record.outcome, is_letter_ready)
        if key not in outlooks:
            definition = definitions[record.workflow_version_id]
            outlooks[key] = look_out(definition, at, record.outcome, is_letter_ready=is_letter_ready)
        rows.append(_row(record, outlooks[key]))
    return tuple(rows)


def list_batches(session: Session, cycle_id: int, rows: tuple[ReleaseRow, ...]) -> tuple[Batch, ...]:
    """Return the batches that wait for a second person; one that holds a case not among the rows is left out."""
    by_case = {row.case_id: row for row in rows}
    author = sa.orm.aliased(Person)
    records = session.execute(
        sa.select(Release, author.name, ReleaseItem.case_id, ReleaseItem.decision_id)
        .join(ReleaseItem, ReleaseItem.release_id == Release.id)
        .join(author, author.id == Release.prepared_by_id)
        .where(Release.cycle_id == cycle_id, Release.approved_at.is_(None), Release.cancelled_at.is_(None))
        .order_by(Release.id, ReleaseItem.case_id)
    )
    grouped: dict[int, list[Any]] = defaultdict(list)
    for record in records:
        grouped[record[0].id].append(record)
    return tuple(_batch(found, by_case) for found in grouped.values() if all(record[2] in by_case for record in found))


def list_sent(session: Session, cycle_id: int, actor: Actor) -> tuple[SentBatch, ...]:
    """Return the batches that have gone out, the newest first, with how many letters of cases that the actor runs."""
    if not actor.has(Role.HR):
        return ()
    author, second = sa.orm.aliased(Person), sa.orm.aliased(Person)
    records = session.execute(
        sa.select(Release.id, author.name, second.name, Release.approved_at, sa.func.count())
        .join(ReleaseItem, ReleaseItem.release_id == Release.id)
        .join(Case, Case.id == ReleaseItem.case_id)
        .join(author, author.id == Release.prepared_by_id)
        .join(second, second.id == Release.approved_by_id)
        .where(Release.cycle_id == cycle_id, Release.approved_at.is_not(None), ~holds_letters())
        .where(sa.not_(is_part_of(actor.person_id)))
        .group_by(Release.id, author.name, second.name, Release.approved_at)
        .order_by(Release.id.desc())
    )
    return tuple(SentBatch(*record) for record in records)


def _batch(found: list[Any], by_case: Mapping[int, ReleaseRow]) -> Batch:
    release: Release = found[0][0]
    rows = tuple(by_case[record[2]] for record in found)
    decided = {record[2]: record[3] for record in found}
    stale = {row.case_id: _find_stale(row.decision_id, decided[row.case_id]) for row in rows}
    return Batch(
        id=release.id,
        version=release.version,
        prepared_by_id=release.prepared_by_id,
        prepared_by=found[0][1],
        prepared_at=release.prepared_at,
        approved_by="",
        approved_at=release.approved_at,
        rows=rows,
        stale={case_id: why for case_id, why in stale.items() if why is not None},
    )


def _find_stale(decision_id: int | None, prepared_on: int | None) -> Text | None:
    """Return why a case cannot go out with its batch any more; None when it is the decision of then."""
    if prepared_on is None:
        return UNNOTED
    return None if decision_id == prepared_on else DECIDED_ANEW


def _is_letter_ready(record: Any) -> bool:
    return record.ready_at is not None and bool(record.letter_decision_id == record.decision_id)


def _row(record: Any, outlook: Outlook) -> ReleaseRow:
    return ReleaseRow(
        case_id=record.id,
        code=record.code,
        candidate=record.name,
        manager=record.manager or "",
        to_level_id=record.to_level_id,
        outcome=record.outcome,
        decision_id=record.decision_id,
        has_letter=record.letter_decision_id is not None,
        lacks_summary=record.lacks_summary,
        action=outlook.action,
        title=outlook.title,
        sets_level=outlook.sets_level,
        reasons=outlook.reasons,
        batch_id=record.batch_id,
    )


def _tokens(session: Session, case_ids: list[int]) -> dict[int, dict[str, str]]:
    records = session.execute(
        sa.select(CaseToken.case_id, CaseToken.region, CaseToken.state).where(is_among(CaseToken.case_id, case_ids))
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for case_id, region, state in records:
        found[case_id][region] = state
    return found


def _decided(cycle_id: int, actor: Actor) -> Any:
    """Select the decided cases, without those in which the actor has a part or is close to the candidate."""
    manager = sa.orm.aliased(Person)
    waiting = (
        sa.select(sa.func.max(Release.id))
        .join(ReleaseItem, ReleaseItem.release_id == Release.id)
        .where(ReleaseItem.case_id == Case.id, holds_letters())
        .scalar_subquery()
    )
    heard = sa.select(sa.func.count()).where(Feedback.case_id == Case.id, Feedback.state.in_(ANSWERED))
    unsent = sa.or_(Letter.released_at.is_(None), Letter.decision_id == Decision.id)  # not one of before an appeal
    has_summary = sa.exists().where(FeedbackSummary.case_id == Case.id, FeedbackSummary.body != "")
    return (
        sa.select(
            Case.id,
            Case.code,
            Case.to_level_id,
            Case.workflow_version_id,
            Person.name,
            manager.name.label("manager"),
            Decision.id.label("decision_id"),
            Decision.outcome,
            Letter.decision_id.label("letter_decision_id"),
            Letter.ready_at,
            waiting.label("batch_id"),
            sa.and_(heard.scalar_subquery() >= LEAST_HEARD, ~has_summary).label("lacks_summary"),
        )
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(manager, manager.id == Case.manager_id)
        .outerjoin(Decision, sa.and_(Decision.case_id == Case.id, Decision.replaced_at.is_(None)))
        .outerjoin(Letter, sa.and_(Letter.case_id == Case.id, unsent))
        .where(
            Case.cycle_id == cycle_id,
            sa.or_(Case.phase == str(Phase.DECIDED), waiting.is_not(None)),
            sa.not_(is_part_of(actor.person_id)),
        )
        .order_by(Case.code)
    )
