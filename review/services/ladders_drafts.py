"""Drafts of ladders: begun by HR, written part by part, dropped. A draft is a ladder without a fault at any time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Conflict, Fault, Invalid, NotFound, TransitionRefused
from review.domain.ladder import Ladder
from review.domain.ladder_changes import WHOLE, DraftChange
from review.domain.ladder_edit import Data, close_data, open_data
from review.domain.ladder_file import digest_source, dump_ladder
from review.domain.ladder_places import place_faults
from review.domain.text import text
from review.domain.yaml_writer import write_yaml
from review.models import LadderDraft, Person
from review.queries.ladder_drafts import parse_draft, published_version_fault
from review.services import audit
from review.services.ladders import act_as_hr, read_complete
from review.services.request_keys import claim

FILE = "ladder.yaml"
"""The name that faults in a draft's text carry."""


def begin_draft(
    session: Session,
    source: str,
    *,
    becomes: str,
    base_id: int | None,
    actor: Actor,
    now: datetime,
    file: str = FILE,
    request_key: str | None = None,
) -> LadderDraft:
    """Begin a draft of a ladder's text; the same form sent twice is one draft.

    Args:
        becomes: the version that it is to be; empty for the one in the text.
        base_id: the published version that the text is of, None for a file.

    Raises NotAllowed for everybody but HR; Invalid with every fault, also for a version that is published.
    """
    acting = act_as_hr(actor)
    ladder, source = read_complete(session, source, file=file)
    if becomes and becomes != ladder.version:
        ladder, source = _rename_version(ladder, becomes, file)
    _refuse_published(session, ladder)
    begun = None if claim(session, request_key, actor=actor, now=now) else _find_begun(session, ladder, acting)
    if begun is not None:
        return begun
    row = LadderDraft(
        key=ladder.id,
        becomes=ladder.version,
        name=ladder.name,
        source=source,
        digest=digest_source(source),
        parts={},
        base_id=base_id,
        begun_at=now,
        begun_by_id=acting.person_id,
        saved_at=now,
        saved_by_id=acting.person_id,
        returned_why="",
    )
    session.add(row)
    session.flush()
    _record(session, row, "begun", acting, now)
    return row


def _find_begun(session: Session, ladder: Ladder, acting: Actor) -> LadderDraft | None:
    """Return what somebody has begun last of a version that is to be."""
    mine = sa.select(LadderDraft).where(LadderDraft.begun_by_id == acting.person_id, LadderDraft.key == ladder.id)
    newest = mine.where(LadderDraft.becomes == ladder.version).order_by(LadderDraft.id.desc())
    return session.scalars(newest).first()


def save_change(
    session: Session, draft_id: int, change: DraftChange, *, version: int | None, actor: Actor, now: datetime
) -> int:
    """Put a change into a draft and return the version to edit from.

    Args:
        version: of the draft that the form was written from; None for a press that takes nothing back.

    Raises:
        NotAllowed: for everybody but HR.
        NotFound: no such draft.
        TransitionRefused: it is proposed, or what is changed is not in it any more.
        Conflict: somebody else has saved the same part since; nothing of theirs is lost.
        Invalid: the ladder would have faults, told by the part they are in.
    """
    acting, row = lock_draft(session, draft_id, actor)
    ladder = parse_draft(row.source)
    data = open_data(ladder)
    _refuse_overtaken(session, row, data, change, version)
    source, changed = _write(data, change)
    if changed == ladder:
        return row.version
    if changed.version != ladder.version or changed.id != ladder.id:
        _refuse_published(session, changed)
    return _keep(session, row, (source, changed), change.part, actor=acting, now=now)


def check_change(source: str, change: DraftChange) -> tuple[Fault, ...]:
    """Return what would be wrong with a draft's text after a change; nothing is kept."""
    try:
        _write(open_data(parse_draft(source)), change)
    except Invalid as refused:
        return refused.faults
    return ()


def check_text(session: Session, source: str) -> tuple[Fault, ...]:
    """Return what would be wrong with another text of a draft; nothing is kept."""
    try:
        read_complete(session, source, file=FILE)
    except Invalid as refused:
        return refused.faults
    return ()


def save_text(session: Session, draft_id: int, source: str, *, version: int, actor: Actor, now: datetime) -> int:
    """Put another text in place of a draft's and return the version to edit from; raises as `save_change` does."""
    acting, row = lock_draft(session, draft_id, actor)
    if row.version != version and row.source != source:
        raise Conflict({"source": row.source}, {"source": source}, row.version, _name(session, row.saved_by_id))
    if row.source == source:
        return row.version
    ladder, source = read_complete(session, source, file=FILE)
    if (ladder.id, ladder.version) != (row.key, row.becomes):
        _refuse_published(session, ladder)
    return _keep(session, row, (source, ladder), WHOLE, actor=acting, now=now)


def drop_draft(session: Session, draft_id: int, *, actor: Actor, now: datetime) -> None:
    """Throw a draft away; raises as `save_change` does."""
    acting, row = lock_draft(session, draft_id, actor)
    _record(session, row, "thrown away", acting, now)
    session.delete(row)
    session.flush()


def lock_draft(session: Session, draft_id: int, actor: Actor) -> tuple[Actor, LadderDraft]:
    """Return who acts and the draft, locked; raise TransitionRefused for one that is proposed."""
    acting, row = act_as_hr(actor), find_locked(session, draft_id)
    if row.proposed_at is not None:
        raise TransitionRefused([text("It is proposed: take the proposal back before you change it")])
    return acting, row


def find_locked(session: Session, draft_id: int) -> LadderDraft:
    """Return a draft or proposal, locked and as it is now; raise NotFound."""
    statement = sa.select(LadderDraft).where(LadderDraft.id == draft_id).with_for_update(key_share=True)
    row = session.scalar(statement.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _refuse_overtaken(session: Session, row: LadderDraft, data: Data, change: DraftChange, version: int | None) -> None:
    if version is None:
        return
    changed = row.version if change.part == WHOLE else max(row.parts.get(change.part, 0), row.parts.get(WHOLE, 0))
    if changed <= version:
        return
    theirs = dict(change.read(data))
    if not change.mine:
        raise TransitionRefused([text("Somebody saved this draft after you opened the page: look at it again")])
    if theirs != dict(change.mine):
        name = _name(session, row.saved_by_id)
        raise Conflict(theirs, dict(change.mine), row.version, name, change.choices)


def _write(data: Data, change: DraftChange) -> tuple[str, Ladder]:
    """Return text and ladder after a change; raise Invalid, each fault with the part of the ladder that it is in."""
    faults = change.write(data)
    if faults:
        raise Invalid(faults)
    closed = close_data(data, file=FILE)
    if isinstance(closed, Ladder):
        return dump_ladder(closed), closed
    found = place_faults(closed, write_yaml(data))
    raise Invalid(replace(each.fault, file=each.name or None, line=None, column=None) for each in found)


def _rename_version(ladder: Ladder, becomes: str, file: str) -> tuple[Ladder, str]:
    parsed = close_data(open_data(ladder) | {"version": becomes}, file=file)
    if not isinstance(parsed, Ladder):
        raise Invalid(parsed)
    return parsed, dump_ladder(parsed)


def _refuse_published(session: Session, ladder: Ladder) -> None:
    fault = published_version_fault(session, ladder.id, ladder.version)
    if fault is not None:
        raise Invalid([fault])


def _keep(
    session: Session, row: LadderDraft, written: tuple[str, Ladder], part: str, *, actor: Actor, now: datetime
) -> int:
    source, ladder = written
    row.key, row.becomes, row.name = ladder.id, ladder.version, ladder.name
    row.source, row.digest = source, digest_source(source)
    row.saved_at, row.saved_by_id = now, _person(actor)
    row.parts = {WHOLE: row.version + 1} if part == WHOLE else {**row.parts, part: row.version + 1}
    session.flush()
    _record(session, row, part, actor, now)
    return row.version


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotFound
    return actor.person_id


def _name(session: Session, person_id: int) -> str:
    return session.scalar(sa.select(Person.name).where(Person.id == person_id)) or ""


def _record(session: Session, row: LadderDraft, part: str, actor: Actor, now: datetime) -> None:
    detail = {"key": row.key, "version": row.becomes, "part": part}
    audit.record(
        session, "ladder.draft", actor=actor, now=now, subject_type="ladder_draft", subject_id=row.id, detail=detail
    )
