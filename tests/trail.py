"""What tests read of the trail: the detail of one event, or of all that a filter finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.trail import EventFacts
from review.models import AuditEvent
from review.queries.event_details import DetailState, read_details


def detail_of(session: Session, event: AuditEvent | EventFacts) -> Mapping[str, Any]:
    """Return the detail of an event, which must be readable."""
    (found,) = details_where(session, AuditEvent.seq == event.seq)
    return found


def details_where(session: Session, *where: sa.ColumnElement[bool]) -> list[Mapping[str, Any]]:
    """Return the details of events in the order of the trail; all of them must be readable."""
    found = read_details(session, *where)
    assert {each.state for each in found} <= {DetailState.OPEN}
    return [each.value for each in found]
