"""What a cycle and its cases have pinned: ladder and workflow versions, read once a session, parsed once a process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.workflow import Definition
from review.domain.workflow_file import read_checked
from review.models import Cycle, CycleWorkflow, LadderVersion, WorkflowVersion

PINNED = "pinned"
MOST_KEPT = 64

Parsed = TypeVar("Parsed")
_ladders: dict[str, Ladder] = {}
_definitions: dict[str, Definition] = {}


def load_ladder(session: Session, ladder_version_id: int) -> Ladder:
    """Return a ladder version; raise NotFound."""
    kept: dict[tuple[type, int], Any] = session.info.setdefault(PINNED, {})
    found = kept.get((Ladder, ladder_version_id))
    if found is None:
        version = session.get(LadderVersion, ladder_version_id)
        if version is None:
            raise NotFound
        found = _once(_ladders, version.digest, lambda: _parse_ladder(version))
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
        found = _once(_definitions, version.digest, lambda: _parse_definition(version))
        if version.published_at is not None:
            kept[(Definition, workflow_version_id)] = found
    definition: Definition = found
    return definition


def find_definition(session: Session, workflow_version_id: int, digest: str) -> Definition:
    """Return a workflow version whose digest is known; nothing is read where this process has parsed it before."""
    found = _definitions.get(digest)
    return load_definition(session, workflow_version_id) if found is None else found


def find_ladder(session: Session, ladder_version_id: int, digest: str) -> Ladder:
    """Return a ladder version whose digest is known; nothing is read where this process has parsed it before."""
    found = _ladders.get(digest)
    return load_ladder(session, ladder_version_id) if found is None else found


def load_open(session: Session) -> None:
    """Parse the ladders and workflows of all open cycles, so that the pages of this process find them."""
    is_open = Cycle.state == "open"
    workflows = sa.select(CycleWorkflow.workflow_version_id).join(Cycle, Cycle.id == CycleWorkflow.cycle_id)
    for version_id in session.scalars(sa.select(Cycle.ladder_version_id).where(is_open).distinct()).all():
        load_ladder(session, version_id)
    for version_id in session.scalars(workflows.where(is_open).distinct()).all():
        load_definition(session, version_id)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _transaction: object) -> None:
    """A version that was rolled back may leave its number to another one."""
    session.info.pop(PINNED, None)


def _once(kept: dict[str, Parsed], digest: str, parse: Callable[[], Parsed]) -> Parsed:
    """Return what has this digest, parsed once a process: only then are the texts read from the database."""
    found = kept.get(digest)
    if found is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        found = kept[digest] = parse()
    return found


def _parse_ladder(version: LadderVersion) -> Ladder:
    parsed = parse_ladder(version.source, file=f"{version.key}.yaml")
    if isinstance(parsed, Ladder):
        return parsed
    raise ValueError(f"the published ladder {version.digest} cannot be read: {parsed[0]}")


def _parse_definition(version: WorkflowVersion) -> Definition:
    file = f"{version.key}.yaml"
    read = read_checked(version.sources[file], file, version.sources.get)
    if isinstance(read, Definition):
        return read
    raise ValueError(f"the published workflow {version.digest} cannot be read: {read[0]}")
