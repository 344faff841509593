"""Taking over a make-up of the committees: members and cases in one transaction, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Invalid, NotAllowed, TransitionRefused
from review.domain.make_up import Place, Proposal, Situation, find_make_up_faults
from review.domain.make_up_below import NewBelow, find_new_below, say_new_below
from review.domain.make_up_cases import propose_make_up
from review.domain.text import text
from review.domain.values import dataclass
from review.models import Case
from review.queries.cycles import lock_cycle
from review.queries.make_up import MOVABLE, Asked, MakeUp, load_make_up
from review.services import audit
from review.services.committees import create_committee, drop_member, remove_member, set_member
from review.services.committees_below import note_given, note_placed, require_reason


@dataclass(frozen=True)
class Chosen:
    """A make-up as HR left it on the page: places, the committee of each case, names of new committees.

    `seen` is the word of the situation it was made from; `why` a BelowReason, where somebody comes to judge a case
    below whose target level they stand.
    """

    places: tuple[Place, ...]
    cases: Mapping[int, int | None]
    names: Mapping[int, str]
    seen: str
    why: str = ""


@dataclass(frozen=True)
class TakenOver:
    """How much a make-up has changed."""

    members: int
    cases: int


def take_over_make_up(
    session: Session, cycle_id: int, asked: Asked, chosen: Chosen, *, actor: Actor, now: datetime
) -> TakenOver:
    """Write a make-up: new committees, who is on each, which case goes where; each change is in the trail.

    Raises:
        NotAllowed: not an HR partner.
        TransitionRefused: something that matters has changed since the page was shown.
        Invalid: the make-up breaks what none may break; or, with a fault at FIELD, a reason is needed and not there.
    """
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner sets up committees"))
    lock_cycle(session, cycle_id)
    cases = _lock_cases(session, cycle_id)
    made = load_make_up(session, cycle_id, asked, actor)
    if made.seen != chosen.seen:
        raise TransitionRefused([text("Members, conflicts or cases have changed since; look at the new proposal")])
    if faults := find_make_up_faults(made.situation, chosen.places, chosen.cases):
        raise Invalid(faults)
    below = find_new_below(made.situation, chosen.places, chosen.cases)
    require_reason(chosen.why, *say_new_below(made.situation, below))
    proposal = propose_make_up(made.situation)
    numbers = _create(session, cycle_id, made, chosen, actor=actor, now=now)
    members = _seat(session, made, chosen, numbers, actor=actor, now=now)
    moved = _assign(session, made.situation, chosen, proposal, cases=cases, numbers=numbers, actor=actor, now=now)
    _note_below(session, below, numbers, chosen.why, actor=actor, now=now)
    wish = made.situation.wish
    detail = {"seed": wish.seed, "size": wish.size, "most": made.situation.most, "members": members, "cases": moved}
    audit.record(
        session, "committee.make_up", actor=actor, now=now, subject_type="cycle", subject_id=cycle_id, detail=detail
    )
    return TakenOver(members, moved)


def _note_below(
    session: Session, below: Iterable[NewBelow], numbers: Mapping[int, int], why: str, *, actor: Actor, now: datetime
) -> None:
    """Keep who judges below a target from now on, and why, as placing one by one does."""
    placed: Counter[tuple[int, int]] = Counter()
    for each in below:
        committee = numbers[each.committee]
        if each.is_given:
            note_given(session, each.case_id, committee, each.people, why, actor=actor, now=now)
        else:
            placed.update((committee, person) for person in each.people)
    for (committee, person), count in placed.items():
        note_placed(session, committee, person, count, why, actor=actor, now=now)


def _lock_cases(session: Session, cycle_id: int) -> dict[int, Case]:
    """Lock what may still be moved: no packet is sealed meanwhile."""
    rows = session.scalars(
        sa.select(Case)
        .where(Case.cycle_id == cycle_id, Case.phase.in_(MOVABLE), Case.closed_at.is_(None))
        .order_by(Case.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {case.id: case for case in rows}


def _create(
    session: Session, cycle_id: int, made: MakeUp, chosen: Chosen, *, actor: Actor, now: datetime
) -> dict[int, int]:
    """Set up the new committees that somebody sits on; return the number of each committee."""
    numbers = {number: number for number in made.situation.names if number > 0}
    wanted = {each.committee for each in chosen.places}
    for number, name in made.situation.names.items():
        if number < 0 and number in wanted:
            new = chosen.names.get(number, "").strip() or name
            numbers[number] = create_committee(session, cycle_id, new, actor=actor, now=now).id
    return numbers


def _seat(
    session: Session, made: MakeUp, chosen: Chosen, numbers: Mapping[int, int], *, actor: Actor, now: datetime
) -> int:
    """Take off who is no longer on a committee, then put on who is new or has another part; return how many."""
    before = {(each.committee, each.person_id): each.part for each in made.situation.places}
    after = {(numbers[each.committee], each.person_id): each.part for each in chosen.places}
    for committee, person in sorted(before.keys() - after.keys()):
        leave = drop_member if person in made.gone else remove_member
        leave(session, committee, person, actor=actor, now=now)
    changed = {key: part for key, part in after.items() if before.get(key) != part}
    for (committee, person), part in changed.items():
        set_member(session, committee, person, str(part), actor=actor, now=now)
    return len(changed) + len(before.keys() - after.keys())


def _assign(
    session: Session,
    situation: Situation,
    chosen: Chosen,
    proposal: Proposal,
    *,
    cases: Mapping[int, Case],
    numbers: Mapping[int, int],
    actor: Actor,
    now: datetime,
) -> int:
    proposed = {each.case_id: each.committee for each in proposal.cases}
    entries = []
    for facts in situation.cases:
        if facts.is_sealed:
            continue
        wanted = chosen.cases.get(facts.id)
        committee = None if wanted is None else numbers[wanted]
        case = cases[facts.id]
        if case.committee_id == committee:
            continue
        detail = {"before": case.committee_id, "after": committee, "by_hand": wanted != proposed.get(facts.id)}
        case.committee_id = committee
        entries.append(audit.Entry("case.assign_committee", case_id=case.id, detail=detail))
    audit.record_all(session, entries, actor=actor, now=now)
    return len(entries)
