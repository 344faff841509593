"""What a cycle and its cases have pinned: ladder and workflow versions, read once a session, parsed once a process."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.workflow import Definition
from review.domain.workflow_file import Workflow, parse_workflow
from review.models import LadderVersion, WorkflowVersion

PINNED = "pinned"


def load_ladder(session: Session, ladder_version_id: int) -> Ladder:
    """Return a ladder version; raise NotFound."""
    kept: dict[tuple[type, int], Any] = session.info.setdefault(PINNED, {})
    found = kept.get((Ladder, ladder_version_id))
    if found is None:
        version = session.get(LadderVersion, ladder_version_id)
        if version is None:
            raise NotFound
        found = _parse_ladder(version.digest, version.source, f"{version.key}.yaml")
        kept[(Ladder, ladder_version_id)] = found
    ladder: Ladder = found
    return ladder


def load_definition(session: Session, workflow_version_id: int) -> Definition:
    """Return a workflow version; raise NotFound."""
    kept: dict[tuple[type, int], Any] = session.info.setdefault(PINNED, {})
    found = kept.get((Definition, workflow_version_id))
    if found is None:
        version = session.get(WorkflowVersion, workflow_version_id)
        if version is None:
            raise NotFound
        found = _parse_definition(version.digest, f"{version.key}.yaml", tuple(sorted(version.sources.items())))
        if version.published_at is not None:
            kept[(Definition, workflow_version_id)] = found
    definition: Definition = found
    return definition


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _transaction: object) -> None:
    """A version that was rolled back may leave its number to another one."""
    session.info.pop(PINNED, None)


@lru_cache(maxsize=32)
def _parse_ladder(digest: str, source: str, file: str) -> Ladder:
    parsed = parse_ladder(source, file=file)
    if isinstance(parsed, Ladder):
        return parsed
    raise ValueError(f"the published ladder {digest} cannot be read: {parsed[0]}")


@lru_cache(maxsize=32)
def _parse_definition(digest: str, entry: str, sources: tuple[tuple[str, str], ...]) -> Definition:
    files = dict(sources)
    parsed = parse_workflow(files[entry], entry, files.get)
    if isinstance(parsed, Workflow):
        return parsed.definition
    raise ValueError(f"the published workflow {digest} cannot be read: {parsed[0]}")
