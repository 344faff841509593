"""The conflicts of many cases at once, in as many statements for one as for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.conflicts import Closeness, ConflictKind, ConflictLevel, find_conflicts, limited_levels
from review.models import Case, Conflict, Cycle, Employment, Feedback, Person
from review.queries.many_numbers import is_among, named_numbers
from review.queries.parties import CHAIN_LIMIT, HEARD_STATES, is_in_the_race
from review.queries.ready import Ready

CASES, PEOPLE = named_numbers("cases"), named_numbers("people")
SINCE: sa.BindParameter[Any] = sa.bindparam("since", type_=sa.Date)
"""Parameters of statements that are built once: of which cases, of which people, from which day on."""
MOST_NAMED = 5000
"""People whose lines are looked for one by one; of more, everybody's manager is soon read."""
Conflicts = dict[int, dict[ConflictKind, ConflictLevel]]
NOBODY: frozenset[int] = frozenset()


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
    """What makes people close to any of the cases; `among`: of these people alone, where anybody is asked about."""

    among: frozenset[int] | None = None
    managers: dict[int, int | None] = field(default_factory=dict)
    lines: dict[int, frozenset[int]] = field(default_factory=dict)  # a manager, and everybody above them
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


def find_conflicts_ahead(
    session: Session, cases: Sequence[CaseColumns], levels: Mapping[str, str], among: Collection[int]
) -> Iterator[frozenset[int]]:
    """Yield who of some people would have a conflict with each of the cases of a cycle that are not opened yet.

    Nobody has been heard in them or has declared anything: what counts is the line of reports, and who is a rival.

    Args:
        levels: kind -> level, from the cycle's policy.
        among: the people who are asked about.
    """
    some = frozenset(among)
    facts = _Facts(among=some)
    _load_lines(session, cases, facts)
    _load_rivals(session, cases, facts)
    for case in cases:
        yield NOBODY if _is_far(case, facts) else some.intersection(find_conflicts(_closeness(case, facts), levels))


def find_managers_above(session: Session, people: Sequence[int]) -> dict[int, frozenset[int]]:
    """Return for each person everybody above them in the line of reports; one statement."""
    facts = _Facts(managers=dict(session.execute(_lines_above(), {"people": people}).all()))
    return {person: _line(facts.managers.get(person), facts) for person in people}


def is_out(found: Conflicts, person_id: int | None) -> bool:
    """Tell whether a person may know nothing of a case."""
    return person_id is not None and ConflictLevel.OUT in found.get(person_id, {}).values()


def barred_from_voting(found: Conflicts) -> frozenset[int]:
    """Return who may not vote: out of the case, or without a vote."""
    levels = {ConflictLevel.OUT, ConflictLevel.NO_VOTE}
    return frozenset(person for person, kinds in found.items() if levels & set(kinds.values()))


def _load(session: Session, cases: Sequence[AnyCase]) -> _Facts:
    facts = _Facts()
    _load_lines(session, cases, facts)
    here = {"cases": [case.id for case in cases]}
    for case_id, giver in session.execute(_givers(), here):
        facts.givers[case_id].add(giver)
    for case_id, person, kind in session.execute(_declared(), here):
        facts.declared[case_id][person].add(kind)
    _load_rivals(session, cases, facts)
    return facts


def _load_lines(session: Session, cases: Sequence[AnyCase], facts: _Facts) -> None:
    """Read who is above and below the candidates, and who was until the cases were opened; two statements."""
    people: dict[str, Any] = {"people": [case.candidate_id for case in cases]}
    since = {"since": min((case.created_at.date() for case in cases), default=None)}
    if len(cases) > MOST_NAMED:
        session.flush()
        facts.managers.update(_ALL_LINES.rows(session.connection(), {}))  # type: ignore[arg-type]
        former, people = _all_former_managers(), {}
    else:
        facts.managers.update(session.execute(_lines_around(), people).all())
        former = _former_managers()
    for person in facts.managers if facts.among is None else facts.among & facts.managers.keys():
        manager = facts.managers[person]
        if manager is not None:
            facts.reports[manager].add(person)
    for person, manager, until_on in session.execute(former, people | since).all():
        facts.former[person].append((manager, until_on))


@cache
def _givers() -> sa.Select[int, int]:
    """Return the statement of who has been heard in which of the cases."""
    given = sa.select(Feedback.case_id, Feedback.giver_id)
    return given.where(is_among(Feedback.case_id, CASES), Feedback.state.in_(HEARD_STATES))


@cache
def _declared() -> sa.Select[int, int, str]:
    return sa.select(Conflict.case_id, Conflict.person_id, Conflict.kind).where(is_among(Conflict.case_id, CASES))


@cache
def _former_managers() -> sa.Select[Any]:
    return _all_former_managers().where(is_among(Employment.person_id, PEOPLE))


@cache
def _all_former_managers() -> sa.Select[Any]:
    """Return the statement of who had which manager until a day that no case is older than, or later."""
    columns: tuple[Any, ...] = (Employment.person_id, Employment.manager_id, Employment.until_on)
    return sa.select(*columns).where(Employment.manager_id.is_not(None), Employment.until_on >= SINCE)


@cache
def _lines_around() -> sa.Executable:
    """Return the statement of the people's lines above them, and of who reports to them."""
    below = sa.select(Person.id, Person.manager_id).where(is_among(Person.manager_id, PEOPLE))
    return _lines_above().union_all(below)


def _all_lines() -> sa.Select[Any]:
    """Return the statement of everybody's manager: for more people than are well looked for one by one."""
    columns: tuple[Any, ...] = (Person.id, Person.manager_id)
    return sa.select(*columns)


_ALL_LINES = Ready(_all_lines)


@cache
def _lines_above() -> sa.Select[int, int | None]:
    """Return the statement of the people and everybody above them with their managers; a ring ends it."""
    line = sa.select(Person.id, Person.manager_id).where(is_among(Person.id, PEOPLE)).cte("line", recursive=True)
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


def _is_far(case: CaseColumns, facts: _Facts) -> bool:
    """Tell of a case that is not opened yet whether nobody who is asked about can be close to it; most are far."""
    among = facts.among or NOBODY
    return not (
        case.candidate_id in among
        or case.manager_id in among
        or case.nominated_by_id in among
        or case.candidate_id in facts.reports
        or case.candidate_id in facts.former
        or (case.cycle_id, case.to_level_id) in facts.rivals
        or _line(facts.managers.get(case.candidate_id), facts)
    )


def _closeness(case: AnyCase, facts: _Facts) -> Closeness:
    near = _line(facts.managers.get(case.candidate_id), facts)
    if reports := facts.reports.get(case.candidate_id):
        near |= reports
    if case.manager_id and case.manager_id not in near:
        near |= {case.manager_id}
    declared = facts.declared.get(case.id, {})
    return Closeness(
        candidate_id=case.candidate_id,
        chain_ids=near,
        former_manager_ids=_former(case, facts),
        nominator_id=case.nominated_by_id,
        giver_ids=frozenset(facts.givers.get(case.id, NOBODY)),
        second_rater_id=case.second_rater_id,
        rival_ids=frozenset(facts.rivals.get((case.cycle_id, case.to_level_id), NOBODY)) - {case.candidate_id},
        declared={person: frozenset(kinds) for person, kinds in declared.items()},
    )


def _former(case: AnyCase, facts: _Facts) -> frozenset[int]:
    """Return who managed the candidate last on the day on which the case was opened, or after it."""
    known = facts.former.get(case.candidate_id)
    if not known:
        return NOBODY
    opened_on = case.created_at.date()
    return frozenset({manager for manager, until_on in known if until_on >= opened_on} - {case.manager_id or 0})


def _line(manager_id: int | None, facts: _Facts) -> frozenset[int]:
    """Return a manager and everybody above them; whoever reports to them shares it."""
    if manager_id is None:
        return NOBODY
    found = facts.lines.get(manager_id)
    if found is None:
        found = frozenset(_walk(manager_id, facts))
        found = facts.lines[manager_id] = found if facts.among is None else found & facts.among
    return found


def _walk(person_id: int | None, facts: _Facts) -> Iterator[int]:
    for _ in range(CHAIN_LIMIT):
        if person_id is None:
            return
        yield person_id
        person_id = facts.managers.get(person_id)
