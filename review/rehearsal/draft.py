"""What a rehearsal takes from a draft: how it is set up, and nothing of anybody who works here."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from review.domain.access import COMPANY_ROLES
from review.domain.date_rules import OPENING, DateRule, read_rules
from review.domain.values import dataclass
from review.models import (
    Committee,
    CommitteeMember,
    Cycle,
    CycleDate,
    CycleWorkflow,
    LadderVersion,
    Person,
    RoleGrant,
    WorkflowVersion,
)
from review.queries.rehearsals import define
from review.queries.wordings import load_changed


@dataclass(frozen=True)
class PinnedLadder:
    """The ladder version that the draft pins, as it was published."""

    key: str
    version: str
    name: str
    source: str
    digest: str


@dataclass(frozen=True)
class PinnedWorkflow:
    """The workflow version of a track."""

    track: str
    key: str
    version: int
    title: str
    sources: dict[str, str]
    digest: str


@dataclass(frozen=True)
class SeatShape:
    """A place on a committee: what who sits there does in the company, not who it is."""

    role: str
    function: str
    level: str | None


@dataclass(frozen=True)
class CommitteeShape:
    """A committee by its places."""

    name: str
    seats: tuple[SeatShape, ...]


@dataclass(frozen=True)
class Draft:
    """A draft as plain values: what the people of a rehearsal walk through."""

    digest: str
    code: str
    name: str
    zone: str
    country: str | None
    ladder: PinnedLadder
    workflows: tuple[PinnedWorkflow, ...]
    dates: dict[str, date]
    functions: tuple[str, ...]
    policy: dict[str, Any]
    committees: tuple[CommitteeShape, ...]
    holders: dict[str, int]  # how many people really hold each role of the company
    words: dict[str, dict[str, str]] = field(default_factory=dict)  # of mails and the letter, as HR has changed them
    opening: date | None = None  # the day on which it is to open


def read_draft(session: Session, cycle_id: int) -> Draft:
    """Read how a draft is set up."""
    cycle = session.get_one(Cycle, cycle_id)
    ladder = session.get_one(LadderVersion, cycle.ladder_version_id)
    days = session.execute(sa.select(CycleDate.name, CycleDate.on_day).where(CycleDate.cycle_id == cycle_id))
    return Draft(
        digest=define(session, cycle),
        code=cycle.code,
        name=cycle.name,
        zone=cycle.zone,
        country=cycle.country,
        ladder=PinnedLadder(ladder.key, ladder.version, ladder.name, ladder.source, ladder.digest),
        workflows=_read_workflows(session, cycle_id),
        dates={row.name: row.on_day for row in days},
        functions=tuple(cycle.required_functions),
        policy=cycle.policy,
        committees=_read_committees(session, cycle_id),
        holders=_count_holders(session),
        words={piece: dict(words) for piece, words in load_changed(session).items()},
        opening=read_rules(cycle.date_rules).get(OPENING, DateRule()).day,
    )


def write_draft(draft: Draft) -> str:
    """Return a draft as JSON."""
    return _drafts.dump_json(draft).decode()


def parse_draft(given: str | bytes) -> Draft:
    """Read a draft back from its JSON."""
    return _drafts.validate_json(given)


def _read_workflows(session: Session, cycle_id: int) -> tuple[PinnedWorkflow, ...]:
    rows = session.execute(
        sa.select(CycleWorkflow.track_id, WorkflowVersion)
        .join(WorkflowVersion, WorkflowVersion.id == CycleWorkflow.workflow_version_id)
        .where(CycleWorkflow.cycle_id == cycle_id)
        .order_by(CycleWorkflow.id)
    )
    return tuple(
        PinnedWorkflow(track, row.key, row.version, row.title, dict(row.sources), row.digest) for track, row in rows
    )


def _read_committees(session: Session, cycle_id: int) -> tuple[CommitteeShape, ...]:
    rows = session.execute(
        sa.select(Committee.name, CommitteeMember.role, Person.function, Person.level_id)
        .outerjoin(CommitteeMember, CommitteeMember.committee_id == Committee.id)
        .outerjoin(Person, Person.id == CommitteeMember.person_id)
        .where(Committee.cycle_id == cycle_id)
        .order_by(Committee.id, CommitteeMember.id)
    ).all()
    seats: dict[str, list[SeatShape]] = {row.name: [] for row in rows}
    for row in rows:
        if row.role:
            seats[row.name].append(SeatShape(row.role, row.function, row.level_id))
    return tuple(CommitteeShape(name, tuple(found)) for name, found in seats.items())


def _count_holders(session: Session) -> dict[str, int]:
    rows = session.execute(
        sa.select(RoleGrant.role, sa.func.count(sa.distinct(RoleGrant.person_id)))
        .join(Person, Person.id == RoleGrant.person_id)
        .where(Person.is_active)
        .group_by(RoleGrant.role)
    ).all()
    return {str(role): 0 for role in COMPANY_ROLES} | dict(rows)


_drafts = TypeAdapter(Draft)
