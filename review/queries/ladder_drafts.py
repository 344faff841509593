"""Drafts and proposals of ladders, for HR alone: the list, one with what it is compared to."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, undefer

from review.domain.access import Actor
from review.domain.errors import Fault, NotFound
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.ladder_lint import lint_ladder
from review.domain.ladder_places import Placed, place_faults
from review.domain.text import text
from review.domain.values import dataclass
from review.models import LadderDraft, LadderVersion, Person
from review.queries.ladders import find_published, may_publish, read_ladder

REMEMBERED = 16
"""How many texts of drafts a process remembers as ladders: every form of a draft begins with one."""


@dataclass(frozen=True)
class DraftRow:
    """One draft; `proposed_at` is None while it is written. `base` is the published version it began from, if any."""

    id: int
    key: str
    becomes: str
    name: str
    digest: str
    version: int
    base: str
    saved_at: datetime
    saved_by: str
    proposed_at: datetime | None
    proposed_by_id: int | None
    proposed_by: str
    returned_by: str
    returned_why: str

    @property
    def is_proposal(self) -> bool:
        """Tell whether a second person has still to publish it."""
        return self.proposed_at is not None


@dataclass(frozen=True)
class Draft:
    """A draft with its ladder, and the newest published version of that ladder, if there is one."""

    row: DraftRow
    source: str
    ladder: Ladder
    published: Ladder | None

    @property
    def is_behind(self) -> bool:
        """Tell whether a version was published after the one that the draft began from."""
        return bool(self.published and self.row.base and self.published.version != self.row.base)


@lru_cache(REMEMBERED)
def parse_draft(source: str) -> Ladder:
    """Return the ladder of a draft's text, which has no fault; raise ValueError for one that has."""
    ladder = parse_ladder(source, file="ladder.yaml")
    if not isinstance(ladder, Ladder):
        raise ValueError("; ".join(str(fault) for fault in ladder))  # no code writes such a draft
    return ladder


@lru_cache(REMEMBERED)
def find_warnings(source: str) -> tuple[Placed, ...]:
    """Return what is to be thought about in a draft's text, each with the part of the ladder that it is about."""
    return place_faults(lint_ladder(parse_draft(source), source, file="ladder.yaml"), source)


def list_drafts(session: Session, actor: Actor) -> tuple[DraftRow, ...]:
    """Return every draft and proposal, by name and version; nothing for everybody but HR."""
    if not may_publish(actor):
        return ()
    rows = session.execute(_select().order_by(LadderDraft.name, LadderDraft.becomes, LadderDraft.id))
    return tuple(_row(found) for found in rows)


def load_draft(session: Session, actor: Actor, draft_id: int) -> Draft:
    """Return a draft or proposal; raise NotFound, also for everybody but HR."""
    statement = _select().where(LadderDraft.id == draft_id).options(undefer(LadderDraft.source))
    found = session.execute(statement).one_or_none() if may_publish(actor) else None
    if found is None:
        raise NotFound
    row, source = _row(found), found[0].source
    newest = find_newest(session, row.key)
    published = None if newest is None else read_ladder(session, newest.id)
    return Draft(row, source, parse_draft(source), published)


def find_newest(session: Session, key: str) -> LadderVersion | None:
    """Return the row of the newest published version of a ladder."""
    return session.scalar(
        sa.select(LadderVersion)
        .where(LadderVersion.key == key)
        .order_by(LadderVersion.published_at.desc(), LadderVersion.id.desc())
        .limit(1)
    )


def published_version_fault(session: Session, key: str, version: str) -> Fault | None:
    """Return what is wrong with a version that is published already, None for a new one."""
    if find_published(session, key, version) is None:
        return None
    what = text("version %(version)s is published and never changes", version=version)
    return Fault(what, text("another version"), field="version")


def _select() -> sa.Select[Any]:
    saved, proposed, returned = (aliased(Person) for _ in range(3))
    names = {"saved": saved.name, "proposed": proposed.name, "returned": returned.name}
    columns: list[Any] = [LadderDraft, LadderVersion.version.label("base")]
    return (
        sa.select(*columns, *(name.label(key) for key, name in names.items()))
        .outerjoin(LadderVersion, LadderVersion.id == LadderDraft.base_id)
        .outerjoin(saved, saved.id == LadderDraft.saved_by_id)
        .outerjoin(proposed, proposed.id == LadderDraft.proposed_by_id)
        .outerjoin(returned, returned.id == LadderDraft.returned_by_id)
    )


def _row(found: sa.Row[Any]) -> DraftRow:
    draft: LadderDraft = found[0]
    return DraftRow(
        id=draft.id,
        key=draft.key,
        becomes=draft.becomes,
        name=draft.name,
        digest=draft.digest,
        version=draft.version,
        base=found.base or "",
        saved_at=draft.saved_at,
        saved_by=found.saved or "",
        proposed_at=draft.proposed_at,
        proposed_by_id=draft.proposed_by_id,
        proposed_by=found.proposed or "",
        returned_by=found.returned or "",
        returned_why=draft.returned_why,
    )
