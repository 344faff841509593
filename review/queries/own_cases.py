"""The running cases in which a person has a role, with the roles they have: for many cases at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Parties, Role, roles_in
from review.domain.conflicts import Closeness, ConflictLevel, find_conflicts, people_at
from review.domain.feedback_sight import ASKING
from review.domain.values import dataclass
from review.domain.workflow import Definition
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
from review.queries.listed import JoinedRows, split_rows
from review.queries.mirrors import REGION, mirror_is_due
from review.queries.parties import ASKED_STATES, HEARD_STATES, SOFT
from review.queries.pinned import find_definition

ME, MINE = sa.bindparam("me", type_=sa.Integer), sa.bindparam("mine", type_=sa.Integer, expanding=True)
MOST_POLICIES = 64
GIVEN_UP = ("recused", "replaced")
SIGNERS = ("executive",)
"""Roles that are only asked in workflows which name them."""


@dataclass(frozen=True, slots=True)
class OwnCase:
    """A running case in which somebody has a role; `roles` are the workflow's, conflicts taken out.

    `seat` is the state of their seat; `heard` counts the answers that are in, as far as these roles may know.
    """

    id: int
    code: str
    candidate: str
    definition: Definition
    tokens: Mapping[str, str]
    due: Mapping[str, datetime | None]
    roles: frozenset[str]
    seat: str | None
    is_muted: bool
    heard: int
    vote_round: int


def list_own_cases(session: Session, actor: Actor) -> tuple[OwnCase, ...]:
    """Return the running cases in which the actor has a role; one statement for any number of cases."""
    found: dict[int, list[Any]] = defaultdict(list)
    statement = _case_statement(sees_all=_may_see_all(actor))
    for record in session.connection().execute(statement, _values(actor)):
        found[record.id].append(record)
    read_places = cache(_read_places)
    cases = (_own(session, records, read_places(records[0].places), actor) for records in found.values())
    return tuple(case for case in cases if case.roles)


def _read_places(written: str | None) -> tuple[Mapping[str, str], Mapping[str, datetime | None]]:
    """Return where a case stands and until when, by region; most cases of a cycle have both alike."""
    places = split_rows(written)
    due = {region: datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None for region, _, at in places}
    return {region: state for region, state, _ in places}, due


def _own(session: Session, records: list[Any], places: tuple[Any, Any], actor: Actor) -> OwnCase:
    """Return a case from its records, one for each conflict that the actor or who they act for has said."""
    first = records[0]
    definition = find_definition(session, first.workflow_version_id, first.digest)
    parties = _parties(records, definition, actor)
    held = {str(role) for role in roles_in(parties, actor) if role in definition.roles}
    if first.is_panelist and "panelist" in definition.roles:
        held.add("panelist")
    if first.seat_state in GIVEN_UP:
        held -= {"member", "chair"}
    if parties.members.get(actor.person_id or 0) is not None:
        held -= {"executive"}  # who sat on the case does not sign it off
    if held & {"chair"}:
        held.add("member")
    tokens, due = places
    return OwnCase(
        id=first.id,
        code=first.code,
        candidate=first.name,
        definition=definition,
        tokens=tokens,
        due=due,
        roles=frozenset(held),
        seat=first.seat_state if "member" in held else None,
        is_muted=actor.person_id in parties.muted,
        heard=first.heard if _may_count(held, tokens) else first.told,
        vote_round=first.vote_round,
    )


def _may_count(roles: set[str], tokens: Mapping[str, str]) -> bool:
    """Tell whether all answers count: for HR always, for others once feedback is closed."""
    return Role.HR in roles or tokens.get(REGION) != ASKING


def _parties(records: list[Any], definition: Definition, actor: Actor) -> Parties:
    """Return who is who in a case as far as this actor, and those they act for, have a part in it."""
    record, me = records[0], actor.person_id or 0
    declared: dict[int, set[str]] = defaultdict(set)
    for each in records:
        if each.declared_by is not None:
            declared[each.declared_by].add(each.declared_kind)
    near = record.is_below or record.is_above or record.manager_id == me
    closeness = Closeness(
        candidate_id=record.candidate_id,
        chain_ids=frozenset({me} if near else ()),
        former_manager_ids=frozenset({me} if record.was_manager and record.manager_id != me else ()),
        nominator_id=record.nominated_by_id,
        giver_ids=frozenset({me} if record.has_answered else ()),
        second_rater_id=record.second_rater_id,
        declared={person: frozenset(kinds) for person, kinds in declared.items()},
    )
    found = find_conflicts(closeness, _conflict_levels(record.policy))
    out = people_at(found, ConflictLevel.OUT)
    hard = frozenset(p for p in out if any(lv is ConflictLevel.OUT and k not in SOFT for k, lv in found[p].items()))
    members = {me: record.seat_role} if record.seat_role else {}
    if record.away_chair_id is not None and record.away_chair_id != me:
        members[record.away_chair_id] = "chair"
        hard |= {record.away_chair_id}
    return Parties(
        candidate_id=record.candidate_id,
        manager_id=record.manager_id,
        second_rater_id=record.second_rater_id,
        giver_ids=frozenset({me} if record.was_asked else ()),
        members=members,
        conflicts=hard,
        chain=out - hard,
        muted=people_at(found, ConflictLevel.NO_VOTE),
        is_appealed=record.state == "appeal",
        needs_sign_off=any(role in definition.roles for role in SIGNERS),
    )


@lru_cache(MOST_POLICIES)
def _conflict_levels(policy: str) -> Mapping[str, str]:
    """Return what each kind of conflict means in a cycle; its policy is read once, not once a case."""
    levels: Mapping[str, str] = json.loads(policy)["conflicts"]
    return levels


def _values(actor: Actor) -> dict[str, Any]:
    """Return what the statements are run with for an actor."""
    return {"me": actor.person_id, "mine": [actor.person_id, *actor.delegators]}


def _may_see_all(actor: Actor) -> bool:
    """Tell whether an own or a lent role of the company may give the actor a part in any case."""
    company = actor.roles.union(*actor.delegators.values())
    return bool(company & {Role.HR, Role.APPEALS, Role.EXECUTIVE})


@cache
def _case_statement(*, sees_all: bool) -> sa.Select[Any]:
    """Return the statement of the cases, built once: that costs more than running it."""
    parts = () if sees_all else (_has_part(),)
    declared = sa.and_(Conflict.case_id == Case.id, Conflict.person_id.in_(MINE))
    return (
        _with_part(
            Case.id,
            Case.code,
            Case.candidate_id,
            Case.manager_id,
            Case.second_rater_id,
            Case.nominated_by_id,
            Case.workflow_version_id,
            Case.state,
            Case.vote_round,
            sa.cast(Cycle.policy, sa.Text).label("policy"),
            WorkflowVersion.digest,
            Person.name,
            Seat.state.label("seat_state"),
            _seat_role().label("seat_role"),
            Conflict.person_id.label("declared_by"),
            Conflict.kind.label("declared_kind"),
            *_closeness_columns(),
            _told().label("told"),
            _is_panelist().label("is_panelist"),
            _places().label("places"),
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
    listed = sa.select(JoinedRows(place.region, place.state, place.due_at)).where(place.case_id == Case.id)
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
    heard = sa.select(sa.func.count()).where(Feedback.case_id == Case.id, Feedback.state.in_(HEARD_STATES))
    former = sa.exists().where(
        Employment.person_id == Case.candidate_id,
        Employment.manager_id == ME,
        Employment.until_on >= sa.func.date(Case.created_at),
    )
    return (
        Case.candidate_id.in_(sa.select(below.c.id)).label("is_below"),
        (Case.candidate_id == own_manager).label("is_above"),
        given.where(Feedback.state.in_(ASKED_STATES)).label("was_asked"),
        given.where(Feedback.state.in_(HEARD_STATES)).label("has_answered"),
        former.label("was_manager"),
        away.label("away_chair_id"),
        heard.scalar_subquery().label("heard"),
    )


def _told() -> sa.ColumnElement[int]:
    """Return how many answers count for a candidate or manager, in a case that still asks."""
    told = sa.select(sa.func.count()).where(
        Feedback.case_id == Case.id,
        Feedback.state.in_(HEARD_STATES),
        Feedback.is_hidden_from_manager.is_(False),
        ~mirror_is_due(Case.candidate_id, Case.cycle_id),
    )
    # Not an EXISTS: PostgreSQL would first go through all cases of all cycles that ask.
    asking = sa.select(CaseToken.state).where(CaseToken.case_id == Case.id, CaseToken.region == REGION)
    is_asking = asking.scalar_subquery() == ASKING
    is_theirs = sa.or_(Case.manager_id.in_(MINE), Case.candidate_id.in_(MINE))
    return sa.case((sa.and_(is_theirs, is_asking), told.scalar_subquery()), else_=0)


def _seat_role() -> sa.ColumnElement[str]:
    return sa.func.coalesce(Seat.role, CommitteeMember.role)


def _is_panelist() -> sa.ColumnElement[bool]:
    return sa.exists().where(PanelScore.case_id == Case.id, PanelScore.person_id == ME, PanelScore.scored_at.is_(None))


def _has_part() -> sa.ColumnElement[bool]:
    """Return the condition that somebody may have a part in a case.

    Such cases are found from the person's side, each kind by an index: one condition of all of them would be asked of
    every case there is.
    """
    case, member, seat = sa.orm.aliased(Case), sa.orm.aliased(CommitteeMember), sa.orm.aliased(Seat)
    score, numbers = sa.orm.aliased(PanelScore), sa.select(case.id)
    return Case.id.in_(
        sa.union_all(
            *(numbers.where(who.in_(MINE)) for who in (case.candidate_id, case.manager_id, case.second_rater_id)),
            sa.select(seat.case_id).where(seat.person_id == ME, seat.state != "replaced"),
            numbers.join(member, member.committee_id == case.committee_id).where(member.person_id == ME),
            sa.select(score.case_id).where(score.person_id == ME, score.scored_at.is_(None)),
        )
    )
