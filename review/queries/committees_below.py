"""Who of a committee stands below the target level of a case, as far as grades are known."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.seating import find_below
from review.models import Case, Committee, CommitteeMember, Cycle, Person
from review.queries.closeness import barred_from_voting, find_conflicts_of
from review.queries.committees import UNSEATED, grade_at
from review.queries.cycles import list_cases
from review.queries.pinned import load_ladder


def list_below(session: Session, case: Case) -> tuple[tuple[int, str], ...]:
    """Return who of a case's committee stands below its target and could vote on it: id and name."""
    cycle = session.get_one(Cycle, case.cycle_id)
    ladder = load_ladder(session, cycle.ladder_version_id)
    members = session.execute(
        sa.select(Person.id, Person.name, Person.level_id)
        .join(CommitteeMember, CommitteeMember.person_id == Person.id)
        .where(CommitteeMember.committee_id == case.committee_id, Person.is_active)
        .order_by(Person.name)
    ).all()
    known = {row.id: grade for row in members if (grade := grade_at(ladder, row.level_id)) is not None}
    found = find_conflicts_of(session, [case], {cycle.id: cycle.policy["conflicts"]})[case.id]
    below = find_below(known, grade_at(ladder, case.to_level_id), barred_from_voting(found))
    return tuple((row.id, row.name) for row in members if row.id in below)


def list_above(session: Session, committee: Committee, person: Person, actor: Actor) -> tuple[tuple[int, str], ...]:
    """Return the unsealed cases of a committee, id and code, whose target a person does not reach, as HR sees them."""
    cycle = session.get_one(Cycle, committee.cycle_id)
    ladder = load_ladder(session, cycle.ladder_version_id)
    grade = grade_at(ladder, person.level_id)
    if grade is None:
        return ()
    seen = [row.id for row in list_cases(session, cycle.id, actor)]
    cases = session.scalars(
        sa.select(Case)
        .where(Case.id.in_(seen), Case.committee_id == committee.id, Case.phase.in_(UNSEATED))
        .order_by(Case.code)
    ).all()
    found = find_conflicts_of(session, cases, {cycle.id: cycle.policy["conflicts"]})
    return tuple(
        (case.id, case.code)
        for case in cases
        if find_below({person.id: grade}, grade_at(ladder, case.to_level_id), barred_from_voting(found[case.id]))
    )
