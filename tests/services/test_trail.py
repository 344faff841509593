"""The trail: whatever is changed is found where it was changed; what is erased is unreadable, and the trail whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.access import SYSTEM
from review.domain.errors import NoLongerHere
from review.domain.schedule import Calendar
from review.models import AuditEvent, AuditHead, Person, PersonKey
from review.queries.case_history import kinds_of_history, tell_history
from review.queries.case_lines import load_lines
from review.queries.event_details import DetailState, read_details
from review.queries.invariants import check_trail as check_places
from review.queries.standing import load_standing
from review.queries.trail import check_trail, walk_trail
from review.services import audit
from review.services.audit_head import FIRST_MAC, KeyDoesNotOpen, Subject, _read, audit_key, find_keys
from review.services.person_keys import erase_key
from tests.after_decision import decided_room
from tests.committee_room import Room
from tests.conftest import Statements
from tests.personas import Company, found_company
from tests.rivals import let_second_come_late
from tests.trail import detail_of, details_where

pytestmark = pytest.mark.both_databases
Change = Callable[[Session], Any]


@pytest.fixture
def cast(session: Session) -> Company:
    return found_company(session)


@pytest.fixture
def trail(session: Session, cast: Company, now: datetime) -> Company:
    """Six events: of the system, and about two people."""
    hanna, otto = cast.actor("hanna"), cast.id("otto")
    audit.record(session, "installation.backup", actor=SYSTEM, now=now, detail={"backup": "b"})
    for number in range(2):
        about = audit.Entry("role.grant", None, "person", otto, {"n": number})
        audit.record_all(session, [about], actor=hanna, now=now)
    for number in range(3):
        audit.record(session, "cycle.look", actor=hanna, now=now + timedelta(hours=number), detail={"n": number})
    session.commit()
    return cast


def event_set(number: int, /, **values: object) -> Change:
    return lambda session: session.execute(sa.update(AuditEvent).where(AuditEvent.seq == number).values(**values))


def head_set(**values: object) -> Change:
    return lambda session: session.execute(sa.update(AuditHead).values(**values))


def swap(session: Session) -> None:
    for old, new in ((4, 400), (5, 4), (400, 5)):
        session.execute(sa.update(AuditEvent).where(AuditEvent.seq == old).values(seq=new))


def insert(session: Session) -> None:
    """Put a copy of the last event behind it, as if it had happened again."""
    row = session.execute(sa.select(AuditEvent.__table__).where(AuditEvent.seq == 6)).mappings().one()
    session.execute(sa.insert(AuditEvent.__table__).values({**row, "seq": 7}))


def insert_within(session: Session) -> None:
    for seq in (6, 5, 4):
        session.execute(sa.update(AuditEvent).where(AuditEvent.seq == seq).values(seq=seq + 1))
    row = session.execute(sa.select(AuditEvent.__table__).where(AuditEvent.seq == 3)).mappings().one()
    session.execute(sa.insert(AuditEvent.__table__).values({**row, "seq": 4}))


def delete(*seqs: int) -> Change:
    return lambda session: session.execute(sa.delete(AuditEvent).where(AuditEvent.seq.in_(seqs)))


def found(session: Session, change: Change) -> int | None:
    """Return where the trail breaks after a change, and take the change back."""
    change(session)
    broken = audit.find_break(session)
    session.rollback()
    return broken


def test_whatever_is_changed_of_an_event_is_found_at_its_number(
    session: Session, trail: Company, now: datetime
) -> None:
    """Every column, one after the other."""
    mika = trail.id("mika")
    assert audit.find_break(session) is None
    blob = session.scalars(sa.select(AuditEvent.sealed_detail).where(AuditEvent.seq == 3)).one()
    flipped = {
        "seq": 300,
        "at": now + timedelta(microseconds=1),
        "kind": "role.revoke",
        "actor_id": mika,
        "on_behalf_of_id": mika,
        "case_id": None,
        "subject_type": "cycle",
        "subject_id": mika,
        "key_person_id": mika,
        "detail_hash": "0" * 64,
        "sealed_detail": blob[:-1] + bytes([blob[-1] ^ 1]),
        "mac": "0" * 64,
    }
    assert flipped.keys() == {column.name for column in AuditEvent.__table__.columns}
    changes = {name: found(session, event_set(3, **{name: value})) for name, value in flipped.items()}
    assert changes == {**dict.fromkeys(flipped, 3), "case_id": None}  # it was None before


@pytest.mark.parametrize("count", [1, 2])
def test_who_has_left_leaves_no_event(session: Session, trail: Company, now: datetime, count: int) -> None:
    before = check_trail(session, audit_key(session))
    session.execute(sa.update(Person).where(Person.id == trail.id("hanna")).values(is_active=False))
    entries = [audit.Entry("cycle.look", detail={"n": number}) for number in range(count)]
    with pytest.raises(NoLongerHere), session.begin_nested():
        audit.record_all(session, entries, actor=trail.actor("hanna"), now=now)
    assert check_trail(session, audit_key(session)) == before
    audit.record_all(session, entries, actor=trail.actor("otto"), now=now)
    assert check_trail(session, audit_key(session)).seq == before.seq + count


def test_an_event_of_a_case_stays_with_it(session: Session, now: datetime) -> None:
    room = decided_room(session, now)
    event = audit.record(session, "case.look", actor=SYSTEM, now=now, case_id=room.case_id)
    seq = event.seq
    session.commit()
    assert found(session, lambda _: None) is None
    assert found(session, event_set(seq, case_id=None)) == seq


def test_rows_out_of_place_and_a_changed_end_are_found(session: Session, trail: Company) -> None:
    changes: dict[str, Change] = {
        "swapped": swap,
        "inserted behind": insert,
        "inserted within": insert_within,
        "deleted within": delete(3),
        "first deleted": delete(1),
        "last deleted": delete(6),
        "end moved back": head_set(seq=5),
        "another end": head_set(mac="0" * 64),
        "no end": lambda session: session.execute(sa.delete(AuditHead)),
        "a key that is another's": lambda session: session.execute(
            sa.update(PersonKey).where(PersonKey.person_id == trail.id("otto")).values(wrapped=b"x" * 60)
        ),
    }
    assert {name: found(session, change) for name, change in changes.items()} == {
        "swapped": 4,
        "inserted behind": 7,
        "inserted within": 4,
        "deleted within": 3,
        "first deleted": 1,
        "last deleted": 6,
        "end moved back": 7,
        "another end": 7,
        "no end": 7,
        "a key that is another's": 2,
    }


def test_another_key_holds_nothing_and_writes_nothing(
    engine: sa.Engine, session: Session, trail: Company, now: datetime
) -> None:
    with Session(engine.execution_options(audit_key="another-audit-key-" * 3)) as other:
        assert audit.find_break(other) == 1
        with pytest.raises(KeyDoesNotOpen):
            audit.record(other, "cycle.look", actor=trail.actor("hanna"), now=now)
    assert audit.find_break(session) is None


def test_a_tail_that_was_cut_with_its_end_is_found_by_an_anchor_alone(session: Session, trail: Company) -> None:
    key = engine_key(session)
    end = check_trail(session, key, anchor_seq=6)
    assert (end.seq, end.anchored, end.broken_at) == (6, end.mac, None)
    mac = session.scalars(sa.select(AuditEvent.mac).where(AuditEvent.seq == 4)).one()
    delete(5, 6)(session)
    head_set(seq=4, mac=mac)(session)
    cut = check_trail(session, key, anchor_seq=6)
    assert (cut.seq, cut.anchored, cut.broken_at) == (4, None, None)


def engine_key(session: Session) -> str:
    key: str = session.connection().get_execution_options()["audit_key"]
    return key


def test_an_erased_key_leaves_the_trail_whole_and_the_details_unreadable(
    session: Session, trail: Company, now: datetime
) -> None:
    otto, hanna = trail.id("otto"), trail.actor("hanna")
    assert details_where(session, AuditEvent.subject_id == otto) == [{"n": 0}, {"n": 1}]
    assert erase_key(session, otto) is True
    told = audit.record(
        session, "person.erase", actor=hanna, now=now, subject_type="person", subject_id=otto, detail={"n": 3}
    )
    assert (told.key_person_id, detail_of(session, told)) == (None, {"n": 3})
    session.commit()
    states = [(each.state, each.value) for each in read_details(session, AuditEvent.subject_id == otto)]
    assert states == [(DetailState.ERASED, {})] * 2 + [(DetailState.OPEN, {"n": 3})]
    check = check_trail(session, engine_key(session))
    assert (check.broken_at, check.erased, check.seq) == (None, 2, 7)
    assert found(session, event_set(2, sealed_detail=b"x" * 60)) == 2  # what nobody reads is still not to be changed
    assert found(session, event_set(3, detail_hash="0" * 64)) == 3


def test_a_hash_lets_nobody_guess_a_small_detail(session: Session, cast: Company, now: datetime) -> None:
    """The same detail has another hash each time, and not that of its own words."""
    hanna = cast.actor("hanna")
    events = [audit.record(session, "cycle.look", actor=hanna, now=now, detail={"n": 1}) for _ in range(2)]
    plain = json.dumps({"n": 1}, separators=(",", ":")).encode()
    hashes = {event.detail_hash for event in events}
    assert (len(hashes), hashlib.sha256(plain).hexdigest() in hashes) == (2, False)
    assert [plain in event.sealed_detail for event in events] == [False, False]


def test_a_case_of_an_erased_candidate_tells_no_more_than_before(session: Session, now: datetime) -> None:
    """Moves nobody can place any more are for those who read the committee's notes; the case still stands."""
    room = decided_room(session, now)
    before = {key: history(room, key) for key in ("iris", "greta", "hanna")}
    erase_key(session, room.case.candidate_id)
    session.commit()
    after = {key: history(room, key) for key in before}
    assert (after["iris"], after["greta"]) == ([], [])
    assert sorted(after["hanna"]) == sorted(before["hanna"])
    assert list(check_places(session)) == []


def history(room: Room, key: str) -> list[str]:
    standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    lines = load_lines(room.session, standing.case, kinds_of_history(standing))
    return [str(row.words) for row in tell_history(standing, Calendar(ZoneInfo("UTC"), frozenset()), lines).log]


def test_a_save_takes_no_statement_for_its_key(
    session: Session, cast: Company, now: datetime, statements: Statements
) -> None:
    """The first event about somebody inserts the key; from then on: the lock, the event, the end, as one or as two."""
    audit.record(session, "cycle.look", actor=SYSTEM, now=now)
    counted = []
    for _ in range(2):
        session.commit()
        with statements() as issued:
            audit.record(session, "cycle.look", actor=cast.actor("hanna"), now=now)
        counted.append(len(issued))
    assert counted == ([4, 3] if session.get_bind().dialect.name == "sqlite" else [3, 2])


def test_many_events_take_one_statement_for_all_their_keys(
    session: Session, cast: Company, now: datetime, statements: Statements
) -> None:
    people = sorted(cast.ids.values())
    entries = [audit.Entry("person.change", None, "person", each) for each in people]
    audit.record(session, "installation.backup", actor=SYSTEM, now=now)
    counted = []
    for some in (entries[:3], entries, entries):
        session.commit()
        with statements() as issued:
            audit.record_all(session, some, actor=cast.actor("hanna"), now=now)
        counted.append(sum("person_key" in each for each in issued))
    assert counted == [4, 3, 2]  # locks with the first key and makes it; looks the others up, and makes what is missing
    assert [each.state for each in read_details(session)] == [DetailState.OPEN] * (4 + 2 * len(people))


def test_two_processes_agree_on_a_new_key(session: Session, cast: Company, settings: Settings, now: datetime) -> None:
    """The second waits for the end of the trail, and then finds that the key was made meanwhile."""
    hanna = cast.actor("hanna")
    audit.record(session, "installation.backup", actor=SYSTEM, now=now)
    session.commit()
    audit.record(session, "cycle.look", actor=hanna, now=now, detail={"by": "first"})

    def act(other: Session) -> None:
        audit.record(other, "cycle.look", actor=hanna, now=now, detail={"by": "second"})

    assert let_second_come_late(session, settings, act, "FROM audit_head") == "done"
    assert details_where(session, AuditEvent.kind == "cycle.look") == [{"by": "first"}, {"by": "second"}]
    owners = session.scalars(sa.select(AuditEvent.key_person_id).where(AuditEvent.kind == "cycle.look")).all()
    assert owners == [hanna.person_id] * 2
    assert session.scalar(sa.select(sa.func.count()).select_from(PersonKey)) == 1


def test_a_key_that_was_made_meanwhile_is_the_one_taken(session: Session, cast: Company, now: datetime) -> None:
    """A statement that waited for the lock has not seen the key that the transaction before it made."""
    hanna = cast.actor("hanna")
    audit.record(session, "cycle.look", actor=hanna, now=now)
    subject = Subject(None, hanna.person_id)
    (kept,) = {find_keys(session, [subject])[subject]}
    assert kept.person_id == hanna.person_id
    assert _read(session, {subject: hanna.person_id}, {}) == {subject: kept}


def test_what_is_undone_to_a_savepoint_takes_its_key_along(session: Session, cast: Company, now: datetime) -> None:
    hanna = cast.actor("hanna")
    audit.record(session, "installation.backup", actor=SYSTEM, now=now)
    undone = session.begin_nested()
    audit.record(session, "cycle.look", actor=hanna, now=now)
    undone.rollback()
    session.expire_all()
    event = audit.record(session, "cycle.look", actor=hanna, now=now, detail={"n": 1})
    assert detail_of(session, event) == {"n": 1}
    assert audit.find_break(session) is None


def test_what_is_written_meanwhile_is_no_break(
    engine: sa.Engine, session: Session, trail: Company, now: datetime
) -> None:
    """Between two pieces somebody goes on writing, as they may when the caller ends its transaction."""
    walk = walk_trail(session, engine_key(session))
    assert (next(walk).seq, FIRST_MAC) == (6, "0" * 64)
    session.rollback()
    with Session(engine) as other:
        audit.record(other, "cycle.look", actor=trail.actor("hanna"), now=now)
        other.commit()
    assert [(check.seq, check.broken_at) for check in walk] == [(7, None), (7, None)]
