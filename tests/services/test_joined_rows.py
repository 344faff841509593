"""Rows beside a row as one text: both databases write it alike."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import CaseToken
from review.queries.listed import JoinedRows, split_rows
from tests.factories import open_case_of, open_scene


@pytest.mark.both_databases
def test_words_and_moments_come_apart_as_they_went_in(session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    main = session.scalars(sa.select(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region == "main")).one()
    session.execute(sa.delete(CaseToken).where(CaseToken.case_id == case.id, CaseToken.id != main.id))
    session.add(CaseToken(case_id=main.case_id, region="notes", state="open, still", entered_at=now, due_at=None))
    main.due_at = now.replace(microsecond=250)
    session.flush()
    rows = JoinedRows(CaseToken.region, CaseToken.state, CaseToken.due_at)
    joined = session.scalar(sa.select(rows).where(CaseToken.case_id == main.case_id))
    found = {region: (state, at and datetime.fromisoformat(at)) for region, state, at in split_rows(joined)}
    at = now.replace(microsecond=250, tzinfo=None)
    assert found == {main.region: (main.state, at), "notes": ("open, still", "")}


@pytest.mark.both_databases
def test_no_rows_are_no_text(session: Session) -> None:
    joined = session.scalar(sa.select(JoinedRows(CaseToken.region, CaseToken.state)))
    assert (joined, split_rows(joined)) == (None, [])
