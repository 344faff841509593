"""Another audit key: the trail holds under it alone, details open, and whoever still has the old key writes nothing."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.trail import TrailStatus, judge_trail
from review.models import AuditEvent, AuditHead, PersonKey
from review.queries.event_details import DetailState, read_details
from review.queries.privacy_erasure import MARKING_KEY, mark
from review.queries.trail import check_trail, find_end
from review.services import audit
from review.services.audit_head import KEYS, LOCKED, KeyDoesNotOpen, audit_key
from review.services.audit_rekey import NotWhole, is_replaced, replace_key
from review.services.person_keys import erase_key
from tests.personas import Company, found_company

pytestmark = pytest.mark.both_databases
NEW, NEWER = "another-audit-key-" * 2, "a-third-audit-key-" * 2
COUNT = 7
MANY = 1_000
"""As many as are sealed at once; with those of before it takes two pieces."""


@pytest.fixture
def cast(session: Session, now: datetime) -> Company:
    """A company with a trail: of the system, about people, and about one whose key is erased."""
    cast = found_company(session)
    audit.record(session, "installation.backup", actor=SYSTEM, now=now, detail={"backup": "b"})
    about = audit.Entry("role.grant", None, "person", cast.id("otto"), {"role": "hr"})
    more = (audit.Entry("cycle.look", detail={"n": number}) for number in range(COUNT - 2))
    audit.record_all(session, [about, *more], actor=cast.actor("hanna"), now=now)
    erase_key(session, cast.id("otto"))
    session.commit()
    return cast


def begin_anew(session: Session, key: str) -> None:
    """End the transaction and go on as a process that has this key."""
    session.commit()
    for name in (LOCKED, KEYS, MARKING_KEY):
        session.info.pop(name, None)
    session.connection().execution_options(audit_key=key)


def test_the_trail_holds_under_the_new_key_alone(session: Session, cast: Company, now: datetime) -> None:
    many = (audit.Entry("cycle.look", detail={"n": number}) for number in range(MANY))
    audit.record_all(session, many, actor=cast.actor("hanna"), now=now)
    session.commit()
    old, before, told = audit_key(session), find_end(session), read_details(session)
    wrapped = dict(session.execute(sa.select(PersonKey.person_id, PersonKey.wrapped)).all())
    assert replace_key(session, NEW, now=now) == COUNT + MANY
    begin_anew(session, NEW)
    assert before is not None
    assert (is_replaced(session, NEW), is_replaced(session, old)) == (True, False)
    found = check_trail(session, NEW, anchor_seq=before.seq)
    assert (found.seq, found.broken_at, found.erased) == (COUNT + MANY + 1, None, 1)
    assert judge_trail(found, before)[0] is TrailStatus.WHOLE  # an anchor of the very end before
    assert check_trail(session, old).broken_at == 1
    *same, last = read_details(session)
    assert same == told
    assert (last.state, last.value) == (DetailState.OPEN, {"seq": before.seq, "mac": before.mac})
    now_wrapped = dict(session.execute(sa.select(PersonKey.person_id, PersonKey.wrapped)).all())
    assert {each for each in wrapped if wrapped[each] == now_wrapped[each]} == {cast.id("otto")}  # erased stays erased


def test_who_still_has_the_old_key_writes_nothing(session: Session, cast: Company, now: datetime) -> None:
    old = audit_key(session)
    replace_key(session, NEW, now=now)
    begin_anew(session, old)
    with pytest.raises(KeyDoesNotOpen):
        audit.record(session, "cycle.look", actor=SYSTEM, now=now)
    session.rollback()
    begin_anew(session, NEW)
    audit.record(session, "cycle.look", actor=cast.actor("hanna"), now=now, detail={"n": 1})
    assert check_trail(session, NEW).broken_at is None


def test_who_was_erased_is_known_through_every_key(session: Session, cast: Company, now: datetime) -> None:
    left = mark(session, "number", "otto")
    for key in (NEW, NEWER):
        replace_key(session, key, now=now)
        begin_anew(session, key)
        assert mark(session, "number", "otto") == left
        assert check_trail(session, key).broken_at is None
    assert mark(session, "number", "hanna") != left


def test_a_key_of_a_person_that_does_not_open_stops_it(session: Session, cast: Company, now: datetime) -> None:
    hanna = PersonKey.person_id == cast.id("hanna")
    wrapped = session.scalars(sa.select(PersonKey.wrapped).where(hanna)).one()
    assert wrapped is not None
    session.execute(sa.update(PersonKey).where(hanna).values(wrapped=wrapped[:-1] + bytes([wrapped[-1] ^ 1])))
    session.commit()
    seals = session.scalars(sa.select(AuditEvent.mac).order_by(AuditEvent.seq)).all()
    with pytest.raises(KeyDoesNotOpen):
        replace_key(session, NEW, now=now)
    session.rollback()
    assert is_replaced(session, NEW) is False
    assert session.scalars(sa.select(AuditEvent.mac).order_by(AuditEvent.seq)).all() == seals


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(
    ("table", "values", "broken"),
    [(AuditEvent, {"kind": "cycle.open"}, 5), (AuditHead, {"seq": 99}, COUNT + 1)],
    ids=["an event", "the end"],
)
def test_a_broken_trail_is_not_made_whole(
    session: Session, now: datetime, table: type, values: dict[str, object], broken: int
) -> None:
    where = [AuditEvent.seq == 5] if table is AuditEvent else []
    session.execute(sa.update(table).where(*where).values(**values))
    session.commit()
    seals = session.scalars(sa.select(AuditEvent.mac).order_by(AuditEvent.seq)).all()
    with pytest.raises(NotWhole) as told:
        replace_key(session, NEW, now=now)
    session.rollback()
    assert told.value.seq == broken
    assert session.scalars(sa.select(AuditEvent.mac).order_by(AuditEvent.seq)).all() == seals
