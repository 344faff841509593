"""How a case stands for one actor, in columns alone: enough to know what they may do, and to save what they type.

queries/standing.py adds the rows as objects, for pages that show them and services that change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain import access
from review.domain.access import Actor, Parties, Right, Role, roles_in
from review.domain.checks.facts import ANSWERED
from review.domain.conflicts import ConflictKind, ConflictLevel
from review.domain.embargo import keep_told, was_told
from review.domain.errors import NotFound
from review.domain.ladder import Criterion, Ladder
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.domain.workflow import Definition
from review.models import Case, Cycle, LadderVersion, WorkflowVersion
from review.queries.case_rows import AnyCase, AnyCycle, CaseColumns, CycleColumns, Rows, read_rows
from review.queries.emergency import find_lent
from review.queries.fact_rows import fact_values, right_selects
from review.queries.facts import is_approved_by_second_person, tokens_of
from review.queries.parties import parties_of, party_selects, party_values
from review.queries.pinned import find_definition, find_ladder
from review.queries.ready import Ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """A case as one actor meets it: who is who, what is pinned, where it stands, and the rights that follow.

    `tokens`: region -> state; `lent`: roles held for reading alone, while an emergency access is open.
    """

    case: AnyCase
    cycle: AnyCycle
    definition: Definition
    ladder: Ladder
    parties: Parties
    conflicts: dict[int, dict[ConflictKind, ConflictLevel]]
    roles: frozenset[Role]
    tokens: Mapping[str, str]
    phase: Phase
    conditions: frozenset[str]
    actor: Actor
    lent: frozenset[Role] = frozenset()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Return the criteria that are rated at the target level."""
        return self.ladder.rated_criteria(self.case.to_level_id)

    @property
    def was_told(self) -> bool:
        """Tell whether the decision that stands has been announced."""
        return was_told(self.phase, self.case.outcome)

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
        return keep_told(self.roles, thing, self.phase, self.cycle.policy, self.case.outcome)

    def may_act(self, thing: str) -> bool:
        """Tell whether the actor may do this act of the grid in this case now."""
        return self.actor.is_system or access.can(Right.ACT, thing, self.roles, self.phase, self.conditions)


@dataclass(frozen=True)
class Pinned:
    """A case and what it goes by."""

    case: AnyCase
    cycle: AnyCycle
    definition: Definition
    ladder: Ladder


def lock_footing(session: Session, case_id: int, actor: Actor, *, now: datetime) -> Footing:
    """Lock the case's row and read how it stands; raise NotFound also when the actor may not know that it exists.

    On SQLite who writes has every row to themselves from the beginning: none is locked.
    """
    session.flush()
    found = _LOCKED.rows(session.connection(), {"case_id": case_id})
    if not found:
        look_all_the_same(session, _RIGHTS, case_id, actor, now)
    *case, ladder_id, functions, policy, workflow, ladder = found[0]
    row, cycle = CaseColumns(*case), CycleColumns(ladder_id, functions, policy)
    definition = find_definition(session, row.workflow_version_id, workflow)
    pinned = Pinned(row, cycle, definition, find_ladder(session, ladder_id, ladder))
    return find_footing(session, pinned, read_case(session, _RIGHTS, row, cycle), actor, now=now)


def read_case(session: Session, statement: Ready, case: AnyCase, cycle: AnyCycle) -> Rows:
    """Read the rows of a case that rights hang on, and with ALL_ROWS those behind its facts, in one statement."""
    return read_rows(session, statement, party_values(case, cycle) | fact_values(case))


def find_footing(session: Session, pinned: Pinned, rows: Rows, actor: Actor, *, now: datetime) -> Footing:
    """Work out from its rows how a case stands for the actor. Raises NotFound for who may not know that it exists."""
    case, cycle = pinned.case, pinned.cycle
    parties, conflicts = parties_of(rows, case, cycle, needs_sign_off="executive" in pinned.definition.roles)
    roles = roles_in(parties, actor)
    phase, lent = Phase(case.phase), find_lent(session, case.id, roles, actor, now)
    if not (actor.is_system or is_panelist(rows, actor) or access.can_read("case.existence", roles | lent, phase)):
        raise NotFound
    return Footing(
        case=case,
        cycle=cycle,
        definition=pinned.definition,
        ladder=pinned.ladder,
        parties=parties,
        conflicts=conflicts,
        roles=roles,
        tokens=tokens_of(rows),
        phase=phase,
        conditions=_conditions(rows, cycle),
        actor=actor,
        lent=lent,
    )


def is_panelist(rows: Rows, actor: Actor) -> bool:
    """Tell whether the actor scores the case on a panel."""
    return any(row.n == actor.person_id for row in rows["panelist"])


def look_all_the_same(session: Session, statement: Ready, case_id: int, actor: Actor, now: datetime) -> NoReturn:
    """Ask of a case that is not there what is asked of one before it is denied, in as much time; raise NotFound."""
    nothing = dict.fromkeys(("candidate_id", "committee_id", "cycle_id", "second_rater_id", "vote_round"), 0)
    read_rows(session, statement, {"case_id": case_id, "created_on": now.date(), "rival_level": None, **nothing})
    out = Parties(candidate_id=0, conflicts=frozenset({actor.person_id or 0}))
    find_lent(session, case_id, roles_in(out, actor), actor, now)
    raise NotFound


def _conditions(rows: Rows, cycle: AnyCycle) -> frozenset[str]:
    """Name the grid's conditions that are true now; the candidate always reads a view of their own."""
    met = {"own_view"}
    if tokens_of(rows).get("rating") != "first_view":
        met.add("first_view_locked")
    if sum(row.a in ANSWERED for row in rows["giver"]) >= cycle.policy["thresholds"]["n3"]:
        met.add("n3")
    if is_approved_by_second_person(rows):
        met.add("second_person")
    return frozenset(met)


def _pinned() -> sa.Select[*tuple[Any, ...]]:
    columns: list[Any] = [getattr(Case, name) for name in CaseColumns._fields]
    columns += [getattr(Cycle, name) for name in CycleColumns._fields]
    # A case can be moved to another workflow while its lock is waited for: what is joined is that of before.
    workflow = sa.select(WorkflowVersion.digest).where(WorkflowVersion.id == Case.workflow_version_id)
    return (
        sa.select(*columns, workflow.scalar_subquery(), LadderVersion.digest)
        .select_from(Case)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .join(LadderVersion, LadderVersion.id == Cycle.ladder_version_id)
        .where(Case.id == sa.bindparam("case_id", type_=sa.Integer))
        .with_for_update(key_share=True, of=Case.__table__)
    )


_LOCKED = Ready(_pinned)
"""A case with what it goes by, locked."""
_RIGHTS = Ready(lambda: sa.union_all(*party_selects(), *right_selects()))
"""Who is who in a case and where it stands, in one statement."""
