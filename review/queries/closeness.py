"""The conflicts of many cases at once, in as many statements for one as for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.conflicts import Closeness, ConflictKind, ConflictLevel, find_conflicts, limited_levels
from review.models import Case, Conflict, Cycle, Employment, Feedback, Person
from review.queries.parties import CHAIN_LIMIT, HEARD_STATES, is_in_the_race

CASES: sa.BindParameter[Any] = sa.bindparam("cases", expanding=True)
PEOPLE: sa.BindParameter[Any] = sa.bindparam("people", expanding=True)
"""Parameters of statements that are built once: of which cases, of which people."""
Conflicts = dict[int, dict[ConflictKind, ConflictLevel]]


class CaseColumns(NamedTuple):
    """A case as columns, for pages of hundreds: an entity costs more to load than all that is asked of it."""

    id: int
    code: str
    cycle_id: int
    workflow_version_id: int
    candidate_id: int
    manager_id: int | None
    from_level_id: str | None
    to_level_id: str
    nominated_by_id: int
    committee_id: int | None
    second_rater_id: int | None
    state: str
    phase: str
    vote_round: int
    present_ids: list[int]
    created_at: datetime


AnyCase = Case | CaseColumns


@dataclass
class _Facts:
    """What makes people close to any of the cases."""

    managers: dict[int, int | None] = field(default_factory=dict)
    reports: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    givers: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    declared: dict[int, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    former: dict[int, list[tuple[int, date]]] = field(default_factory=lambda: defaultdict(list))
    rivals: dict[tuple[int, str], set[int]] = field(default_factory=lambda: defaultdict(set))


def find_conflicts_of(
    session: Session, cases: Sequence[AnyCase], levels: Mapping[int, Mapping[str, str]]
) -> dict[int, Conflicts]:
    """Return each case's conflicts: person -> kind -> level, as find_parties_and_conflicts() has them for one.

    Args:
        levels: cycle id -> kind -> level, from the cycles' policies.
    """
    facts = _load(session, cases)
    return {case.id: find_conflicts(_closeness(case, facts), levels[case.cycle_id]) for case in cases}


def find_managers_above(session: Session, people: Sequence[int]) -> dict[int, frozenset[int]]:
    """Return for each person everybody above them in the line of reports; one statement."""
    facts = _Facts(managers=dict(session.execute(_lines_above(), {"people": people}).all()))
    return {person: frozenset(_chain(person, facts)) for person in people}


def is_out(found: Conflicts, person_id: int | None) -> bool:
    """Tell whether a person may know nothing of a case."""
    return person_id is not None and ConflictLevel.OUT in found.get(person_id, {}).values()


def barred_from_voting(found: Conflicts) -> frozenset[int]:
    """Return who may not vote: out of the case, or without a vote."""
    levels = {ConflictLevel.OUT, ConflictLevel.NO_VOTE}
    return frozenset(person for person, kinds in found.items() if levels & set(kinds.values()))


def _load(session: Session, cases: Sequence[AnyCase]) -> _Facts:
    facts = _Facts()
    ids = [case.id for case in cases]
    candidates = [case.candidate_id for case in cases]
    people, here = {"people": candidates}, {"cases": ids}
    for person, manager in session.execute(_lines_around(), people):
        facts.managers[person] = manager
        if manager is not None:
            facts.reports[manager].add(person)
    for case_id, giver in session.execute(_givers(), here):
        facts.givers[case_id].add(giver)
    for case_id, person, kind in session.execute(_declared(), here):
        facts.declared[case_id][person].add(kind)
    for person, manager, until_on in session.execute(_former_managers(), people):
        if manager is not None and until_on is not None:
            facts.former[person].append((manager, until_on))
    _load_rivals(session, cases, facts)
    return facts


@cache
def _givers() -> sa.Select[int, int]:
    """Return the statement of who has been heard in which of the cases."""
    given = sa.select(Feedback.case_id, Feedback.giver_id)
    return given.where(Feedback.case_id.in_(CASES), Feedback.state.in_(HEARD_STATES))


@cache
def _declared() -> sa.Select[int, int, str]:
    return sa.select(Conflict.case_id, Conflict.person_id, Conflict.kind).where(Conflict.case_id.in_(CASES))


@cache
def _former_managers() -> sa.Select[int, int | None, date | None]:
    earlier = sa.select(Employment.person_id, Employment.manager_id, Employment.until_on)
    return earlier.where(Employment.person_id.in_(PEOPLE), Employment.manager_id.is_not(None))


@cache
def _lines_around() -> sa.CompoundSelect[int, int | None]:
    """Return the statement of the people's lines above them, and of who reports to them."""
    below = sa.select(Person.id, Person.manager_id).where(Person.manager_id.in_(PEOPLE))
    return _lines_above().union_all(below)


@cache
def _lines_above() -> sa.Select[int, int | None]:
    """Return the statement of the people and everybody above them with their managers; a ring ends it."""
    line = sa.select(Person.id, Person.manager_id).where(Person.id.in_(PEOPLE)).cte("line", recursive=True)
    line = line.union(sa.select(Person.id, Person.manager_id).where(Person.id == line.c.manager_id))
    return sa.select(line.c.id, line.c.manager_id)


def _load_rivals(session: Session, cases: Sequence[AnyCase], facts: _Facts) -> None:
    """Read who is a candidate for a level with few seats; one statement, none where no cycle has such a level."""
    limited = {each: limited_levels(session.get_one(Cycle, each).policy) for each in {case.cycle_id for case in cases}}
    if not any(limited.values()):
        return
    running = sa.select(Case.cycle_id, Case.to_level_id, Case.candidate_id).where(
        Case.cycle_id.in_(limited), Case.to_level_id.in_(frozenset().union(*limited.values())), is_in_the_race()
    )
    for cycle_id, level, candidate in session.execute(running):
        if level in limited[cycle_id]:
            facts.rivals[(cycle_id, level)].add(candidate)


def _closeness(case: AnyCase, facts: _Facts) -> Closeness:
    opened_on = case.created_at.date()
    former = {manager for manager, until_on in facts.former[case.candidate_id] if until_on >= opened_on}
    own = {case.manager_id} if case.manager_id else set()
    return Closeness(
        candidate_id=case.candidate_id,
        chain_ids=frozenset(_chain(case.candidate_id, facts)) | facts.reports[case.candidate_id] | own,
        former_manager_ids=frozenset(former - {case.manager_id or 0}),
        nominator_id=case.nominated_by_id,
        giver_ids=frozenset(facts.givers[case.id]),
        second_rater_id=case.second_rater_id,
        rival_ids=frozenset(facts.rivals[(case.cycle_id, case.to_level_id)] - {case.candidate_id}),
        declared={person: frozenset(kinds) for person, kinds in facts.declared[case.id].items()},
    )


def _chain(person_id: int, facts: _Facts) -> Iterator[int]:
    here = facts.managers.get(person_id)
    for _ in range(CHAIN_LIMIT):
        if here is None:
            return
        yield here
        here = facts.managers.get(here)
