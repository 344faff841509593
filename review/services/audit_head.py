"""The end of the trail: locked last of all in a transaction, with the key that the next event's detail goes under."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import AuditHead
from review.services.first_writes import insert_once

FIRST_MAC = "0" * 64
LOCKED = "audit_head"
_HEAD = sa.select(AuditHead).with_for_update(key_share=True).execution_options(populate_existing=True)


def lock_head(session: Session) -> AuditHead:
    """Return the end of the chain, locked; a transaction that has locked it before goes on from what it knows.

    A lock taken within a savepoint is not relied on afterwards: rolling back to the savepoint may give it up.
    """
    transaction = session.get_transaction()
    known: tuple[object, AuditHead] | None = session.info.get(LOCKED)
    if known is not None and known[0] is transaction:
        return known[1]
    head = session.scalar(_HEAD)
    if head is None:  # the first two events of an installation may come at once
        first = {"id": 1, "seq": 0, "mac": FIRST_MAC}
        session.execute(insert_once(session, AuditHead, first, unique=("id",)))
        head = session.scalars(_HEAD).one()
    if session.get_nested_transaction() is None:
        session.info[LOCKED] = (session.get_transaction(), head)
    return head
