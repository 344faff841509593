"""Proposals of ladder versions: one HR partner proposes a draft, another publishes it or gives it back and says why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.ladder_diff import diff_ladders
from review.domain.proposals import Kind, Proposal, accept_reason
from review.domain.text import text
from review.models import LadderDraft, LadderVersion
from review.queries.ladder_drafts import find_newest, parse_draft, published_version_fault
from review.queries.ladders import read_ladder
from review.services import audit
from review.services.ladders import OWN, act_as_hr, publish_ladder
from review.services.ladders_drafts import FILE, find_locked, lock_draft
from review.services.proposals import is_own, tell_agreed, tell_partners, tell_returned


def propose_draft(session: Session, draft_id: int, *, digest: str, actor: Actor, now: datetime) -> LadderDraft:
    """Propose a draft as it was read; from then on it is not changed until it is published or given back.

    Raises:
        NotAllowed: for everybody but HR.
        NotFound: no such draft.
        TransitionRefused: it is proposed already.
        Invalid: another text than the one that was read, a version that is published, or nothing that differs.
    """
    acting, row = lock_draft(session, draft_id, actor)
    _refuse_other(row, digest)
    fault = published_version_fault(session, row.key, row.becomes) or _find_sameness(session, row)
    if fault is not None:
        raise Invalid([fault])
    row.proposed_at, row.proposed_by_id = now, acting.person_id
    row.returned_by_id, row.returned_why = None, ""
    session.flush()
    _record(session, "ladder.propose", row, actor=acting, now=now)
    tell_partners(session, _proposal(row), now=now)
    return row


def publish_proposal(session: Session, draft_id: int, *, digest: str, actor: Actor, now: datetime) -> LadderVersion:
    """Publish a proposal of somebody else as it was read; the draft is gone, the version never changes.

    Raises NotFound where nothing is proposed, NotAllowed for who is not HR or proposed it, Invalid as `propose_draft`.
    """
    acting, row = act_as_hr(actor), _lock_proposal(session, draft_id)
    if is_own(session, _proposal(row), row.proposed_by_id, acting):
        raise NotAllowed(OWN, is_known=True)
    _refuse_other(row, digest)
    fault = published_version_fault(session, row.key, row.becomes)
    if fault is not None:
        raise Invalid([fault])
    version = publish_ladder(session, row.source, file=FILE, actor=actor, now=now)
    version.proposed_by_id = row.proposed_by_id
    tell_agreed(session, _proposal(row), row.proposed_by_id, actor=acting, now=now)
    session.delete(row)
    session.flush()
    return version


def discard_proposal(session: Session, draft_id: int, why: str, *, actor: Actor, now: datetime) -> LadderDraft:
    """Take a proposal away: what was written stays as a draft, with the reason.

    Raises NotFound where nothing is proposed, NotAllowed for who is not HR, Invalid without a reason for who did not
    propose it.
    """
    acting, row = act_as_hr(actor), _lock_proposal(session, draft_id)
    why = accept_reason(why, is_own=row.proposed_by_id in (acting.person_id, acting.on_behalf_of))
    tell_returned(session, _proposal(row), row.proposed_by_id, why, actor=acting, now=now)
    _record(session, "ladder.discard", row, why, actor=acting, now=now)
    row.proposed_at = row.proposed_by_id = None
    row.returned_by_id, row.returned_why = acting.person_id, why
    session.flush()
    return row


def _proposal(row: LadderDraft) -> Proposal:
    return Proposal(Kind.LADDER, row.id, row.name, row.becomes)


def _lock_proposal(session: Session, draft_id: int) -> LadderDraft:
    row = find_locked(session, draft_id)
    if row.proposed_at is None:
        raise NotFound
    return row


def _refuse_other(row: LadderDraft, digest: str) -> None:
    if digest != row.digest:
        what = text("This draft was changed after you opened it; nothing is done")
        raise Invalid([Fault(what, text("a look at what is there now"))])


def _find_sameness(session: Session, row: LadderDraft) -> Fault | None:
    newest = find_newest(session, row.key)
    if newest is None or diff_ladders(read_ladder(session, newest.id), parse_draft(row.source)):
        return None
    what = text("nothing differs from version %(version)s, which is published", version=newest.version)
    return Fault(what, text("a change, or no new version"))


def _record(session: Session, kind: str, row: LadderDraft, why: str = "", *, actor: Actor, now: datetime) -> None:
    detail = {"key": row.key, "version": row.becomes, "digest": row.digest} | ({"why": why} if why else {})
    audit.record(session, kind, actor=actor, now=now, subject_type="ladder_draft", subject_id=row.id, detail=detail)
