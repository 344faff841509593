"""The end of keeping: counted without changing anything, approved, done once, and never for what is on hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.privacy_file import Kind
from review.models import (
    AuditEvent,
    Base,
    Book,
    Conflict,
    DiscussionNote,
    FeedbackAnswer,
    Hook,
    HookDelivery,
    LegalHold,
    Message,
    Packet,
    PacketFile,
    Person,
    Rating,
    RequestKey,
    RetentionRun,
    SelfReview,
    SignIn,
    SignInAttempt,
    Vote,
)
from review.queries.invariants import find_violations
from review.queries.privacy_holds import list_holds
from review.queries.privacy_retention import list_due
from review.queries.privacy_rules import load_privacy_rules
from review.services.audit import find_break
from review.services.privacy_holds import end_hold, set_hold
from review.services.privacy_retention import A_CASE, BATCH, approve_run, do_in_parts
from review.services.sign_ins import open_sign_in
from review.worker import remove_due
from tests.agreed_plan import agreed_plan, written_plan
from tests.committee_room import Room
from tests.trail import details_where

WORDS = "Words-of-the-case"


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    room = agreed_plan(written_plan(session, now))
    of_case, clara = {"case_id": room.case_id}, room.scene.id("clara")
    session.execute(sa.update(FeedbackAnswer).values(done=WORDS))
    session.execute(sa.update(Vote).values(reason=WORDS))
    session.execute(sa.update(SelfReview).values(body=WORDS))
    session.add(DiscussionNote(author_id=clara, body=WORDS, created_at=now, **of_case))
    packet = session.scalars(sa.select(Packet)).one()
    packet.content = packet.content.replace('"did":"Seen."', f'"did":"{WORDS}"')
    assert WORDS in packet.content
    open_sign_in(session, room.scene.id("otto"), now=now)
    session.add(SignInAttempt(account="otto@company.example", address="192.0.2.1", at=now))
    session.add(RequestKey(key="k", at=now))
    session.commit()
    return room


def due(room: Room, days: int) -> dict[str, int]:
    """Return what is due some days later, by kind."""
    rows = list_due(room.session, load_privacy_rules(), now=room.now + timedelta(days=days))
    return {row.kind.value: row.count for row in rows if row.count}


def run(room: Room, days: int) -> None:
    """Approve and do a run some days later."""
    later = room.now + timedelta(days=days)
    approve_run(room.session, actor=room.actor("hanna"), now=later)
    assert sum(do_in_parts(room.session, now=later)) == 1
    room.session.commit()
    room.session.expire_all()


def holding(session: Session, words: str) -> set[str]:
    """Return the columns of all tables that hold words."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Text | sa.JSON)
        and session.scalar(sa.select(sa.literal(1)).where(sa.cast(column, sa.Text).contains(words)).limit(1))
    }


@pytest.mark.both_databases
def test_each_kind_goes_by_its_own_clock(room: Room, session: Session) -> None:
    mails, keys = (session.scalar(sa.select(sa.func.count()).select_from(each)) for each in (Message, RequestKey))
    votes = session.scalar(sa.select(sa.func.count()).where(Vote.overall.is_not(None)))
    session.execute(sa.update(Message).values(sent_at=room.now))
    assert due(room, 6) == {}
    assert due(room, 7) == {"failed_sign_ins": 1, "form_keys": keys}
    assert due(room, 90) == {"failed_sign_ins": 1, "form_keys": keys, "sign_ins": 1}
    assert due(room, 365)["mails"] == mails
    assert {kind: due(room, 730).get(kind) for kind in ("votes_and_notes", "feedback_text", "closed_cases")} == {
        "votes_and_notes": 1, "feedback_text": 1, "closed_cases": None,
    }  # fmt: skip
    run(room, 730)
    assert due(room, 730) == {}
    assert holding(session, WORDS) == {"self_review.body"}
    assert [
        session.scalar(sa.select(sa.func.count()).select_from(each)) for each in (Message, SignIn, DiscussionNote)
    ] == [0, 0, 0]
    assert find_violations(session) == []
    assert session.scalar(sa.select(sa.func.count()).where(Vote.overall.is_not(None))) == votes


@pytest.mark.both_databases
def test_at_the_end_of_a_case_its_people_are_somebody(room: Room, session: Session, settings: Settings) -> None:
    ids, case_id = set(room.scene.company.ids.values()), room.case_id
    letters = settings.files_dir / "letters" / str(case_id)
    letters.mkdir(parents=True)
    (letters / "a.pdf").write_bytes(b"x")
    before = session.execute(
        sa.select(Vote.overall, sa.func.count()).group_by(Vote.overall).order_by(Vote.overall)
    ).all()
    run(room, 1825)
    assert due(room, 1825) == {}
    assert holding(session, WORDS) == set()
    assert (list(letters.parent.iterdir()), session.scalars(sa.select(Packet)).all()) == ([], [])
    after = session.execute(
        sa.select(Vote.overall, sa.func.count()).group_by(Vote.overall).order_by(Vote.overall)
    ).all()
    assert before == after
    for table in Base.metadata.sorted_tables:
        key = table.c.id if table.name == "case" else table.c.get("case_id")
        if key is None or table.name == "audit_event":
            continue
        for each in [key.parent for key in table.foreign_keys if key.column.table.name == "person"]:
            found = set(session.scalars(sa.select(each).where(key == case_id, each.is_not(None))))
            assert found & ids == set(), each
    stand_ins = session.scalars(sa.select(Person).where(Person.external_id.startswith("pseudonym-"))).all()
    assert {(each.name, each.email, each.is_active) for each in stand_ins} == {("Somebody", None, False)}
    assert len({each.external_id for each in stand_ins}) == len(stand_ins) > 5
    assert find_violations(session) == []
    assert find_break(session) is None


def test_what_is_on_hold_stays(room: Room, session: Session) -> None:
    hugo, later = room.actor("hugo"), room.now + timedelta(days=1825)
    of_the_case = {"votes_and_notes", "feedback_text", "closed_cases"}
    assert of_the_case - due(room, 1825).keys() == set()
    number = set_hold(session, room.case.code, "A dispute", date(2036, 1, 1), actor=hugo, now=room.now)
    assert number is not None
    held = due(room, 1825)
    assert of_the_case & held.keys() == set()
    end_hold(session, number, actor=hugo, now=room.now)
    with pytest.raises(TransitionRefused):
        end_hold(session, number, actor=hugo, now=room.now)
    approve_run(session, actor=hugo, now=later)
    set_hold(session, "iris@company.example", "A dispute", date(2036, 1, 1), actor=hugo, now=later)
    list(do_in_parts(session, now=later))  # put on hold after it was approved
    session.expire_all()
    assert WORDS in session.scalars(sa.select(Packet.content)).one()
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq.desc()).limit(5)).all()
    assert kinds == ["retention.run", "hold.set", "retention.approve", "hold.end", "hold.set"]
    session.add(
        LegalHold(person_id=room.scene.id("otto"), reason="x", until_on=later.date(), set_by_id=1, set_at=later)
    )
    open_sign_in(session, room.scene.id("otto"), now=room.now)
    assert "sign_ins" not in due(room, 1825)
    assert due(room, 1826)["sign_ins"] == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("key", ["iris", "greta", "ravi", "pavel", "erin", "mika"])
def test_a_hold_on_somebody_covers_the_cases_in_which_they_have_a_part(room: Room, session: Session, key: str) -> None:
    """As candidate, manager, second rater, former manager, giver, on the committee: what they wrote stands there."""
    room.case.second_rater_id = room.scene.id("ravi")
    session.execute(sa.update(Rating).values(rater_id=room.scene.id("pavel")))
    of_the_case = {"votes_and_notes", "feedback_text", "closed_cases"}
    hold = {"reason": "x", "until_on": date(2036, 1, 1), "set_by_id": room.scene.id("hugo"), "set_at": room.now}
    session.add(LegalHold(person_id=room.scene.id("otto"), **hold))
    assert of_the_case - due(room, 1825).keys() == set()
    session.add(LegalHold(person_id=room.scene.id(key), **hold))
    assert of_the_case & due(room, 1825).keys() == set()


def test_only_hr_without_a_part_sets_and_sees_a_hold(room: Room, session: Session) -> None:
    hugo = room.scene.id("hugo")
    row = {"kind": "other", "reason": "x", "declared_by_id": hugo, "declared_at": room.now}
    session.add(Conflict(case_id=room.case_id, person_id=hugo, **row))
    about = [room.case.code, "iris"]
    for key in ("hugo", "greta", "abel", "ines"):
        for each in about:
            with pytest.raises(Invalid, match="Nothing that you can hold"):
                set_hold(session, each, "x", date(2036, 1, 1), actor=room.actor(key), now=room.now)
    for each in about:
        set_hold(session, each, "x", date(2036, 1, 1), actor=room.actor("hanna"), now=room.now)
    seen = {key: len(list_holds(session, room.actor(key), today=room.now.date())) for key in ("hanna", "hugo", "abel")}
    assert seen == {"hanna": 2, "hugo": 0, "abel": 0}
    number = session.scalars(sa.select(LegalHold.id).limit(1)).one()
    with pytest.raises(NotFound):
        end_hold(session, number, actor=room.actor("hugo"), now=room.now)
    with pytest.raises(Invalid) as refused:
        set_hold(session, "iris", " ", room.now.date() - timedelta(days=1), actor=room.actor("hanna"), now=room.now)
    assert [fault.field for fault in refused.value.faults] == ["reason", "until_on"]


def test_a_run_is_approved_by_hr_and_done_by_the_sweep(room: Room, session: Session, engine: sa.Engine) -> None:
    later = room.now + timedelta(days=7)
    with pytest.raises(NotAllowed):
        approve_run(session, actor=room.actor("ines"), now=later)
    with pytest.raises(TransitionRefused, match="kept long enough"):
        approve_run(session, actor=room.actor("hanna"), now=room.now)
    approve_run(session, actor=room.actor("hanna"), now=later, request_key="once")
    assert approve_run(session, actor=room.actor("hanna"), now=later, request_key="once") is None
    with pytest.raises(TransitionRefused, match="not been done"):
        approve_run(session, actor=room.actor("hanna"), now=later)
    session.commit()
    remove_due(engine, now=later)
    remove_due(engine, now=later)
    session.expire_all()
    assert session.scalars(sa.select(SignInAttempt)).all() == []
    assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == "retention.run")) == 1


def test_prints_and_books_go_with_their_files(room: Room, session: Session, settings: Settings) -> None:
    places = {}
    for name in ("book", "print"):
        places[name] = settings.files_dir / f"{name}.pdf"
        places[name].write_bytes(b"x")
    clara = {"person_id": room.scene.id("clara")}
    session.add(Book(committee_id=room.scene.committee_id, state="ready", asked_at=room.now, path="book.pdf", **clara))
    file = session.scalars(sa.select(PacketFile).limit(1)).one()
    file.path = "print.pdf"
    session.flush()
    run(room, 90)
    assert (places["book"].exists(), places["print"].exists()) == (False, True)
    run(room, 730)
    assert places["print"].exists() is False


def test_calls_of_hooks_go_once_they_have_ended(room: Room, session: Session) -> None:
    about = {"form": "events", "address": "https://a.example", "kinds": [], "salt": "s", "seen_seq": 0, "off_why": ""}
    hook = Hook(name="A", owner_id=room.scene.id("hanna"), made_at=room.now, **about)
    session.add(hook)
    session.flush()
    of_case = {"kind": "case.moved", "hook_id": hook.id, "happened_at": room.now, "due_at": room.now}
    session.add_all(
        [
            HookDelivery(key="1", occasion="1", case_id=room.case.id, ended_at=room.now, **of_case),
            HookDelivery(key="2", occasion="2", ended_at=room.now, **of_case),
            HookDelivery(key="3", occasion="3", **of_case),
        ]
    )
    session.commit()
    assert "hook_calls" not in due(room, 29)
    assert due(room, 30)["hook_calls"] == 2
    set_hold(session, room.case.code, "A dispute", date(2036, 1, 1), actor=room.actor("hugo"), now=room.now)
    assert due(room, 30)["hook_calls"] == 1
    run(room, 30)
    assert session.scalars(sa.select(HookDelivery.key).order_by(HookDelivery.key)).all() == ["1", "3"]


def test_every_kind_has_its_clock() -> None:
    rules = load_privacy_rules()
    assert set(rules.clocks) == set(Kind)
    assert all(clock.why for clock in rules.clocks.values())


@pytest.mark.both_databases
def test_a_long_run_goes_in_parts_and_whoever_has_removed_last_goes_on(room: Room, session: Session) -> None:
    """Each part has its event; what is put on hold between two stays; nobody removes what somebody else counts."""
    otto, hugo, later = room.scene.id("otto"), room.actor("hugo"), room.now + timedelta(days=400)
    session.execute(sa.update(Message).values(sent_at=None, dropped_at=None))
    old = {"template": "escalate_feedback", "params": {}, "created_at": room.now, "due_at": room.now, "attempts": 1}
    held = [{"key": f"h{n}", "to_person_id": otto, "sent_at": room.now, **old} for n in range(7)]
    mails = [{"key": f"m{n}", "to_person_id": hugo.person_id, "sent_at": room.now, **old} for n in range(2 * BATCH + 5)]
    session.execute(sa.insert(Message), mails + held)
    number = approve_run(session, actor=hugo, now=later)
    session.commit()
    first, second = do_in_parts(session, now=later), do_in_parts(session, now=later)
    assert next(first) is False
    session.commit()
    set_hold(session, "otto@company.example", "A dispute", date(2036, 1, 1), actor=hugo, now=later)
    assert next(second) is False
    session.commit()
    assert list(first) == []
    assert list(second) == [True]
    session.commit()
    left = session.scalars(sa.select(Message.key).where(Message.sent_at.is_not(None)).order_by(Message.id)).all()
    assert left == [each["key"] for each in held]
    row = session.get_one(RetentionRun, number)
    assert (row.removed["mails"], row.done_at) == (2 * BATCH + 5, later)
    parts = [dict(each) for each in details_where(session, AuditEvent.kind == "retention.run")]
    assert [each.pop("mails") for each in parts] == [BATCH, BATCH, 5]
    assert parts[:2] == [{"run": number}] * 2
    assert {**parts[2], "mails": 2 * BATCH + 5} == {"run": number, **row.removed}


def test_a_case_counts_for_many_rows_in_a_part(room: Room, session: Session) -> None:
    later = room.now + timedelta(days=1825)
    old = {"template": "escalate_feedback", "params": {}, "created_at": room.now, "due_at": room.now, "attempts": 1}
    mails = [{"key": f"m{n}", "to_person_id": room.scene.id("hugo"), "sent_at": room.now, **old} for n in range(BATCH)]
    session.execute(sa.update(Message).values(sent_at=None, dropped_at=None))
    session.execute(sa.insert(Message), mails[: BATCH - 2 * A_CASE])
    approve_run(session, actor=room.actor("hanna"), now=later)
    assert list(do_in_parts(session, now=later)) == [False, True]
    parts = details_where(session, AuditEvent.kind == "retention.run")
    assert {kind for kind in parts[0] if kind != "run"} == {"votes_and_notes", "feedback_text", "mails"}
