"""The running cases in which a person has a role, with the roles they have: for many cases at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy.orm import Session

from review.domain.access import Actor, Parties, Role, roles_in
from review.domain.conflicts import Closeness, ConflictLevel, find_conflicts, people_at
from review.domain.feedback_sight import ASKING
from review.domain.values import dataclass
from review.domain.workflow import Definition
from review.queries.mirrors import REGION
from review.queries.own_case_rows import OwnRow, read_own_rows
from review.queries.own_part import select_part
from review.queries.parties import SOFT
from review.queries.pinned import find_definition

MOST_POLICIES = 64
GIVEN_UP = ("recused", "replaced")
SIGNERS = ("executive",)
"""Roles that are only asked in workflows which name them."""


@dataclass(frozen=True)
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
    """Return the running cases in which the actor has a role; as many statements for any number of cases."""
    found: dict[int, list[OwnRow]] = defaultdict(list)
    for row in read_own_rows(session, actor):
        found[row.id].append(row)
    read_places, near = cache(_read_places), _find_near(session, actor)
    cases = (
        _own(session, records, read_places(records[0].places), _without_near(actor, near, number))
        for number, records in found.items()
    )
    return tuple(case for case in cases if case.roles)


def _find_near(session: Session, actor: Actor) -> Mapping[int, frozenset[int]]:
    """Return the cases that each HR partner for whom the actor acts is part of or close to; a statement for each."""
    lenders = [] if actor.has(Role.HR) else [who for who, lent in actor.delegators.items() if Role.HR in lent]
    return {who: frozenset(session.scalars(select_part(who))) for who in lenders}


def _without_near(actor: Actor, near: Mapping[int, frozenset[int]], case_id: int) -> Actor:
    """Return the actor without the HR work that is lent by somebody who has none in this case."""
    bare = {who: actor.delegators[who] - {Role.HR} for who, numbers in near.items() if case_id in numbers}
    return replace(actor, delegators={**actor.delegators, **bare}) if bare else actor


def _read_places(written: str | None) -> tuple[Mapping[str, str], Mapping[str, datetime | None]]:
    """Return where a case stands and until when, by region; most cases of a cycle have both alike."""
    places = json.loads(written or "[]")
    due = {region: datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None for region, _, at in places}
    return {region: state for region, state, _ in places}, due


def _own(session: Session, records: list[OwnRow], places: tuple[Any, Any], actor: Actor) -> OwnCase:
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


def _parties(records: list[OwnRow], definition: Definition, actor: Actor) -> Parties:
    """Return who is who in a case as far as this actor, and those they act for, have a part in it."""
    record, me = records[0], actor.person_id or 0
    declared: dict[int, set[str]] = defaultdict(set)
    for each in records:
        if each.declared_by and each.declared_kind:
            declared[each.declared_by].add(each.declared_kind)
    near = record.is_below or record.is_above or record.manager_id == me
    closeness = Closeness(
        candidate_id=record.candidate_id,
        chain_ids=frozenset({me} if near else ()),
        former_manager_ids=frozenset({me} if record.was_manager and record.manager_id != me else ()),
        nominator_id=record.nominated_by_id,
        giver_ids=frozenset({me} if record.has_answered else ()),
        second_rater_id=record.second_rater_id,
        rival_ids=frozenset({me} if record.is_rival else ()),
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
