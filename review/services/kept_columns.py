"""Columns kept for lists, written anew: for a database whose triggers were missing or went around for a while."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.workflow import MAIN
from review.models import Case, CaseToken, Feedback, Person, make_triggers


def write_kept_columns(session: Session) -> None:
    """Make the triggers anew, and write into cases and requests what they repeat; what is right stays as it is.

    It repeats what is there and says nothing new, so the trail has no event of it.
    """
    make_triggers(session.connection())
    words = Case.code + " " + Person.name + " " + Person.title + " " + Person.function
    sought = sa.select(sa.func.lower(words)).where(Person.id == Case.candidate_id).scalar_subquery()
    is_main = (CaseToken.case_id == Case.id, CaseToken.region == MAIN)
    due_at = sa.select(CaseToken.due_at).where(*is_main).scalar_subquery()
    cycle_id = sa.select(Case.cycle_id).where(Case.id == Feedback.case_id).scalar_subquery()
    for column, value in ((Case.sought, sought), (Case.due_at, due_at), (Feedback.cycle_id, cycle_id)):
        write = sa.update(column.class_).where(column.is_distinct_from(value)).values({column: value})
        session.execute(write.execution_options(synchronize_session=False))
