"""Past cases brought in from a file that was looked at, and a file taken back as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Invalid, NotAllowed, NotFound, ReviewError, TransitionRefused
from review.domain.past_case import PastChange, PastPlan, PastReading
from review.domain.past_plan import plan_past
from review.domain.table import Table
from review.domain.text import text
from review.domain.values import dataclass
from review.models import PastCase, PastImport, Person
from review.queries.past_answers import stands
from review.queries.past_cases import load_past_ground, may_run
from review.queries.privacy_holds import is_person_held
from review.services import audit
from review.services.many_rows import change_rows
from review.services.request_keys import claim


class PastMovedError(ReviewError):
    """What a file would do is no longer what was looked at."""


@dataclass(frozen=True)
class PastWish:
    """A file and how it is read; `fingerprint` of what was looked at, `leaves_out`: rows with faults stay out."""

    table: Table
    reading: PastReading
    digest: str
    name: str
    leaves_out: bool = False
    fingerprint: str = ""


def plan_past_import(session: Session, table: Table, reading: PastReading, *, actor: Actor, now: datetime) -> PastPlan:
    """Say exactly what a file would add and change and what is wrong with it; changes nothing.

    Raises NotAllowed for anybody but HR.
    """
    _check(actor)
    return plan_past(table, reading, load_past_ground(session, actor, today=now.date()))


def bring_in(
    session: Session, wish: PastWish, *, actor: Actor, now: datetime, request_key: str | None = None
) -> PastPlan:
    """Bring in what a file adds and changes, whole or not at all, and return what it did; the same file adds nothing.

    Raises NotAllowed, Invalid where rows are refused and not to be left out, and PastMovedError where the file would
    do something else than was looked at, or somebody brings the same in at this moment. One event.
    """
    plan = plan_past_import(session, wish.table, wish.reading, actor=actor, now=now)
    if plan.faults and not (wish.leaves_out and plan.columns and plan.changes):
        raise Invalid(plan.faults)
    if wish.fingerprint not in ("", plan.fingerprint()):
        raise PastMovedError
    if not plan.changes or not claim(session, request_key, actor=actor, now=now):
        return plan
    row = PastImport(
        digest=wish.digest,
        name=wish.name,
        reading=wish.reading.as_data(),
        brought_by_id=actor.person_id,
        brought_at=now,
        added=len(plan.added),
        changed=len(plan.changed),
    )
    session.add(row)
    session.flush()
    _write(session, row.id, plan)
    audit.record(
        session,
        "history.import",
        actor=actor,
        now=now,
        subject_type="past_import",
        subject_id=row.id,
        detail={**plan.counts, "digest": wish.digest},
    )
    return plan


def undo_past_import(session: Session, import_id: int, *, actor: Actor, now: datetime) -> int:
    """Take a file back: what it added goes, what it changed is as before; return how many rows that were.

    Raises NotAllowed for anybody but HR, NotFound, and TransitionRefused where it is undone already, a later file has
    changed what this one brought, something of it is on legal hold, or the actor has a part in it.
    """
    _check(actor)
    row = session.get(PastImport, import_id, with_for_update={"key_share": True})
    if row is None:
        raise NotFound
    mine = PastCase.import_id == import_id
    if row.undone_at is not None:
        raise TransitionRefused([text("This file is taken back already")])
    if session.scalar(sa.select(PastCase.id).where(mine, PastCase.replaced_by_id.is_not(None)).limit(1)) is not None:
        raise TransitionRefused([text("A later file has changed what this one brought; take that one back first")])
    near = sa.select(PastCase.id).join(Person, Person.id == PastCase.person_id).where(mine)
    is_near = near.where(sa.not_(may_run(actor, Person.id))).limit(1)
    if not actor.is_system and session.scalar(is_near) is not None:
        raise TransitionRefused([text("You are part of this, or close to it: another HR partner takes the file back")])
    held = sa.select(PastCase.id).where(mine, is_person_held(PastCase.person_id, now.date())).limit(1)
    if session.scalar(held) is not None:
        raise TransitionRefused([text("Somebody in it is on legal hold: nothing about them may go")])
    count = change_rows(session, sa.delete(PastCase).where(mine))
    change_rows(session, sa.update(PastCase).where(PastCase.replaced_by_id == import_id).values(replaced_by_id=None))
    row.undone_at = now
    detail = {"rows": count}
    audit.record(
        session, "history.undo", actor=actor, now=now, subject_type="past_import", subject_id=import_id, detail=detail
    )
    return count


def _check(actor: Actor) -> None:
    if not (actor.is_system or actor.has(Role.HR)):
        raise NotAllowed(text("Only HR brings past cases in"), is_known=True)


def _write(session: Session, import_id: int, plan: PastPlan) -> None:
    """Put new rows in; a row that is changed stays behind the new one, for when the file is taken back."""
    old = [each.known_id for each in plan.changed]
    for start in range(0, len(old), 500):
        part = old[start : start + 500]
        replaced = sa.update(PastCase).where(PastCase.id.in_(part), stands()).values(replaced_by_id=import_id)
        if change_rows(session, replaced) != len(part):
            raise PastMovedError
    try:
        session.execute(sa.insert(PastCase), [_values(each, import_id) for each in plan.changes])
    except IntegrityError as error:  # somebody brings in the same at this moment
        raise PastMovedError from error


def _values(change: PastChange, import_id: int) -> dict[str, Any]:
    state = change.after
    return {
        "import_id": import_id,
        "person_id": state.person_id,
        "cycle": state.cycle,
        "announced_on": state.announced_on,
        "from_level_id": state.from_level_id,
        "to_level_id": state.to_level_id,
        "track_id": state.track_id,
        "outcome": state.outcome.value,
        "reason": state.reason,
        "ratings": dict(state.ratings),
        "votes": dict(state.votes),
    }
