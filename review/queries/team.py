"""A manager's people and their cases, as far as the manager may know."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.stages import find_shown_state, is_embargoed
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.models import Case, CaseToken, Cycle, Person
from review.queries.people_words import is_here
from review.queries.pinned import load_definition


@dataclass(frozen=True, slots=True)
class TeamRow:
    """Somebody who reports to the actor, with the newest case they have, if any."""

    person_id: int
    name: str
    title: str
    case_id: int | None
    code: str
    cycle: str
    stage: Text | str
    due_at: datetime | None


def list_team(session: Session, actor: Actor) -> tuple[TeamRow, ...]:
    """Return the people who report to the actor, or to somebody they act for, with their newest case; one statement.

    From the first reveal until it is told, a case reads as being discussed, as everywhere outside the committee.
    """
    newest = sa.select(sa.func.max(Case.id)).where(Case.candidate_id == Person.id).correlate(Person).scalar_subquery()
    rows = session.execute(
        sa.select(Person, Case, Cycle.name, CaseToken.due_at)
        .outerjoin(Case, Case.id == newest)
        .outerjoin(Cycle, Cycle.id == Case.cycle_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == MAIN))
        .where(is_here(Person), Person.manager_id.in_([actor.person_id, *actor.delegators]))
        .order_by(Person.name)
    )
    return tuple(_row(session, *row) for row in rows)


def _row(session: Session, person: Person, case: Case | None, cycle: str | None, due_at: datetime | None) -> TeamRow:
    if case is None:
        return TeamRow(person.id, person.name, person.title, None, "", "", "", None)
    definition = load_definition(session, case.workflow_version_id)
    tokens = {MAIN: case.state}
    shown = find_shown_state(definition, tokens, is_insider=False, vote_round=case.vote_round)
    is_hidden = is_embargoed(definition, tokens, is_insider=False, vote_round=case.vote_round)
    stage = text(definition.states[shown].title)
    due = None if is_hidden else due_at
    return TeamRow(person.id, person.name, person.title, case.id, case.code, cycle or "", stage, due)
