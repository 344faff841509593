"""Broken seals: a packet counts no more from the moment in which its case goes back to where it is built."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.phase import Phase
from review.models import Case, Packet
from review.services import audit


def unseal_if_back(session: Session, case: Case, before: Phase, *, actor: Actor, now: datetime) -> None:
    """Unseal the packet of a case that has just moved back before the seal; the caller has locked the case.

    Args:
        before: the phase in which the case was before the move.
    """
    if before.rank >= Phase.SEALED.rank > Phase(case.phase).rank:
        unseal(session, case.id, actor=actor, now=now)


def unseal(session: Session, case_id: int, *, actor: Actor, now: datetime) -> None:
    """Let no packet of a case count any more: nobody opens it from now on, the row is kept."""
    counting = sa.select(Packet).where(Packet.case_id == case_id, Packet.unsealed_at.is_(None)).order_by(Packet.id)
    for packet in session.scalars(counting).all():
        packet.unsealed_at = now
        audit.record(
            session,
            "packet.unseal",
            actor=actor,
            now=now,
            case_id=case_id,
            subject_type="packet",
            subject_id=packet.id,
            detail={"digest": packet.digest},
        )
