"""The links of givers from outside: made when a mail is sent, ended when one is taken back or has done its work."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor
from review.models import Feedback, Invite, InviteLink
from review.services import audit

TOKEN_BYTES = 32


def hash_token(token: str) -> str:
    """Return what is stored of a link's token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def make_link(session: Session, invite_id: int, *, now: datetime) -> str:
    """Make a link and return its token, which is in the mail and nowhere else.

    It is made when the mail is put into words, so that a waiting mail holds no secret; a mail that has to be sent
    again carries another link.
    """
    invite = session.get_one(Invite, invite_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = InviteLink(invite_id=invite_id, token_hash=hash_token(token), created_at=now)
    session.add(link)
    session.flush()
    record_link(session, invite, "outside.link", actor=SYSTEM, now=now, link_id=link.id)
    return token


def end_links(session: Session, invite_id: int, *, now: datetime, before: int | None = None) -> None:
    """Let every link of an invitation open nothing from the next request on.

    Args:
        before: the number of a link: only older ones end. So it is with the first use of a newer link: not when its
            mail is sent, for somebody may be writing by the older one, and a mail may get lost or come twice; and not
            when its page is looked at, for mail programs do that too.
    """
    older = sa.true() if before is None else InviteLink.id < before
    session.execute(
        sa.update(InviteLink)
        .where(InviteLink.invite_id == invite_id, InviteLink.ended_at.is_(None), older)
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def record_link(
    session: Session, invite: Invite, kind: str, *, actor: Actor, now: datetime, link_id: int | None = None
) -> None:
    """Record what happened to an invitation; never its token, its address or a name."""
    audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        case_id=session.get_one(Feedback, invite.feedback_id).case_id,
        subject_type="feedback",
        subject_id=invite.feedback_id,
        detail={} if link_id is None else {"link": link_id},
    )
