"""A form's key takes effect once, whatever was sent in its place: signs and lengths that no row holds, too."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.services.request_keys import claim

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("key", ["a-key", "be\x00fore", "z" * 500_000, "\ud800", "ключ"], ids=range(5))
def test_a_key_is_taken_once(session: Session, now: datetime, key: str) -> None:
    taken = [claim(session, each, actor=SYSTEM, now=now) for each in (key, key, f"{key}2", "")]
    assert taken == [True, False, True, True]
