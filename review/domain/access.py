"""Who may see and do what: the actor, the roles an actor has in a case, and the right that follows.

The rule, in this order: the union of the roles' rights in the grid; then a conflict, self-involvement or
deactivation takes away every role that judges or runs the case. What is not granted is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from functools import cache

from review.domain.access_grid import CONDITIONS, GRID
from review.domain.phase import Phase
from review.domain.values import dataclass


class Right(StrEnum):
    """What a cell of the grid grants."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    ACT = "act"


class Role(StrEnum):
    """An actor of the grid, seen from one case."""

    CANDIDATE = "candidate"
    GIVER = "giver"
    OTHER_GIVER = "other_giver"
    EXTERNAL_GIVER = "external_giver"
    MANAGER = "manager"
    FORMER_MANAGER = "former_manager"
    SKIP_LEVEL = "skip_level"
    SECOND_RATER = "second_rater"
    MEMBER = "member"
    CHAIR = "chair"
    CONFLICTED_MEMBER = "conflicted_member"
    CONFLICTED_CHAIR = "conflicted_chair"
    HR = "hr"
    INVOLVED_HR = "involved_hr"
    EXECUTIVE = "executive"
    APPEALS = "appeals"
    AUDITOR = "auditor"
    IT_ADMIN = "it_admin"
    OTHER_EMPLOYEE = "other_employee"
    EX_EMPLOYEE = "ex_employee"
    ANONYMOUS = "anonymous"
    PROVISIONING = "provisioning"


COMPANY_ROLES = (Role.HR, Role.AUDITOR, Role.IT_ADMIN, Role.EXECUTIVE, Role.APPEALS)
"""Roles granted in the whole company, not by a case."""


@dataclass(frozen=True)
class Actor:
    """Who acts at this request.

    `roles`: company roles granted to this person. `delegators`: people for whom this person may act today, each with
    their company roles. The system itself has `person_id` None and `is_system` True. `is_external`: somebody from
    outside the company who came by a link, and is nobody but the giver of one request.
    """

    person_id: int | None
    name: str = ""
    roles: frozenset[str] = frozenset()
    delegators: Mapping[int, frozenset[str]] = field(default_factory=dict)
    is_active: bool = True
    is_system: bool = False
    is_external: bool = False
    on_behalf_of: int | None = None

    def has(self, role: Role) -> bool:
        """Tell whether the person holds a company role, in person."""
        return self.is_active and role in self.roles


SYSTEM = Actor(None, "Dualtrack", is_system=True)


@dataclass(frozen=True)
class Parties:
    """Who is who in a case, by person id; enough to work out anybody's roles in it.

    `members` maps the persons on the committee to member, chair or deputy. `conflicts` holds those whose own part or
    declaration keeps them out of everything that judges or runs the case; `chain` those whom the line of reports keeps
    out of committee and HR work on it; `muted` those who may read but not vote.
    """

    candidate_id: int
    manager_id: int | None = None
    former_manager_ids: frozenset[int] = frozenset()
    skip_level_ids: frozenset[int] = frozenset()
    second_rater_id: int | None = None
    giver_ids: frozenset[int] = frozenset()
    members: Mapping[int, str] = field(default_factory=dict)
    conflicts: frozenset[int] = frozenset()
    chain: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()
    is_appealed: bool = False
    needs_sign_off: bool = False


def roles_in(parties: Parties, actor: Actor) -> frozenset[Role]:
    """Return the actor's roles in a case, those held for a delegator included, after conflicts have been taken out."""
    if actor.is_system or actor.person_id is None:
        return frozenset({Role.ANONYMOUS}) if not actor.is_system else frozenset()
    if actor.is_external:
        return frozenset({Role.EXTERNAL_GIVER if actor.person_id in parties.giver_ids else Role.ANONYMOUS})
    if not actor.is_active:
        return frozenset({Role.EX_EMPLOYEE})
    person = actor.person_id
    own = _personal_roles(parties, person) | _company_roles(parties, actor.roles)
    for delegator, granted in actor.delegators.items():
        if delegator not in parties.conflicts and delegator != parties.candidate_id:
            held = _personal_roles(parties, delegator) | _company_roles(parties, granted)
            own |= _without_conflict(parties, delegator, held) & LENDABLE
    return _without_conflict(parties, person, own)


LENDABLE = frozenset({Role.MANAGER, Role.SKIP_LEVEL, Role.SECOND_RATER, Role.HR, Role.EXECUTIVE})
"""What a delegate may hold for somebody else. Votes, feedback and one's own case are never lent."""


def _personal_roles(parties: Parties, person: int) -> frozenset[Role]:
    roles = {Role.OTHER_EMPLOYEE}
    if person == parties.candidate_id:
        roles.add(Role.CANDIDATE)
    if person == parties.manager_id:
        roles.add(Role.MANAGER)
    if person in parties.former_manager_ids:
        roles.add(Role.FORMER_MANAGER)
    if person in parties.skip_level_ids:
        roles.add(Role.SKIP_LEVEL)
    if person == parties.second_rater_id:
        roles.add(Role.SECOND_RATER)
    if person in parties.giver_ids:
        roles.add(Role.GIVER)
    seat = parties.members.get(person)
    if seat is not None:
        roles.add(Role.CHAIR if seat == "chair" else Role.MEMBER)
    if seat == "deputy" and _is_chair_out(parties):
        roles.add(Role.CHAIR)
    return frozenset(roles)


def _is_chair_out(parties: Parties) -> bool:
    out = parties.conflicts | parties.chain | parties.muted | {parties.candidate_id}
    return any(role == "chair" and person in out for person, role in parties.members.items())


def _company_roles(parties: Parties, granted: Iterable[str]) -> frozenset[Role]:
    roles = {Role(name) for name in granted}
    if not parties.is_appealed:
        roles.discard(Role.APPEALS)
    if not parties.needs_sign_off:
        roles.discard(Role.EXECUTIVE)
    return frozenset(roles)


COMMITTEE_WORK = frozenset({Role.MEMBER, Role.CHAIR, Role.HR})
JUDGING = COMMITTEE_WORK | {Role.EXECUTIVE, Role.APPEALS, Role.SECOND_RATER}
"""Roles that judge or run a case; a conflict takes them away. What one is by one's own part in the case stays."""


def _without_conflict(parties: Parties, person: int, roles: frozenset[Role]) -> frozenset[Role]:
    lost: frozenset[Role] = frozenset()
    if person == parties.candidate_id or person in parties.conflicts:
        lost = JUDGING
    elif person in parties.chain:
        lost = COMMITTEE_WORK
    elif Role.GIVER in roles:
        lost = frozenset({Role.HR})
    kept = set(roles - lost)
    if Role.HR in roles & lost:
        kept.add(Role.INVOLVED_HR)
    if Role.MEMBER in roles & lost:
        kept.add(Role.CONFLICTED_MEMBER)
    if Role.CHAIR in roles & lost:
        kept.add(Role.CONFLICTED_CHAIR)
    if person in parties.members:
        kept.discard(Role.APPEALS)
    if person == parties.candidate_id:
        kept -= {Role.MANAGER, Role.SKIP_LEVEL}
    return frozenset(kept)


_LETTERS = {"-": Right.NONE, "r": Right.READ, "w": Right.WRITE, "a": Right.ACT}
_PHASES = tuple(Phase)


@cache
def granted(thing: str, role: Role, phase: Phase) -> Right:
    """Return what the grid grants one role on one kind of thing in one phase; raise KeyError for an unknown thing."""
    for letters, actors in GRID[thing].items():
        if role in actors.split():
            return _LETTERS[letters[_PHASES.index(phase)]]
    return Right.NONE


def can(need: Right, thing: str, roles: Iterable[Role], phase: Phase, conditions: frozenset[str] = frozenset()) -> bool:
    """Tell whether any of the roles has the right, given which conditions are met.

    Args:
        need: READ is also granted by WRITE; ACT and WRITE only by themselves.
        conditions: the names of conditions that are true now, e.g. `first_view_locked`.
    """
    for role in roles:
        condition = CONDITIONS.get((thing, role))
        if condition is not None and condition not in conditions:
            continue
        right = granted(thing, role, phase)
        if right is need or (need is Right.READ and right is Right.WRITE):
            return True
    return False


def can_read(thing: str, roles: Iterable[Role], phase: Phase, conditions: frozenset[str] = frozenset()) -> bool:
    """Tell whether any of the roles may read the thing."""
    return can(Right.READ, thing, roles, phase, conditions)
