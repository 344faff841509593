"""Showing answers to who reads without names: a set at a time, once feedback is closed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.feedback_sets import find_next_set
from review.domain.feedback_sight import ASKING, read_switches
from review.domain.phase import Phase
from review.models import Case, Cycle, Feedback
from review.queries.feedback import KINDS, as_given, given
from review.queries.mirrors import mirror_is_due
from review.services import audit

SUBJECT = "feedback"


def show_if_closed(session: Session, case: Case, region_state: str | None, *, actor: Actor, now: datetime) -> None:
    """Show the next set of a case that is still built and whose feedback is closed, if there is one to show.

    Args:
        region_state: where the region of feedback stands now.
    """
    if case.phase == Phase.COLLECTING and region_state != ASKING:
        show_next_set(session, case, actor=actor, now=now)


def show_next_set(session: Session, case: Case, *, actor: Actor, now: datetime) -> None:
    """Put what is in, and waits for no other answer, into the next set, if the floor allows one; lock the case first.

    At the seal nothing waits any more: its answers are frozen.
    """
    waits = mirror_is_due(case.candidate_id, case.cycle_id)
    rows = session.execute(sa.select(Feedback, waits).where(Feedback.case_id == case.id, given())).all()
    floor = read_switches(session.get_one(Cycle, case.cycle_id).policy).floor
    number = 1 + max((row.shown_in or 0 for row, _ in rows), default=0)
    shown = 0
    for kind in KINDS:
        of_kind = [(row, as_given(row, waits=is_waiting)) for row, is_waiting in rows if row.kind == kind]
        chosen = find_next_set([each for _, each in of_kind], floor)
        if chosen is None:
            continue
        for row, _ in of_kind:
            row.shown_in = (row.shown_in or number) if row.id in chosen else None
        shown += len(chosen)
    if shown:
        detail = {"set": number, "answers": shown}
        audit.record(session, f"{SUBJECT}.show", actor=actor, now=now, case_id=case.id, detail=detail)
