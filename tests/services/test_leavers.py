"""Somebody leaves with work in hand: HR is told once, the next morning, unless it was handed on by then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import make_mailer
from review.config import Settings
from review.domain.access import SYSTEM
from review.domain.people_changes import Scope
from review.domain.people_file import PersonField, PersonRow, file_of
from review.models import CommitteeMember, Feedback, Message, Rating
from review.queries.open_work import find_holding, find_open_work
from review.services.directory_sync import remove_person
from review.services.people import apply_changes, deactivate
from review.services.people.handover import hand_over_cases
from review.worker import send_due
from tests.factories import Scene, open_case_of, open_scene

MORNING = timedelta(hours=24)  # after 8 o'clock on the day after `now`
SUBJECT = "Somebody who has left still holds work"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with a case of Ben's, whose manager is Greta."""
    scene = open_scene(session, now - timedelta(days=5))
    open_case_of(session, scene, "ben", "senior-pm", now - timedelta(days=4))
    return scene


def by_hand(session: Session, scene: Scene, now: datetime) -> None:
    deactivate(session, scene.id("greta"), actor=scene.actor("hanna"), now=now)


def by_file(session: Session, scene: Scene, now: datetime) -> None:
    gone = PersonRow(1, "greta", "Greta Holm", left_on=now.date())
    apply_changes(session, file_of([gone], PersonField.LEFT_ON), actor=SYSTEM, now=now, scope=Scope.PART)


def by_directory(session: Session, scene: Scene, now: datetime) -> None:
    remove_person(session, scene.id("greta"), now=now)


def told(session: Session) -> list[int]:
    mails = sa.select(Message.to_person_id).where(Message.template == "leavers_hold")
    return sorted(session.scalars(mails).all())


def send(session: Session, engine: Engine, settings: Settings, now: datetime) -> dict[str, tuple[str, bool]]:
    """Send what is due the next morning; return subject, and whether it leads to the leavers, by reader."""
    session.commit()
    send_due(engine, make_mailer(settings), settings, now=now + MORNING)
    found = {}
    for path in Path(settings.mail.removeprefix("file:")).glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        plain: Any = mail.get_body(("plain",))
        found[str(mail["To"]).partition("@")[0]] = str(mail["Subject"]), "/people/leavers" in plain.get_content()
    return found


@pytest.mark.parametrize(
    ("leave", "partners"), [(by_hand, ["hugo"]), (by_file, ["hanna", "hugo"]), (by_directory, ["hanna", "hugo"])]
)
@pytest.mark.both_databases
def test_hr_is_told_however_somebody_leaves(
    session: Session, scene: Scene, now: datetime, leave: Callable[..., None], partners: list[str]
) -> None:
    """Whoever put them out reads it on the page, and gets no mail of it."""
    leave(session, scene, now)
    assert told(session) == sorted(map(scene.id, partners))


def test_who_holds_nothing_leaves_without_a_word(session: Session, scene: Scene, now: datetime) -> None:
    deactivate(session, scene.id("otto"), actor=scene.actor("hanna"), now=now)
    assert told(session) == []


def test_the_mail_names_nobody_and_leads_to_what_they_left(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    by_hand(session, scene, now)
    assert send(session, engine, settings, now) == {"hugo": (SUBJECT, True)}


def test_what_was_handed_on_by_the_morning_needs_no_mail(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    by_hand(session, scene, now)
    hand_over_cases(session, {scene.id("ben"): scene.id("mats")}, actor=scene.actor("hanna"), now=now)
    assert "hugo" not in send(session, engine, settings, now)


def test_hr_is_not_told_of_their_own_case(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    """What is left open is the case of the one who would be told, which the page does not show them either."""
    case = open_case_of(session, scene, "cora", "senior-pm", now)
    case.candidate_id, case.manager_id = scene.id("hugo"), scene.id("mats")
    deactivate(session, scene.id("mats"), actor=scene.actor("hanna"), now=now)
    assert told(session) == [scene.id("hugo")]
    assert "hugo" not in send(session, engine, settings, now)


@pytest.mark.both_databases
def test_a_second_rater_whose_rating_is_in_holds_nothing(session: Session, scene: Scene, now: datetime) -> None:
    case = open_case_of(session, scene, "cora", "senior-pm", now)
    case.second_rater_id = scene.id("erin")
    rating = Rating(case_id=case.id, round="second", rater_id=scene.id("erin"), created_at=now)
    session.add(rating)
    deactivate(session, scene.id("erin"), actor=scene.actor("hanna"), now=now)
    held = [[(row.part, row.where) for row in find_open_work(session, scene.actor("hanna"))]]
    rating.locked_at = now
    session.flush()
    held.append([(row.part, row.where) for row in find_open_work(session, scene.actor("hanna"))])
    assert held == [[("second_rater", case.code)], []]


def test_each_kind_of_work_is_held(session: Session, scene: Scene, now: datetime) -> None:
    case = open_case_of(session, scene, "cora", "senior-pm", now)
    case.second_rater_id = scene.id("erin")
    asked = {"function": "Data", "state": "asked", "entered_at": now}
    session.add(Feedback(case_id=case.id, giver_id=scene.id("dev"), **asked))
    seated = session.scalars(sa.select(CommitteeMember.person_id)).first()
    session.flush()
    everybody = {scene.id(key) for key in ("ben", "cora", "greta", "erin", "dev")}
    members = set(session.scalars(sa.select(CommitteeMember.person_id)))
    assert seated in members
    assert find_holding(session, sorted(scene.company.ids.values())) == everybody | members
