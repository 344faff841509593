"""Asking for feedback: proposing people, asking direct reports, approving and taking requests back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.evidence_draft import too_long
from review.domain.feedback_request import PEER, UPWARD, find_decisions
from review.domain.giver_load import read_limits
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.writing import clean
from review.models import Feedback, Person
from review.queries.askable import (
    DECIDERS,
    find_obstacle_to_person,
    find_obstacles_to_asking,
    find_obstacles_to_reports,
    find_reports,
    is_visible,
)
from review.queries.giver_load import measure_loads
from review.queries.standing import Standing, lock_standing
from review.services.feedback_notices import KNOWN_TO_GIVER, tell_cancelled
from review.services.request_keys import claim
from review.services.transitions import fire_item, open_item

MOST_AT_ONCE = 10
MOST_NOTE = 500
DECISIONS = frozenset({"approve", "reject", "cancel"})


@dataclass(frozen=True)
class Proposal:
    """Whom to ask, a line to them, and the criteria asked about (none: all).

    `is_hidden_from_manager` is for HR alone. `asks_full` says that people who are full are asked all the same.
    """

    giver_ids: tuple[int, ...]
    note: str = ""
    criteria: tuple[str, ...] = ()
    is_hidden_from_manager: bool = False
    asks_full: bool = False


def propose_givers(
    session: Session,
    case_id: int,
    proposal: Proposal,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> tuple[Feedback, ...]:
    """Propose people as the candidate, or ask them at once as manager or HR; all of them or none.

    Raises:
        NotFound: the actor may not see whom a case asks.
        NotAllowed: the actor may only read.
        TransitionRefused: nobody can be asked now.
        Invalid: every person who cannot be asked, by name, and what else is wrong.
    """
    standing = lock_for_asking(session, case_id, actor, now)
    if not claim(session, request_key, actor=actor, now=now):
        return ()
    refuse_for(find_obstacles_to_asking(standing))
    note = clean(proposal.note).strip()
    people = tuple(dict.fromkeys(proposal.giver_ids))
    faults = [*_faults_of_form(standing, proposal, note), *_faults_of_people(session, standing, people)]
    faults += _faults_of_load(session, standing, proposal)
    if faults:
        raise Invalid(faults)
    functions = dict(session.execute(sa.select(Person.id, Person.function).where(Person.id.in_(people))).all())
    requests = [
        Feedback(
            giver_id=person,
            kind=PEER,
            function=functions[person],
            note=note,
            criteria=list(proposal.criteria),
            is_hidden_from_manager=proposal.is_hidden_from_manager,
        )
        for person in people
    ]
    return tuple(open_request(session, standing, request, now) for request in requests)


def ask_direct_reports(
    session: Session, case_id: int, *, actor: Actor, now: datetime, request_key: str | None = None
) -> tuple[Feedback, ...]:
    """Ask all direct reports of a people manager for upward feedback at once; those asked as colleagues are left out.

    Raises NotFound, NotAllowed, and TransitionRefused where there are too few of them or they have been asked.
    """
    standing = lock_for_asking(session, case_id, actor, now)
    if not standing.roles & DECIDERS:
        raise NotAllowed(text("Only the manager or HR asks direct reports"), is_known=True)
    if not claim(session, request_key, actor=actor, now=now):
        return ()
    reports = find_reports(session, standing.case.candidate_id)
    listed = set(session.scalars(sa.select(Feedback.giver_id).where(Feedback.case_id == case_id)))
    free = sorted(reports - listed - {standing.case.manager_id or 0})
    refuse_for(find_obstacles_to_reports(standing, len(free)))
    functions = dict(session.execute(sa.select(Person.id, Person.function).where(Person.id.in_(free))).all())
    return tuple(
        open_request(session, standing, Feedback(giver_id=person, kind=UPWARD, function=functions[person]), now)
        for person in free
    )


def decide_request(
    session: Session,
    case_id: int,
    feedback_id: int,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    request_key: str | None = None,
) -> Feedback:
    """Approve a request, refuse it with a reason, or take it back, as manager or HR.

    Raises NotFound for a request that the actor does not see, NotAllowed, TransitionRefused, Invalid without a reason.
    """
    standing = lock_for_asking(session, case_id, actor, now)
    row = session.get(Feedback, feedback_id)
    if row is None or row.case_id != case_id or not is_visible(standing, row) or action not in DECISIONS:
        raise NotFound
    if not standing.roles & DECIDERS:
        raise NotAllowed(text("Only the manager or HR decides whom to ask"), is_known=True)
    if not claim(session, request_key, actor=actor, now=now):
        return row
    if action not in find_decisions(row.state, row.kind, can_see_authors=Role.HR in standing.roles):
        raise TransitionRefused([_why_not(row)])
    if action == "approve":
        refuse_for(find_obstacles_to_asking(standing))
    before, words = row.state, clean(note).strip()
    if len(words) > MOST_NOTE:
        raise Invalid([too_long("note", words, MOST_NOTE)])
    fire_item(session, case_id, row, action, actor=actor, now=now, note=words)
    if action == "reject":
        row.refusal = words
    if action == "cancel" and before in KNOWN_TO_GIVER:
        tell_cancelled(session, row, now=now)
    session.flush()
    return row


def lock_for_asking(session: Session, case_id: int, actor: Actor, now: datetime) -> Standing:
    """Lock a case for whoever may propose or ask; raise NotFound, NotAllowed, or TransitionRefused after the seal."""
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_read("feedback.proposals"):
        raise NotFound
    if not standing.may_write("feedback.proposals"):
        refuse_for(find_obstacles_to_asking(standing))
        raise NotAllowed(text("You may see whom this case asks, not change it"), is_known=True)
    return standing


def open_request(session: Session, standing: Standing, row: Feedback, now: datetime) -> Feedback:
    """Put a request on the list; one of the manager or HR is asked at once."""
    case_id, actor = standing.case.id, standing.actor
    row.proposed_by_id = actor.person_id
    open_item(session, case_id, row, actor=actor, now=now, kind_detail=row.kind)
    if standing.roles & DECIDERS:
        fire_item(session, case_id, row, "approve", actor=actor, now=now)
    return row


def refuse_for(reasons: tuple[Text, ...]) -> None:
    """Raise TransitionRefused where there are reasons."""
    if reasons:
        raise TransitionRefused(reasons)


def _faults_of_form(standing: Standing, proposal: Proposal, note: str) -> list[Fault]:
    faults = []
    if not proposal.giver_ids:
        faults.append(Fault(text("Choose at least one person"), field="people"))
    if len(proposal.giver_ids) > MOST_AT_ONCE:
        faults.append(Fault(text("At most %(most)s people at once", most=MOST_AT_ONCE), field="people"))
    if len(note) > MOST_NOTE:
        faults.append(too_long("note", note, MOST_NOTE))
    if set(proposal.criteria) - {criterion.id for criterion in standing.criteria}:
        faults.append(Fault(text("The target level asks nothing of this name"), field="criteria"))
    if proposal.is_hidden_from_manager and Role.HR not in standing.roles:
        faults.append(Fault(text("Only HR may ask somebody without the manager"), field="is_hidden"))
    return faults


def _faults_of_people(session: Session, standing: Standing, people: tuple[int, ...]) -> list[Fault]:
    """Say of each person who cannot be asked why, as far as the actor may know.

    Somebody on the list whom the actor does not see is refused in the words that a declared conflict gets, so that
    the refusal tells neither.
    """
    if not people:
        return []
    case_id = standing.case.id
    names = dict(
        session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(people), Person.is_active)).all()
    )
    listed = {row.giver_id: row for row in session.scalars(sa.select(Feedback).where(Feedback.case_id == case_id))}
    reports = find_reports(session, standing.case.candidate_id)
    faults = []
    for person in people:
        if person not in names:
            faults.append(Fault(text("Somebody you chose is not here any more"), field="people"))
            continue
        row = listed.get(person)
        seen = row if row is not None and is_visible(standing, row) else None
        why = find_obstacle_to_person(standing, person, seen, reports)
        if why is None and (row is not None or person in standing.parties.conflicts):
            why = text("Cannot be asked in this case; choose somebody else")
        if why is not None:
            faults.append(Fault(text("%(name)s: %(why)s", name=names[person], why=why), field="people"))
    return faults


def _faults_of_load(session: Session, standing: Standing, proposal: Proposal) -> list[Fault]:
    """Say who is full, unless that is accepted with a tick."""
    if proposal.asks_full:
        return []
    limits = read_limits(standing.cycle.policy)
    loads = measure_loads(session, proposal.giver_ids, limits, but_for_case=standing.case.id)
    full = [person for person, load in loads.items() if load.is_full]
    if not full:
        return []
    names = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(full)).order_by(Person.name))
    expected = text("somebody with more time, or a tick that you ask all the same")
    return [
        Fault(text("%(name)s is full: %(why)s", name=name, why=loads[person].why or ""), expected, field="asks_full")
        for person, name in names
    ]


def _why_not(row: Feedback) -> Text:
    if row.kind == UPWARD:
        return text("Direct reports are asked all together; one alone cannot be taken out")
    return text("This request has gone too far for that")
