"""Writing the summary of all answers that the candidate reads after the announcement."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.evidence_draft import MOST_TEXT, too_long
from review.domain.text import text
from review.domain.writing import clean
from review.models import FeedbackSummary
from review.queries.standing import lock_standing
from review.services import audit


def save_summary(session: Session, case_id: int, body: str, *, version: int, actor: Actor, now: datetime) -> int:
    """Keep the summary as HR writes it, between decision and announcement; return its version.

    The manager, who learns of the decision with the candidate, cannot know yet that there is one to write.

    Args:
        version: of what the form was written from, 0 for nothing yet.

    Raises:
        NotFound: the actor may not know of it.
        NotAllowed: it may be read, not written, now or by this actor.
        TransitionRefused: too few answers are in to sum up without telling who wrote.
        Conflict: somebody else saved first.
        Invalid: the text is too long.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_read("feedback.summary"):
        raise NotFound
    if not standing.may_write("feedback.summary") or actor.person_id is None:
        raise NotAllowed(text("HR writes the summary, until the announcement"), is_known=True)
    if "n3" not in standing.conditions:
        raise TransitionRefused([text("Too few answers are in: a summary would tell who wrote")])
    body = clean(body).strip()
    if len(body) > MOST_TEXT:
        raise Invalid([too_long("body", body, MOST_TEXT)])
    row = session.scalar(sa.select(FeedbackSummary).where(FeedbackSummary.case_id == case_id))
    row = row or FeedbackSummary(case_id=case_id, body="")
    if (row.version or 0) != version:
        raise Conflict({"body": row.body}, {"body": body}, row.version or 0)
    if row.version and row.body == body:
        return row.version
    row.body, row.written_by_id, row.updated_at = body, actor.person_id, now
    session.add(row)
    session.flush()
    detail = {"version": row.version}
    audit.record(session, "feedback.summary", actor=actor, now=now, case_id=case_id, detail=detail)
    return row.version
