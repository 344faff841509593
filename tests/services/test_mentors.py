"""Mentors of a growth plan: suggested by grade outside the line, found by words, chosen by a press; no leak."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from review.domain.errors import Invalid
from review.models import Conflict, Feedback, GrowthPlan, Person
from review.queries.mentors import find_mentors
from review.queries.standing import load_standing
from review.services.growth import PlanDraft, save_plan
from tests.after_decision import announced_room


@pytest.fixture
def room(session, now):
    room = announced_room(session, now)
    room.fire("close_appeal_window", "iris")
    session.commit()
    return room


def found(room, key="iris", words=""):
    standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    return find_mentors(room.session, standing, words=words)


def suggested(room, key="iris"):
    return {each.name: str(each.words) for each in found(room, key).people}


EXPECTED = {
    "Mats Oduya": "Group PM, one grade up, Product function",
    "Pavel Novak": "Staff PM, one grade up, Product function",
    "Ravi Menon": "Principal PM, two grades up, Product function",
}


@pytest.mark.both_databases
def test_suggested_are_people_one_or_two_grades_up_outside_the_line(session, room):
    assert suggested(room) == EXPECTED
    assert suggested(room, "greta") == EXPECTED
    assert [each.name for each in found(room).people][-1] == "Ravi Menon"


def test_whoever_has_left_or_comes_into_the_line_is_suggested_no_more(session, room):
    session.get_one(Person, room.scene.id("pavel")).is_active = False
    session.get_one(Person, room.scene.id("greta")).manager_id = room.scene.id("mats")
    session.flush()
    assert set(suggested(room)) == {"Ravi Menon"}


def test_feedback_and_declared_conflicts_change_nothing_that_is_shown(session, room, now):
    """Else the list would tell candidate and manager who wrote, and who has declared what."""
    pavel, mats = room.scene.id("pavel"), room.scene.id("mats")
    session.add(Conflict(case_id=room.case_id, person_id=pavel, kind="dispute", declared_by_id=pavel, declared_at=now))
    given = sa.select(Feedback).where(Feedback.case_id == room.case_id, Feedback.giver_id == room.scene.id("erin"))
    session.scalars(given).one().giver_id = mats
    session.flush()
    assert suggested(room) == EXPECTED


@pytest.mark.parametrize("key", ["hanna", "hugo"])
def test_who_does_not_write_the_plan_is_shown_nobody(room, key):
    assert (found(room, key).people, found(room, key, "Ravi").people) == ((), ())


def test_at_most_six_are_suggested_in_one_statement(session, room, statements):
    levels = ("staff-pm", "principal-pm")
    session.add_all(
        Person(external_id=f"m{n}", name=f"Mentor {n}", function="Data", title="PM", level_id=levels[n % 2])
        for n in range(40)
    )
    session.flush()
    standing = load_standing(session, room.case_id, room.actor("iris"), now=room.now)
    with statements() as issued:
        people = find_mentors(session, standing, words="").people
    assert (len(people), len(issued)) == (6, 1)
    assert {each.name for each in people[:3]} == set(EXPECTED)
    assert {str(each.words) for each in people[3:]} == {"PM, one grade up, Data function"}


def test_found_by_words_tells_no_level_and_why_somebody_cannot_be_it(session, room):
    rows = found(room, words="group pm").people
    assert [(each.name, each.words, each.obstacle and str(each.obstacle)) for each in rows] == [
        ("Greta Holm", "Group PM, Product", "In the line of reports, or was the manager during the case"),
        ("Mats Oduya", "Group PM, Product", None),
    ]
    assert [str(each.obstacle) for each in found(room, words="Iris").people] == ["This is the candidate"]
    many = found(room, words="e")
    assert (len(many.people), many.has_more) == (8, True)


def choose(room, key, chosen, version=0, mentor=""):
    draft = PlanDraft(mentor, "Two days", room.scene.id(chosen))
    return save_plan(room.session, room.case_id, draft, version=version, actor=room.actor(key), now=room.now)


def test_who_is_chosen_stands_in_the_plan_by_name_and_title(session, room):
    choose(room, "greta", "ravi", mentor="somebody")
    plan = session.scalars(sa.select(GrowthPlan)).one()
    assert (plan.mentor, plan.training_budget) == ("Ravi Menon, Principal PM", "Two days")


@pytest.mark.parametrize("chosen", ["iris", "greta", "dario", "xenia"])
def test_nobody_of_the_line_and_no_leaver_is_chosen(session, room, chosen):
    with pytest.raises(Invalid) as refused:
        choose(room, "iris", chosen)
    assert [fault.field for fault in refused.value.faults] == ["mentor"]
    assert session.scalar(sa.select(sa.func.count()).select_from(GrowthPlan)) == 0
