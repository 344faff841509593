"""A case after "not yet" whose growth plan is written, and agreed by both."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Gap
from review.queries.growth import find_plan
from review.services.growth import ItemDraft, agree, save_item
from tests.after_decision import announced_room
from tests.committee_room import Room
from tests.kept import kept


@kept
def written_plan(session: Session, now: datetime) -> Room:
    """Return a case whose plan has two activities, and the agreement of nobody."""
    room = announced_room(session, now)
    room.fire("close_appeal_window", "iris")
    gap = session.scalar(sa.select(Gap.id))
    for activity, gap_id in (("Keeping a roadmap", gap), ("Mentoring", None)):
        item = ItemDraft(activity, gap_id, "A second partner plans with us", date(2027, 5, 1))
        save_item(session, room.case_id, None, item, version=0, actor=room.actor("iris"), now=now)
    session.commit()
    return room


@kept
def agreed_plan(room: Room) -> Room:
    """Let both agree to the plan, which closes the case."""
    for key in ("iris", "greta"):
        plan = find_plan(room.session, room.case_id)
        assert plan is not None
        agree(room.session, room.case_id, version=plan.version, actor=room.actor(key), now=room.now)
    room.session.commit()
    assert room.case.state == "closed_not_yet"
    return room
