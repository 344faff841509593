"""The led session: what is on, who moves it, and presses that come too late or both at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.meeting import Place, TimeBox
from review.models import AuditEvent, Meeting
from review.queries.agenda import load_agenda
from review.queries.meetings import MeetingView, find_newest, load_meeting
from review.services.audit import find_break
from review.services.conflicts import declare_conflict
from review.services.meetings import close_case, move_on, pause, resume
from review.services.seats_chair import take_chair
from review.services.transitions import fire
from tests.committee_room import MEMBERS, Room, built_room
from tests.factories import Scene

MOVED = "The session has moved on since this page was shown. Look where it is now, then press again"


@pytest.fixture
def iris(session: Session, scene: Scene, now: datetime) -> Room:
    return sealed(session, scene, now, "iris", "staff-pm")


@pytest.fixture
def ben(session: Session, scene: Scene, now: datetime, iris: Room) -> Room:
    return sealed(session, scene, now, "ben", "senior-pm")


def sealed(session: Session, scene: Scene, now: datetime, key: str, level: str) -> Room:
    room = built_room(session, scene, now, key=key, to_level=level)
    room.fire("seal", "hanna")
    session.commit()
    return room


def put_on(room: Room, version: int, key: str = "clara", criterion: str = "", request_key: str | None = None) -> None:
    move_on(
        room.session, room.scene.committee_id, room.case_id, criterion,
        version=version, actor=room.actor(key), now=room.now, request_key=request_key,
    )  # fmt: skip
    room.session.commit()


def view(room: Room, key: str = "mika", later: timedelta = timedelta()) -> MeetingView:
    page = load_agenda(room.session, room.scene.committee_id, room.actor(key))
    return load_meeting(room.session, room.scene.committee_id, page, now=room.now + later)


def newest(room: Room, key: str = "mika") -> int | None:
    return find_newest(room.session, room.scene.committee_id, room.actor(key))


def events(room: Room) -> list[tuple[str, int | None]]:
    kinds = ("agenda.now", "agenda.off", "agenda.pause", "agenda.resume")
    rows = room.session.execute(
        sa.select(AuditEvent.kind, AuditEvent.case_id).where(AuditEvent.kind.in_(kinds)).order_by(AuditEvent.seq)
    )
    return [(row.kind, row.case_id) for row in rows]


@pytest.mark.both_databases
def test_the_chair_leads_through_cases_and_criteria(session: Session, iris: Room, ben: Room) -> None:
    assert view(iris) == MeetingView(0, is_out=False, on=None)
    put_on(iris, 0)
    put_on(iris, 1, criterion="leadership")
    on = view(iris, later=timedelta(minutes=3)).on
    assert on is not None
    assert (on.case_id, on.place, on.criterion, on.time_box) == (
        iris.case_id, Place(1, 2, ben.case_id), "Leadership", TimeBox(180, 8, False),
    )  # fmt: skip
    put_on(ben, 2)
    on = view(ben).on
    assert on is not None
    assert (on.case_id, on.place, on.criterion) == (ben.case_id, Place(2, 2, iris.case_id), "")
    close_case(session, iris.scene.committee_id, version=3, actor=iris.actor("clara"), now=iris.now)
    assert view(iris).on is None
    assert events(iris) == [("agenda.now", iris.case_id)] * 2 + [("agenda.now", ben.case_id), ("agenda.off", None)]
    assert find_break(session) is None


def test_a_pause_stops_the_clock_and_its_moment_is_kept(session: Session, iris: Room) -> None:
    put_on(iris, 0)
    number, clara = iris.scene.committee_id, iris.actor("clara")
    later = [iris.now + timedelta(minutes=each) for each in (2, 12)]
    pause(session, number, version=1, actor=clara, now=later[0])
    with pytest.raises(TransitionRefused, match="paused already"):
        pause(session, number, version=2, actor=clara, now=later[1])
    on = view(iris, later=timedelta(minutes=10)).on
    assert on is not None
    assert on.time_box == TimeBox(120, 8, True)
    resume(session, number, version=2, actor=clara, now=later[1])
    with pytest.raises(TransitionRefused, match="not paused"):
        resume(session, number, version=3, actor=clara, now=later[1])
    on = view(iris, later=timedelta(minutes=15)).on
    assert on is not None
    assert on.time_box == TimeBox(300, 8, False)
    kept = session.execute(
        sa.select(AuditEvent.kind, AuditEvent.at).where(AuditEvent.kind.in_(("agenda.pause", "agenda.resume")))
    )
    assert [tuple(row) for row in kept] == [("agenda.pause", later[0]), ("agenda.resume", later[1])]


def test_a_stale_tab_moves_nothing(session: Session, iris: Room, ben: Room) -> None:
    put_on(iris, 0, request_key="k1")
    put_on(ben, 1)
    put_on(iris, 0, request_key="k1")  # the same form again: it has taken effect, nothing is done
    with pytest.raises(TransitionRefused, match=MOVED):
        put_on(iris, 1)
    session.rollback()
    for press in (pause, resume, close_case):
        with pytest.raises(TransitionRefused, match=MOVED):
            press(session, iris.scene.committee_id, version=1, actor=iris.actor("clara"), now=iris.now)
        session.rollback()
    row = session.scalars(sa.select(Meeting)).one()
    assert (row.case_id, row.version, row.paused_at) == (ben.case_id, 2, None)


@pytest.mark.both_databases
@pytest.mark.parametrize("version", [0, 1])
def test_two_who_lead_press_at_once(
    session: Session, iris: Room, ben: Room, engine: sa.Engine, now: datetime, version: int
) -> None:
    """The deputy leads a case that the chair is out of; both press on the same page: one takes effect."""
    declare_conflict(session, ben.case_id, "dispute", "In court.", actor=ben.actor("clara"), now=now)
    session.commit()
    if version:
        put_on(ben, 0, "omar")
    number, outcomes = iris.scene.committee_id, []
    presses = [(iris.actor("clara"), iris.case_id, ""), (iris.actor("omar"), ben.case_id, "leadership")]

    def press(actor: Actor, case_id: int, criterion: str) -> None:
        with Session(engine) as own:
            try:
                move_on(own, number, case_id, criterion, version=version, actor=actor, now=now)
                own.commit()
                outcomes.append(str(case_id))
            except TransitionRefused as refused:
                outcomes.append(str(refused))

    threads = [Thread(target=press, args=each) for each in presses]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    session.expire_all()
    row = session.scalars(sa.select(Meeting)).one()
    assert sorted(outcomes) == sorted([str(row.case_id), MOVED])
    assert row.version == version + 1
    assert find_break(session) is None


def test_the_deputy_who_took_the_chair_leads_and_the_chair_does_not(session: Session, iris: Room) -> None:
    put_on(iris, 0)
    with pytest.raises(NotAllowed):
        put_on(iris, 1, "omar")
    session.rollback()
    take_chair(session, iris.case_id, actor=iris.actor("omar"), now=iris.now)
    put_on(iris, 1, "omar", "leadership")
    with pytest.raises(NotAllowed):
        put_on(iris, 2, "clara")


@pytest.mark.parametrize(
    ("key", "error"), [("mika", NotAllowed), ("hanna", NotAllowed), ("greta", NotFound), ("iris", NotFound)]
)
def test_nobody_else_leads(session: Session, iris: Room, key: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        put_on(iris, 0, key)
    session.rollback()
    put_on(iris, 0)
    for press in (pause, close_case):
        with pytest.raises(error):
            press(session, iris.scene.committee_id, version=1, actor=iris.actor(key), now=iris.now)


def test_what_cannot_be_on(session: Session, scene: Scene, now: datetime, iris: Room, ben: Room) -> None:
    with pytest.raises(Invalid):
        put_on(iris, 0, criterion="charm")
    with pytest.raises(NotFound):
        move_on(session, 999, iris.case_id, "", version=0, actor=iris.actor("clara"), now=now)
    with pytest.raises(NotFound):
        move_on(session, scene.committee_id, 999, "", version=0, actor=iris.actor("clara"), now=now)
    with pytest.raises(TransitionRefused, match="No case is on now"):
        pause(session, scene.committee_id, version=0, actor=iris.actor("clara"), now=now)
    fire(session, ben.case_id, "withdraw", actor=scene.actor("ben"), now=now)
    session.commit()
    with pytest.raises(TransitionRefused, match="does not meet on this case now"):
        put_on(ben, 0)
    session.rollback()
    assert session.scalars(sa.select(Meeting.id)).all() == []


def test_a_case_withdrawn_while_it_is_on_is_off_and_the_next_one_can_come(
    session: Session, scene: Scene, now: datetime, iris: Room, ben: Room
) -> None:
    put_on(iris, 0)
    seen = newest(ben)
    fire(session, iris.case_id, "withdraw", actor=scene.actor("iris"), now=now)
    session.commit()
    assert newest(ben) != seen
    assert view(ben) == MeetingView(1, is_out=False, on=None)
    put_on(ben, 1)
    on = view(ben).on
    assert on is not None
    assert (on.case_id, on.place) == (ben.case_id, Place(1, 1, None))


def test_who_becomes_conflicted_while_the_case_is_on_sees_only_that(
    session: Session, now: datetime, iris: Room, ben: Room
) -> None:
    put_on(iris, 0, criterion="leadership")
    seen = newest(iris)
    declare_conflict(session, iris.case_id, "dispute", "In court.", actor=iris.actor("mika"), now=now)
    session.commit()
    assert newest(iris) != seen
    assert view(iris, "mika") == MeetingView(1, is_out=True, on=None)
    assert view(iris, "aya").on is not None
    put_on(ben, 1)
    on = view(ben, "mika").on
    assert on is not None
    assert (on.case_id, on.place) == (ben.case_id, Place(1, 1, None))  # the case they are out of is in no count
    assert view(ben, "aya").on.place == Place(2, 2, iris.case_id)  # type: ignore[union-attr]


def test_a_chair_who_becomes_conflicted_hands_over_and_comes_back(
    session: Session, now: datetime, iris: Room, ben: Room
) -> None:
    put_on(iris, 0)
    declare_conflict(session, iris.case_id, "dispute", "In court.", actor=iris.actor("clara"), now=now)
    session.commit()
    with pytest.raises(NotFound):
        put_on(iris, 1, "clara")
    session.rollback()
    with pytest.raises(NotFound):
        close_case(session, iris.scene.committee_id, version=1, actor=iris.actor("clara"), now=now)
    session.rollback()
    put_on(iris, 1, "omar", "leadership")
    close_case(session, iris.scene.committee_id, version=2, actor=iris.actor("omar"), now=now)
    session.commit()
    assert view(ben, "clara") == MeetingView(3, is_out=False, on=None)
    put_on(ben, 3, "clara")


def test_a_decided_case_stays_on_until_the_next_one(session: Session, iris: Room, ben: Room) -> None:
    iris.reveal(dict.fromkeys(MEMBERS, "promote"))
    put_on(iris, 0)
    iris.decide()
    session.commit()
    on = view(iris).on
    assert on is not None
    assert on.place == Place(1, 2, ben.case_id)
    with pytest.raises(TransitionRefused, match="does not meet on this case now"):
        put_on(iris, 1, criterion="leadership")


def test_what_is_written_often_is_no_news(session: Session, iris: Room) -> None:
    iris.open_voting()
    session.commit()
    seen = newest(iris)
    iris.vote("mika")
    session.commit()
    assert newest(iris) == seen
    assert newest(iris, "hanna") is None  # no member: worked out from the start
    iris.be_present("clara", "mika")
    session.commit()
    assert newest(iris) != seen
