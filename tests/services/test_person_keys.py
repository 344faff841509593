"""A person's key: erased once and for good, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import PersonKey
from review.services.person_keys import erase_key
from tests.personas import found_company


@pytest.mark.both_databases
def test_a_key_is_erased_for_good(session: Session) -> None:
    """What was there is gone, the row stays, and erasing anew changes nothing."""
    people = found_company(session)
    otto, mika = people.id("otto"), people.id("mika")
    session.add(PersonKey(person_id=otto, wrapped=b"wrapped"))
    session.flush()
    assert (erase_key(session, otto), erase_key(session, otto), erase_key(session, mika)) == (True, False, False)
    kept = session.execute(sa.select(PersonKey.person_id, PersonKey.wrapped)).all()
    assert {tuple(row) for row in kept} == {(otto, None), (mika, None)}
