"""Growth plans: written by two, every gap answered, agreed as read, and closed by the second agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from review.domain.errors import Conflict, Invalid, NotFound, TransitionRefused
from review.models import Gap, GrowthItem, GrowthPlan
from review.queries.growth import load_growth_page
from review.queries.standing import load_standing
from review.services.growth import ItemDraft, PlanDraft, agree, remove_item, save_item, save_plan
from tests.after_decision import announced_room


@pytest.fixture
def room(session, now):
    room = announced_room(session, now)
    room.fire("close_appeal_window", "iris")
    session.commit()
    return room


def draft(room, **more):
    gap_id = room.session.scalar(sa.select(Gap.id).where(Gap.case_id == room.case_id))
    whole = ItemDraft("Keeping a roadmap", gap_id, "A second partner plans with us", date(2027, 5, 1), 3, 2, 5)
    return replace(whole, **more)


def add(room, key="iris", **more):
    actor = room.actor(key)
    return save_item(room.session, room.case_id, None, draft(room, **more), version=0, actor=actor, now=room.now)


def plan(room):
    return room.session.scalars(sa.select(GrowthPlan).execution_options(populate_existing=True)).one()


def say_yes(room, key, version=None):
    shown = plan(room).version if version is None else version
    return agree(room.session, room.case_id, version=shown, actor=room.actor(key), now=room.now)


def page(room, key):
    return load_growth_page(room.session, load_standing(room.session, room.case_id, room.actor(key), now=room.now))


def agreed(room):
    return [plan(room).agreed_by_candidate_at is not None, plan(room).agreed_by_manager_at is not None]


def reasons(refused):
    return [str(each) for each in refused.value.reasons]


def test_the_second_agreement_closes_the_case(session, room):
    add(room)
    assert say_yes(room, "greta") is False
    assert (agreed(room), room.case.state) == ([False, True], "growth_plan")
    assert say_yes(room, "iris") is True
    assert (agreed(room), room.case.state, room.case.outcome) == ([True, True], "closed_not_yet", "not_yet")
    with pytest.raises(NotFound):
        add(room)


@pytest.mark.parametrize("change", ["item", "plan", "removal"])
def test_a_later_edit_takes_both_agreements_back_and_says_so(session, room, change):
    add(room)
    add(room, activity="Mentoring", gap_id=None)
    say_yes(room, "greta")
    iris = room.actor("iris")
    item = session.scalars(sa.select(GrowthItem).order_by(GrowthItem.id.desc())).first()
    saved = {
        "item": lambda: save_item(
            session, room.case_id, item.id, draft(room, goal="Another"), version=item.version, actor=iris, now=room.now
        ),
        "plan": lambda: save_plan(
            session, room.case_id, PlanDraft("Ravi", ""), version=plan(room).version, actor=iris, now=room.now
        ),
        "removal": lambda: remove_item(session, room.case_id, item.id, actor=iris, now=room.now),
    }[change]()
    assert (saved.has_taken_back, agreed(room)) == (True, [False, False])


def test_an_agreement_counts_for_the_plan_that_was_read(session, room):
    add(room)
    read = plan(room).version
    add(room, "greta", activity="Mentoring", gap_id=None)
    with pytest.raises(TransitionRefused) as refused:
        say_yes(room, "iris", read)
    assert reasons(refused) == ["The plan has changed since you opened this page; read it again"]


def test_a_gap_without_an_activity_holds_the_agreement_up(session, room):
    add(room, gap_id=None)
    assert [(is_met, str(words)) for is_met, words in page(room, "iris").reasons] == [
        (True, "Something is written in the plan"),
        (False, "Each gap has an activity"),
        (True, "The appeal is over or the decision is accepted"),
    ]
    with pytest.raises(TransitionRefused) as refused:
        say_yes(room, "iris")
    assert reasons(refused) == ["First each gap needs an activity"]


def test_while_an_appeal_is_possible_the_plan_is_written_and_not_agreed(session, now):
    room = announced_room(session, now)
    add(room)
    with pytest.raises(TransitionRefused) as refused:
        say_yes(room, "iris")
    assert reasons(refused) == ["The plan is agreed once the appeal is over or the decision is accepted"]


@pytest.mark.parametrize("key", ["hanna", "dario", "clara", "erin", "otto", "ines"])
def test_nobody_else_writes(session, room, key):
    add(room)
    for write in (lambda: add(room, key), lambda: say_yes(room, key)):
        with pytest.raises(NotFound):
            write()


def test_candidate_manager_and_hr_read_and_nobody_else(session, room):
    add(room)
    readers = []
    for key in ("iris", "greta", "hanna", "dario", "clara", "mika", "erin", "noor", "petra", "abel"):
        try:
            found = page(room, key)
        except NotFound:
            found = None
        if found is not None:
            readers.append((key, found.can_write))
    assert readers == [("iris", True), ("greta", True), ("hanna", False)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"activity": " "}, "activity"),
        ({"goal": ""}, "goal"),
        ({"due_on": None}, "due_on"),
        ({"skill": 6}, "skill"),
        ({"gap_id": 999}, "gap"),
        ({"goal": "x" * 4001}, "goal"),
    ],
)
def test_a_faulty_activity_is_refused_with_its_field(session, room, wrong, field):
    with pytest.raises(Invalid) as refused:
        add(room, **wrong)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert session.scalar(sa.select(sa.func.count()).select_from(GrowthItem)) == 0


def test_two_writers_never_overwrite_each_other(session, room):
    first = add(room)
    item = session.scalars(sa.select(GrowthItem)).one()
    iris, greta = room.actor("iris"), room.actor("greta")
    change = draft(room, goal="Hers")
    save_item(session, room.case_id, item.id, change, version=first.version, actor=greta, now=room.now)
    mine = draft(room, goal="Mine")
    with pytest.raises(Conflict) as conflict:
        save_item(session, room.case_id, item.id, mine, version=first.version, actor=iris, now=room.now)
    assert (conflict.value.theirs["goal"], conflict.value.mine["goal"]) == ("Hers", "Mine")
    with pytest.raises(Conflict):
        save_plan(session, room.case_id, PlanDraft("Ravi", ""), version=0, actor=iris, now=room.now)


def test_a_form_sent_twice_adds_one_activity(session, room):
    for _ in range(2):
        actor = room.actor("iris")
        save_item(session, room.case_id, None, draft(room), version=0, actor=actor, now=room.now, request_key="once")
    assert session.scalar(sa.select(sa.func.count()).select_from(GrowthItem)) == 1
