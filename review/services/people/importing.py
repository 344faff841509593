"""People files taken in: what would change, and the change itself, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid
from review.domain.people_changes import ChangeKind, KnownPerson, PersonState, Plan, Reference, Scope
from review.domain.people_file import PeopleFile, PersonField
from review.domain.people_plan import plan_changes
from review.domain.text import text
from review.queries.directory import find_level_names, find_levels_today, list_known_people
from review.queries.privacy_erasure import list_tombstones, mark
from review.services import audit
from review.services.people.rights import keeper
from review.services.people.writing import write_changes


def plan_import(session: Session, file: PeopleFile, *, actor: Actor, now: datetime, scope: Scope) -> Plan:
    """Say exactly what a file would change and what is wrong with it; changes nothing.

    Raises NotAllowed for anybody who may not write the directory.
    """
    keeper(actor)
    return _plan(session, file, list_known_people(session), actor=actor, now=now, scope=scope)


def apply_changes(
    session: Session, file: PeopleFile, *, actor: Actor, now: datetime, scope: Scope, digest: str = ""
) -> Plan:
    """Take a people file in and return what was changed; the same file again changes nothing.

    Args:
        scope: FULL also marks everybody whom the file does not name as having left.
        digest: SHA-256 of the file, for the trail.

    Raises NotAllowed, and Invalid with every fault at once; then nothing was changed. Writes the directory and its
    history, puts leavers out, hands running cases over, and records one event a person and one for the import.
    """
    acting = keeper(actor)
    known = list_known_people(session)
    plan = _plan(session, file, known, actor=actor, now=now, scope=scope)
    if plan.faults:
        raise Invalid(plan.faults)
    ids = {person.state.external_id: person.person_id for person in known}
    summary = audit.Entry("people.import", detail={**plan.counts(), "scope": scope.value, "digest": digest})
    write_changes(session, plan.changes, ids, actor=acting, now=now, summary=summary)
    return plan


def _plan(
    session: Session, file: PeopleFile, known: list[KnownPerson], *, actor: Actor, now: datetime, scope: Scope
) -> Plan:
    reference = Reference({}, _zones())
    if PersonField.LEVEL in file.fields:
        reference = Reference(find_level_names(session), _zones(), find_levels_today(session, now.date()))
    plan = plan_changes(file, known, reference, scope, now.date())
    for change in plan.of_kind(ChangeKind.LEAVE):
        if change.before is not None and change.before.person_id == actor.person_id:
            what = text("You would put yourself out: %(who)s would be marked as having left", who=change.after.label)
            expected = text("a file in which you are still here")
            own = Fault(what, expected, row=change.row, field=PersonField.LEFT_ON.value)
            return replace(plan, faults=(*plan.faults, own))
    return _without_erased(session, plan)


def _without_erased(session: Session, plan: Plan) -> Plan:
    """Leave out newcomers who were erased here, with a note on each: nobody comes back unseen."""
    tombstones = list_tombstones(session)
    joins = plan.of_kind(ChangeKind.JOIN) if tombstones else ()
    erased = [change for change in joins if not tombstones.isdisjoint(_marks(session, change.after))]
    if not erased:
        return plan
    said = "Row %(row)s is left out: it names somebody who was erased here. If they are back, give them another number"
    notes = tuple(text(said, row=change.row) for change in erased)
    kept = tuple(change for change in plan.changes if change not in erased)
    return replace(plan, changes=kept, notes=(*plan.notes, *notes))


def _marks(session: Session, state: PersonState) -> set[str]:
    return {mark(session, "number", state.external_id), *([mark(session, "email", state.email)] if state.email else [])}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
