"""Who may change people: the table of rights, and on whose behalf."""

from __future__ import annotations

from review.domain.access import Actor, Right, Role
from review.domain.delegation import acting_as
from review.domain.errors import NotAllowed
from review.domain.text import text
from review.queries.people import may


def keeper(actor: Actor) -> Actor:
    """Give the actor as keeper of the directory, saying on whose behalf; raise NotAllowed for anybody else."""
    acting = acting_as(actor, Role.HR, Role.IT_ADMIN)
    if acting is None or not may(actor, Right.WRITE, "directory"):
        raise NotAllowed(text("Only HR and those who run the installation may change the directory."), is_known=True)
    return acting


def role_keeper(actor: Actor) -> Actor:
    """Give the actor as keeper of roles; raise NotAllowed for anybody else."""
    acting = acting_as(actor, Role.IT_ADMIN)
    if acting is None or not may(actor, Right.WRITE, "roles"):
        raise NotAllowed(text("Only those who run the installation may change roles."), is_known=True)
    return acting
