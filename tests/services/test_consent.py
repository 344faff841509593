"""The consent list: one confirmation decides all of it or nothing; a member takes a case off before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.agenda import Agenda
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.gaps import GapDraft
from review.models import AuditEvent, Decision, Gap, PulledCase
from review.queries.agenda import load_agenda
from review.queries.decisions import list_sentences
from review.queries.standing import load_standing
from review.services.audit import find_break
from review.services.conflicts import declare_conflict
from review.services.consent import Confirmed, confirm_together, pull_off
from review.services.decisions import add_gap
from review.services.seats_chair import take_chair
from review.services.transitions import fire
from tests.committee_room import MEMBERS, Room, built_room, sealed_room
from tests.factories import Scene
from tests.trail import detail_of

AGREED = dict.fromkeys(MEMBERS, "promote")
AGREED_NOT_YET = dict.fromkeys(MEMBERS, "not_yet")
LEVELS = {"iris": "staff-pm", "ben": "senior-pm", "cora": "senior-pm", "finn": "pm-2"}
SPLIT = {**AGREED, "mika": "not_yet", "aya": "not_yet"}


def revealed(session: Session, scene: Scene, now: datetime, key: str, votes: Mapping[str, str]) -> Room:
    room = built_room(session, scene, now, key=key, to_level=LEVELS[key])
    room.fire("seal", "hanna")
    room.reveal(votes)
    session.commit()
    return room


@pytest.fixture
def iris(session: Session, scene: Scene, now: datetime) -> Room:
    return revealed(session, scene, now, "iris", AGREED)


@pytest.fixture
def ben(session: Session, scene: Scene, now: datetime) -> Room:
    return revealed(session, scene, now, "ben", AGREED)


def name_gap(room: Room) -> Gap:
    standing = load_standing(room.session, room.case_id, room.actor("clara"), now=room.now)
    criterion = list_sentences(standing)[2]
    draft = GapDraft(criterion.id, criterion.sentences[0][1], "One case.", "A second one.", date(2027, 6, 1), "Coach.")
    gap = add_gap(room.session, room.case_id, draft, actor=room.actor("clara"), now=room.now)
    assert gap is not None
    return gap


def agenda(room: Room, key: str = "mika") -> Agenda:
    return load_agenda(room.session, room.scene.committee_id, room.actor(key)).agenda


def confirm(
    rooms: tuple[Room, ...], outcome: str = "promote", key: str = "clara", request_key: str | None = None
) -> int:
    room = rooms[0]
    return confirm_together(
        room.session,
        room.scene.committee_id,
        {each.case_id: Confirmed(outcome, f"Shown in {each.case.code}.") for each in rooms},
        actor=room.actor(key),
        now=room.now,
        request_key=request_key,
    )


def reasons_of(rooms: tuple[Room, ...], outcome: str = "promote", key: str = "clara") -> list[str]:
    with pytest.raises(TransitionRefused) as refused:
        confirm(rooms, outcome, key)
    rooms[0].session.rollback()
    assert rooms[0].session.scalars(sa.select(Decision.outcome)).all() == []
    return [str(each) for each in refused.value.reasons]


def pull(room: Room, key: str = "mika", reason: str = "", request_key: str | None = None) -> bool:
    return pull_off(room.session, room.case_id, reason, actor=room.actor(key), now=room.now, request_key=request_key)


def kinds(room: Room) -> list[str]:
    of_case = sa.select(AuditEvent.kind).where(AuditEvent.case_id == room.case_id)
    return sorted(room.session.scalars(of_case.order_by(AuditEvent.seq.desc()).limit(8)))


@pytest.mark.both_databases
def test_one_confirmation_decides_every_case(
    session: Session, scene: Scene, now: datetime, iris: Room, ben: Room
) -> None:
    cora = revealed(session, scene, now, "cora", AGREED)
    cora.decide()
    assert agenda(iris) == Agenda((), (), (iris.case_id, ben.case_id), ())
    assert confirm((ben, iris), request_key="k1") == 2
    session.commit()
    assert [room.case.state for room in (iris, ben)] == ["decided", "decided"]
    rows = session.scalars(sa.select(Decision).where(Decision.case_id != cora.case_id).order_by(Decision.case_id)).all()
    assert [(row.case_id, row.outcome, row.rationale, row.recorded_by_id, row.dissent) for row in rows] == [
        (room.case_id, "promote", f"Shown in {room.case.code}.", scene.id("clara"), []) for room in (iris, ben)
    ]
    assert kinds(iris) == kinds(ben) == kinds(cora)  # as decided alone
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "agenda.confirm")).one()
    assert (event.actor_id, detail_of(session, event)) == (scene.id("clara"), {"cases": [iris.case_id, ben.case_id]})
    assert find_break(session) is None
    assert confirm((ben, iris), request_key="k1") == 0  # the same form again


def test_one_that_cannot_be_decided_holds_up_all(session: Session, iris: Room, ben: Room) -> None:
    pull(ben)
    session.commit()
    assert reasons_of((iris, ben)) == [f"Ben Ito, {ben.case.code}: A member wants to talk about it"]
    assert [room.case.state for room in (iris, ben)] == ["discussion", "discussion"]
    assert confirm((iris,)) == 1


def test_each_refused_case_is_named_with_its_reason(
    session: Session, scene: Scene, now: datetime, iris: Room, ben: Room
) -> None:
    cora = revealed(session, scene, now, "cora", SPLIT)
    finn = revealed(session, scene, now, "finn", AGREED)
    ben.fire("vote_again", "clara", "Once more.")
    fire(session, finn.case_id, "withdraw", actor=scene.actor("finn"), now=now)
    session.commit()
    assert reasons_of((iris, ben, cora, finn), "not_yet") == [
        f"Iris Vance, {iris.case.code}: The votes say now: Promote",
        f"Ben Ito, {ben.case.code}: The votes do not agree any more, or are taken again",
        f"Cora Diaz, {cora.case.code}: The votes do not agree any more, or are taken again",
        f"Finn Berg, {finn.case.code}: It is not on the agenda any more",
    ]
    iris.decide()
    session.commit()
    with pytest.raises(TransitionRefused, match=r"Iris Vance, .*: It is decided"):
        confirm((iris,))


def test_a_not_yet_waits_for_its_gaps(session: Session, scene: Scene, now: datetime) -> None:
    room = revealed(session, scene, now, "iris", AGREED_NOT_YET)
    assert agenda(room) == Agenda((), (room.case_id,), (), ())
    missing = "Name at least one gap: what is missing, and when it is looked at again"
    page = load_agenda(session, scene.committee_id, room.actor("mika"))
    assert [str(each) for each in page.agreed[room.case_id].missing] == [missing]
    assert reasons_of((room,), "not_yet") == [f"Iris Vance, {room.case.code}: {missing}"]
    name_gap(room)
    assert agenda(room) == Agenda((), (), (room.case_id,), ())
    assert confirm((room,), "not_yet") == 1
    assert session.scalars(sa.select(Decision.outcome)).all() == ["not_yet"]


def test_without_a_quorum_nothing_is_agreed(iris: Room) -> None:
    iris.be_present("clara", "omar")
    assert agenda(iris) == Agenda((iris.case_id,), (), (), ())
    assert reasons_of((iris,)) == [f"Iris Vance, {iris.case.code}: The votes do not agree any more, or are taken again"]


def test_reasons_are_needed_for_each(session: Session, iris: Room, ben: Room) -> None:
    given = {iris.case_id: Confirmed("promote", "Shown."), ben.case_id: Confirmed("promote", " ")}
    with pytest.raises(Invalid) as refused:
        confirm_together(session, iris.scene.committee_id, given, actor=iris.actor("clara"), now=iris.now)
    assert [fault.field for fault in refused.value.faults] == [f"reason-{ben.case_id}"]
    session.rollback()
    assert session.scalars(sa.select(Decision.id)).all() == []


@pytest.mark.parametrize(
    ("key", "error"), [("mika", NotAllowed), ("omar", NotAllowed), ("hanna", NotFound), ("iris", NotFound)]
)
def test_only_the_chair_confirms(iris: Room, key: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        confirm((iris,), key=key)


def test_where_the_chair_is_out_the_deputy_confirms_that_case_alone(session: Session, iris: Room, ben: Room) -> None:
    declare_conflict(session, ben.case_id, "dispute", "In court.", actor=ben.actor("clara"), now=ben.now)
    session.commit()
    assert agenda(iris, "clara").consent == (iris.case_id,)
    assert reasons_of((iris, ben)) == ["A case of the list: It is not on the agenda any more"]
    assert load_agenda(session, ben.scene.committee_id, ben.actor("omar")).to_confirm == (ben.case_id,)
    assert reasons_of((iris, ben), key="omar") == [f"Iris Vance, {iris.case.code}: Only its chair records the decision"]
    assert confirm((ben,), key="omar") == 1


def test_any_member_takes_a_case_off(session: Session, iris: Room, ben: Room) -> None:
    assert pull(iris, "mika", "  What of E2?  ", "k1")
    assert not pull(iris, "mika", "What of E2?", "k1")
    assert not pull(iris, "aya", "I too.")
    assert agenda(iris, "clara") == Agenda((iris.case_id,), (), (ben.case_id,), ())
    page = load_agenda(session, iris.scene.committee_id, iris.actor("jonas"))
    assert (page.pulled, page.can_pull) == ({iris.case_id: "What of E2?"}, (ben.case_id,))
    row = session.scalars(sa.select(PulledCase)).one()
    assert (row.person_id, row.committee_id, row.pulled_at) == (
        iris.scene.id("mika"), iris.scene.committee_id, iris.now,
    )  # fmt: skip
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "agenda.pull")).one()
    assert (event.actor_id, event.case_id, detail_of(session, event)) == (iris.scene.id("mika"), iris.case_id, {})
    iris.decide()  # talked about, then decided alone


@pytest.mark.parametrize(("key", "error"), [("hanna", NotAllowed), ("greta", NotFound), ("iris", NotFound)])
def test_nobody_else_takes_a_case_off(iris: Room, key: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        pull(iris, key)


def test_who_is_out_takes_nothing_off_and_counts_nothing(session: Session, iris: Room, ben: Room) -> None:
    declare_conflict(session, ben.case_id, "dispute", "In court.", actor=ben.actor("mika"), now=ben.now)
    assert agenda(iris, "mika") == Agenda((), (), (iris.case_id,), ())
    page = load_agenda(session, iris.scene.committee_id, iris.actor("mika"))
    assert (list(page.rows), list(page.agreed), page.can_pull) == ([iris.case_id], [iris.case_id], (iris.case_id,))
    with pytest.raises(NotFound):
        pull(ben, "mika")


def test_a_case_is_taken_off_between_reveal_and_decision(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    with pytest.raises(TransitionRefused):
        pull(room)
    room.reveal()
    with pytest.raises(Invalid):
        pull(room, reason="x" * 1001)
    room.decide()
    with pytest.raises(TransitionRefused):
        pull(room)
    assert session.scalars(sa.select(PulledCase.id)).all() == []


def press_at_once(engine: sa.Engine, *presses: Callable[[Session], object]) -> list[str]:
    """Press buttons at the same time, each with a session of its own; return "done" or the refusal, in their order."""
    outcomes = dict.fromkeys(range(len(presses)), "")

    def press(place: int) -> None:
        with Session(engine) as own:
            try:
                presses[place](own)
                own.commit()
                outcomes[place] = "done"
            except (NotAllowed, TransitionRefused) as refused:
                outcomes[place] = type(refused).__name__

    threads = [Thread(target=press, args=(place,)) for place in outcomes]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return list(outcomes.values())


@pytest.mark.both_databases
def test_chair_and_deputy_confirm_at_once(session: Session, iris: Room, ben: Room, engine: sa.Engine) -> None:
    """The deputy takes the chair while the chair presses: every case is decided once, the other press is refused."""
    number, now, clara, omar = iris.scene.committee_id, iris.now, iris.actor("clara"), iris.actor("omar")
    words, ben_id = {room.case_id: Confirmed("promote", "Shown.") for room in (iris, ben)}, ben.case_id
    session.commit()

    def take_over(own: Session) -> None:
        take_chair(own, ben_id, actor=omar, now=now)
        confirm_together(own, number, words, actor=omar, now=now)

    outcomes = press_at_once(engine, lambda own: confirm_together(own, number, words, actor=clara, now=now), take_over)
    session.expire_all()
    rows = session.scalars(sa.select(Decision).order_by(Decision.case_id)).all()
    winner = clara if outcomes[0] == "done" else omar
    assert [(row.case_id, row.recorded_by_id) for row in rows] == [(each, winner.person_id) for each in words]
    assert outcomes in (["done", "TransitionRefused"], ["NotAllowed", "done"])
    assert find_break(session) is None


@pytest.mark.both_databases
def test_a_member_takes_a_case_off_while_the_chair_confirms(
    session: Session, iris: Room, ben: Room, engine: sa.Engine
) -> None:
    """One comes before the other: either both cases are decided and nothing is taken off, or none is decided."""
    number, now, clara, mika = iris.scene.committee_id, iris.now, iris.actor("clara"), iris.actor("mika")
    words, ben_id = {room.case_id: Confirmed("promote", "Shown.") for room in (iris, ben)}, ben.case_id
    session.commit()
    outcomes = press_at_once(
        engine,
        lambda own: confirm_together(own, number, words, actor=clara, now=now),
        lambda own: pull_off(own, ben_id, "", actor=mika, now=now),
    )
    session.expire_all()
    assert sorted(outcomes) == ["TransitionRefused", "done"]
    decided, pulled = (len(session.scalars(sa.select(each.id)).all()) for each in (Decision, PulledCase))
    assert (decided, pulled) == ((2, 0) if outcomes[0] == "done" else (0, 1))
