"""What the candidate writes: the self-review per criterion and the evidence, as drafts under the case's lock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.evidence_draft import (
    LINES,
    MOST_TEXT,
    TEXTS,
    EvidenceDraft,
    Tag,
    clean_draft,
    find_faults,
    too_long,
)
from review.domain.text import text
from review.domain.writing import clean
from review.models import Evidence, EvidenceTag, SelfReview
from review.queries.evidence import find_packet_stage
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.request_keys import claim


def save_self_review(
    session: Session, case_id: int, criterion_id: str, body: str, *, version: int, actor: Actor, now: datetime
) -> int:
    """Keep the candidate's words on one criterion and return the version to edit from.

    Args:
        version: of what the form was written from, 0 for nothing yet.

    Raises:
        NotFound: no such case or criterion for this actor.
        TransitionRefused: the self-review is submitted.
        Conflict: another tab saved first.
        Invalid: the text is too long.
    """
    standing = _lock_for_writing(session, case_id, "self_review.draft", actor, now)
    if all(criterion.id != criterion_id for criterion in standing.criteria):
        raise NotFound
    _require_writing(standing)
    body = clean(body).strip()
    if len(body) > MOST_TEXT:
        raise Invalid([too_long("self_review", body, MOST_TEXT)])
    row = session.scalar(
        sa.select(SelfReview).where(SelfReview.case_id == case_id, SelfReview.criterion_id == criterion_id)
    )
    if row is not None and row.body == body:
        return row.version
    row = _write_self_review(session, row or SelfReview(case_id=case_id, criterion_id=criterion_id), body, version, now)
    audit.record(
        session,
        "self_review.draft",
        actor=actor,
        now=now,
        case_id=case_id,
        subject_type="self_review",
        subject_id=row.id,
        detail={"criterion": criterion_id, "version": row.version},
    )
    return row.version


def _write_self_review(session: Session, row: SelfReview, body: str, version: int, now: datetime) -> SelfReview:
    """Write a body over the version it was written from; raise Conflict where another one is stored."""
    stored = row.version or 0
    if stored != version:
        raise Conflict({"self_review": row.body or ""}, {"self_review": body}, stored)
    row.body, row.updated_at = body, now
    session.add(row)
    session.flush()
    return row


def add_evidence(
    session: Session,
    case_id: int,
    draft: EvidenceDraft,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Evidence | None:
    """Add evidence with the next number; after the self-review is submitted it is marked as late.

    None when this form had taken effect before. Raises NotFound, NotAllowed, Invalid with every fault.
    """
    standing = _lock_for_writing(session, case_id, "evidence.attachment", actor, now)
    draft = _accept(standing, draft)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    last = session.scalar(sa.select(sa.func.max(Evidence.position)).where(Evidence.case_id == case_id)) or 0
    row = Evidence(case_id=case_id, position=last + 1, created_at=now, is_late=not find_packet_stage(standing).is_open)
    _fill(row, draft, now)
    session.add(row)
    session.flush()
    _write_tags(session, row, draft.tags)
    _note(session, "evidence.add", row, actor, now)
    return row


def edit_evidence(
    session: Session,
    case_id: int,
    evidence_id: int,
    draft: EvidenceDraft,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> Evidence:
    """Change evidence while the self-review is being written.

    Raises NotFound, TransitionRefused after submission, Conflict when another tab saved first, Invalid.
    """
    standing = _lock_for_writing(session, case_id, "evidence.attachment", actor, now)
    row = _find(session, case_id, evidence_id)
    _require_writing(standing)
    draft = _accept(standing, draft)
    if _holds(session, row, draft):
        return row
    if row.version != version:
        raise Conflict(_words_of_row(row), _words_of_draft(draft), row.version)
    _fill(row, draft, now)
    session.flush()
    session.execute(sa.delete(EvidenceTag).where(EvidenceTag.evidence_id == row.id))
    _write_tags(session, row, draft.tags)
    _note(session, "evidence.edit", row, actor, now)
    return row


def remove_evidence(session: Session, case_id: int, evidence_id: int, *, actor: Actor, now: datetime) -> None:
    """Take evidence out while the self-review is being written; its number is never given to another."""
    standing = _lock_for_writing(session, case_id, "evidence.attachment", actor, now)
    row = _find(session, case_id, evidence_id)
    _require_writing(standing)
    row.removed_at = row.updated_at = now
    session.flush()
    _note(session, "evidence.remove", row, actor, now)


def _accept(standing: Standing, draft: EvidenceDraft) -> EvidenceDraft:
    """Return the draft in clean characters; raise Invalid with every fault."""
    cleaned = clean_draft(draft)
    faults = find_faults(standing.ladder, standing.case.to_level_id, cleaned)
    if faults:
        raise Invalid(faults)
    return cleaned


def _lock_for_writing(session: Session, case_id: int, thing: str, actor: Actor, now: datetime) -> Standing:
    """Lock the case for its candidate; whoever may only read the thing is told so, anybody else finds nothing."""
    standing = lock_standing(session, case_id, actor, now=now)
    if standing.may_write(thing):
        return standing
    if standing.case.candidate_id == actor.person_id:
        raise NotAllowed(text("You can write this until the packet is sealed or your case ends"), is_known=True)
    if standing.may_read(thing):
        raise NotAllowed(text("Only the candidate writes this, until the packet is sealed"), is_known=True)
    raise NotFound


def _require_writing(standing: Standing) -> None:
    if not find_packet_stage(standing).is_open:
        raise TransitionRefused(
            [text("The self-review is submitted: take it back to change it; new evidence can still be added")]
        )


def _find(session: Session, case_id: int, evidence_id: int) -> Evidence:
    row = session.get(Evidence, evidence_id)
    if row is None or row.case_id != case_id or row.removed_at is not None:
        raise NotFound
    return row


def _fill(row: Evidence, draft: EvidenceDraft, now: datetime) -> None:
    for name in (*LINES, *TEXTS):
        setattr(row, name, getattr(draft, name))
    row.links = [{"label": link.label, "url": link.url} for link in draft.links if link.url]
    row.updated_at = now


def _holds(session: Session, row: Evidence, draft: EvidenceDraft) -> bool:
    """Tell whether a row is what the draft says: it is sent again by whoever has not seen the answer."""
    tags = session.execute(
        sa.select(EvidenceTag.criterion_id, EvidenceTag.signal_id).where(EvidenceTag.evidence_id == row.id)
    )
    labels = [link["label"] for link in row.links] == [link.label for link in draft.links if link.url]
    is_same = _words_of_row(row) == _words_of_draft(draft) and labels
    return is_same and {(each.criterion_id, each.signal_id) for each in tags} == _list_tags(draft.tags)


def _list_tags(tags: Iterable[Tag]) -> set[tuple[str, str]]:
    """Return criterion and signal of each tag; a signal's tag brings its criterion's own, so that lists are whole."""
    return {(tag.criterion_id, tag.signal_id) for tag in tags} | {(tag.criterion_id, "") for tag in tags}


def _write_tags(session: Session, row: Evidence, tags: Iterable[Tag]) -> None:
    session.add_all(
        EvidenceTag(evidence_id=row.id, criterion_id=criterion, signal_id=signal)
        for criterion, signal in sorted(_list_tags(tags))
    )
    session.flush()


def _words_of_row(row: Evidence) -> dict[str, str]:
    urls = {f"url-{place}": link["url"] for place, link in enumerate(row.links)}
    return {name: getattr(row, name) for name in (*LINES, *TEXTS)} | urls


def _words_of_draft(draft: EvidenceDraft) -> dict[str, str]:
    urls = {f"url-{place}": link.url for place, link in enumerate(draft.links) if link.url}
    return {name: getattr(draft, name) for name in (*LINES, *TEXTS)} | urls


def _note(session: Session, kind: str, row: Evidence, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        case_id=row.case_id,
        subject_type="evidence",
        subject_id=row.id,
        detail={"position": row.position, "is_late": row.is_late},
    )
