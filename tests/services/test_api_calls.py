"""Calls of a token are taken in portions from one row: never more than there are, and each minute anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from review.models import ApiToken, Person
from review.services.api_tokens import hash_api_token, take_calls

pytestmark = pytest.mark.both_databases


@pytest.fixture
def token_id(session: Session, now: datetime) -> int:
    owner = Person(external_id="h", name="Hanna")
    session.add(owner)
    session.flush()
    row = ApiToken(name="p", person_id=owner.id, token_hash=hash_api_token("p"), scopes=[], made_at=now, until_at=now)
    session.add(row)
    session.flush()
    return row.id


def test_no_more_is_taken_than_there_is(session: Session, token_id: int, now: datetime) -> None:
    taken = [take_calls(session, token_id, 4, most=10, now=now) for _ in range(4)]
    assert taken == [4, 4, 2, 0]


def test_each_minute_begins_anew_and_none_comes_back(session: Session, token_id: int, now: datetime) -> None:
    later = now + timedelta(minutes=1)
    taken = [take_calls(session, token_id, 10, most=10, now=moment) for moment in (now, later, now, later)]
    assert taken == [10, 10, 0, 0]
