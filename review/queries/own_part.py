"""Cases that somebody is part of or close to, as one condition for the lists that HR and others page through."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm

from review.models import Case, Conflict, Employment, Feedback, Person
from review.queries.parties import ASKED_STATES


def is_part_of(person_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a case is one's own, of somebody below or above, declared, or one was asked in it.

    `person_id` is a number, None for nobody, or a parameter of a statement that is built once.
    The same people lose their HR work on one case by roles_in(); a list leaves these cases out.
    """
    me = sa.orm.aliased(Person)
    below: Any = sa.select(Person.id).where(Person.manager_id == person_id).cte("below", recursive=True)
    below = below.union(sa.select(Person.id).where(Person.manager_id == below.c.id))
    above = sa.exists().where(me.id == person_id, me.manager_id == Case.candidate_id)
    declared = sa.exists().where(Conflict.case_id == Case.id, Conflict.person_id == person_id)
    asked = sa.exists().where(
        Feedback.case_id == Case.id, Feedback.giver_id == person_id, Feedback.state.in_(ASKED_STATES)
    )
    managed = sa.exists().where(
        Employment.person_id == Case.candidate_id,
        Employment.manager_id == person_id,
        Employment.until_on >= sa.func.date(Case.created_at),
    )
    return sa.or_(
        Case.candidate_id == person_id, Case.candidate_id.in_(sa.select(below.c.id)), above, declared, asked, managed
    )
