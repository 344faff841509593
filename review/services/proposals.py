"""Whose a proposal is, and telling of it: whoever may agree that it waits, whoever made it what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.mail_times import PROPOSAL_WAITS
from review.domain.proposals import Kind, Proposal
from review.queries.proposals import Whose, find_whose, list_partners
from review.services.messages import enqueue_message

GONE = {("proposal_agreed", Kind.LADDER): "ladders", ("proposal_returned", Kind.WORKFLOW): "workflows"}
"""Where an outcome is seen whose proposal has no page any more."""


def is_own(session: Session, proposal: Proposal, proposed_by_id: int | None, acting: Actor) -> bool:
    """Tell whether a proposal is the actor's own: made by them, by whom they act for, or for either by a delegate."""
    return find_whose(session, proposal, proposed_by_id, acting) is not Whose.OTHERS


def tell_partners(session: Session, proposal: Proposal, *, now: datetime) -> None:
    """Tell everybody who may agree to a proposal that it waits, once."""
    for person_id in list_partners(session, proposal):
        _tell(session, proposal, person_id, PROPOSAL_WAITS, proposal.place, now=now)


def tell_agreed(
    session: Session, proposal: Proposal, proposed_by_id: int | None, *, actor: Actor, now: datetime
) -> None:
    """Tell whoever made a proposal that somebody agreed to it."""
    _tell_proposer(session, proposal, proposed_by_id, "proposal_agreed", actor=actor, now=now)


def tell_returned(
    session: Session, proposal: Proposal, proposed_by_id: int | None, why: str, *, actor: Actor, now: datetime
) -> None:
    """Tell whoever made a proposal that somebody discarded it, and why; nothing to who took back their own."""
    _tell_proposer(session, proposal, proposed_by_id, "proposal_returned", actor=actor, now=now, why=why)


def tell_replaced(
    session: Session, proposal: Proposal, proposed_by_id: int | None, *, actor: Actor, now: datetime
) -> None:
    """Tell whoever made a proposal that somebody else's has taken its place."""
    _tell_proposer(session, proposal, proposed_by_id, "proposal_replaced", actor=actor, now=now)


def _tell_proposer(
    session: Session,
    proposal: Proposal,
    proposed_by_id: int | None,
    template: str,
    *,
    actor: Actor,
    now: datetime,
    why: str = "",
) -> None:
    if proposed_by_id is None or proposed_by_id == actor.person_id:
        return
    place = GONE.get((template, proposal.kind), proposal.place)
    _tell(session, proposal, proposed_by_id, template, place, now=now, why=why)


def _tell(
    session: Session,
    proposal: Proposal,
    person_id: int,
    template: str,
    place: str,
    *,
    now: datetime,
    why: str = "",
) -> None:
    params = {"place": place, "kind": str(proposal.kind), "id": proposal.id}
    if proposal.kind is not Kind.ERASURE:
        params |= {"name": proposal.name, "version": proposal.version}
    enqueue_message(
        session,
        key=f"{template}-{proposal.kind}-{proposal.id}-{person_id}-{now.isoformat()}",
        to_person_id=person_id,
        template=template,
        params=params | ({"why": why} if why else {}),
        case_id=None,
        now=now,
    )
