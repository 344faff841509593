"""What was pressed and refused stays in the record: who tried what, and which reasons they were given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.text import Text
from review.models import Case
from review.services import audit


def record_refusal(
    session: Session,
    route: str,
    status: int,
    reasons: Iterable[object],
    ids: Mapping[str, int],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Record that the actor was refused.

    A case that there is not takes the same statements as one that there is, so that no time tells them apart.

    Args:
        route: the name of the route that was called, e.g. `votes.cast`.
        status: what HTTP answered: 403 not allowed, 404 nothing the actor may know of, 409 not now.
        reasons: what the actor was told; only the messages are kept, never the values in them.
        ids: the numbers in the address, by their names; `case_id` places the event in its case.
    """
    case_id = session.scalar(sa.select(Case.id).where(Case.id == ids.get("case_id", 0)))
    detail = {"route": route, "status": status, **ids}
    messages = [message for reason in reasons if isinstance(reason, Text) for message in find_messages(reason)]
    if messages:
        detail["reasons"] = messages
    audit.record(session, "press.refused", actor=actor, now=now, case_id=case_id, detail=detail)


def find_messages(reason: Text) -> list[str]:
    """Return the message of a sentence, and those of the sentences in it."""
    within = [message for _name, value in reason.values if isinstance(value, Text) for message in find_messages(value)]
    return [reason.one, *within]
