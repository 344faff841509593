"""Givers who leave: nobody waits for them, somebody else can be asked, and whether they had finished is not told."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, Feedback
from review.queries.asking import AskPage, load_ask_page
from review.queries.chasing_team import list_team_cases
from review.queries.standing import load_standing
from review.services.feedback import Proposal, decide_request, propose_givers
from review.services.feedback_answers import AnswerDraft, move_own, save_answer
from review.services.people import deactivate
from tests.factories import Scene
from tests.outsider import CRITERIA, collecting
from tests.signed_in import Door, listed, soup

SENT = "Proposed Mon 16 Nov · Approved Mon 16 Nov · Asked Mon 16 Nov"
DUE = f"{SENT} · Said yes … not yet Answer due: Mon 23 Nov in 7 days"
TOO_LATE = "An answer that is not in by now will not come."
INSTEAD = "Ask somebody else instead of"


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    """Return a case of Ben's whose candidate's proposals the manager has approved: to three functions, and one more."""
    case = collecting(session, scene, now)
    ask(session, scene, case, now, "erin", "dev", "lena", "sam")
    return case


def ask(session: Session, scene: Scene, case: Case, now: datetime, *keys: str) -> None:
    proposal = Proposal(tuple(map(scene.id, keys)))
    for row in propose_givers(session, case.id, proposal, actor=scene.actor("ben"), now=now):
        decide_request(session, case.id, row.id, "approve", actor=scene.actor("greta"), now=now)
    session.commit()


def answer(session: Session, scene: Scene, case: Case, now: datetime, key: str, *, is_sent: bool) -> None:
    actor = scene.actor(key)
    row = session.scalars(sa.select(Feedback).where(Feedback.giver_id == scene.id(key))).one()
    move_own(session, case.id, row.id, "accept", actor=actor, now=now)
    for criterion in CRITERIA if is_sent else ():
        save_answer(
            session, case.id, row.id, criterion, AnswerDraft(cannot_judge=True), version=0, actor=actor, now=now
        )
    if is_sent:
        move_own(session, case.id, row.id, "submit", actor=actor, now=now)


def leave(session: Session, scene: Scene, now: datetime, *keys: str) -> None:
    for key in keys:
        deactivate(session, scene.id(key), actor=scene.actor("hanna"), now=now)
    session.commit()


def look(session: Session, scene: Scene, case: Case, now: datetime, key: str) -> AskPage:
    return load_ask_page(session, load_standing(session, case.id, scene.actor(key), now=now), words="", now=now)


def told(page: AskPage) -> list[tuple[str, str, bool, bool]]:
    return [(row.name, str(row.words), row.has_left, row.is_live) for row in page.rows]


@pytest.mark.both_databases
def test_who_has_left_covers_nothing_and_whether_they_had_finished_is_not_told(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    answer(session, scene, case, now, "erin", is_sent=False)
    answer(session, scene, case, now, "dev", is_sent=True)
    leave(session, scene, now, "erin", "dev", "lena")
    pages = {key: look(session, scene, case, now, key) for key in ("ben", "greta", "hanna")}
    seen = [
        ("Dev Banerjee", "Said yes", True, False),
        ("Erin Malik", "Said yes", True, False),
        ("Lena Fuchs", "Has left", True, False),
        ("Sam Tran", "Asked", False, True),
    ]
    exact = [("Dev Banerjee", "Said yes", True, True), *seen[1:]]
    assert {key: told(page) for key, page in pages.items()} == {"ben": seen, "greta": seen, "hanna": exact}
    covered = {
        key: [each.function for each in page.coverage.functions if each.is_covered] for key, page in pages.items()
    }
    assert covered == {"ben": ["Sales"], "greta": ["Sales"], "hanna": ["Design", "Sales"]}
    lena = next(row for row in pages["ben"].rows if row.name == "Lena Fuchs")
    assert ([str(step.words) for step in lena.steps], lena.due_on) == (["Proposed", "Approved", "Asked"], None)


def turns(session: Session, scene: Scene, case: Case, now: datetime) -> dict[str, list[str | None]]:
    """Return, by reader, whom the step that closes feedback waits for: for enough answers, for enough functions."""
    found = {}
    for key in ("greta", "hanna"):
        standing = load_standing(session, case.id, scene.actor(key), now=now)
        option = next(each for each in standing.options() if each.id == "close_feedback")
        found[key] = [condition.holder for condition in option.conditions]
    return found


@pytest.mark.both_databases
def test_the_step_waits_for_the_candidate_once_too_few_are_left_to_answer(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    givers = ["giver", "giver"]
    assert turns(session, scene, case, now) == {"greta": givers, "hanna": givers}
    leave(session, scene, now, "lena", "sam")
    assert turns(session, scene, case, now) == {"greta": ["candidate", "giver"], "hanna": ["candidate", "giver"]}
    ask(session, scene, case, now, "mika")
    assert turns(session, scene, case, now) == {"greta": givers, "hanna": givers}
    answer(session, scene, case, now, "mika", is_sent=False)
    leave(session, scene, now, "mika")
    assert turns(session, scene, case, now) == {"greta": givers, "hanna": ["candidate", "giver"]}


def test_the_pages_say_who_has_left_and_offer_to_ask_somebody_else(
    session: Session, scene: Scene, case: Case, now: datetime, client: FlaskClient
) -> None:
    answer(session, scene, case, now, "erin", is_sent=True)
    leave(session, scene, now, "erin", "lena")
    door = Door(client, session, now, scene.company.ids)
    page = door.enter("ben").get(f"/cases/{case.id}/ask")
    assert listed(page, "[aria-labelledby=list] li[data-item]") == [
        f"DB Dev Banerjee Design Asked {DUE}",
        f"EM Erin Malik Engineering Said yes has left {TOO_LATE} {INSTEAD} Erin Malik {SENT} · Said yes Mon 16 Nov",
        f"LF Lena Fuchs Data Has left Nobody waits for this answer. {INSTEAD} Lena Fuchs {SENT}",
        f"ST Sam Tran Sales Asked {DUE}",
    ]
    links = soup(page).select("[aria-labelledby=list] li[data-item] a")
    assert [link["href"] for link in links] == [
        f"/cases/{case.id}/ask?q=Engineering#found",
        f"/cases/{case.id}/ask?q=Data#found",
    ]
    assert listed(door.client.get(f"/cases/{case.id}"), "[aria-labelledby=asked] li") == [
        "DB Dev Banerjee Design Asked",
        "EM Erin Malik Engineering Said yes",
        "LF Lena Fuchs Data Has left",
        "ST Sam Tran Sales Asked",
    ]


@pytest.mark.both_databases
def test_the_manager_who_follows_up_reads_the_same_of_who_has_finished_and_who_has_not(
    session: Session, scene: Scene, case: Case, now: datetime, client: FlaskClient
) -> None:
    answer(session, scene, case, now, "erin", is_sent=True)
    answer(session, scene, case, now, "dev", is_sent=False)
    answer(session, scene, case, now, "sam", is_sent=False)
    leave(session, scene, now, "erin", "dev", "lena")
    team = list_team_cases(session, scene.actor("greta"), now=now)[0]
    assert [(row.name, str(row.words), row.has_left) for row in (*team.asked, *team.agreed, *team.ended)] == [
        ("Dev Banerjee", "Said yes", True),
        ("Erin Malik", "Said yes", True),
        ("Sam Tran", "Said yes", False),
        ("Lena Fuchs", "Has left", False),
    ]
    page = Door(client, session, now, scene.company.ids).enter("greta").get("/team/feedback")
    assert listed(page, "li[data-item]") == [
        f"DB Dev Banerjee Design has left {TOO_LATE}",
        f"EM Erin Malik Engineering has left {TOO_LATE}",
        "ST Sam Tran Sales",
        "LF Lena Fuchs Data Has left",
    ]
