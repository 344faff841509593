"""Who can be asked for feedback in a case now, whom a reader sees on the list, and why not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.feedback_request import UPWARD, request_words
from review.domain.giver_contract import read_terms
from review.domain.phase import Phase
from review.domain.text import Text, plural, text
from review.domain.workflow import MAIN
from review.models import Feedback, Person
from review.queries.standing import Standing, load_standing

REGION = "feedback"
DECIDERS = frozenset({Role.MANAGER, Role.HR})


def find_obstacles_to_asking(standing: Standing) -> tuple[Text, ...]:
    """Return why nobody can be proposed or asked now; empty when it is possible."""
    if standing.phase is Phase.DRAFT:
        return (text("People can be asked once HR has confirmed the nomination"),)
    if standing.phase is not Phase.COLLECTING:
        return (text("Nobody is asked any more: the packet is sealed or the case has ended"),)
    tokens = standing.facts.tokens
    machine = standing.definition.states[tokens[MAIN]].regions.get(REGION)
    if machine is not None and tokens[REGION] != machine.initial:
        return (text("Feedback is closed; the manager or HR can open it again"),)
    return ()


def is_visible(standing: Standing, row: Feedback) -> bool:
    """Tell whether the actor sees a request: the candidate their own proposals, a manager none that HR hides."""
    return sees_request(standing, row.proposed_by_id, is_hidden=row.is_hidden_from_manager)


def sees_request(standing: Standing, proposed_by_id: int | None, *, is_hidden: bool) -> bool:
    """Tell the same of a request of which this is known: who proposed it, and whether HR hides it from the manager."""
    if not standing.may_read("feedback.proposals"):
        return False
    if is_hidden and Role.MANAGER in standing.roles:
        return False
    if standing.roles & DECIDERS or Role.CHAIR in standing.roles:
        return True
    return proposed_by_id == standing.case.candidate_id


def find_case_of_request(session: Session, actor: Actor, feedback_id: int, *, now: datetime) -> int:
    """Return the case of a request that the actor sees on its list; raise NotFound for any other."""
    row = session.get(Feedback, feedback_id)
    if row is None or not is_visible(load_standing(session, row.case_id, actor, now=now), row):
        raise NotFound
    return row.case_id


def find_reports(session: Session, person_id: int) -> frozenset[int]:
    """Return who reports directly to a person and is here."""
    statement = sa.select(Person.id).where(Person.manager_id == person_id, Person.is_active)
    return frozenset(session.scalars(statement))


def find_obstacles_to_reports(standing: Standing, count: int) -> tuple[Text, ...]:
    """Return why the direct reports cannot be asked now."""
    reasons = list(find_obstacles_to_asking(standing))
    floor = read_terms(standing.cycle.policy, candidate="", kind=UPWARD, is_hidden_from_manager=False).floor
    if count < floor:
        reasons.append(
            plural(
                "There is %(count)s direct report; answers are shown only from %(floor)s on",
                "There are %(count)s direct reports; answers are shown only from %(floor)s on",
                count,
                floor=floor,
            )
        )
    if any(fact.kind == UPWARD for fact in standing.facts.feedback):
        reasons.append(text("The direct reports have been asked"))
    return tuple(reasons)


def find_obstacle_to_person(
    standing: Standing, person_id: int, listed: Feedback | None, reports: Iterable[int]
) -> Text | None:
    """Return why one person cannot be asked, as far as the actor may know; `listed` is their request if it is seen."""
    if person_id == standing.actor.person_id:
        return text("You cannot ask yourself")
    if person_id == standing.case.candidate_id:
        return text("This is the candidate")
    if person_id == standing.case.manager_id:
        return text("The manager rates this case and is not asked")
    if person_id in reports:
        return text("Direct reports are asked all together, or none")
    if listed is not None:
        return text("On the list already: %(state)s", state=request_words(listed.state, standing.phase))
    return None
