"""The installation's policy: one HR partner proposes, another publishes; new cycles begin with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.canonical_json import canonical_json, digest
from review.domain.delegation import acting_as
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.house_policy import find_house_faults, lay_over, take_differences, tell_lines
from review.domain.proposals import Kind, Proposal, accept_reason
from review.domain.text import text
from review.models import PolicyVersion
from review.queries.cycle_choices import shipped_policy
from review.queries.policies import house_policy, list_levels, list_newest_definitions
from review.services import audit
from review.services.first_writes import insert_once
from review.services.proposals import is_own, tell_agreed, tell_partners, tell_replaced, tell_returned


def propose_policy(session: Session, policy: Mapping[str, Any], *, actor: Actor, now: datetime) -> PolicyVersion:
    """Propose what new cycles shall begin with; a proposal that waits is replaced.

    Raises NotAllowed for everybody but HR, Invalid with every fault, and where it says what is in force.
    """
    acting = _as_hr(actor)
    _accept(session, policy)
    said = take_differences(shipped_policy(), policy)
    row = _lock_newest(session)
    if said == take_differences(shipped_policy(), house_policy(session)):
        raise Invalid([Fault(text("This is what is in force already"), text("another value, or nothing to propose"))])
    kept = {
        "said": said,
        "digest": digest(canonical_json(said)),
        "proposed_at": now,
        "proposed_by_id": acting.person_id,
    }
    if row is None or row.published_at is not None:
        row = _insert(session, {"version": row.version + 1 if row else 1, **kept})
    else:
        tell_replaced(session, _proposal(row), row.proposed_by_id, actor=acting, now=now)
        for name, value in kept.items():
            setattr(row, name, value)
    session.flush()
    _record(session, "policy.propose", row, acting, now)
    tell_partners(session, _proposal(row), now=now)
    return row


def publish_policy(session: Session, *, actor: Actor, now: datetime, digest: str) -> PolicyVersion:
    """Put the proposal into force; it is checked again, against the workflows and ladders of now.

    Args:
        digest: of the proposal that was read.

    Raises NotFound, NotAllowed for who is not HR or proposed it, Invalid with every fault or where another proposal
    has taken the place of the one that was read.
    """
    acting = _as_hr(actor)
    row = _lock_proposal(session)
    if is_own(session, _proposal(row), row.proposed_by_id, acting):
        raise NotAllowed(text("You proposed this policy; somebody else in HR must publish it."), is_known=True)
    if digest != row.digest:
        what = text("This proposal was replaced after you opened it; nothing is published")
        raise Invalid([Fault(what, text("a look at the one below, which is there now"))])
    _accept(session, lay_over(shipped_policy(), row.said))
    _record(session, "policy.publish", row, acting, now)
    row.published_at, row.published_by_id = now, acting.person_id
    session.flush()
    tell_agreed(session, _proposal(row), row.proposed_by_id, actor=acting, now=now)
    return row


def discard_policy(session: Session, why: str, *, actor: Actor, now: datetime) -> None:
    """Take the proposal away and say why.

    Raises NotFound where there is none, NotAllowed for everybody but HR, Invalid without a reason for who did not
    propose it.
    """
    acting = _as_hr(actor)
    row = _lock_proposal(session)
    why = accept_reason(why, is_own=row.proposed_by_id in (acting.person_id, acting.on_behalf_of))
    _record(session, "policy.discard", row, acting, now, why=why)
    tell_returned(session, _proposal(row), row.proposed_by_id, why, actor=acting, now=now)
    session.delete(row)
    session.flush()


def _as_hr(actor: Actor) -> Actor:
    acting = acting_as(actor, Role.HR)
    if acting is None or acting.person_id is None:
        raise NotAllowed(text("Only HR can change the policy."), is_known=True)
    return acting


def _accept(session: Session, policy: Mapping[str, Any]) -> None:
    faults = find_house_faults(policy, list_newest_definitions(session), list_levels(session))
    if faults:
        raise Invalid(faults)


def _insert(session: Session, values: Mapping[str, object]) -> PolicyVersion:
    statement = insert_once(session, PolicyVersion, values, unique=("version",))
    number = session.scalar(statement.returning(PolicyVersion.id))
    if number is None:
        what = text("somebody has proposed another policy in the meantime")
        raise Invalid([Fault(what, text("a look at that proposal; yours then takes its place if it should"))])
    return session.get_one(PolicyVersion, number)


def _lock_proposal(session: Session) -> PolicyVersion:
    row = _lock_newest(session)
    if row is None or row.published_at is not None:
        raise NotFound
    return row


def _lock_newest(session: Session) -> PolicyVersion | None:
    statement = sa.select(PolicyVersion).order_by(PolicyVersion.version.desc()).limit(1).with_for_update(key_share=True)
    return session.scalar(statement.execution_options(populate_existing=True))


def _proposal(row: PolicyVersion) -> Proposal:
    return Proposal(Kind.POLICY, row.id, version=str(row.version))


def _record(session: Session, kind: str, row: PolicyVersion, actor: Actor, now: datetime, *, why: str = "") -> None:
    """Record a step, with the settings in which the policy differs from what is in force."""
    lines = tell_lines(lay_over(shipped_policy(), row.said), house_policy(session))
    changed = [line.name for line in lines if line.is_other]
    detail = {"version": row.version, "digest": row.digest, "settings": changed} | ({"why": why} if why else {})
    audit.record(session, kind, actor=actor, now=now, subject_type="policy", subject_id=row.id, detail=detail)
