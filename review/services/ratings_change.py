"""Changing a rating in the committee: the manager's stays, the change stands beside it with its reason."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.calibration import ChangeDraft, find_change_faults
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.domain.text import text
from review.models import RatingChange
from review.queries.rating_changes import WRITE, find_criterion, load_case_view
from review.queries.standing import lock_standing
from review.services import audit
from review.services.request_keys import claim


def change_rating(
    session: Session,
    case_id: int,
    criterion_id: str,
    draft: ChangeDraft,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> RatingChange | None:
    """Change the rating of a criterion while the votes are open; None when this form had taken effect before.

    Raises:
        NotFound: no part in the committee's work, or no such criterion.
        NotAllowed: not the chair, or the votes are not open.
        Invalid: no reason, no sentence of the ladder, no source; or somebody changed it meanwhile.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    view = load_case_view(session, standing)
    criterion = find_criterion(view, criterion_id)
    if not standing.may_write(WRITE) or actor.person_id is None:
        what = text("Only the chair changes a rating, while the committee talks about the revealed votes")
        raise NotAllowed(what, is_known=True)
    if criterion.final is None:
        raise NotFound
    faults = find_change_faults(draft, criterion.stands, criterion.sentences, view.names)
    if draft.seen != len(criterion.changes):
        faults = [Fault(text("The rating was changed meanwhile; look at it once more"), field="value")]
    if faults:
        raise Invalid(faults)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    change = RatingChange(
        case_id=case_id,
        criterion_id=criterion_id,
        n=_next_number(session, case_id, criterion_id),
        before=criterion.stands,
        value=None if draft.cannot_judge else draft.value,
        code=str(draft.code),
        sentence=draft.sentence,
        reason=draft.reason.strip(),
        anchors=list(draft.anchors),
        changed_by_id=actor.person_id,
        changed_at=now,
    )
    session.add(change)
    session.flush()
    detail = {"criterion": criterion_id, "before": change.before, "after": change.value, "code": change.code}
    audit.record(
        session, "rating.change", actor=actor, now=now, case_id=case_id,
        subject_type="rating_change", subject_id=change.id, detail=detail,
    )  # fmt: skip
    return change


def _next_number(session: Session, case_id: int, criterion_id: str) -> int:
    """Return the number of the next change; changes that an appeal has set aside keep theirs."""
    here = (RatingChange.case_id == case_id, RatingChange.criterion_id == criterion_id)
    return (session.scalar(sa.select(sa.func.max(RatingChange.n)).where(*here)) or 0) + 1
