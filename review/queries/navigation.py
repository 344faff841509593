"""Which jobs a person has: the parts of the navigation, as columns of the statement that finds who is signed in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from review.domain.values import dataclass
from review.models import Case, CommitteeMember, Feedback, Person
from review.queries.fixed_words import fixed
from review.queries.people_words import is_here

TO_WRITE = ("asked", "writing")
NEVER_ASKED = ("proposed", "rejected", "cancelled")


@dataclass(frozen=True)
class Jobs:
    """Which parts of the navigation a person has, with how many things wait in them."""

    own_case_id: int | None
    asked: int
    has_been_asked: bool
    has_reports: bool
    is_on_committee: bool


def job_columns(me: Any) -> tuple[sa.ColumnElement[Any], ...]:
    """Return the fields of Jobs, in their order, for the person with this number."""
    report = aliased(Person)
    own = sa.select(sa.func.max(Case.id)).where(Case.candidate_id == me)
    asked = sa.select(sa.func.count()).where(Feedback.giver_id == me, Feedback.state.in_(fixed(TO_WRITE)))
    return (
        own.scalar_subquery(),
        asked.scalar_subquery(),
        sa.exists().where(Feedback.giver_id == me, Feedback.state.not_in(fixed(NEVER_ASKED))),
        sa.exists().where(report.manager_id == me, is_here(report)),
        sa.exists().where(CommitteeMember.person_id == me),
    )
