"""Whom to ask, as pages: suggestions, a tick for who is full, a change on approval; hidden givers on no page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.domain.evidence_draft import EvidenceDraft, Tag
from review.models import Case
from review.services.evidence import add_evidence
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import AnswerDraft, move_own, save_answer
from review.services.transitions import fire
from tests.factories import Scene, open_case_of
from tests.services.test_asking import busy
from tests.signed_in import soup

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
Enter = Callable[[str], FlaskClient]


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


def ask(session: Session, scene: Scene, case: Case, by: str, *keys: str, now: datetime, **more: bool) -> list[int]:
    proposal = Proposal(tuple(scene.id(key) for key in keys), "A line", **more)
    rows = propose_givers(session, case.id, proposal, actor=scene.actor(by), now=now)
    session.commit()
    return [row.id for row in rows]


def words(answer: TestResponse) -> str:
    return " ".join(soup(answer).get_text(" ").split())


def test_people_named_in_evidence_can_be_ticked_without_a_search(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    draft = EvidenceDraft("Memo", "With Lena Fuchs", "It held", tags=(Tag("leadership"),))
    add_evidence(session, case.id, draft, actor=scene.actor("ben"), now=now)
    session.commit()
    client, url = enter("ben"), f"/cases/{case.id}/ask"
    page = soup(client.get(url))
    labels = [" ".join(label.get_text(" ").split()) for label in page.select("#found label.pick")]
    assert labels == [
        "Lena Fuchs Data Data scientist Named in E1 Nobody from Data is asked yet Has time 10 min",
    ]
    assert client.post(url, data={"people": [scene.id("lena")]}).status_code == 303
    assert soup(client.get(url)).select("#found") == []


def test_the_questions_that_are_announced_are_those_of_the_givers_page(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (number,) = ask(session, scene, case, "greta", "erin", now=now)
    announced = [
        item.get_text() for item in soup(enter("ben").get(f"/cases/{case.id}/ask?q=data")).select("details li")
    ]
    client, url = enter("erin"), f"/cases/{case.id}/feedback/{number}"
    client.post(f"{url}/accept")
    page = soup(client.get(url))
    asked = " ".join(each.get_text(" ", strip=True) for each in page.select("main form label, main form legend"))
    assert announced == [
        "The situation",
        "What they did",
        "What came of it",
        "How could someone check it?",
        "Where was this work, measured by that text?",
    ]
    assert [question for question in announced if question.split(",")[0] not in asked] == []


def test_who_is_full_is_asked_with_a_tick(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    busy(session, scene, case, "aya", 6, now)
    client, url = enter("ben"), f"/cases/{case.id}/ask?q=aya"
    assert "Full 10 min" in words(client.get(url))
    sent = {"people": [scene.id("aya")], "note": "Kept"}
    refused = client.post(url, data=sent)
    page = soup(refused)
    assert refused.status_code == 422
    assert [link["href"] for link in page.select("[data-errors] a")] == ["#asks_full"]
    assert page.select_one("#note").get_text(strip=True) == "Kept"  # type: ignore[union-attr]
    assert client.post(url, data={**sent, "asks_full": "y"}).status_code == 303
    assert soup(client.get(f"/cases/{case.id}/ask?q=dev")).select("#asks_full") == []


def test_the_manager_changes_a_proposal_and_asks(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (number,) = ask(session, scene, case, "ben", "erin", now=now)
    url = f"/cases/{case.id}/ask/{number}/change"
    assert enter("ben").get(url).status_code == 404
    client = enter("greta")
    assert soup(client.get(url)).select_one("#note").get_text(strip=True) == "A line"  # type: ignore[union-attr]
    for due_on in ("2030-01-01", "31 February"):
        bad = client.post(url, data={"note": "Mine", "due_on": due_on})
        assert (bad.status_code, soup(bad).select_one("#note").get_text(strip=True)) == (422, "Mine")  # type: ignore[union-attr]
    assert client.post(url, data={"note": "Mine", "due_on": "2026-12-01", "request_key": "k"}).status_code == 303
    assert client.post(url, data={"note": "Mine", "due_on": "2026-12-01", "request_key": "k"}).status_code == 303
    assert "The line or the criteria were changed before it went out." in words(
        enter("ben").get(f"/cases/{case.id}/ask")
    )
    assert client.get(url).status_code == 404


HIDDEN = "Dev Banerjee"


def answer_all(session: Session, scene: Scene, case: Case, number: int, key: str, now: datetime) -> None:
    actor = scene.actor(key)
    for criterion in CRITERIA:
        draft = AnswerDraft(cannot_judge=True)
        save_answer(session, case.id, number, criterion, draft, version=0, actor=actor, now=now)
    move_own(session, case.id, number, "submit", actor=actor, now=now)


@pytest.mark.parametrize("key", ["greta", "ben"])
@pytest.mark.parametrize("is_answered", [False, True])
def test_a_hidden_giver_is_on_no_page_of_the_manager_or_the_candidate(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime, key: str, is_answered: bool
) -> None:
    (number,) = ask(session, scene, case, "hanna", "dev", now=now, is_hidden_from_manager=True)
    if is_answered:
        answer_all(session, scene, case, number, "dev", now)
        session.commit()
    client = enter(key)
    pages = ("/", "/asked", f"/cases/{case.id}/", f"/cases/{case.id}/ask", f"/cases/{case.id}/rating")
    pages += (f"/cases/{case.id}/first-view", f"/cases/{case.id}/packet")
    told = {path: HIDDEN in words(client.get(path, follow_redirects=True)) for path in pages}
    assert told == dict.fromkeys(pages, False)
    assert client.get(f"/feedback/{number}").status_code == 404
    for action in ("approve", "reject", "cancel", "change"):
        assert client.post(f"/cases/{case.id}/ask/{number}/{action}", data={"note": "x"}).status_code == 404
    missing = [
        item.get_text(" ", strip=True) for item in soup(client.get(f"/cases/{case.id}/ask")).select(".cover .no")
    ]
    assert [item.split(" ,")[0] for item in missing] == ["Engineering", "Design", "Data"]
    assert HIDDEN in words(enter("hanna").get(f"/cases/{case.id}/ask"))
