"""The manager's page for following up feedback, through a real client."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Case, Feedback, Message
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import Decline, decline
from review.services.transitions import fire
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, listed, words

BOARD = "/team/feedback"


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    hanna = scene.actor("hanna")
    fire(session, case.id, "confirm_eligible", actor=hanna, now=now)
    rows = propose_givers(session, case.id, Proposal((scene.id("erin"), scene.id("dev"))), actor=hanna, now=now)
    propose_givers(session, case.id, Proposal((scene.id("omar"),), "", (), True), actor=hanna, now=now)
    given = Decline("no_time", "I am off until May", "Mika Saar")
    decline(session, case.id, rows[1].id, given, actor=scene.actor("dev"), now=now)
    session.execute(sa.delete(Message))
    session.commit()
    return case


def test_the_page_and_what_can_be_done_there(door: Door, session: Session, scene: Scene, case: Case) -> None:
    manager = door.enter("greta")
    page = manager.get(BOARD)
    assert words(page, ".card-x") == (
        "Ben Ito 2026A-001 Whom to ask for feedback Feedback in this cycle ends on Friday 11 December 2026. "
        "Have said neither yes nor no EM Erin Malik Engineering Mon 23 Nov in 7 days "
        "To be replaced DB Dev Banerjee Design Declined Ask Mika Saar instead "
        "Remind all who have not answered : Ben Ito New day Give all of them until then : Ben Ito"
    )
    for what, data, said in (
        ("remind", {}, "Whoever has not answered yet is reminded by their next morning’s mail."),
        ("extend", {"until": "2026-12-01"}, "Whoever has not answered yet has until then, and is told so."),
        ("extend", {"until": "2027-12-01"}, "Feedback in this cycle ends on Friday 11 December 2026"),
        ("extend", {"until": "soon"}, "Choose a day"),
    ):
        answer = manager.post(f"{BOARD}/{case.id}/{what}", data=data, follow_redirects=True)
        assert listed(answer, ".flashes p") == [said]
    no = session.scalars(sa.select(Feedback.id).where(Feedback.giver_id == scene.id("dev"))).one()
    answer = manager.post(f"{BOARD}/{case.id}/{no}/replace", follow_redirects=True)
    assert listed(answer, ".flashes p") == ["They are asked."]
    told = session.execute(sa.select(Message.template, Message.to_person_id).order_by(Message.id)).all()
    assert [tuple(row) for row in told] == [
        ("feedback_nudge", scene.id("erin")),
        ("feedback_moved", scene.id("erin")),
        ("notify_giver", scene.id("mika")),
    ]


def test_it_is_found_from_the_team_and_from_the_list_of_givers(door: Door, case: Case) -> None:
    manager = door.enter("greta")
    assert 'href="/team/feedback"' in manager.get("/team").get_data(as_text=True)
    assert f'href="/team/feedback#case-{case.id}"' in manager.get(f"/cases/{case.id}/ask").get_data(as_text=True)


def test_others_have_an_empty_page_and_can_do_nothing(door: Door, session: Session, case: Case) -> None:
    for key in ("ben", "hanna", "erin", "omar", "dario", "ines"):
        client = door.enter(key)
        assert words(client.get(BOARD), ".empty b") == "No feedback is being collected"
        for what in ("remind", "extend", "1/replace"):
            assert client.post(f"{BOARD}/{case.id}/{what}", data={"until": "2026-12-01"}).status_code == 404
    assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0
