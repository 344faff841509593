"""A proposed request changed on approval: what the giver gets, who signs it, and the day it is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import Invalid, NotFound
from review.models import AuditEvent, Case, Feedback, Timer
from review.queries.asking import load_ask_page
from review.queries.giving import load_give_page
from review.queries.standing import load_standing
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_changes import Change, approve_changed
from review.services.transitions import fire
from tests.factories import DATES, Scene, open_case_of

CHANGE = Change("The data agreement, not the launch", ("leadership",), date(2026, 12, 1))


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    return case


@pytest.fixture
def row(session: Session, scene: Scene, case: Case, now: datetime) -> Feedback:
    proposal = Proposal((scene.id("erin"),), "The launch", ("hard-skills",))
    return propose_givers(session, case.id, proposal, actor=scene.actor("ben"), now=now)[0]


def test_a_changed_request_goes_out_as_changed_and_without_the_candidates_name(session, scene, case, row, now):
    approve_changed(session, case.id, row.id, CHANGE, actor=scene.actor("greta"), now=now)
    assert (row.state, row.note, row.criteria) == ("asked", "The data agreement, not the launch", ["leadership"])
    assert (row.changed_by_id, row.proposed_by_id) == (scene.id("greta"), scene.id("ben"))
    standing = load_standing(session, case.id, scene.actor("erin"), now=now)
    page = load_give_page(session, standing, row.id, now=now)
    assert (page.note, page.note_by, page.due_on) == ("The data agreement, not the launch", "", date(2026, 12, 1))
    assert [question.id for question in page.questions] == ["leadership"]
    (shown,) = load_ask_page(
        session, load_standing(session, case.id, scene.actor("ben"), now=now), words="", now=now
    ).rows
    assert (shown.is_changed, shown.note) == (True, "The data agreement, not the launch")
    kinds = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.subject_id == row.id).order_by(AuditEvent.seq))
    assert [kind for kind in kinds if kind.startswith("feedback.")] == [
        "feedback.open",
        "feedback.approve",
        "feedback.change",
    ]


def test_timers_count_from_the_new_day(session, scene, case, row, now):
    approve_changed(session, case.id, row.id, CHANGE, actor=scene.actor("greta"), now=now)
    timers = session.scalars(sa.select(Timer).where(Timer.place == f"feedback:{row.id}", Timer.done_at.is_(None)))
    ends = {timer.due_at.date() for timer in timers if timer.spec.get("fire") == "expire"}
    assert ends == {date(2026, 12, 15)}


def test_who_approves_the_words_as_they_are_changes_no_signature(session, scene, case, row, now):
    same = Change(row.note, tuple(row.criteria), date(2026, 12, 1))
    approve_changed(session, case.id, row.id, same, actor=scene.actor("hanna"), now=now)
    assert (row.state, row.changed_by_id) == ("asked", None)


def test_every_fault_of_a_change_is_told_and_nothing_goes_out(session, scene, case, row, now):
    bad = Change("x" * 501, ("charm",), now.date())
    with pytest.raises(Invalid) as refused:
        approve_changed(session, case.id, row.id, bad, actor=scene.actor("greta"), now=now)
    assert [(fault.field, str(fault.what)) for fault in refused.value.faults] == [
        ("note", "1 character too many"),
        ("criteria", "The target level asks nothing of this name"),
        ("due_on", "This day has passed"),
    ]
    late = replace(CHANGE, due_on=DATES["feedback_deadline"] + timedelta(days=1))
    with pytest.raises(Invalid) as refused:
        approve_changed(session, case.id, row.id, late, actor=scene.actor("greta"), now=now)
    assert [str(fault.what) for fault in refused.value.faults] == ["This is after the cycle's last day for feedback"]
    assert (row.state, row.note) == ("proposed", "The launch")


@pytest.mark.parametrize("key", ["ben", "erin", "dario", "otto"])
def test_nobody_else_changes_a_request(session, scene, case, row, now, key):
    with pytest.raises(NotFound):
        approve_changed(session, case.id, row.id, CHANGE, actor=scene.actor(key), now=now)


def test_what_went_out_is_changed_no_more_and_the_same_form_changes_once(session, scene, case, row, now):
    greta = scene.actor("greta")
    approve_changed(session, case.id, row.id, CHANGE, actor=greta, now=now, request_key="once")
    again = approve_changed(session, case.id, row.id, CHANGE, actor=greta, now=now, request_key="once")
    assert (again.id, again.state) == (row.id, "asked")
    with pytest.raises(NotFound):
        approve_changed(session, case.id, row.id, CHANGE, actor=greta, now=now)
