"""Messages: what was mailed to somebody, listed without a name, each with the way to what it is about."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, Message
from review.queries.inbox import PAGE_SIZE
from review.services.conflicts import declare_conflict
from review.services.messages import enqueue_message
from tests.committee_room import sealed_room
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, listed, soup, words


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.execute(sa.delete(Message))
    return case


def tell(session: Session, scene: Scene, case: Case, template: str, now: datetime, to: str = "greta", **more) -> int:
    key = f"{template}-{to}-{len(more)}"
    to_id = scene.id(to)
    enqueue_message(session, key=key, to_person_id=to_id, template=template, case_id=case.id, now=now, **more)
    session.commit()
    return session.scalars(sa.select(Message.id).where(Message.key == key)).one()


def test_what_was_told_stands_there_and_nothing_else(
    session: Session, scene: Scene, case: Case, door: Door, now: datetime
) -> None:
    tell(session, scene, case, "escalate_gate", now)
    tell(session, scene, case, "case_handed_over", now)
    tell(session, scene, case, "letter_released", now, to="iris")
    tell(session, scene, case, "overdue", now, due_at=now + timedelta(days=1))
    tell(session, scene, case, "digest", now)
    dropped = tell(session, scene, case, "escalate_packet", now)
    session.execute(sa.update(Message).where(Message.id == dropped).values(dropped_at=now))
    page = door.enter("greta").get("/messages")
    assert listed(page, "tbody th") == ["A case goes on with another manager", "A case is held up before its packet"]
    assert ("Iris" in words(page), case.code in words(page)) == (False, False)
    assert words(door.enter("omar").get("/messages")).endswith(
        "Nothing yet What is mailed to you will stand here, too."
    )


def test_a_message_leads_to_what_it_is_about_while_one_may_know_it(
    session: Session, client: FlaskClient, now: datetime
) -> None:
    room = sealed_room(session, now)
    session.execute(sa.delete(Message))
    door = Door(client, session, now, room.scene.company.ids)
    told = tell(session, room.scene, room.case, "please_read", now, to="clara")
    url = f"/messages/{told}"
    assert door.enter("clara").get(url).location == f"/cases/{room.case_id}"
    unknown = door.enter("greta").get("/messages/999999")
    assert (door.enter("greta").get(url).data, unknown.status_code) == (unknown.data, 404)
    declare_conflict(session, room.case_id, "close_personal", "We share a house.", actor=room.actor("clara"), now=now)
    session.commit()
    assert door.enter("clara").get(url).status_code == 404


def test_many_are_paged_in_as_many_statements_as_one(
    session: Session, scene: Scene, case: Case, door: Door, now: datetime, statements
) -> None:
    client = door.enter("greta")
    counts = []
    for size in (1, PAGE_SIZE + 1):
        session.execute(sa.delete(Message))
        for number in range(size):
            params = {"key": f"m{number}", "template": "escalate_gate", "case_id": case.id, "now": now}
            enqueue_message(session, to_person_id=scene.id("greta"), **params)
        session.commit()
        client.get("/messages")
        with statements() as issued:
            first = client.get("/messages")
        counts.append((len(listed(first, "tbody tr")), len(issued)))
    assert counts == [(1, 2), (PAGE_SIZE, 2)]
    older = client.get(soup(first).select_one("main p a")["href"])  # type: ignore[index]
    assert len(listed(older, "tbody tr")) == 1
