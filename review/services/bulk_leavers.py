"""Cases of candidates who have left: withdrawn in their place, as far as the workflow would have let them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotAllowed, TransitionRefused
from review.domain.text import text
from review.queries.standing import Standing
from review.services.transitions import Fired, make_move

CANDIDATE = frozenset({str(Role.CANDIDATE)})


def withdraw_leaver(session: Session, standing: Standing, action: str, *, actor: Actor, now: datetime) -> Fired:
    """Withdraw a locked case whose candidate has left, on their behalf, by an action that only they have.

    Raises NotAllowed for who is not HR of this case, TransitionRefused while the candidate works here.
    """
    if Role.HR not in standing.roles:
        raise NotAllowed(text("Only an HR partner withdraws cases of people who have left"), is_known=True)
    if standing.candidate.is_active:
        raise TransitionRefused([text("The candidate works here; only they withdraw")])
    acting = replace(actor, on_behalf_of=standing.case.candidate_id)
    return make_move(session, standing, action, CANDIDATE, acting=acting, now=now)
