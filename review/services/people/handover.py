"""A new manager in mid case: the case goes over, every word that was signed stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.models import Case, GrowthPlan
from review.services import audit
from review.services.messages import enqueue_message
from review.services.people.history import chunks

MANAGER_GOES = "case_handed_over"
MANAGER_COMES = "case_taken_over"
PLAN_COMES = "plan_taken_over"


def lock_running_cases(session: Session, candidate_ids: list[int]) -> list[Case]:
    """Lock the running cases of these candidates, and the closed ones whose growth plan goes on; by id."""
    cases: list[Case] = []
    goes_on = sa.exists().where(
        GrowthPlan.case_id == Case.id,
        GrowthPlan.agreed_by_candidate_at.is_not(None),
        GrowthPlan.agreed_by_manager_at.is_not(None),
    )
    for ids in chunks(sorted(candidate_ids)):
        is_running = sa.or_(Case.closed_at.is_(None), goes_on)
        statement = sa.select(Case).where(Case.candidate_id.in_(ids), is_running).order_by(Case.id)
        locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
        cases.extend(session.scalars(locked))
    return cases


def hand_over_cases(
    session: Session, managers: Mapping[int, int | None], *, actor: Actor, now: datetime
) -> tuple[int, ...]:
    """Write the new manager on the running cases of everybody who has one; `managers` maps person to new manager.

    A closed case goes over too while its agreed growth plan goes on: whoever is manager now reads it, nobody before.

    Ratings keep whoever made them; the former manager is found in the history of employments. Each case gets an
    event, both managers a message. Returns the ids of the cases that changed hands.
    """
    entries: list[audit.Entry] = []
    for case in lock_running_cases(session, list(managers)):
        old, new = case.manager_id, managers[case.candidate_id]
        if old == new:
            continue
        case.manager_id = new
        detail = {"from": old, "to": new}
        entries.append(audit.Entry("case.manager_changed", case.id, "person", case.candidate_id, detail))
        for reader, template in ((old, MANAGER_GOES), (new, PLAN_COMES if case.closed_at else MANAGER_COMES)):
            if reader is not None:
                _tell(session, case, reader, template, now=now)
    if entries:
        audit.record_all(session, entries, actor=actor, now=now)
    return tuple(entry.case_id for entry in entries if entry.case_id is not None)


def _tell(session: Session, case: Case, reader_id: int, template: str, *, now: datetime) -> None:
    """Write one mail a handover; the moment tells two handovers of one case apart."""
    enqueue_message(
        session,
        key=f"{template}-{case.id}-{reader_id}-{now.isoformat()}",
        to_person_id=reader_id,
        template=template,
        params={"page": "growth-plan"} if template == PLAN_COMES else {},
        case_id=case.id,
        now=now,
    )
