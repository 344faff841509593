"""What there is once, asked for twice at the same moment: the second press leads to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import AuditEvent, CalendarFeed, GroupAttribute, KeptView
from review.services.calendar_feeds import find_owner, make_feed
from review.services.groups import make_attribute
from review.services.kept_views import keep_view
from tests.factories import Scene
from tests.rivals import let_second_come_late

pytestmark = pytest.mark.both_databases
HOURS = ("Working hours", "Hours", "Whether fewer hours cost a promotion.", "Works agreement of 3 May")


def count_events(session: Session, kind: str) -> int:
    return session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == kind)) or 0


def test_a_view_has_the_address_of_the_last_press(
    session: Session, scene: Scene, settings: Settings, now: datetime
) -> None:
    cycle_id, hanna = scene.cycle_id, scene.actor("hanna")
    session.commit()
    keep_view(session, cycle_id, "Late ones", "late=y", actor=hanna, now=now)
    session.flush()

    def press_again(own: Session) -> None:
        keep_view(own, cycle_id, "Late ones", "stalled=y", actor=hanna, now=now)

    assert let_second_come_late(session, settings, press_again, "INSERT INTO kept_view") == "done"
    assert session.execute(sa.select(KeptView.name, KeptView.address)).all() == [("Late ones", "stalled=y")]


def test_the_last_address_of_a_calendar_opens_it(
    session: Session, scene: Scene, settings: Settings, now: datetime
) -> None:
    erin, later = scene.actor("erin"), now + timedelta(seconds=1)
    session.commit()
    given = [make_feed(session, actor=erin, now=now)]
    session.flush()

    def press_again(own: Session) -> None:
        given.append(make_feed(own, actor=erin, now=later))

    assert let_second_come_late(session, settings, press_again, "INSERT INTO calendar_feed") == "done"
    assert [find_owner(session, token) for token in given] == [None, scene.id("erin")]
    assert session.scalars(sa.select(CalendarFeed.created_at)).all() == [later]


def test_an_attribute_is_made_once(session: Session, scene: Scene, settings: Settings, now: datetime) -> None:
    hanna, hugo, given = scene.actor("hanna"), scene.actor("hugo"), []
    session.commit()
    made = make_attribute(session, *HOURS, actor=hanna, now=now)
    number = made.id

    def press_again(own: Session) -> None:
        given.append(make_attribute(own, *HOURS, actor=hanna, now=now).id)

    assert let_second_come_late(session, settings, press_again, "INSERT INTO group_attribute") == "done"
    press_again(session)
    assert (given, count_events(session, "group.make")) == ([number, number], 1)
    session.delete(session.get_one(GroupAttribute, number))
    session.commit()
    make_attribute(session, *HOURS, actor=hanna, now=now)
    told = let_second_come_late(
        session,
        settings,
        lambda own: make_attribute(own, *HOURS, actor=hugo, now=now),
        "INSERT INTO group_attribute",
    )
    assert told == "name: Groups go by this already"
