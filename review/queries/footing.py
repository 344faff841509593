"""How a case stands for one actor, in columns alone: enough to know what they may do, and to save what they type.

queries/standing.py adds the rows as objects, for pages that show them and services that change them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain import access
from review.domain.access import Actor, Parties, Right, Role, roles_in
from review.domain.checks import CaseFacts
from review.domain.conflicts import ConflictKind, ConflictLevel
from review.domain.embargo import keep_told
from review.domain.errors import NotFound
from review.domain.ladder import Criterion, Ladder
from review.domain.phase import Phase
from review.domain.text import Text
from review.domain.values import dataclass
from review.domain.workflow import Definition
from review.models import Case, Cycle, LadderVersion, WorkflowVersion
from review.queries.case_rows import AnyCase, AnyCycle, CaseColumns, CycleColumns, read_rows
from review.queries.cases import lock_row
from review.queries.emergency import find_lent
from review.queries.fact_rows import fact_selects, fact_values
from review.queries.facts import gather_facts
from review.queries.parties import parties_of, party_selects, party_values
from review.queries.pinned import find_definition, find_ladder
from review.queries.ready import Ready

SYSTEM_ROLE = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """A case as one actor meets it: who is who, what is pinned, the facts, and the rights that follow.

    `lent`: roles held for reading alone, while an emergency access is open.
    """

    case: AnyCase
    cycle: AnyCycle
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


@dataclass(frozen=True, slots=True)
class Pinned:
    """A case and what it goes by."""

    case: AnyCase
    cycle: AnyCycle
    definition: Definition
    ladder: Ladder


def lock_footing(session: Session, case_id: int, actor: Actor, *, now: datetime) -> Footing:
    """Lock the case's row, then read how it stands; raise NotFound also when the actor may not know that it exists.

    What keeps a candidate from being eligible is not among the facts: it matters to moves, not to what is typed.
    """
    lock_row(session, case_id)
    found = _PINNED.rows(session.connection(), {"case_id": case_id})
    if not found:
        look_all_the_same(session, case_id, actor, now)
    *case, ladder_id, functions, policy, workflow, ladder = found[0]
    row, cycle = CaseColumns(*case), CycleColumns(ladder_id, functions, policy)
    definition = find_definition(session, row.workflow_version_id, workflow)
    pinned = Pinned(row, cycle, definition, find_ladder(session, ladder_id, ladder))
    return find_footing(session, pinned, actor, now=now)


def find_footing(
    session: Session,
    pinned: Pinned,
    actor: Actor,
    *,
    now: datetime,
    find_obstacles: Callable[[], tuple[Text, ...]] = tuple,
) -> Footing:
    """Work out how a case stands for the actor; one statement. Raises NotFound for who may not know that it exists.

    Args:
        find_obstacles: why the candidate is not eligible; asked for a case in draft, once its reader may know of it.
    """
    case, cycle, definition, ladder = pinned.case, pinned.cycle, pinned.definition, pinned.ladder
    rows = read_rows(session, ALL_ROWS, party_values(case, cycle) | fact_values(case))
    parties, conflicts = parties_of(rows, case, cycle, needs_sign_off="executive" in definition.roles)
    roles = roles_in(parties, actor)
    phase, lent = Phase(case.phase), find_lent(session, case.id, roles, actor, now)
    is_panelist = actor.person_id in {row.n for row in rows["panelist"]}
    if not (actor.is_system or is_panelist or access.can_read("case.existence", roles | lent, phase)):
        raise NotFound
    facts = gather_facts(
        rows,
        case,
        parties,
        actor,
        criteria={c.id: c.name_for(case.track_id) for c in ladder.rated_criteria(case.to_level_id)},
        required_functions=tuple(cycle.required_functions),
        may_count=actor.is_system or access.can_read("feedback.author", roles | lent, phase),
        obstacles=find_obstacles() if phase is Phase.DRAFT else (),
    )
    return Footing(
        case=case,
        cycle=cycle,
        definition=definition,
        ladder=ladder,
        parties=parties,
        conflicts=conflicts,
        roles=roles,
        workflow_roles=_workflow_roles(definition, roles, actor, is_panelist=is_panelist),
        facts=facts,
        phase=phase,
        conditions=_conditions(facts, cycle),
        actor=actor,
        lent=lent,
    )


def look_all_the_same(session: Session, case_id: int, actor: Actor, now: datetime) -> NoReturn:
    """Ask of a case that is not there what is asked of one before it is denied, in as much time; raise NotFound."""
    nothing = dict.fromkeys(("candidate_id", "committee_id", "cycle_id", "second_rater_id", "vote_round"), 0)
    read_rows(session, ALL_ROWS, {"case_id": case_id, "created_on": now.date(), "rival_level": None, **nothing})
    out = Parties(candidate_id=0, conflicts=frozenset({actor.person_id or 0}))
    find_lent(session, case_id, roles_in(out, actor), actor, now)
    raise NotFound


def _workflow_roles(
    definition: Definition, roles: frozenset[Role], actor: Actor, *, is_panelist: bool
) -> frozenset[str]:
    if actor.is_system:
        return frozenset({SYSTEM_ROLE})
    held = {str(role) for role in roles if role in definition.roles}
    if is_panelist and "panelist" in definition.roles:
        held.add("panelist")
    return frozenset(held)


def _conditions(facts: CaseFacts, cycle: AnyCycle) -> frozenset[str]:
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


def _all_rows() -> sa.CompoundSelect[Any]:
    return sa.union_all(*party_selects(), *fact_selects())


def _pinned() -> sa.Select[*tuple[Any, ...]]:
    columns: list[Any] = [getattr(Case, name) for name in CaseColumns._fields]
    columns += [getattr(Cycle, name) for name in CycleColumns._fields]
    return (
        sa.select(*columns, WorkflowVersion.digest, LadderVersion.digest)
        .select_from(Case)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_version_id)
        .join(LadderVersion, LadderVersion.id == Cycle.ladder_version_id)
        .where(Case.id == sa.bindparam("case_id", type_=sa.Integer))
    )


_PINNED = Ready(_pinned)
"""A case with what it goes by."""
ALL_ROWS = Ready(_all_rows)
"""Who is who in a case and its facts, in one statement."""
