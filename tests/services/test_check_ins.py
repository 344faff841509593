"""Check-ins of an agreed plan: signed, read by three, changed by their author, reminded of, handed over whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from review.domain.errors import Conflict, Invalid, NotFound, TransitionRefused
from review.models import AuditEvent, CheckIn, GrowthItem, Message, Person, Timer
from review.queries.check_ins import load_check_ins
from review.queries.growth import load_growth_page
from review.queries.invariants import check_timers
from review.queries.mail import load_mail_subject
from review.queries.standing import load_standing
from review.services.check_ins import CheckInDraft, note_check_in
from review.services.people import deactivate, hand_over_cases
from review.services.sweep import fire_due_timers
from tests.agreed_plan import agreed_plan, written_plan

pytestmark = pytest.mark.both_databases
HELD, NEXT = date(2026, 11, 16), date(2026, 12, 14)
NEXT_MORNING = datetime(2026, 12, 14, 7, tzinfo=UTC)


@pytest.fixture
def open_room(session, now):
    return written_plan(session, now)


@pytest.fixture
def room(open_room):
    return agreed_plan(open_room)


def draft(room, words="Met twice, and the plan is shared.", **more):
    first = room.session.scalar(sa.select(sa.func.min(GrowthItem.id)))
    return replace(CheckInDraft(HELD, {first: words, first + 1: ""}, NEXT), **more)


def note(room, key="iris", number=None, version=0, at=None, **more):
    what, actor = draft(room, **more), room.actor(key)
    return note_check_in(room.session, room.case_id, number, what, version=version, actor=actor, now=at or room.now)


def shown(room, key):
    standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    page = load_growth_page(room.session, standing)
    return load_check_ins(room.session, standing, is_agreed=bool(page and page.is_agreed))


def timers(room):
    rows = room.session.execute(sa.select(Timer.due_at, Timer.done_at).where(Timer.place == "plan:check-in"))
    return [(row.due_at, row.done_at is not None) for row in rows.all()]


def told(room):
    found = sa.select(Message.to_person_id, Message.template, Message.params).where(
        Message.template.in_(["check_in_due", "plan_taken_over", "case_taken_over", "case_handed_over"])
    )
    keys = {number: key for key, number in room.scene.company.ids.items()}
    return [(keys[who], template, params.get("page")) for who, template, params in room.session.execute(found).all()]


def test_both_note_what_was_done_and_each_is_signed(session, room):
    note(room, held_on=HELD - timedelta(1))
    note(room, "greta", words="She leads it now.")
    for key in ("iris", "greta", "hanna"):
        found = shown(room, key)
        assert [(row.written_by, row.held_on, row.lines[0].activity, row.lines[0].words) for row in found.rows] == [
            ("Greta Holm", HELD, "Keeping a roadmap", "She leads it now."),
            ("Iris Vance", HELD - timedelta(1), "Keeping a roadmap", "Met twice, and the plan is shared."),
        ]
        assert ([len(row.lines) for row in found.rows], found.next_on) == ([1, 1], NEXT)
    assert [row.can_change for row in shown(room, "iris").rows] == [False, True]
    assert [shown(room, key).can_write for key in ("iris", "greta", "hanna")] == [True, True, False]
    events = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind == "growth.check_in")).all()
    assert len(events) == 2


@pytest.mark.parametrize("key", ["hanna", "dario", "clara", "mika", "erin", "petra", "abel", "ines", "otto", "noor"])
def test_nobody_else_notes_one_and_only_hr_reads_it(room, key):
    note(room)
    with pytest.raises(NotFound):
        note(room, key)
    try:
        found = shown(room, key)
    except NotFound:
        found = None
    assert (found is not None) is (key == "hanna")


def test_before_both_have_agreed_nothing_is_noted(session, open_room):
    with pytest.raises(TransitionRefused) as refused:
        note(open_room)
    assert [str(each) for each in refused.value.reasons] == ["Check-ins begin once both have agreed to the plan"]
    assert shown(open_room, "iris").can_write is False


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"held_on": None}, ["held_on"]),
        ({"held_on": HELD + timedelta(1)}, ["held_on"]),
        ({"words": ""}, ["words"]),
        ({"words": "x" * 4001}, ["words-1"]),
        ({"next_on": HELD}, ["next_on"]),
    ],
)
def test_a_faulty_check_in_is_refused_with_its_field(session, room, wrong, fields):
    with pytest.raises(Invalid) as refused:
        note(room, **wrong)
    assert [fault.field for fault in refused.value.faults] == fields
    assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 0


def test_only_its_author_changes_one_and_no_tab_overwrites_another(session, room):
    first = note(room)
    with pytest.raises(NotFound):
        note(room, "greta", number=first.id, version=1)
    changed = note(room, number=first.id, version=1, words="Met three times.")
    assert (changed.version, changed.lines[0]["words"]) == (2, "Met three times.")
    with pytest.raises(Conflict) as conflict:
        note(room, number=first.id, version=1, words="Mine")
    assert (conflict.value.theirs, conflict.value.mine) == ({"words-1": "Met three times."}, {"words-1": "Mine"})


def test_a_form_sent_twice_notes_one(session, room):
    for _ in range(2):
        actor, what = room.actor("iris"), draft(room)
        note_check_in(session, room.case_id, None, what, version=0, actor=actor, now=room.now, request_key="once")
    assert session.scalar(sa.select(sa.func.count()).select_from(CheckIn)) == 1


def test_on_the_next_day_both_are_reminded_once(session, room):
    note(room)
    assert timers(room) == [(datetime(2026, 12, 13, 23, tzinfo=UTC), False)]
    assert list(check_timers(session)) == []
    fire_due_timers(session, now=NEXT_MORNING - timedelta(days=1))
    assert told(room) == []
    for _ in range(2):
        fire_due_timers(session, now=NEXT_MORNING)
    assert told(room) == [("iris", "check_in_due", "growth-plan"), ("greta", "check_in_due", "growth-plan")]
    assert load_mail_subject(session, room.scene.id("greta"), room.case_id, now=NEXT_MORNING) is not None


def test_a_new_check_in_moves_the_reminder_and_none_is_due_without_a_day(session, room):
    note(room)
    later = note(room, "greta", next_on=date(2027, 1, 11))
    assert timers(room) == [(datetime(2027, 1, 10, 23, tzinfo=UTC), False)]
    note(room, "greta", number=later.id, version=1, next_on=None)
    assert timers(room) == []


def test_a_reminder_that_has_fired_is_followed_by_the_next(session, room):
    note(room)
    fire_due_timers(session, now=NEXT_MORNING)
    note(room, held_on=NEXT, next_on=date(2027, 1, 11), at=NEXT_MORNING)
    assert timers(room) == [
        (datetime(2026, 12, 13, 23, tzinfo=UTC), True),
        (datetime(2027, 1, 10, 23, tzinfo=UTC), False),
    ]


def test_a_new_manager_reads_all_of_it_and_is_reminded_instead(session, room):
    """The case is closed, yet the plan goes on: the former manager reads it no more, and their words stay signed."""
    note(room, "greta")
    iris, mats = room.scene.id("iris"), room.scene.id("mats")
    session.get_one(Person, iris).manager_id = mats
    hand_over_cases(session, {iris: mats}, actor=room.actor("hanna"), now=room.now)
    session.commit()
    assert told(room) == [("greta", "case_handed_over", None), ("mats", "plan_taken_over", "growth-plan")]
    standing = load_standing(session, room.case_id, room.actor("mats"), now=room.now)
    assert load_growth_page(session, standing).manager_agreed_by == "Greta Holm"
    row = shown(room, "mats").rows[0]
    assert (row.written_by, row.can_change) == ("Greta Holm", False)
    with pytest.raises(NotFound):
        shown(room, "greta")
    with pytest.raises(NotFound):
        note(room, "mats", number=row.id, version=1)
    fire_due_timers(session, now=NEXT_MORNING)
    assert [each[:2] for each in told(room)[2:]] == [("iris", "check_in_due"), ("mats", "check_in_due")]


def test_a_delegate_signs_on_behalf_of_the_manager(session, room):
    greta = room.scene.id("greta")
    otto = replace(room.actor("otto"), delegators={greta: frozenset()})
    note_check_in(session, room.case_id, None, draft(room), version=0, actor=otto, now=room.now)
    note(room)
    assert {(row.written_by, row.on_behalf_of) for row in shown(room, "hanna").rows} == {
        ("Otto Nagy", "Greta Holm"),
        ("Iris Vance", ""),
    }


def test_a_leaver_is_not_reminded(session, room):
    note(room)
    deactivate(session, room.scene.id("iris"), actor=room.actor("hanna"), now=room.now)
    fire_due_timers(session, now=NEXT_MORNING)
    assert [each[0] for each in told(room)] == ["greta"]
