"""The steps of the requests on a list, read from the record of the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.parcel import TRACKED, ParcelStep, track_request
from review.models import AuditEvent, Feedback
from review.queries.standing import Standing

SUBJECT = "feedback"


def track_requests(session: Session, standing: Standing, rows: Sequence[Feedback]) -> dict[int, tuple[ParcelStep, ...]]:
    """Return the steps of each request that the caller shows, in one statement; only the candidate's are approved."""
    found: dict[int, list[tuple[str, date]]] = defaultdict(list)
    zone = ZoneInfo(standing.cycle.zone)
    events = sa.select(AuditEvent.subject_id, AuditEvent.kind, AuditEvent.at).where(
        AuditEvent.case_id == standing.case.id,
        AuditEvent.subject_type == SUBJECT,
        AuditEvent.kind.in_([f"{SUBJECT}.{action}" for action in TRACKED]),
    )
    for number, kind, at in session.execute(events.order_by(AuditEvent.seq)):
        found[number or 0].append((kind.removeprefix(f"{SUBJECT}."), at.astimezone(zone).date()))
    return {
        row.id: track_request(
            found[row.id],
            state=row.state,
            phase=standing.phase,
            was_proposed=row.proposed_by_id == standing.case.candidate_id,
        )
        for row in rows
    }
