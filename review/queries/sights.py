"""What one actor may read of many cases at once: the same as Standing says of each, in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Parties, Right, Role, can, roles_in
from review.domain.conflicts import ConflictLevel, people_at
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import CommitteeMember, Feedback, Seat
from review.queries.closeness import AnyCase, Conflicts, find_conflicts_of, find_managers_above
from review.queries.facts import ABLE_TO_VOTE
from review.queries.many_numbers import is_among
from review.queries.parties import ASKED_STATES, SOFT, members_of
from review.queries.pinned import load_definition

COMMITTEE = frozenset({Role.MEMBER, Role.CHAIR, Role.HR})


@dataclass(frozen=True)
class Sight:
    """One case as one actor may read it, by what they are in its committee's work: member, chair or HR alone.

    `is_recused`: they gave their own seat up; a vote taken away by the rules alone does not count as that. `voters`
    holds who may vote by seat, `shut` the seats that may not.
    """

    roles: frozenset[Role]
    phase: Phase
    conflicts: Conflicts
    is_recused: bool
    voters: Mapping[int, int]
    shut: Collection[int]

    def may_read(self, thing: str) -> bool:
        """Tell whether the actor may read this object of the grid in this case now."""
        return not self.is_recused and _can_read(thing, self.roles, self.phase)


@dataclass(slots=True)
class _Seated:
    """Who is on the committee of a case, who gave their seat up, and the seats that may vote or not."""

    members: dict[int, str]
    recused: set[int] = field(default_factory=set)
    voters: dict[int, int] = field(default_factory=dict)
    shut: list[int] = field(default_factory=list)


@cache
def _can_read(thing: str, roles: frozenset[Role], phase: Phase) -> bool:
    """Ask the grid once for all cases of one phase."""
    return can(Right.READ, "case.existence", roles, phase) and can(Right.READ, thing, roles, phase)


def load_sights(
    session: Session, cases: Sequence[AnyCase], levels: Mapping[int, Mapping[str, str]], actor: Actor
) -> dict[int, Sight]:
    """Return, case by case, what the actor may read of it.

    Args:
        levels: cycle id -> conflict kind -> level, from the cycles' policies.
    """
    found = find_conflicts_of(session, cases, levels)
    above = find_managers_above(session, [case.candidate_id for case in cases])
    seated = _members(session, cases)
    givers = _givers(session, cases)
    sights = {}
    for case in cases:
        needs_sign_off = "executive" in load_definition(session, case.workflow_version_id).roles
        parties = _parties(
            case,
            found[case.id],
            above[case.candidate_id],
            members=seated[case.id].members,
            givers=givers[case.id],
            needs_sign_off=needs_sign_off,
        )
        me = actor.person_id or 0
        sights[case.id] = Sight(
            roles=roles_in(parties, actor) & COMMITTEE,
            phase=Phase(case.phase),
            conflicts=found[case.id],
            is_recused=me in seated[case.id].recused and me not in parties.muted,
            voters=seated[case.id].voters,
            shut=seated[case.id].shut,
        )
    return sights


def _parties(
    case: AnyCase,
    found: Conflicts,
    above: frozenset[int],
    *,
    members: Mapping[int, str],
    givers: Iterable[int],
    needs_sign_off: bool,
) -> Parties:
    out = people_at(found, ConflictLevel.OUT)
    hard = frozenset(p for p in out if any(lv is ConflictLevel.OUT and k not in SOFT for k, lv in found[p].items()))
    return Parties(
        candidate_id=case.candidate_id,
        manager_id=case.manager_id,
        skip_level_ids=above - {case.manager_id or 0},
        second_rater_id=case.second_rater_id,
        giver_ids=frozenset(givers),
        members=members,
        conflicts=hard,
        chain=out - hard,
        muted=people_at(found, ConflictLevel.NO_VOTE),
        is_appealed=case.state == "appeal",
        needs_sign_off=needs_sign_off,
    )


def _members(session: Session, cases: Sequence[AnyCase]) -> dict[int, _Seated]:
    """Return who is on each case's committee or holds a seat on it; two statements."""
    on: dict[int, dict[int, str]] = defaultdict(dict)
    rows = session.execute(
        sa.select(CommitteeMember.committee_id, CommitteeMember.person_id, CommitteeMember.role).where(
            is_among(CommitteeMember.committee_id, {case.committee_id for case in cases if case.committee_id})
        )
    )
    for committee, person, role in rows:
        on[committee][person] = role
    seated = {case.id: _Seated({}) for case in cases}
    seat = sa.inspect(Seat).local_table.c
    seats = sa.select(seat.id, seat.case_id, seat.person_id, seat.role, seat.state, seat.opened_at.is_not(None)).where(
        is_among(seat.case_id, [case.id for case in cases])
    )
    for number, case_id, person, role, state, has_opened in session.execute(seats).all():
        here = seated[case_id]
        if state != "replaced":
            here.members[person] = role
        if state == "recused":
            here.recused.add(person)
        if has_opened and state in ABLE_TO_VOTE:
            here.voters[number] = person
        else:
            here.shut.append(number)
    for case in cases:
        here = seated[case.id]
        here.members = members_of(case.phase, on[case.committee_id or 0], here.members)
    return seated


def _givers(session: Session, cases: Sequence[AnyCase]) -> dict[int, set[int]]:
    givers: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        sa.select(Feedback.case_id, Feedback.giver_id).where(
            is_among(Feedback.case_id, [case.id for case in cases]), Feedback.state.in_(ASKED_STATES)
        )
    )
    for case_id, giver in rows:
        givers[case_id].add(giver)
    return givers
