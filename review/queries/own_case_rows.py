"""The statement of the running cases in which a person may have a part: what is read of each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.feedback_sight import ASKING
from review.models import (
    Case,
    CaseToken,
    CommitteeMember,
    Conflict,
    Cycle,
    Employment,
    Feedback,
    PanelScore,
    Person,
    Seat,
    WorkflowVersion,
)
from review.queries.fixed_words import fixed
from review.queries.mirrors import REGION, mirror_is_due
from review.queries.own_part import select_rivals
from review.queries.packed_rows import ListOfRows
from review.queries.parties import ASKED_STATES, HEARD_STATES
from review.queries.ready import Ready

ME = sa.bindparam("me", type_=sa.Integer)
MOST_KEPT = 16
Mine = list[sa.BindParameter[int]]
"""What stands for the actor and those for whom they act."""


class OwnRow(NamedTuple):
    """A case as it is read, beside one conflict that the actor or who they act for has said."""

    id: int
    code: str
    candidate_id: int
    manager_id: int | None
    second_rater_id: int | None
    nominated_by_id: int
    workflow_version_id: int
    state: str
    vote_round: int
    policy: str
    digest: str
    name: str
    seat_state: str | None
    seat_role: str | None
    declared_by: int | None
    declared_kind: str | None
    is_below: bool
    is_above: bool
    is_rival: bool
    was_asked: bool
    has_answered: bool
    was_manager: bool
    away_chair_id: int | None
    heard: int
    told: int
    is_panelist: bool
    places: str | None


_OF_CASE = OwnRow._fields[: OwnRow._fields.index("policy")]


def values_of(actor: Actor) -> dict[str, Any]:
    """Return what the statements of an actor are run with."""
    delegators = {f"for_{place}": each for place, each in enumerate(actor.delegators)}
    return {"me": actor.person_id, **delegators}


def me_and(delegators: int) -> Mine:
    """Return what stands for the actor, and for so many people for whom they act, in a statement."""
    return [ME, *(sa.bindparam(f"for_{place}", type_=sa.Integer) for place in range(delegators))]


def read_own_rows(session: Session, actor: Actor) -> list[OwnRow]:
    """Return the cases in which somebody may have a part, by their numbers; one statement."""
    session.flush()
    statement = _ready_cases(len(actor.delegators), sees_all=_may_see_all(actor))
    return [OwnRow._make(row) for row in statement.rows(session.connection(), values_of(actor))]


def _may_see_all(actor: Actor) -> bool:
    """Tell whether an own or a lent role of the company may give the actor a part in any case."""
    company = actor.roles.union(*actor.delegators.values())
    return bool(company & {Role.HR, Role.APPEALS, Role.EXECUTIVE})


@lru_cache(MOST_KEPT)
def _ready_cases(delegators: int, *, sees_all: bool) -> Ready:
    """Return the statement of the cases, spelt out once for all who act for so many."""
    return Ready(lambda: _case_statement(me_and(delegators), sees_all=sees_all))


def _case_statement(mine: Mine, *, sees_all: bool) -> sa.Select[Any]:
    """Return the statement whose columns are those of a record."""
    parts = () if sees_all else (_has_part(mine),)
    declared = sa.and_(Conflict.case_id == Case.id, Conflict.person_id.in_(mine))
    return (
        _with_part(
            *(getattr(Case, name) for name in _OF_CASE),
            sa.cast(Cycle.policy, sa.Text),
            WorkflowVersion.digest,
            Person.name,
            Seat.state,
            _seat_role(),
            Conflict.person_id,
            Conflict.kind,
            *_closeness_columns(),
            _told(mine),
            _is_panelist(),
            _places(),
        )
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(Conflict, declared)
        .where(*parts)
        .order_by(Case.id)
    )


def _places() -> sa.ColumnElement[str]:
    """Return where a case stands and until when, as one text."""
    place = sa.orm.aliased(CaseToken)
    listed = sa.select(ListOfRows(place.region, place.state, place.due_at)).where(place.case_id == Case.id)
    return listed.correlate(Case).scalar_subquery()


def _with_part(*columns: Any) -> sa.Select[Any]:
    """Return a select of the running cases with the seat of somebody, and their place on the committee."""
    member = sa.and_(CommitteeMember.committee_id == Case.committee_id, CommitteeMember.person_id == ME)
    return (
        sa.select(*columns)
        .select_from(Case)
        .outerjoin(Seat, sa.and_(Seat.case_id == Case.id, Seat.person_id == ME, Seat.state != "replaced"))
        .outerjoin(CommitteeMember, member)
        .where(Case.closed_at.is_(None))
    )


def _closeness_columns() -> tuple[sa.ColumnElement[Any], ...]:
    below = sa.select(Person.id).where(Person.manager_id == ME).cte("below", recursive=True)
    below = below.union(sa.select(Person.id).where(Person.manager_id == below.c.id))
    own_manager = sa.select(Person.manager_id).where(Person.id == ME).scalar_subquery()
    given = sa.exists().where(Feedback.case_id == Case.id, Feedback.giver_id == ME)
    other = sa.orm.aliased(Seat)
    away = (
        sa.select(sa.func.max(other.person_id))
        .where(other.case_id == Case.id, other.role == "chair", other.state == "recused")
        .scalar_subquery()
    )
    heard = sa.select(sa.func.count()).where(Feedback.case_id == Case.id, Feedback.state.in_(fixed(HEARD_STATES)))
    former = sa.exists().where(
        Employment.person_id == Case.candidate_id,
        Employment.manager_id == ME,
        Employment.until_on >= sa.func.date(Case.created_at),
    )
    return (
        Case.candidate_id.in_(sa.select(below.c.id)),
        Case.candidate_id == own_manager,
        Case.id.in_(select_rivals(ME)),
        given.where(Feedback.state.in_(fixed(ASKED_STATES))),
        given.where(Feedback.state.in_(fixed(HEARD_STATES))),
        former,
        away,
        heard.scalar_subquery(),
    )


def _told(mine: Mine) -> sa.ColumnElement[int]:
    """Return how many answers count for a candidate or manager, in a case that still asks."""
    told = sa.select(sa.func.count()).where(
        Feedback.case_id == Case.id,
        Feedback.state.in_(fixed(HEARD_STATES)),
        Feedback.is_hidden_from_manager.is_(False),
        ~mirror_is_due(Case.candidate_id, Case.cycle_id),
    )
    # Not an EXISTS: PostgreSQL would first go through all cases of all cycles that ask.
    asking = sa.select(CaseToken.state).where(CaseToken.case_id == Case.id, CaseToken.region == REGION)
    is_asking = asking.scalar_subquery() == ASKING
    is_theirs = sa.or_(Case.manager_id.in_(mine), Case.candidate_id.in_(mine))
    return sa.case((sa.and_(is_theirs, is_asking), told.scalar_subquery()), else_=0)


def _seat_role() -> sa.ColumnElement[str]:
    return sa.func.coalesce(Seat.role, CommitteeMember.role)


def _is_panelist() -> sa.ColumnElement[bool]:
    return sa.exists().where(PanelScore.case_id == Case.id, PanelScore.person_id == ME, PanelScore.scored_at.is_(None))


def _has_part(mine: Mine) -> sa.ColumnElement[bool]:
    """Return the condition that somebody may have a part in a case.

    Such cases are found from the person's side, each kind by an index: one condition of all of them would be asked of
    every case there is.
    """
    case, member, seat = sa.orm.aliased(Case), sa.orm.aliased(CommitteeMember), sa.orm.aliased(Seat)
    score, numbers = sa.orm.aliased(PanelScore), sa.select(case.id)
    return Case.id.in_(
        sa.union_all(
            *(numbers.where(who.in_(mine)) for who in (case.candidate_id, case.manager_id, case.second_rater_id)),
            sa.select(seat.case_id).where(seat.person_id == ME, seat.state != "replaced"),
            numbers.join(member, member.committee_id == case.committee_id).where(member.person_id == ME),
            sa.select(score.case_id).where(score.person_id == ME, score.scored_at.is_(None)),
        )
    )
