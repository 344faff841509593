"""Rehearsals: the digest of what a draft says, and whether what is to be opened was walked and signed off."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.canonical_json import canonical_json, digest
from review.domain.errors import NotFound
from review.domain.values import dataclass
from review.models import (
    Committee,
    CommitteeMember,
    Cycle,
    CycleDate,
    CycleWorkflow,
    LadderVersion,
    Person,
    Rehearsal,
    WorkflowVersion,
)

OF_THE_ROW = frozenset({"id", "version", "state", "opened_at", "opened_by_id", "closed_at", "case_count"})
"""Columns of a cycle that say nothing of how it is set up."""


class Walked(StrEnum):
    """How far the rehearsal of a draft is."""

    NONE = "none"
    RUNNING = "running"
    UNSIGNED = "unsigned"
    STALE = "stale"  # signed, and the draft was changed since
    SIGNED = "signed"


@dataclass(frozen=True)
class RehearsalState:
    """Whether a draft was rehearsed and signed off; what is not known yet is empty."""

    walked: Walked
    rehearsal_id: int | None = None
    faults: int = 0
    signed_by: str = ""
    signed_at: datetime | None = None


@dataclass(frozen=True)
class RehearsalRow:
    """One rehearsal of a cycle."""

    id: int
    cycle_id: int
    cycle: str
    zone: str
    state: str
    digest: str
    started_by: str
    started_at: datetime
    looked: frozenset[str]
    report: dict[str, Any]
    signed_by: str
    signed_at: datetime | None


def rehearsal_state(session: Session, cycle: Cycle) -> RehearsalState:
    """Tell whether a draft was rehearsed as it is now: the last sign-off counts, else the last rehearsal."""
    rows = [row for row in list_rehearsals(session, cycle.id) if row.state in ("waiting", "ready") or row.signed_at]
    if not rows:
        return RehearsalState(Walked.NONE)
    here = define(session, cycle)
    signed = [row for row in rows if row.signed_at]
    row = next((row for row in signed if row.digest == here), signed[0] if signed else rows[0])
    if row.signed_at is None:
        walked = Walked.RUNNING if row.state == "waiting" else Walked.UNSIGNED
    else:
        walked = Walked.SIGNED if row.digest == here else Walked.STALE
    return RehearsalState(walked, row.id, len(row.report.get("faults", ())), row.signed_by, row.signed_at)


def list_rehearsals(session: Session, cycle_id: int) -> tuple[RehearsalRow, ...]:
    """Return the rehearsals of a cycle, the newest first."""
    rows = session.execute(_rows().where(Rehearsal.cycle_id == cycle_id).order_by(Rehearsal.id.desc()))
    return tuple(_tell(row) for row in rows)


def load_rehearsal(session: Session, rehearsal_id: int, actor: Actor) -> RehearsalRow:
    """Return one rehearsal to an HR partner; raise NotFound to everybody else, and once it is thrown away."""
    row = session.execute(_rows().where(Rehearsal.id == rehearsal_id)).one_or_none()
    if row is None or not actor.has(Role.HR) or row.state == "thrown_away":
        raise NotFound
    return _tell(row)


def define(session: Session, cycle: Cycle) -> str:
    """Return the digest of all that a cycle's set-up says: its own fields, dates, versions, and its committees."""
    own = {
        column.name: getattr(cycle, column.name) for column in Cycle.__table__.columns if column.name not in OF_THE_ROW
    }
    ladder = session.scalars(sa.select(LadderVersion.digest).where(LadderVersion.id == cycle.ladder_version_id)).one()
    days = sa.select(CycleDate.name, CycleDate.on_day).where(CycleDate.cycle_id == cycle.id)
    flows = (
        sa.select(CycleWorkflow.track_id, WorkflowVersion.digest)
        .join(WorkflowVersion, WorkflowVersion.id == CycleWorkflow.workflow_version_id)
        .where(CycleWorkflow.cycle_id == cycle.id)
    )
    seats = (
        sa.select(Committee.name, CommitteeMember.person_id, CommitteeMember.role)
        .outerjoin(CommitteeMember, CommitteeMember.committee_id == Committee.id)
        .where(Committee.cycle_id == cycle.id)
    )
    said = {
        "own": {name: _plain(value) for name, value in own.items()},
        "ladder": ladder,
        "dates": _sorted(session, days),
        "workflows": _sorted(session, flows),
        "committees": _sorted(session, seats),
    }
    return digest(canonical_json(said))


def _rows() -> Any:
    starter, signer = aliased(Person), aliased(Person)
    return (
        sa.select(
            Rehearsal,
            Rehearsal.state.label("state"),
            Cycle.name.label("cycle"),
            Cycle.zone.label("zone"),
            starter.name.label("started_by"),
            sa.func.coalesce(signer.name, "").label("signed_by"),
        )
        .join(Cycle, Cycle.id == Rehearsal.cycle_id)
        .join(starter, starter.id == Rehearsal.started_by_id)
        .outerjoin(signer, signer.id == Rehearsal.signed_by_id)
    )


def _tell(row: Any) -> RehearsalRow:
    kept: Rehearsal = row.Rehearsal
    return RehearsalRow(
        id=kept.id,
        cycle_id=kept.cycle_id,
        cycle=row.cycle,
        zone=row.zone,
        state=kept.state,
        digest=kept.digest,
        started_by=row.started_by,
        started_at=kept.started_at,
        looked=frozenset(kept.looked),
        report=kept.report,
        signed_by=row.signed_by,
        signed_at=kept.signed_at,
    )


def _sorted(session: Session, statement: sa.Executable) -> list[list[Any]]:
    return sorted([[_plain(value) for value in row] for row in session.execute(statement)], key=str)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool | list | dict) else str(value)
