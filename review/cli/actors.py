"""Who acts in a command that needs a person."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor, Role
from review.queries.people import find_person_named, find_role_holders


def find_hr(session: Session, words: str) -> Actor:
    """Return the HR partner with this e-mail, external id or whole name; raise UsageError where there is not one."""
    return _find(session, words, Role.HR)


def find_auditor(session: Session, words: str) -> Actor:
    """Return the auditor with this e-mail, external id or whole name; raise UsageError where there is not one."""
    return _find(session, words, Role.AUDITOR)


def find_anybody(session: Session, partner: Actor, words: str) -> int:
    """Return the number of the person so named for whom an HR partner can answer; raise UsageError for nobody."""
    from review.queries.privacy_requests import find_anybody_named

    found = find_anybody_named(session, partner, words)
    if found is None:
        raise click.UsageError(f"nobody for whom {partner.name} can answer is called {words}, or more than one person")
    return found


def _find(session: Session, words: str, role: Role) -> Actor:
    found = find_person_named(session, SYSTEM, words)
    holders = {each.person.id for each in find_role_holders(session, SYSTEM) if each.role == role}
    if found is None or found.id not in holders:
        raise click.UsageError(f"nobody with the role {role} is called {words}, or more than one person")
    return Actor(found.id, found.name, frozenset({role}))
