"""How a case stands for one actor: the entry of every page and every service about a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role, can_read
from review.domain.checks import CaseFacts, ItemFacts
from review.domain.eligibility import Nominee, find_obstacles, months_between
from review.domain.eligibility_rules import Ruling, read_rules
from review.domain.ladder import Ladder
from review.domain.phase import Phase
from review.domain.text import Text
from review.domain.workflow import Definition, Option, item_options, options
from review.models import Case, Cycle, LadderVersion, Person, WorkflowVersion
from review.queries.cases import lock_row
from review.queries.eligibility import select_ruling
from review.queries.fact_rows import fact_selects, right_selects
from review.queries.facts import gather_facts
from review.queries.footing import Footing, Pinned, find_footing, is_panelist, look_all_the_same, read_case
from review.queries.parties import party_selects
from review.queries.past_answers import find_not_yet, find_promotion
from review.queries.pinned import find_definition, find_ladder
from review.queries.ready import Ready
from review.queries.snapshots import Snapshot

SYSTEM_ROLE = "system"
Statement = sa.Select[Case, Cycle, Person, str, str]
DIGESTS = WorkflowVersion.digest, LadderVersion.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Footing):
    """How a case stands for one actor, with its facts, its rows as objects, and what can be done with it.

    `earlier`: the numbers of the candidate's cases of before whose outcome they were told.
    """

    case: Case
    cycle: Cycle
    candidate: Person
    workflow_roles: frozenset[str]
    facts: CaseFacts
    earlier: frozenset[int]

    def options(self) -> tuple[Option, ...]:
        """Return what the actor's roles can do with the case, each with what is still missing."""
        return options(self.definition, self.facts.tokens, self.workflow_roles, self.facts)

    def option(self, name: str) -> Option | None:
        """Return one action as options() has it, None where the actor's roles have it not; no other is looked at."""
        found = options(self.definition, self.facts.tokens, self.workflow_roles, self.facts, only=name)
        return found[0] if found else None

    def item_options(
        self, kind: str, state: str, roles: frozenset[str], item_facts: ItemFacts | None = None
    ) -> tuple[Option, ...]:
        """Return what these roles can do with one item (feedback, seat) of the case."""
        return item_options(self.definition, kind, state, roles, self.facts, item_facts or ItemFacts())


def load_standing(session: Session, case_id: int, actor: Actor, *, now: datetime) -> Standing:
    """Read how a case stands for the actor; raise NotFound also when the actor may not know that it exists.

    Its rows are snapshots, to be read alone.
    """
    session.flush()
    found = _SEEN.rows(session.connection(), {"case_id": case_id})
    if not found:
        look_all_the_same(session, ALL_ROWS, case_id, actor, now)
    values = iter(found[0])
    case, cycle, candidate = (snapshot.read(values) for snapshot in _snapshots())
    return _stand(session, (case, cycle, candidate, *values), actor, now)


def lock_standing(session: Session, case_id: int, actor: Actor, *, now: datetime) -> Standing:
    """Lock the case's row, then read how it stands for the actor; raise NotFound as load_standing does."""
    lock_row(session, case_id)
    record = session.execute(_as_it_is_now(), {"case_id": case_id}).first()
    if record is None:
        look_all_the_same(session, ALL_ROWS, case_id, actor, now)
    return _stand(session, record, actor, now)


def _stand(session: Session, record: Any, actor: Actor, now: datetime) -> Standing:
    case, cycle, candidate, workflow, words = record
    definition = find_definition(session, case.workflow_version_id, workflow)
    ladder = find_ladder(session, cycle.ladder_version_id, words)
    rows = read_case(session, ALL_ROWS, case, cycle)
    found = find_footing(session, Pinned(case, cycle, definition, ladder), rows, actor, now=now)
    is_draft = found.phase is Phase.DRAFT
    facts = gather_facts(
        rows,
        case,
        found.parties,
        actor,
        criteria={each.id: each.name_for(case.track_id) for each in found.criteria},
        required_functions=tuple(cycle.required_functions),
        may_count=actor.is_system or can_read("feedback.author", found.reading, found.phase),
        obstacles=_obstacles(session, case, cycle, candidate, ladder, now=now) if is_draft else (),
    )
    return Standing(
        case=case,
        cycle=cycle,
        candidate=candidate,
        definition=definition,
        ladder=ladder,
        parties=found.parties,
        conflicts=found.conflicts,
        roles=found.roles,
        workflow_roles=_workflow_roles(definition, found.roles, actor, is_panelist=is_panelist(rows, actor)),
        tokens=found.tokens,
        facts=facts,
        earlier=frozenset(row.n for row in rows["earlier"]),
        phase=found.phase,
        conditions=found.conditions,
        actor=actor,
        lent=found.lent,
    )


def _workflow_roles(
    definition: Definition, roles: frozenset[Role], actor: Actor, *, is_panelist: bool
) -> frozenset[str]:
    if actor.is_system:
        return frozenset({SYSTEM_ROLE})
    held = {str(role) for role in roles if role in definition.roles}
    if is_panelist and "panelist" in definition.roles:
        held.add("panelist")
    return frozenset(held)


def _all_rows() -> sa.CompoundSelect[Any]:
    return sa.union_all(*party_selects(), *right_selects(), *fact_selects())


ALL_ROWS = Ready(_all_rows)
"""Who is who in a case, where it stands and its facts, in one statement."""


def _join_pinned(statement: Any) -> Any:
    """Join to a case all that it pins; the case is the statement's parameter."""
    return (
        statement.select_from(Case)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(Person, Person.id == Case.candidate_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(LadderVersion, LadderVersion.id == Cycle.ladder_version_id)
        .where(Case.id == sa.bindparam("case_id", type_=sa.Integer))
    )


@cache
def _as_it_is_now() -> Statement:
    """Return the one statement for a case that has just been locked: what was read before it may be of yesterday."""
    statement: Statement = _join_pinned(sa.select(Case, Cycle, Person, *DIGESTS))
    return statement.execution_options(populate_existing=True)


@cache
def _snapshots() -> tuple[Snapshot[Case], Snapshot[Cycle], Snapshot[Person]]:
    return Snapshot(Case), Snapshot(Cycle), Snapshot(Person)


def _seen() -> sa.Select[*tuple[Any, ...]]:
    columns = [column for snapshot in _snapshots() for column in snapshot.columns]
    statement: sa.Select[*tuple[Any, ...]] = _join_pinned(sa.select(*columns, *DIGESTS))
    return statement


_SEEN = Ready(_seen)
"""A case with all that it pins, as columns."""


def _obstacles(
    session: Session, case: Case, cycle: Cycle, candidate: Person, ladder: Ladder, *, now: datetime
) -> tuple[Text, ...]:
    ended = sa.select(sa.func.max(Case.closed_at)).where(
        Case.candidate_id == case.candidate_id, Case.id != case.id, Case.outcome == "not_yet"
    )
    ruled = select_ruling(cycle.id, candidate.id)
    before = find_not_yet(candidate.id)
    since = find_promotion(candidate.id, candidate.level_id)
    found = session.execute(sa.select(ended.scalar_subquery(), before, since, ruled.scalar_subquery())).one()
    last, told_on, promoted_on, ruling = found
    zone = ZoneInfo(cycle.zone)
    days = [day for day in (last and last.astimezone(zone).date(), told_on) if day is not None]
    today = now.astimezone(zone).date()
    nominee = Nominee(
        is_active=candidate.is_active,
        level_id=candidate.level_id,
        level_since_on=candidate.level_since_on or promoted_on,
        kind=case.kind,
        from_level_id=case.from_level_id,
        to_level_id=case.to_level_id,
        months_since_last=months_between(max(days), today) if days else None,
        function=candidate.function,
        ruling=Ruling(ruling) if ruling else None,
    )
    asked, rules = cycle.policy["months_between_cases"], read_rules(cycle.eligibility)
    return find_obstacles(ladder, nominee, today, months_between=asked, rules=rules)
