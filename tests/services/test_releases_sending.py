"""The letters of a large batch are sent by a job: part by part, each once; one that cannot any more stays behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.domain.errors import TransitionRefused
from review.models import AuditEvent, Case, Conflict, Letter, Message, PrintJob, ReleaseItem, ReleaseRun, RoleGrant
from review.queries.letters import is_in_batch
from review.queries.release_runs import RunShown, list_runs
from review.queries.releases import list_batches, list_rows, list_sent
from review.services import audit, releases_sending
from review.services.letters import take_back_ready
from review.services.releases import approve_release, prepare_release
from review.services.releases_sending import note_failure, send_the_rest
from tests.after_decision import decided_room, make_ready
from tests.committee_room import Room
from tests.conftest import Statements
from tests.many_letters import copy_letters

pytestmark = pytest.mark.both_databases
ON, OVER = (lambda: False), (lambda: True)
"""What a worker says between two parts: go on, or stop here."""


class Sending:
    """A batch of five letters that Hanna prepared and Hugo approved, sent two a part."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.room: Room = decided_room(session, now)
        make_ready(self.room)
        self.session, self.now, self.cycle_id = session, now, self.room.scene.cycle_id
        self.cases = [self.room.case_id, *copy_letters(self.room, 4)]
        batch = prepare_release(session, self.cycle_id, self.cases, actor=self.room.actor("hanna"), now=now)
        assert batch is not None
        self.batch_id = batch.id
        session.commit()
        assert self.approve() is None
        session.commit()
        self.run_id = session.scalars(sa.select(ReleaseRun.id)).one()
        session.commit()

    def approve(self) -> Sequence[int] | None:
        """Approve the batch as Hugo."""
        actor = self.room.actor("hugo")
        return approve_release(self.session, self.cycle_id, self.batch_id, actor=actor, now=self.now)

    def send(self, engine: Engine, is_over=ON) -> bool:
        """Let a worker send what is left."""
        return send_the_rest(engine, self.run_id, now=self.now, is_over=is_over)

    def look(self) -> tuple[str, int, int, int]:
        """Return state, letters sent, letters kept back, and all of them."""
        (run,) = list_runs(self.session, self.cycle_id)
        self.session.rollback()
        return run.state, run.sent, run.kept, run.total

    def out(self) -> list[int]:
        """Return the cases whose letter is out, in the order of their numbers."""
        found = sa.select(Letter.case_id).where(Letter.released_at.is_not(None)).order_by(Letter.case_id)
        cases = list(self.session.scalars(found))
        self.session.rollback()
        return cases

    def told(self) -> int:
        """Return how many mails tell candidates of a letter."""
        counted = sa.select(sa.func.count()).where(Message.template == "letter_released")
        count = self.session.scalar(counted) or 0
        self.session.rollback()
        return count

    def ready(self) -> list[int]:
        """Return the cases that could go into another batch."""
        rows = list_rows(self.session, self.cycle_id, self.room.actor("hanna"))
        return [row.case_id for row in rows if row.is_ready and row.batch_id is None]


@pytest.fixture
def sending(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Sending:
    """Return a batch that is more than goes out at once."""
    for name, value in {"AT_ONCE": 3, "A_PART": 2, "REST_SECONDS": 0}.items():
        monkeypatch.setattr(releases_sending, name, value)
    return Sending(session, now)


def test_many_letters_are_sent_by_a_job(session: Session, engine: Engine, sending: Sending, now: datetime) -> None:
    assert (sending.look(), sending.out(), sending.told()) == (("waiting", 0, 0, 5), [], 0)
    assert sending.send(engine) is True
    assert list_runs(session, sending.cycle_id) == (
        RunShown(sending.batch_id, "done", 5, 0, 5, now, now, "Hugo Brandt"),
    )
    assert (sending.out(), sending.told()) == (sending.cases, 5)
    prints = sa.select(sa.func.count(PrintJob.id)).where(PrintJob.share == f"letters-{sending.cycle_id}")
    assert session.scalar(prints) == 5
    kinds = ("release.approve", "letter.release", "release.keep_back")
    counted = sa.select(AuditEvent.kind, sa.func.count()).where(AuditEvent.kind.in_(kinds)).group_by(AuditEvent.kind)
    assert dict(session.execute(counted).all()) == {"release.approve": 1, "letter.release": 5}
    assert audit.find_break(session) is None
    (sent,) = list_sent(session, sending.cycle_id, sending.room.actor("hanna"))
    assert (sent.id, sent.count) == (sending.batch_id, 5)


def test_what_was_broken_off_goes_on_and_nothing_goes_out_twice(
    session: Session, engine: Engine, sending: Sending
) -> None:
    assert sending.send(engine, OVER) is False
    assert (sending.look(), sending.out()) == (("running", 2, 0, 5), sending.cases[:2])
    assert sending.send(engine) is True
    assert (sending.look(), sending.out(), sending.told()) == (("done", 5, 0, 5), sending.cases, 5)
    assert sending.send(engine) is True  # once more, as after a lost note
    events = session.scalars(sa.select(AuditEvent.case_id).where(AuditEvent.kind == "letter.release")).all()
    assert (list(events), sending.told()) == (sending.cases, 5)


def test_while_it_goes_out_its_letters_stay_as_they_are_and_in_no_other_batch(
    session: Session, engine: Engine, sending: Sending, now: datetime
) -> None:
    sending.send(engine, OVER)
    hanna, last = sending.room.actor("hanna"), sending.cases[-1]
    assert sending.ready() == []
    assert is_in_batch(session, last)
    with pytest.raises(TransitionRefused) as refused:
        take_back_ready(session, last, actor=hanna, now=now)
    assert [str(each) for each in refused.value.reasons] == ["The letter waits in a batch; cancel the batch first"]
    session.rollback()
    with pytest.raises(TransitionRefused):
        prepare_release(session, sending.cycle_id, [last], actor=hanna, now=now)
    session.rollback()
    with pytest.raises(TransitionRefused) as twice:
        sending.approve()
    assert [str(each) for each in twice.value.reasons] == ["This batch was approved already"]
    session.rollback()
    assert list_batches(session, sending.cycle_id, list_rows(session, sending.cycle_id, hanna)) == ()
    assert list_sent(session, sending.cycle_id, hanna) == ()


def test_a_case_that_cannot_go_out_any_more_stays_behind_and_the_others_go(
    session: Session, engine: Engine, sending: Sending, now: datetime
) -> None:
    session.execute(sa.update(Letter).where(Letter.case_id == sending.cases[1]).values(ready_at=None))
    hugo = sending.room.scene.id("hugo")
    session.add(
        Conflict(case_id=sending.cases[4], person_id=hugo, kind="dispute", declared_by_id=hugo, declared_at=now)
    )
    session.commit()
    assert sending.send(engine) is True
    assert (sending.look(), sending.told()) == (("done", 3, 2, 5), 3)
    assert sending.out() == [sending.cases[each] for each in (0, 2, 3)]
    assert sorted(session.scalars(sa.select(ReleaseItem.case_id))) == sending.out()
    kept = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "release.keep_back").order_by(AuditEvent.seq))
    assert [(each.actor_id, each.subject_type, each.subject_id) for each in kept] == [
        (None, "release", sending.batch_id)
    ] * 2
    assert sending.ready() == [sending.cases[4]]  # the other one lacks its mark again
    states = dict(session.execute(sa.select(Case.id, Case.state).where(Case.id.in_(sending.cases))).all())
    assert [states[each] for each in sending.cases] == ["promoted", "decided", "promoted", "promoted", "decided"]


def test_it_stops_where_who_approved_is_hr_no_more_and_the_rest_needs_two_persons_anew(
    session: Session, engine: Engine, sending: Sending, now: datetime
) -> None:
    sending.send(engine, OVER)
    hugo = sending.room.scene.id("hugo")
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == hugo, RoleGrant.role == "hr"))
    session.commit()
    assert sending.send(engine) is True
    assert (sending.look(), sending.out()) == (("stopped", 2, 3, 5), sending.cases[:2])
    assert sending.ready() == sending.cases[2:]
    hanna = sending.room.actor("hanna")
    assert prepare_release(session, sending.cycle_id, sending.cases[2:], actor=hanna, now=now) is not None


def test_a_fault_of_ours_is_noted_and_the_rest_is_for_another_batch(
    session: Session, engine: Engine, sending: Sending, now: datetime
) -> None:
    sending.send(engine, OVER)
    note_failure(session, "ValueError", sending.run_id, now=now)
    session.commit()
    assert sending.look() == ("failed", 2, 3, 5)
    assert sending.send(engine) is True  # what has ended is not taken up again
    assert (sending.look(), sending.out()) == (("failed", 2, 3, 5), sending.cases[:2])
    assert sending.ready() == sending.cases[2:]
    note_failure(session, "ValueError", sending.run_id, now=now)
    assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == "release.keep_back")) == 1


def test_each_part_takes_the_same_statements(
    engine: Engine, sending: Sending, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending.send(engine, OVER)  # reads what is kept
    monkeypatch.setattr(releases_sending, "A_PART", 1)
    counts = []
    for _ in range(2):
        with statements() as issued:
            sending.send(engine, OVER)
        counts.append(len(issued))
    assert counts[0] == counts[1]


def test_how_a_case_stands_is_read_once_for_its_letter(
    engine: Engine, sending: Sending, statements: Statements
) -> None:
    with statements() as issued:
        sending.send(engine, OVER)
    assert len([each for each in issued if "JOIN ladder_version" in each]) == len(sending.cases[:2])
