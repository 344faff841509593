"""The leadership panel of a people manager's case: invited by HR, each member scores alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Conflict, Fault, Invalid, NotFound, TransitionRefused
from review.domain.text import text
from review.models import PanelScore, Person
from review.queries.panel import OPEN, REGION
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.request_keys import claim
from review.services.transitions import Fired, fire

LONGEST = 20_000
FORM = "panel"
FEWEST = 2
SCALE = range(1, 6)


def schedule_panel(
    session: Session,
    case_id: int,
    person_ids: Iterable[int],
    meets_at: datetime,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Fired:
    """Invite the leadership panel and set its date; people who left the list and have not scored are taken off.

    Raises as fire() does, and Invalid for fewer than two people, or for one who is close to the candidate.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if "hr" not in standing.workflow_roles:
        raise NotFound
    action = next((each.id for each in standing.options() if each.form == FORM), "")
    if not claim(session, request_key, actor=actor, now=now):
        return Fired(case_id, action, standing.facts.tokens, is_repeat=True)
    if not action:
        raise TransitionRefused([text("The panel is invited already")])
    chosen = _judge(session, standing, set(person_ids))
    fired = fire(session, case_id, action, actor=actor, now=now)
    kept = {row.person_id: row for row in session.scalars(sa.select(PanelScore).where(PanelScore.case_id == case_id))}
    for person_id, row in kept.items():
        if person_id not in chosen and row.scored_at is None:
            session.delete(row)
    for person_id in sorted(chosen):
        row = kept.get(person_id) or PanelScore(case_id=case_id, person_id=person_id)
        row.meets_at = meets_at
        session.add(row)
    session.flush()
    return fired


def score_panel(
    session: Session,
    case_id: int,
    value: int | None,
    reason: str,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> PanelScore:
    """Give one's score as a member of the leadership panel; it can be changed until the panel is closed.

    Raises NotFound for anybody else, TransitionRefused while the panel is not open, Invalid, Conflict.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    row = session.scalar(
        sa.select(PanelScore)
        .where(PanelScore.case_id == case_id, PanelScore.person_id == actor.person_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if standing.facts.tokens.get(REGION) != OPEN:
        raise TransitionRefused([text("The leadership panel is not open now")])
    faults = []
    if value not in SCALE:
        faults.append(Fault(text("Choose a rating"), field="value"))
    if not reason.strip() or len(reason) > LONGEST:
        faults.append(Fault(text("Say why, in a few sentences"), field="reason"))
    if faults:
        raise Invalid(faults)
    if row.version != version:
        raise Conflict({"reason": row.reason}, {"reason": reason}, row.version)
    row.value, row.reason, row.scored_at = value, reason.strip(), now
    session.flush()
    audit.record(
        session, "panel.score", actor=actor, now=now, case_id=case_id, subject_type="panel_score", subject_id=row.id
    )
    return row


def _judge(session: Session, standing: Standing, chosen: set[int]) -> set[int]:
    """Return who of the chosen can be on the panel; raise Invalid where that is too few, or somebody is too close."""
    active = set(session.scalars(sa.select(Person.id).where(Person.id.in_(chosen), Person.is_active)))
    if len(active) < FEWEST:
        raise Invalid([Fault(text("Choose at least two people who work here"), field="people")])
    parties = standing.parties
    close = parties.conflicts | parties.chain | parties.skip_level_ids | {parties.candidate_id, parties.manager_id}
    if active & close:
        why = text("Somebody chosen is the candidate, in their line of reports, or has a conflict")
        raise Invalid([Fault(why, field="people")])
    return active
