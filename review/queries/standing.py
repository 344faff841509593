"""How a case stands for one actor: the entry of every page and every service about a case."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain import access
from review.domain.access import Actor, Parties, Right, Role, roles_in
from review.domain.checks import CaseFacts, ItemFacts
from review.domain.conflicts import ConflictKind, ConflictLevel
from review.domain.eligibility import Nominee, find_obstacles, months_between
from review.domain.eligibility_rules import Ruling, read_rules
from review.domain.embargo import keep_told
from review.domain.errors import NotFound
from review.domain.ladder import Criterion, Ladder
from review.domain.phase import Phase
from review.domain.text import Text
from review.domain.workflow import Definition, Option, item_options, options
from review.models import Case, Cycle, LadderVersion, Person, WorkflowVersion
from review.queries.case_rows import Rows, read_rows
from review.queries.cases import lock_case
from review.queries.eligibility import select_ruling
from review.queries.emergency import find_lent
from review.queries.fact_rows import fact_selects, fact_values
from review.queries.facts import gather_facts
from review.queries.parties import parties_of, party_selects, party_values
from review.queries.past_answers import find_not_yet, find_promotion
from review.queries.pinned import load_definition, load_ladder

SYSTEM_ROLE = "system"


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as one actor meets it: who is who, what is pinned, the facts, and the rights that follow.

    `lent`: roles held for reading alone, while an emergency access is open.
    """

    case: Case
    cycle: Cycle
    candidate: Person
    definition: Definition
    ladder: Ladder
    parties: Parties
    conflicts: dict[int, dict[ConflictKind, ConflictLevel]]
    roles: frozenset[Role]
    workflow_roles: frozenset[str]
    facts: CaseFacts
    phase: Phase
    conditions: frozenset[str]
    actor: Actor
    lent: frozenset[Role] = frozenset()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Return the criteria that are rated at the target level."""
        return self.ladder.rated_criteria(self.case.to_level_id)

    def may_read(self, thing: str) -> bool:
        """Tell whether the actor may read this object of the grid in this case now; a decision not before its time."""
        roles = self._told(thing) | self.lent
        return self.actor.is_system or access.can(Right.READ, thing, roles, self.phase, self.conditions)

    @property
    def reading(self) -> frozenset[Role]:
        """Return the roles that decide what is read: one's own, and those lent for it."""
        return self.roles | self.lent

    def may_write(self, thing: str) -> bool:
        """Tell whether the actor may write this object of the grid in this case now."""
        return self.actor.is_system or access.can(Right.WRITE, thing, self._told(thing), self.phase, self.conditions)

    def _told(self, thing: str) -> frozenset[Role]:
        """Return the actor's roles that may know of this object: before the announcement, and under the policy."""
        return keep_told(self.roles, thing, self.phase, self.cycle.policy)

    def may_act(self, thing: str) -> bool:
        """Tell whether the actor may do this act of the grid in this case now."""
        return self.actor.is_system or access.can(Right.ACT, thing, self.roles, self.phase, self.conditions)

    def options(self) -> tuple[Option, ...]:
        """Return what the actor's roles can do with the case, each with what is still missing."""
        return options(self.definition, self.facts.tokens, self.workflow_roles, self.facts)

    def item_options(
        self, kind: str, state: str, roles: frozenset[str], item_facts: ItemFacts | None = None
    ) -> tuple[Option, ...]:
        """Return what these roles can do with one item (feedback, seat) of the case."""
        return item_options(self.definition, kind, state, roles, self.facts, item_facts or ItemFacts())


def load_standing(session: Session, case_id: int, actor: Actor, *, now: datetime) -> Standing:
    """Read how a case stands for the actor; raise NotFound also when the actor may not know that it exists."""
    return _stand(session, case_id, actor, now)


def lock_standing(session: Session, case_id: int, actor: Actor, *, now: datetime) -> Standing:
    """Lock the case's row, then read how it stands for the actor; raise NotFound as load_standing does."""
    with suppress(NotFound):  # one that is not there is looked for as long as one that may not be known
        lock_case(session, case_id)
    return _stand(session, case_id, actor, now)


def _stand(session: Session, case_id: int, actor: Actor, now: datetime) -> Standing:
    # One statement for the case and all that it pins: while `record` lives, the gets below find their rows in it.
    record = session.execute(_with_pinned(), {"case_id": case_id}).first()
    if record is None:
        _look_all_the_same(session, case_id, actor, now)
    case, cycle, candidate, _workflow, _ladder = record
    definition = load_definition(session, case.workflow_version_id)
    ladder = load_ladder(session, cycle.ladder_version_id)
    rows = _load_rows(session, case, cycle)
    parties, conflicts = parties_of(rows, case, cycle, needs_sign_off="executive" in definition.roles)
    roles = roles_in(parties, actor)
    phase, lent = Phase(case.phase), find_lent(session, case.id, roles, actor, now)
    panelists = {row.n for row in rows["panelist"]}
    if not (actor.is_system or actor.person_id in panelists or access.can_read("case.existence", roles | lent, phase)):
        raise NotFound
    obstacles = _obstacles(session, case, cycle, candidate, ladder, now=now) if phase is Phase.DRAFT else ()
    facts = gather_facts(
        rows,
        case,
        parties,
        actor,
        criteria={c.id: c.name_for(case.track_id) for c in ladder.rated_criteria(case.to_level_id)},
        required_functions=tuple(cycle.required_functions),
        may_count=actor.is_system or access.can_read("feedback.author", roles | lent, phase),
        obstacles=obstacles,
    )
    return Standing(
        case=case,
        cycle=cycle,
        candidate=candidate,
        definition=definition,
        ladder=ladder,
        parties=parties,
        conflicts=conflicts,
        roles=roles,
        workflow_roles=_workflow_roles(definition, roles, actor, is_panelist=actor.person_id in panelists),
        facts=facts,
        phase=phase,
        conditions=_conditions(facts, cycle),
        actor=actor,
        lent=lent,
    )


def _look_all_the_same(session: Session, case_id: int, actor: Actor, now: datetime) -> NoReturn:
    """Ask of a case that is not there what is asked of one before it is denied, in as much time; raise NotFound."""
    nothing = dict.fromkeys(("candidate_id", "committee_id", "cycle_id", "second_rater_id", "vote_round"), 0)
    read_rows(session, _all_rows(), {"case_id": case_id, "created_on": now.date(), "rival_level": None, **nothing})
    out = Parties(candidate_id=0, conflicts=frozenset({actor.person_id or 0}))
    find_lent(session, case_id, roles_in(out, actor), actor, now)
    raise NotFound


@cache
def _with_pinned() -> sa.Select[Case, Cycle, Person, WorkflowVersion, LadderVersion]:
    """Return the statement, built once, with the case as its parameter."""
    return (
        sa.select(Case, Cycle, Person, WorkflowVersion, LadderVersion)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(Person, Person.id == Case.candidate_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(LadderVersion, LadderVersion.id == Cycle.ladder_version_id)
        .where(Case.id == sa.bindparam("case_id", type_=sa.Integer))
    )


def _load_rows(session: Session, case: Case, cycle: Cycle) -> Rows:
    """Read who is who in a case and its facts, in one statement."""
    return read_rows(session, _all_rows(), party_values(case, cycle) | fact_values(case))


@cache
def _all_rows() -> sa.CompoundSelect[Any]:
    """Return the statement, built once: that costs more than running it."""
    return sa.union_all(*party_selects(), *fact_selects())


def _workflow_roles(
    definition: Definition, roles: frozenset[Role], actor: Actor, *, is_panelist: bool
) -> frozenset[str]:
    if actor.is_system:
        return frozenset({SYSTEM_ROLE})
    held = {str(role) for role in roles if role in definition.roles}
    if is_panelist and "panelist" in definition.roles:
        held.add("panelist")
    return frozenset(held)


def _conditions(facts: CaseFacts, cycle: Cycle) -> frozenset[str]:
    """Name the grid's conditions that are true now; the candidate always reads a view of their own."""
    met = {"own_view"}
    rating = facts.tokens.get("rating")
    if rating is None or rating != "first_view":
        met.add("first_view_locked")
    if sum(each.is_answered for each in facts.feedback) >= cycle.policy["thresholds"]["n3"]:
        met.add("n3")
    if facts.is_approved_by_second_person:
        met.add("second_person")
    return frozenset(met)


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
    days = [day for day in (last and last.date(), told_on) if day is not None]
    today = now.astimezone(ZoneInfo(cycle.zone)).date()
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
