"""What HR rules by hand about who may be a candidate in a cycle: let in, left out, or left to the rules again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.eligibility_rules import Ruling
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import text
from review.models import Cycle, EligibilityRuling, Person
from review.queries.cycles import lock_cycle
from review.services import audit
from review.services.cycles import require_hr

MAX_WHY = 1_000


def rule_on(
    session: Session, cycle_id: int, person_id: int, ruling: Ruling, why: str, *, actor: Actor, now: datetime
) -> EligibilityRuling:
    """Let somebody into a cycle, or leave them out, whatever its rules say.

    Raises NotAllowed also for oneself, NotFound, TransitionRefused for a closed cycle, Invalid without a reason or for
    somebody who has left.
    """
    cycle = _lock(session, cycle_id, person_id, actor)
    person = session.get(Person, person_id)
    if person is None or not person.is_active or person.is_external:
        raise Invalid([Fault(text("Choose somebody who works here"), field="person")])
    why = why.strip()
    if not why or len(why) > MAX_WHY:
        expected = text("a sentence or two, at most %(count)s signs", count=MAX_WHY)
        raise Invalid([Fault(text("Say why"), expected, field="why")])
    row = _find(session, cycle.id, person_id) or EligibilityRuling(cycle_id=cycle.id, person_id=person_id)
    row.ruling, row.reason, row.ruled_at = ruling, why, now
    row.ruled_by_id = _by(actor)
    session.add(row)
    session.flush()
    _record(session, "cycle.rule", cycle.id, person_id, actor=actor, now=now)
    return row


def take_back_ruling(session: Session, cycle_id: int, person_id: int, *, actor: Actor, now: datetime) -> None:
    """Leave it to the rules again whether somebody is in; raises as rule_on does."""
    cycle = _lock(session, cycle_id, person_id, actor)
    row = _find(session, cycle.id, person_id)
    if row is None:
        raise NotFound
    session.delete(row)
    session.flush()
    _record(session, "cycle.unrule", cycle.id, person_id, actor=actor, now=now)


def _lock(session: Session, cycle_id: int, person_id: int, actor: Actor) -> Cycle:
    require_hr(actor)
    if person_id == actor.person_id:
        raise NotAllowed(text("Another HR partner decides about you"), is_known=True)
    cycle = lock_cycle(session, cycle_id)
    if cycle.state == "closed":
        raise TransitionRefused([text("This cycle is closed")])
    return cycle


def _find(session: Session, cycle_id: int, person_id: int) -> EligibilityRuling | None:
    return session.scalar(
        sa.select(EligibilityRuling).where(
            EligibilityRuling.cycle_id == cycle_id, EligibilityRuling.person_id == person_id
        )
    )


def _by(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed(text("Only an HR partner runs cycles"))
    return actor.person_id


def _record(session: Session, kind: str, cycle_id: int, person_id: int, *, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        subject_type="cycle",
        subject_id=cycle_id,
        detail={"person_id": person_id},
    )
