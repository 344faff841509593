"""Cases by the thousand: copies of one case with its candidate and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Base, Case, CaseToken, Cycle, CycleDate, CycleWorkflow, Person

EXPORTED = 5_000


def found_many(session: Session, pattern: Case, managers: Sequence[int]) -> int:
    """Open a second cycle with thousands of copies of a case, for an export to be measured on; return its number."""
    cycle_id = open_alike(session, pattern.cycle_id, "B2", EXPORTED)
    unlike: dict[str, Any] = {"cycle_id": cycle_id, "committee_id": None}
    cases = [
        {**unlike, "code": f"B2-{place + 1}", "manager_id": managers[place % len(managers)]}
        for place in range(EXPORTED)
    ]
    copy_cases(session, pattern, "Exported", cases)
    return cycle_id


def open_alike(session: Session, pattern_id: int, code: str, count: int) -> int:
    """Open a cycle like another one, for so many cases; return its number."""
    cycle_id = copy_row(session, Cycle, Cycle.id == pattern_id, [{"code": code, "case_count": count}])[0]
    copy_row(session, CycleWorkflow, CycleWorkflow.cycle_id == pattern_id, [{"cycle_id": cycle_id}])
    for name in session.scalars(sa.select(CycleDate.name).where(CycleDate.cycle_id == pattern_id)).all():
        day = sa.and_(CycleDate.cycle_id == pattern_id, CycleDate.name == name)
        copy_row(session, CycleDate, day, [{"cycle_id": cycle_id}])
    return cycle_id


def copy_cases(
    session: Session, pattern: Case, title: str, cases: Sequence[dict[str, Any]], *, first: int = 1
) -> list[int]:
    """Copy a case with its candidate and its places in the workflow; return the numbers of the copies.

    Args:
        title: of the candidates, who are numbered from `first` on and report to nobody.
        cases: what is unlike the pattern, with a code of its own for each.
    """
    people = [
        {"external_id": f"of-{case['code']}", "name": f"{title} {number:02d}", "email": None, "manager_id": None}
        for number, case in enumerate(cases, first)
    ]
    candidates = copy_row(session, Person, Person.id == pattern.candidate_id, people)
    unlike = [{**case, "candidate_id": candidate} for case, candidate in zip(cases, candidates, strict=True)]
    copied = copy_row(session, Case, Case.id == pattern.id, unlike)
    for region in session.scalars(sa.select(CaseToken.region).where(CaseToken.case_id == pattern.id)).all():
        place = sa.and_(CaseToken.case_id == pattern.id, CaseToken.region == region)
        copy_row(session, CaseToken, place, [{"case_id": case_id} for case_id in copied])
    return copied


def copy_row(session: Session, model: type[Base], which: Any, changes: Sequence[dict[str, Any]]) -> list[int]:
    """Put a row's copies beside it, each with its changes; return their numbers in order."""
    kept: Any = model.__table__
    row = session.execute(sa.select(kept).where(which).limit(1)).one()
    shared = {name: value for name, value in row._mapping.items() if name != "id"}
    insert = sa.insert(kept).returning(kept.c.id, sort_by_parameter_order=True)
    return list(session.scalars(insert, [{**shared, **each} for each in changes]))
