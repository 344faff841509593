"""What the set-up of a cycle can choose from: published ladders and workflows, committees, the shipped policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.policy import PolicyFile, parse_policy
from review.domain.text import Text, plural, text
from review.models import Committee, CommitteeMember, Cycle, CycleWorkflow, LadderVersion, WorkflowVersion
from review.queries.pinned import load_definition, load_ladder

POLICY = Path(__file__).resolve().parent.parent.parent / "workflows" / "policy.yaml"


@dataclass(frozen=True, slots=True)
class Choice:
    """A published version to choose; `tracks` are those of a ladder: id, name, and whether they manage people."""

    id: int
    label: str
    tracks: tuple[tuple[str, str, bool], ...] = ()
    asks_reports: bool = False


@dataclass(frozen=True, slots=True)
class CommitteeRow:
    """A committee with how many are on it."""

    id: int
    name: str
    members: int


def list_ladders(session: Session) -> tuple[Choice, ...]:
    """Return the published ladder versions, the newest first, with their tracks."""
    rows = session.scalars(
        sa.select(LadderVersion).order_by(LadderVersion.published_at.desc(), LadderVersion.id.desc())
    )
    return tuple(
        Choice(
            row.id,
            f"{row.name} {row.version}",
            tuple((track.id, track.name, track.people_manager) for track in load_ladder(session, row.id).tracks),
        )
        for row in rows.all()
    )


def list_workflows(session: Session) -> tuple[Choice, ...]:
    """Return the published workflow versions, the newest first; `asks_reports` is true for those of people managers."""
    rows = session.execute(
        sa.select(WorkflowVersion.id, WorkflowVersion.title, WorkflowVersion.version)
        .where(WorkflowVersion.published_at.is_not(None))
        .order_by(WorkflowVersion.key, WorkflowVersion.version.desc())
    ).all()
    return tuple(
        Choice(
            row.id,
            f"{row.title}, {row.version}",
            asks_reports="report" in load_definition(session, row.id).roles,
        )
        for row in rows
    )


def suggest_workflows(ladder: Choice, workflows: tuple[Choice, ...]) -> dict[str, int]:
    """Return, for each track of a ladder, the first workflow that fits; people managers are given upward feedback."""
    return {
        track: next((each.id for each in workflows if each.asks_reports == manages), 0)
        for track, _, manages in ladder.tracks
    }


def list_committees(session: Session, cycle_id: int) -> tuple[CommitteeRow, ...]:
    """Return the committees of a cycle."""
    rows = session.execute(
        sa.select(Committee.id, Committee.name, sa.func.count(CommitteeMember.id))
        .outerjoin(CommitteeMember, CommitteeMember.committee_id == Committee.id)
        .where(Committee.cycle_id == cycle_id)
        .group_by(Committee.id)
        .order_by(Committee.name)
    )
    return tuple(CommitteeRow(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class OpenCondition:
    """Something to have before a cycle is opened; what is not needed at once is a reminder."""

    is_met: bool
    words: Text
    is_needed: bool = False


def list_open_conditions(session: Session, cycle_id: int) -> tuple[OpenCondition, ...]:
    """Return what a cycle needs: a workflow for every track of its ladder, and committees that can reach a quorum."""
    cycle = session.get_one(Cycle, cycle_id)
    pinned = set(session.scalars(sa.select(CycleWorkflow.track_id).where(CycleWorkflow.cycle_id == cycle_id)))
    found = []
    for track in load_ladder(session, cycle.ladder_version_id).tracks:
        words = text("The track %(track)s has a workflow", track=track.name)
        if track.id not in pinned:
            words = text("The track %(track)s has no workflow", track=track.name)
        found.append(OpenCondition(track.id in pinned, words, is_needed=True))
    committees, quorum = list_committees(session, cycle_id), int(cycle.policy["ballot"]["quorum"])
    if not committees:
        found.append(OpenCondition(False, text("There is no committee yet; it is needed before a packet is sealed")))
    return (*found, *(_reach(committee, quorum) for committee in committees))


def _reach(committee: CommitteeRow, quorum: int) -> OpenCondition:
    return OpenCondition(
        committee.members >= quorum,
        plural(
            "%(name)s has %(count)s member; the quorum is %(quorum)s",
            "%(name)s has %(count)s members; the quorum is %(quorum)s",
            committee.members,
            name=committee.name,
            quorum=quorum,
        ),
    )


@cache
def shipped_policy() -> Mapping[str, Any]:
    """Return the policy that ships with Dualtrack; raise ValueError if somebody has broken the file."""
    parsed = parse_policy(POLICY.read_text(encoding="utf-8"), POLICY.name)
    if isinstance(parsed, PolicyFile):
        return parsed.data
    raise ValueError(str(parsed[0]))
