"""A manager's people and their cases, as far as the manager may know."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.phase import Phase
from review.domain.stages import find_shown_state, is_embargoed
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.models import Case, CaseToken, Cycle, Person, Seat
from review.queries.fixed_words import fixed
from review.queries.people_words import is_here
from review.queries.pinned import load_definition


@dataclass(frozen=True)
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

    A case that somebody else was or is the manager of is there once it is sealed, as for all who are above.
    From the first reveal until it is told, a case reads as being discussed, as everywhere outside the committee.
    """
    managers = [actor.person_id, *actor.delegators]
    known = sa.or_(Case.manager_id.in_(managers), _came_to_its_seal())
    newest = sa.select(sa.func.max(Case.id)).where(Case.candidate_id == Person.id, known)
    rows = session.execute(
        sa.select(Person, Case, Cycle.name, CaseToken.due_at)
        .select_from(Person)
        .outerjoin(Case, Case.id == newest.correlate(Person).scalar_subquery())
        .outerjoin(Cycle, Cycle.id == Case.cycle_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == MAIN))
        .where(is_here(Person), Person.manager_id.in_(managers))
        .order_by(Person.name)
    )
    return tuple(_row(session, *row) for row in rows)


def _came_to_its_seal() -> sa.ColumnElement[bool]:
    """Return the condition that a case is sealed, or was before it ended, which gives out the seats."""
    seated = sa.exists().where(Seat.case_id == Case.id, Seat.state != "replaced")
    is_sealed = Case.phase.not_in(fixed((Phase.DRAFT, Phase.COLLECTING, Phase.CLOSED)))
    return sa.or_(is_sealed, sa.and_(Case.phase == Phase.CLOSED, seated))


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
