"""How far a request for feedback is, where who was asked may have left: nobody waits for them any more.

Whether somebody who said yes has finished is for few to know, so leaving alone never tells it: until feedback is closed
their yes reads as before to everybody else.
"""

from __future__ import annotations

import sqlalchemy as sa

from review.domain.feedback_request import LEFT, SAID_YES
from review.models import Feedback, Person


def has_left() -> sa.ColumnElement[bool]:
    """Return the condition that the giver, joined as Person, has left; who is asked from outside never worked here."""
    return sa.and_(~Person.is_active, ~Person.is_external)


def request_state() -> sa.ColumnElement[str]:
    """Return the state of a request; LEFT where its giver, joined as Person, has left without a word."""
    return sa.case((sa.and_(has_left(), Feedback.state == "asked"), LEFT), else_=Feedback.state)


def counts_no_more(state: str, *, may_count: bool) -> bool:
    """Tell whether a request of somebody who has left covers nothing any more, as far as the reader may know.

    Args:
        may_count: whether the reader may know who has finished.
    """
    if may_count:
        return state in ("proposed", "asked", LEFT, "writing")
    return state in ("proposed", "asked", LEFT, *SAID_YES)
