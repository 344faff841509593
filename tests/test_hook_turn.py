"""Hooks end to end: from a change through the record to a program that checks the signature, whatever fails between."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.access import Actor
from review.domain.errors import Invalid, NotAllowed
from review.domain.hook_kinds import MOST_ATTEMPTS, Form, HookKind
from review.hook_turn import take_hook_turn
from review.models import AuditEvent, Hook, HookDelivery, Message, Person, RoleGrant
from review.services.hooks import HookPlan, register_hook, renew_secret, send_again, switch_off, switch_on, try_hook
from review.services.people import deactivate
from tests.after_decision import decided_room, make_ready, release
from tests.committee_room import built_room
from tests.factories import Scene, open_case_of
from tests.hook_receiver import Receiver, receiving

Turn = Callable[[datetime], dict[str, int]]
EVERY = tuple(kind for kind in HookKind if kind not in (HookKind.DIGEST, HookKind.TEST))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def local(settings: Settings) -> Settings:
    return replace(settings, hooks_local=True)


def register(
    session: Session, address: str, actor: Actor, now: datetime, *kinds: str, form: str = Form.EVENTS
) -> tuple[int, str]:
    plan = HookPlan("A program", form, address, kinds or EVERY)
    made = register_hook(session, plan, actor=actor, now=now)
    session.commit()
    return made


def take(engine: Engine, settings: Settings, moment: datetime) -> dict[str, int]:
    return dict(take_hook_turn(engine, settings, clock=lambda: moment))


@pytest.fixture
def turn(session: Session, engine: Engine, local: Settings) -> Turn:
    """Return a function that takes a worker's turn at a moment, with the test's own rows committed."""

    def take_turn(moment: datetime) -> dict[str, int]:
        session.commit()
        return take(engine, local, moment)

    return take_turn


def said(receiver: Receiver) -> list[tuple[str, dict[str, object]]]:
    return [(body["type"], body["data"]) for body in (json.loads(call.body) for call in receiver.calls)]


@pytest.mark.both_databases
def test_a_change_arrives_signed_with_ids_and_a_link(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    hook_id, secret = register(session, receiver.address, scene.actor("hanna"), now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    later = now + timedelta(minutes=5)
    assert turn(later) == {"sent": 1}
    call = receiver.calls[0]
    assert json.loads(call.body) == {
        "type": "case.opened",
        "timestamp": "2026-11-16T09:00:00Z",
        "data": {"case_id": case.id, "cycle_id": scene.cycle_id, "url": f"http://localhost/cases/{case.id}"},
    }
    assert call.is_signed_with(secret)
    assert not call.is_signed_with(secret.replace(secret[10], "A" if secret[10] != "A" else "B", 1))
    assert call.headers["webhook-timestamp"] == str(int(later.timestamp()))
    assert turn(later) == {}
    row = session.scalars(sa.select(HookDelivery).where(HookDelivery.hook_id == hook_id)).one()
    assert (row.outcome, row.answer, row.attempts, row.key) == ("sent", 200, 1, call.headers["webhook-id"])


def test_what_happened_before_it_was_registered_is_not_told(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    open_case_of(session, scene, "ben", "senior-pm", now)
    register(session, receiver.address, scene.actor("hanna"), now)
    assert turn(now) == {}


def test_moves_are_told_and_what_stands_beside_them_is_not(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    register(session, receiver.address, scene.actor("hanna"), now, HookKind.CASE_MOVED)
    room = built_room(session, scene, now)
    turn(now)
    before = len(receiver.calls)
    room.fire("seal", "hanna")
    session.commit()
    assert turn(now) == {"sent": 1}
    assert {kind for kind, _ in said(receiver)} == {"case.moved"}
    assert said(receiver)[before:] == [
        (
            "case.moved",
            {
                "case_id": room.case_id,
                "cycle_id": scene.cycle_id,
                "url": f"http://localhost/cases/{room.case_id}",
            },
        )
    ]


def test_nothing_goes_out_before_the_announcement(
    session: Session, turn: Turn, receiver: Receiver, now: datetime
) -> None:
    """While the committee discusses and has decided, a case is not spoken of; then its release is."""
    room = decided_room(session, now, "decide_promote")
    hanna = room.actor("hanna")
    hook_id, _ = register(session, receiver.address, hanna, now)
    session.get_one(Hook, hook_id).seen_seq = 0  # all that led to the decision, too
    session.commit()
    went = turn(now)
    assert (went["dropped"] > 5, [each for each in said(receiver) if each[0].startswith("case.")]) == (True, [])
    make_ready(room)
    release(room)
    turn(now)
    kinds = [kind for kind, _ in said(receiver)]
    assert (kinds.count("decisions.released"), kinds.count("case.moved")) == (1, 1)
    assert "promote" not in "".join(call.body.decode() for call in receiver.calls)


def test_what_its_owner_may_not_know_is_not_told(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    """Hugo reports to Hanna, so her case is none of his HR work."""
    session.get_one(Person, scene.id("hanna")).level_id = "pm-2"
    register(session, receiver.address, scene.actor("hugo"), now)
    open_case_of(session, scene, "hanna", "senior-pm", now)
    assert turn(now) == {"dropped": 1}
    assert receiver.calls == []


@pytest.mark.parametrize("how", ["left", "lost the role"])
def test_a_leaver_s_hook_stops(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime, how: str
) -> None:
    hook_id, _ = register(session, receiver.address, scene.actor("hugo"), now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    if how == "left":
        deactivate(session, scene.id("hugo"), actor=scene.actor("ines"), now=now)
    else:
        session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == scene.id("hugo")))
    session.commit()
    assert turn(now) == {"dropped": 1}
    hook = session.get_one(Hook, hook_id, populate_existing=True)
    assert (receiver.calls, hook.off_at, hook.off_why) == (
        [],
        now,
        "its owner has left or holds no role for it any more",
    )


@pytest.mark.both_databases
def test_what_does_not_arrive_is_tried_again_with_the_same_id(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    receiver.statuses = [500, 302, 200]
    register(session, receiver.address, scene.actor("hanna"), now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    assert turn(now) == {"failed": 1}
    assert turn(now) == {}
    assert turn(now + timedelta(minutes=2)) == {"failed": 1}
    assert turn(now + timedelta(minutes=5)) == {"sent": 1}
    assert len({(call.headers["webhook-id"], call.body) for call in receiver.calls}) == 1
    assert [call.headers["webhook-timestamp"] for call in receiver.calls] == sorted(
        call.headers["webhook-timestamp"] for call in receiver.calls
    )


def test_who_never_answers_is_switched_off_with_a_notice(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    receiver.statuses = [503]
    hook_id, _ = register(session, receiver.address, scene.actor("hanna"), now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    moment = now
    for _ in range(MOST_ATTEMPTS):
        turn(moment)
        moment += timedelta(hours=8)
    assert timedelta(days=3) < moment - now
    hook = session.get_one(Hook, hook_id, populate_existing=True)
    assert (len(receiver.calls), hook.off_why) == (MOST_ATTEMPTS, "nothing arrived for three days")
    mail = session.scalars(sa.select(Message).where(Message.template == "hook_off")).one()
    assert mail.to_person_id == scene.id("hanna")
    open_case_of(session, scene, "cora", "senior-pm", moment)
    assert turn(moment) == {}


def test_who_says_that_it_is_gone_is_believed(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    receiver.statuses = [410]
    hook_id, _ = register(session, receiver.address, scene.actor("hanna"), now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    turn(now)
    assert session.get_one(Hook, hook_id, populate_existing=True).off_why == "the address said that it is gone"


def test_one_that_does_not_answer_holds_up_no_other(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    with receiving() as broken:
        broken.statuses = [500]
        register(session, broken.address, scene.actor("hanna"), now)
        register(session, receiver.address, scene.actor("hanna"), now)
        open_case_of(session, scene, "ben", "senior-pm", now)
        open_case_of(session, scene, "cora", "senior-pm", now)
        assert turn(now) == {"failed": 1, "sent": 2}
        assert len(broken.calls) == 1


@pytest.mark.both_databases
def test_a_worker_that_dies_while_it_calls_leaves_the_call_to_the_next(
    session: Session, engine: Engine, local: Settings, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    """The first worker's answer never comes; once its lease is over, another one calls with the same key."""
    register(session, receiver.address, scene.actor("hanna"), now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    receiver.goes_on.clear()
    first = threading.Thread(target=take, args=(engine, local, now))
    first.start()
    receiver.came.acquire()
    assert take(engine, local, now + timedelta(seconds=30)) == {}
    receiver.goes_on.set()
    first.join()
    session.execute(sa.update(HookDelivery).values(ended_at=None, outcome="", due_at=now + timedelta(minutes=2)))
    session.commit()  # as the database has it when the worker died before it noted the answer
    assert turn(now + timedelta(minutes=3)) == {"sent": 1}
    assert len(receiver.calls) == 2
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


@pytest.mark.both_databases
def test_two_workers_call_once(
    session: Session, engine: Engine, local: Settings, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    register(session, receiver.address, scene.actor("hanna"), now)
    for key in ("ben", "cora", "iris"):
        open_case_of(session, scene, key, "staff-pm" if key == "iris" else "senior-pm", now)
    session.commit()
    begin = threading.Barrier(3)

    def work() -> None:
        begin.wait()
        take(engine, local, now)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    turn(now)  # for what one left to another that was just done
    assert sorted(len({call.headers["webhook-id"]}) for call in receiver.calls) == [1, 1, 1]
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 3


def test_a_rolled_back_change_is_not_told(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    from review.services.cases import Nomination, nominate

    register(session, receiver.address, scene.actor("hanna"), now)
    nominate(
        session,
        scene.cycle_id,
        Nomination(scene.id("ben"), "promotion", "senior-pm"),
        actor=scene.actor("ben"),
        now=now,
    )
    session.rollback()
    assert turn(now) == {}


def test_a_test_says_at_once_whether_it_arrives(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    hanna = scene.actor("hanna")
    hook_id, secret = register(session, receiver.address, hanna, now)
    receiver.statuses = [500, 200]
    try_hook(session, hook_id, actor=hanna, now=now, request_key="a")
    try_hook(session, hook_id, actor=hanna, now=now, request_key="a")
    session.commit()
    assert turn(now) == {"failed": 1}
    row = session.scalars(sa.select(HookDelivery)).one()
    assert (row.outcome, session.get_one(Hook, hook_id).off_at) == ("given_up", None)
    send_again(session, hook_id, row.id, actor=hanna, now=now)
    session.commit()
    assert turn(now) == {"sent": 1}
    assert said(receiver)[-1] == ("test", {"url": "http://localhost/integrations"})
    renewed = renew_secret(session, hook_id, actor=hanna, now=now)
    try_hook(session, hook_id, actor=scene.actor("hugo"), now=now)
    session.commit()
    turn(now)
    assert [receiver.calls[-1].is_signed_with(each) for each in (secret, renewed)] == [False, True]


def test_off_is_off_and_on_goes_on_from_there(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    hook_id, _ = register(session, receiver.address, scene.actor("hanna"), now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    switch_off(session, hook_id, actor=scene.actor("ines"), now=now)
    session.commit()
    assert turn(now) == {}
    with pytest.raises(NotAllowed):
        switch_on(session, hook_id, actor=scene.actor("ines"), now=now)
    switch_on(session, hook_id, actor=scene.actor("hanna"), now=now)
    open_case_of(session, scene, "cora", "senior-pm", now)
    assert turn(now) == {"sent": 1}
    kinds = session.scalars(
        sa.select(AuditEvent.kind).where(AuditEvent.kind.startswith("hook.")).order_by(AuditEvent.seq)
    )
    assert list(kinds) == ["hook.register", "hook.off", "hook.on"]


def test_a_channel_hears_each_working_morning_what_waits(
    session: Session, turn: Turn, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    hanna = scene.actor("hanna")
    register(session, receiver.address, hanna, now, HookKind.DIGEST, form=Form.SLACK)
    register(session, receiver.address, hanna, now, HookKind.DIGEST, form=Form.TEAMS)
    for key in ("ben", "cora"):
        open_case_of(session, scene, key, "senior-pm", now)
    early, late = now.replace(hour=7, minute=59), now.replace(hour=23)
    assert [turn(at) for at in (early, now, late)] == [{}, {"sent": 2}, {}]
    slack, teams = (json.loads(call.body) for call in receiver.calls)
    words = "Autumn 2026, Draft: 2 cases wait, 0 are late."
    assert slack == {"text": f"{words}\nhttp://localhost/cycles"}
    card = teams["attachments"][0]["content"]
    assert (card["type"], card["body"][0]["text"]) == ("AdaptiveCard", words)
    assert turn(now + timedelta(days=1)) == {"sent": 2}
    assert turn(now + timedelta(days=5)) == {}  # a Saturday
    assert "Ben" not in "".join(call.body.decode() for call in receiver.calls)


def test_a_channel_does_not_learn_how_many_are_decided(
    session: Session, turn: Turn, receiver: Receiver, now: datetime
) -> None:
    room = decided_room(session, now, "decide_promote")
    register(session, receiver.address, room.actor("hanna"), now, HookKind.DIGEST, form=Form.SLACK)
    turn(now)
    assert json.loads(receiver.calls[0].body)["text"].startswith("Autumn 2026, With the committee: 1 case waits,")


@pytest.mark.parametrize(
    ("key", "form", "kinds", "field"),
    [
        ("ines", Form.EVENTS, (HookKind.CASE_MOVED,), "kinds"),
        ("hanna", Form.SLACK, (HookKind.CASE_MOVED,), "kinds"),
        ("hanna", Form.EVENTS, (HookKind.DIGEST,), "kinds"),
        ("hanna", Form.EVENTS, (HookKind.TEST,), "kinds"),
        ("hanna", Form.EVENTS, ("anything",), "kinds"),
        ("hanna", "letters", EVERY, "form"),
    ],
)
def test_nobody_registers_what_they_may_not_tell(
    session: Session, scene: Scene, now: datetime, key: str, form: str, kinds: tuple[str, ...], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        register(session, "https://public.example/", scene.actor(key), now, *kinds, form=form)
    assert [fault.field for fault in refused.value.faults] == [field]


@pytest.mark.parametrize("key", ["otto", "abel", "noor"])
def test_others_register_nothing(session: Session, scene: Scene, now: datetime, key: str) -> None:
    with pytest.raises(NotAllowed):
        register(session, "https://public.example/", scene.actor(key), now)


def test_without_the_setting_this_machine_is_not_called(
    session: Session, engine: Engine, settings: Settings, scene: Scene, receiver: Receiver, now: datetime
) -> None:
    register(session, receiver.address, scene.actor("hanna"), now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    session.commit()
    assert take(engine, settings, now) == {"failed": 1}
    assert receiver.calls == []
