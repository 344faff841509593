"""Who holds a role in a case right now, to be told something."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import COMPANY_ROLES
from review.models import Case, Feedback, PanelScore, Person, RoleGrant, Seat
from review.queries.parties import find_parties

ACTIVE_SEATS = ("seated", "read", "voted")


def find_recipients(session: Session, case: Case, place: str, roles: Iterable[str]) -> tuple[int, ...]:
    """Return the numbers of those who hold any of the roles and are here, or asked from outside; conflicts left out.

    Args:
        place: a region of the case, or an item such as `feedback:12`, which narrows `giver` and `member` to its person.
    """
    parties = find_parties(session, case)
    out = parties.conflicts | parties.chain
    found: dict[int, None] = {}
    for role in _replace_manager(session, place, roles):
        people = _holders(session, case, place, role)
        barred = out if role in {"member", "chair", "hr", "executive", "appeals"} else frozenset()
        found.update(dict.fromkeys(person for person in people if person not in barred))
    can_be_told = sa.or_(Person.is_active, Person.is_external)
    active = set(session.scalars(sa.select(Person.id).where(Person.id.in_(found), can_be_told)))
    return tuple(person for person in found if person in active)


def find_external(session: Session, person_ids: Iterable[int]) -> frozenset[int]:
    """Return which of these people are from outside the company: their mails hold a link instead of a sign-in."""
    return frozenset(session.scalars(sa.select(Person.id).where(Person.id.in_(person_ids), Person.is_external)))


def find_giver(session: Session, place: str) -> int | None:
    """Return whom the request of a place such as `feedback:12` is asked of; None for any other place."""
    kind, _, number = place.partition(":")
    if kind != "feedback":
        return None
    return session.scalar(sa.select(Feedback.giver_id).where(Feedback.id == int(number)))


def _replace_manager(session: Session, place: str, roles: Iterable[str]) -> list[str]:
    """Return the roles with HR in the manager's place where a request is hidden from the manager."""
    kept = list(dict.fromkeys(roles))
    if "manager" not in kept or not place.startswith("feedback:"):
        return kept
    hidden = sa.select(Feedback.is_hidden_from_manager).where(Feedback.id == int(place.split(":")[1]))
    if not session.scalar(hidden):
        return kept
    return list(dict.fromkeys("hr" if role == "manager" else role for role in kept))


def _holders(session: Session, case: Case, place: str, role: str) -> list[int]:
    if role in COMPANY_ROLES:
        return list(session.scalars(sa.select(RoleGrant.person_id).where(RoleGrant.role == role)))
    if role in {"giver", "report"}:
        statement = sa.select(Feedback.giver_id).where(Feedback.case_id == case.id)
        if place.startswith("feedback:"):
            return list(session.scalars(statement.where(Feedback.id == int(place.split(":")[1]))))
        return list(session.scalars(statement.where(Feedback.state.in_(("asked", "writing")))))
    if role in {"member", "chair"}:
        seats = session.execute(
            sa.select(Seat.person_id, Seat.role).where(Seat.case_id == case.id, Seat.state.in_(ACTIVE_SEATS))
        ).all()
        return [person for person, seat_role in seats if role == "member" or seat_role == "chair"]
    if role == "panelist":
        return list(session.scalars(sa.select(PanelScore.person_id).where(PanelScore.case_id == case.id)))
    holder = {"candidate": case.candidate_id, "manager": case.manager_id, "second_rater": case.second_rater_id}[role]
    return [] if holder is None else [holder]
