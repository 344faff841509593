"""What the figures of a cycle are worked out from, for HR: announced cases, without those the reader is out of.

Columns, not entities, in a number of statements that does not depend on the number of cases. What the reader is out of
is in no sum, and whoever is close to them is not among those who could be nominated, whether they have a case or not:
else two lists side by side would tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role, can_read
from review.domain.errors import NotFound
from review.domain.insight.facts import CaseFact, Facts
from review.domain.ladder import Ladder
from review.domain.values import dataclass
from review.models import Case, Committee, Cycle, Person, Seat
from review.queries.closeness import CaseColumns
from review.queries.groups import FUNCTION, Grouping, find_grouping
from review.queries.insight_feedback import count_mutual_voices, list_answer_counts, list_answers
from review.queries.insight_judged import list_ballots_and_votes, list_ratings, name_people
from review.queries.insight_past import count_past, list_spells
from review.queries.insight_people import count_eligible
from review.queries.insight_times import read_stays
from review.queries.own_part import is_part_of
from review.queries.pinned import load_ladder
from review.queries.sights import Sight, load_sights
from review.queries.statement_plans import plan_for_these
from review.queries.told import TOLD

THING, ENOUGH = "analytics", frozenset({"n5"})
"""What the grid calls the figures, and its condition: each figure itself is withheld below the floor."""


@dataclass(frozen=True)
class Insight:
    """A cycle's facts with its name, the company's, the reader's, and what groups go by."""

    cycle_id: int
    cycle: str
    company: str
    reader: str
    by: Grouping
    facts: Facts


@dataclass(frozen=True)
class Found:
    """A case as columns, with what it asks for, its outcome, its committee and its candidate's group."""

    case: CaseColumns
    kind: str
    track_id: str
    outcome: str | None
    committee: str
    group: str


def load_insight(session: Session, cycle_id: int, actor: Actor, by: str = FUNCTION) -> Insight:
    """Return a cycle's facts for an HR partner; raise NotFound for everybody else, and before the cycle is open.

    Args:
        by: the key of what groups go by; by function where there is nothing of it.
    """
    cycle = session.get(Cycle, cycle_id)
    if cycle is None or cycle.state == "draft" or not actor.has(Role.HR):
        raise NotFound
    plan_for_these(session)
    ladder = load_ladder(session, cycle.ladder_version_id)
    known, grouping = _is_known(cycle, actor), find_grouping(session, by)
    found = _list_cases(session, sa.and_(known, Case.phase.in_(TOLD)), grouping)
    running = session.scalar(sa.select(sa.func.count()).select_from(Case).where(known, Case.phase.not_in(TOLD))) or 0
    ids = frozenset(each.case.id for each in found)
    stays, sealed = read_stays(session, cycle_id, [each.case for each in found])
    ballots, votes = list_ballots_and_votes(session, {each.case.id: each.case.vote_round for each in found}, ladder)
    facts = Facts(
        least=cycle.policy["thresholds"]["n5"],
        running=running,
        cases=tuple(_fact(each, ladder, sealed) for each in found),
        votes=votes,
        ballots=ballots,
        ratings=list_ratings(session, cycle_id, ids),
        answers=list_answers(session, cycle_id, ids),
        answer_counts=list_answer_counts(session, cycle_id, ids),
        required=tuple(cycle.required_functions),
        mutual=count_mutual_voices(session, cycle_id, ids),
        eligible=count_eligible(session, cycle, ladder, grouping.value, taken=ids, actor=actor),
        stays=stays,
        past=count_past(session, ladder, actor),
        spells=list_spells(session, ladder, actor),
        names=name_people(session, {each.case.manager_id for each in found if each.case.manager_id}),
    )
    return Insight(cycle_id, cycle.name, _company(session), actor.name, grouping, facts)


def load_session_facts(session: Session, committee_id: int, actor: Actor) -> Facts:
    """Return the votes of a committee's announced cases for its chair or HR; raise NotFound where there is none."""
    committee = session.get(Committee, committee_id)
    if committee is None:
        raise NotFound
    cycle = session.get_one(Cycle, committee.cycle_id)
    ladder = load_ladder(session, cycle.ladder_version_id)
    found = _list_cases(
        session, sa.and_(Case.committee_id == committee_id, Case.phase.in_(TOLD)), find_grouping(session, FUNCTION)
    )
    sights = load_sights(session, [each.case for each in found], {cycle.id: cycle.policy["conflicts"]}, actor)
    read = [each for each in found if _may_read(sights[each.case.id])]
    ballots, votes = list_ballots_and_votes(session, {each.case.id: each.case.vote_round for each in read}, ladder)
    cases = tuple(_fact(each, ladder, frozenset()) for each in read)
    return Facts(least=cycle.policy["thresholds"]["n5"], cases=cases, votes=votes, ballots=ballots)


def _may_read(sight: Sight) -> bool:
    """Tell whether a case counts in the figures of somebody who leads its session or runs its cycle."""
    return not sight.is_recused and can_read(THING, sight.roles, sight.phase, ENOUGH)


def _is_known(cycle: Cycle, actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that the actor runs a case of the cycle as HR: no part in it, no seat given up."""
    me = actor.person_id
    gave_up = sa.exists().where(Seat.case_id == Case.id, Seat.person_id == me, Seat.state == "recused")
    return sa.and_(Case.cycle_id == cycle.id, sa.not_(is_part_of(me)), sa.not_(gave_up))


def _list_cases(session: Session, scope: sa.ColumnElement[bool], by: Grouping) -> list[Found]:
    beside = (Case.kind, Case.track_id, Case.outcome, sa.func.coalesce(Committee.name, ""), by.value)
    rows = session.execute(
        sa.select(*(getattr(Case, name) for name in CaseColumns._fields), *beside)
        .select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(Committee, Committee.id == Case.committee_id)
        .where(scope)
        .order_by(Case.id)
    ).all()
    return [Found(CaseColumns(*row[: -len(beside)]), *row[-len(beside) :]) for row in rows]


def _fact(found: Found, ladder: Ladder, sealed: frozenset[int]) -> CaseFact:
    """Return a case as a fact; what was announced and has no outcome yet is a "not yet" on its way to a growth plan."""
    case, start = found.case, found.case.from_level_id
    target = ladder.level(case.to_level_id)
    return CaseFact(
        id=case.id,
        kind=found.kind,
        committee=found.committee,
        group=found.group,
        from_level=_name_level(ladder, start) if start else "",
        track=ladder.track(found.track_id).name,
        grade="" if target.grade is None else str(target.grade),
        manager_id=case.manager_id,
        outcome=found.outcome or "not_yet",
        was_sealed=case.id in sealed,
    )


def _name_level(ladder: Ladder, level_id: str) -> str:
    level = ladder.level(level_id)
    return level.code or level.name


def _company(session: Session) -> str:
    options: Mapping[str, Any] = session.connection().get_execution_options()
    return str(options.get("company", ""))
