"""Words by their names as one text: each database writes it in its way, and both are read alike."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import CaseToken
from review.queries.packed_rows import NamedWords, read_words
from tests.factories import open_case_of, open_scene


@pytest.mark.both_databases
def test_words_come_apart_as_they_went_in_by_the_order_of_their_names(session: Session, now: datetime) -> None:
    case = open_case_of(session, open_scene(session, now), "iris", "staff-pm", now)
    session.execute(sa.delete(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region != "main"))
    for region, state in (("notes", 'open, "still"'), ("a", "first")):
        session.add(CaseToken(case_id=case.id, region=region, state=state, entered_at=now, due_at=None))
    session.flush()
    written = session.scalar(
        sa.select(NamedWords(CaseToken.region, CaseToken.state)).where(CaseToken.case_id == case.id)
    )
    expected = [("a", "first"), ("main", case.state), ("notes", 'open, "still"')]
    assert [*read_words(written).items()] == expected


@pytest.mark.both_databases
def test_no_rows_are_no_words(session: Session) -> None:
    assert read_words(session.scalar(sa.select(NamedWords(CaseToken.region, CaseToken.state)))) == {}
