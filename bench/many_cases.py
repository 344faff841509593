"""A second cycle with thousands of cases: what an export for a spreadsheet is measured on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Base, Case, CaseToken, Cycle, CycleWorkflow, Person

EXPORTED = 5_000


def found_many(session: Session, pattern: Case) -> int:
    """Copy a case with its candidate and its places in the workflow so many times; return their cycle's number."""
    cycle_id = _copy(session, Cycle, Cycle.id == pattern.cycle_id, [{"code": "B2", "case_count": EXPORTED}])[0]
    _copy(session, CycleWorkflow, CycleWorkflow.cycle_id == pattern.cycle_id, [{"cycle_id": cycle_id}])
    numbers = range(1, EXPORTED + 1)
    people = [{"external_id": f"e{number}", "name": f"Exported {number}", "manager_id": None} for number in numbers]
    candidates = _copy(session, Person, Person.id == pattern.candidate_id, people)
    unlike = {"cycle_id": cycle_id, "manager_id": None, "committee_id": None}
    cases = [
        {**unlike, "code": f"B2-{number}", "candidate_id": candidate}
        for number, candidate in zip(numbers, candidates, strict=True)
    ]
    copied = _copy(session, Case, Case.id == pattern.id, cases)
    for region in session.scalars(sa.select(CaseToken.region).where(CaseToken.case_id == pattern.id)).all():
        place = sa.and_(CaseToken.case_id == pattern.id, CaseToken.region == region)
        _copy(session, CaseToken, place, [{"case_id": case_id} for case_id in copied])
    return cycle_id


def _copy(session: Session, model: type[Base], which: Any, changes: list[dict[str, Any]]) -> list[int]:
    """Put a row's copies beside it, each with its changes; return their numbers in order."""
    kept: Any = model.__table__
    row = session.execute(sa.select(kept).where(which).limit(1)).one()
    shared = {name: value for name, value in row._mapping.items() if name != "id"}
    insert = sa.insert(kept).returning(kept.c.id, sort_by_parameter_order=True)
    return list(session.scalars(insert, [{**shared, **each} for each in changes]))
