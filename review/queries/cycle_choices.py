"""What the set-up of a cycle can choose from: published ladders and workflows, and the shipped policy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.ladder import Ladder
from review.domain.policy import PolicyFile, parse_policy
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import Definition
from review.models import LadderVersion, WorkflowVersion
from review.queries.checklist import count_asked
from review.queries.pinned import load_definition, load_ladder

POLICY = Path(__file__).resolve().parent.parent.parent / "workflows" / "policy.yaml"


NO_WORDS = text("")


@dataclass(frozen=True)
class Choice:
    """A published version to choose, and what choosing it means.

    `tracks` are those of a ladder: id, name, and whether they manage people.
    """

    id: int
    label: str
    tracks: tuple[tuple[str, str, bool], ...] = ()
    asks_reports: bool = False
    meaning: Text = NO_WORDS


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
            meaning=_tell_ladder(load_ladder(session, row.id)),
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
            meaning=_tell_workflow(load_definition(session, row.id)),
        )
        for row in rows
    )


def suggest_workflows(ladder: Choice, workflows: tuple[Choice, ...]) -> dict[str, int]:
    """Return, for each track of a ladder, the first workflow that fits; people managers are given upward feedback."""
    return {
        track: next((each.id for each in workflows if each.asks_reports == manages), 0)
        for track, _, manages in ladder.tracks
    }


def _tell_ladder(ladder: Ladder) -> Text:
    tracks = ", ".join(track.name for track in ladder.tracks)
    return text(
        "%(levels)s levels on: %(tracks)s; %(criteria)s criteria",
        levels=len(ladder.levels),
        tracks=tracks,
        criteria=sum(criterion.is_rated for criterion in ladder.criteria),
    )


def _tell_workflow(definition: Definition) -> Text:
    """Return what a workflow asks of a case beside what every one asks."""
    asked = text("from %(count)s functions at least", count=count_asked(definition))
    if "report" in definition.roles and "executive" in definition.roles:
        return text("Feedback %(asked)s, direct reports too; an executive signs off a promotion", asked=asked)
    if "report" in definition.roles:
        return text("Feedback %(asked)s, direct reports too", asked=asked)
    return text("Feedback of colleagues %(asked)s; the committee decides", asked=asked)


@cache
def shipped_policy() -> Mapping[str, Any]:
    """Return the policy that ships with Dualtrack; raise ValueError if somebody has broken the file."""
    parsed = parse_policy(POLICY.read_text(encoding="utf-8"), POLICY.name)
    if isinstance(parsed, PolicyFile):
        return parsed.data
    raise ValueError(str(parsed[0]))
