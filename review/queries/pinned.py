"""What a cycle and its cases have pinned: ladder and workflow versions, parsed once per process."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.workflow import Definition
from review.domain.workflow_file import Workflow, parse_workflow
from review.models import LadderVersion, WorkflowVersion


def load_ladder(session: Session, ladder_version_id: int) -> Ladder:
    """Return a ladder version; raise NotFound."""
    version = session.get(LadderVersion, ladder_version_id)
    if version is None:
        raise NotFound
    return _parse_ladder(version.digest, version.source, f"{version.key}.yaml")


def load_definition(session: Session, workflow_version_id: int) -> Definition:
    """Return a workflow version; raise NotFound."""
    version = session.get(WorkflowVersion, workflow_version_id)
    if version is None:
        raise NotFound
    return _parse_definition(version.digest, f"{version.key}.yaml", tuple(sorted(version.sources.items())))


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
