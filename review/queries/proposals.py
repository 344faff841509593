"""What waits for a second person in HR: for whoever may agree to it, and for nobody whose own it is."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.proposals import Kind, Proposal
from review.domain.values import dataclass
from review.models import (
    AuditEvent,
    Cycle,
    Erasure,
    LadderDraft,
    Person,
    PolicyVersion,
    Release,
    ReleaseItem,
    RoleGrant,
    WordingVersion,
    WorkflowVersion,
)
from review.queries.own_part import select_part
from review.queries.privacy_requests import has_no_part
from review.queries.ready import Ready

SUBJECTS = {Kind.LADDER: "ladder_draft", Kind.WORKFLOW: "workflow", Kind.POLICY: "policy", Kind.WORDS: "wording"}
"""What the record calls each; an erasure is proposed and approved in person, and never for somebody else."""
_PROPOSER, ME = aliased(Person), sa.bindparam("me", type_=sa.Integer)


class Whose(StrEnum):
    """Whose a proposal is: the reader's own, made for them by a delegate, or somebody else's."""

    OWN = "own"
    FOR_THEM = "for_them"
    OTHERS = "others"


@dataclass(frozen=True)
class ProposalRow:
    """A proposal that waits, and who made it; by a command it may have been nobody."""

    proposal: Proposal
    proposed_by: str


def list_proposals(session: Session, actor: Actor) -> tuple[ProposalRow, ...]:
    """Return what the actor may agree to, the oldest first; one statement, and none for everybody but HR."""
    acting = acting_as(actor, Role.HR)
    if acting is None:
        return ()
    session.flush()
    behalf = acting.on_behalf_of or acting.person_id
    values = {"me": actor.person_id, "acting": acting.person_id, "behalf": behalf}
    rows = _ready(is_hr=actor.has(Role.HR)).rows(session.connection(), values)
    return tuple(ProposalRow(Proposal(Kind(kind), *row), by or "") for kind, *row, by in rows)


@cache
def _ready(*, is_hr: bool) -> Ready:
    """Return the statement of what waits for somebody of HR, or for whoever acts for them; spelt out once."""
    return Ready(lambda: _statement(is_hr=is_hr))


def _statement(*, is_hr: bool) -> sa.Select[Any]:
    every = _every(is_hr=is_hr)
    own = [sa.bindparam(name, type_=sa.Integer) for name in ("acting", "behalf")]
    return (
        sa.select(every.c.kind, every.c.id, every.c.name, every.c.version, _PROPOSER.name)
        .outerjoin(_PROPOSER, _PROPOSER.id == every.c.by_id)
        .where(sa.or_(every.c.by_id.is_(None), every.c.by_id.not_in(own)))
        .where(sa.func.coalesce(_made_for(every.c.kind, every.c.subject, every.c.id), 0).not_in(own))
        .order_by(every.c.at, every.c.kind, every.c.id)
    )


def find_whose(session: Session, proposal: Proposal, proposed_by_id: int | None, actor: Actor) -> Whose:
    """Return whose a proposal is to somebody in HR, or on behalf of somebody there; one statement unless they made it.

    For whom a delegate made it stands in the record, with the event of its last proposing.
    """
    acting = acting_as(actor, Role.HR) or actor
    own = {acting.person_id, acting.on_behalf_of} - {None}
    if proposed_by_id in own:
        return Whose.OWN
    kind, subject = sa.literal(str(proposal.kind)), sa.literal(SUBJECTS.get(proposal.kind, ""))
    made_for = session.scalar(sa.select(_made_for(kind, subject, sa.literal(proposal.id))))
    return Whose.FOR_THEM if made_for in own else Whose.OTHERS


def may_agree(session: Session, person_id: int, kind: str, number: int) -> bool:
    """Tell whether a proposal still waits and this person may agree to it, by a role of their own."""
    roles = frozenset(session.scalars(sa.select(RoleGrant.role).where(RoleGrant.person_id == person_id)))
    rows = list_proposals(session, Actor(person_id, "", roles))
    return any((row.proposal.kind, row.proposal.id) == (kind, number) for row in rows)


def list_partners(session: Session, proposal: Proposal) -> tuple[int, ...]:
    """Return the numbers of those in HR who may agree to a proposal."""
    holders = sa.select(RoleGrant.person_id).join(Person, Person.id == RoleGrant.person_id)
    holders = holders.where(RoleGrant.role == Role.HR, Person.is_active).order_by(RoleGrant.person_id)
    kind, number = proposal.kind, proposal.id
    return tuple(person for person in session.scalars(holders).all() if may_agree(session, person, kind, number))


def _every(*, is_hr: bool) -> sa.Subquery:
    """Return all that waits, whatever its kind; erasures of people alone for whom the actor may answer, unnamed.

    Erasures and letters are for HR in person.
    """
    unnamed = _columns(Kind.ERASURE, Erasure.id, sa.literal(""), sa.literal(""))
    erased = sa.select(*unnamed, Erasure.proposed_by_id, Erasure.proposed_at)
    waiting = Erasure.done_at.is_(None), Erasure.cancelled_at.is_(None)
    return sa.union_all(
        sa.select(
            *_columns(Kind.LADDER, LadderDraft.id, LadderDraft.name, LadderDraft.becomes),
            LadderDraft.proposed_by_id.label("by_id"),
            LadderDraft.proposed_at.label("at"),
        ).where(LadderDraft.proposed_at.is_not(None)),
        sa.select(
            *_columns(Kind.WORKFLOW, WorkflowVersion.id, WorkflowVersion.title, _word(WorkflowVersion.version)),
            WorkflowVersion.proposed_by_id,
            WorkflowVersion.proposed_at,
        ).where(WorkflowVersion.published_at.is_(None)),
        sa.select(
            *_columns(Kind.POLICY, PolicyVersion.id, sa.literal(""), _word(PolicyVersion.version)),
            PolicyVersion.proposed_by_id,
            PolicyVersion.proposed_at,
        ).where(PolicyVersion.published_at.is_(None)),
        sa.select(
            *_columns(Kind.WORDS, WordingVersion.id, WordingVersion.piece, _word(WordingVersion.number)),
            WordingVersion.saved_by_id,
            WordingVersion.saved_at,
        ).where(WordingVersion.published_at.is_(None), WordingVersion.discarded_at.is_(None)),
        erased.where(*waiting, sa.literal(is_hr), has_no_part(ME, Erasure.person_id)),
        _letters().where(sa.literal(is_hr)),
    ).subquery()


def _letters() -> sa.Select[Any]:
    """Return the batches of letters that wait; for HR in person, who has no part in any case of them."""
    kept = sa.exists().where(ReleaseItem.release_id == Release.id, ReleaseItem.case_id.in_(select_part(ME)))
    return (
        sa.select(
            *_columns(Kind.LETTERS, Release.id, Cycle.name, _word(Cycle.id)),
            Release.prepared_by_id,
            Release.prepared_at,
        )
        .join(Cycle, Cycle.id == Release.cycle_id)
        .where(Release.approved_at.is_(None), Release.cancelled_at.is_(None), ~kept)
    )


def _made_for(kind: Any, subject: Any, number: Any) -> sa.ScalarSelect[int | None]:
    """Return for whom a delegate made a proposal; the newest of its kind in the record are looked through first."""
    event = AuditEvent.kind == kind + ".propose", AuditEvent.subject_type == subject, AuditEvent.subject_id == number
    made = sa.select(AuditEvent.on_behalf_of_id).where(*event).order_by(AuditEvent.seq.desc()).limit(1)
    return made.scalar_subquery()


def _columns(kind: Kind, number: Any, name: Any, version: Any) -> tuple[sa.ColumnElement[Any], ...]:
    told = sa.literal(str(kind)).label("kind"), number.label("id"), name.label("name"), version.label("version")
    return *told, sa.literal(SUBJECTS.get(kind, "")).label("subject")


def _word(number: Any) -> sa.ColumnElement[str]:
    return sa.cast(number, sa.String)
