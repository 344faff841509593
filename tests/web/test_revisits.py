"""Lists asked for again: kept while nothing has happened, never once something has, and never for somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import CaseToken, Person, RoleGrant
from review.services import audit
from review.services.transitions import fire
from tests.conftest import Statements
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import Door, listed

KEPT = "private, no-cache, must-revalidate"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with a case of Ben's."""
    scene = open_scene(session, now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    return scene


def revisit(client: FlaskClient, url: str, word: str) -> tuple[int, bytes]:
    answer = client.get(url, headers={"If-None-Match": word})
    return answer.status_code, answer.data


def hold(client: FlaskClient, url: str) -> str:
    """Open a page until the browser may keep it; return the word it is kept under."""
    client.get(url)
    answer = client.get(url)
    assert (answer.status_code, answer.headers["Cache-Control"], answer.headers["Vary"]) == (200, KEPT, "Cookie")
    return answer.headers["ETag"]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "page", ["/", "/cycles", "/cycles/{cycle}", "/cycles/{cycle}?words=ben", "/cycles/{cycle}?whole=y"]
)
def test_a_list_that_nothing_happened_to_costs_one_statement(
    scene: Scene, door: Door, statements: Statements, page: str
) -> None:
    client, url = door.enter("hanna"), page.format(cycle=scene.cycle_id)
    word = hold(client, url)
    with statements() as issued:
        answer = client.get(url, headers={"If-None-Match": word})
    assert (answer.status_code, answer.data, answer.headers["ETag"], len(issued)) == (304, b"", word, 1)
    assert answer.headers["Cache-Control"] == KEPT


@pytest.mark.both_databases
def test_a_case_that_moves_on_is_shown_at_once(session: Session, scene: Scene, door: Door, now: datetime) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    word, case_id = hold(client, url), session.scalars(sa.select(CaseToken.case_id)).first() or 0
    assert revisit(client, url, word)[0] == 304
    fire(session, case_id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    answer = client.get(url, headers={"If-None-Match": word})
    assert (answer.status_code, listed(answer, "tr[data-item] td[data-l=Stage]")) == (200, ["Building the case"])


def test_a_name_that_changes_is_shown_at_once(session: Session, scene: Scene, door: Door, now: datetime) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    word = hold(client, url)
    session.get_one(Person, scene.id("ben")).name = "Benjamin Ito"
    audit.record(session, "people.change", actor=scene.actor("hanna"), now=now)
    session.commit()
    answer = client.get(url, headers={"If-None-Match": word})
    assert (answer.status_code, listed(answer, "tr[data-item] th a")) == (200, ["Benjamin Ito"])


def test_whoever_loses_a_right_loses_the_page_that_they_kept(session: Session, scene: Scene, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    word = hold(client, url)
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == scene.id("hanna")))
    session.commit()
    answer = client.get(url, headers={"If-None-Match": word})
    assert (answer.status_code, listed(answer, "tr[data-item]")) == (200, [])


def test_two_readers_and_two_browsers_never_share_a_word(scene: Scene, door: Door) -> None:
    url = f"/cycles/{scene.cycle_id}"
    words = [hold(door.enter(key), url) for key in ("hanna", "hugo", "iris", "hanna")]
    assert len(set(words)) == 4
    assert [revisit(door.enter("iris"), url, word)[0] for word in words] == [200] * 4


def test_a_word_tells_nothing_where_there_is_nothing_to_see(scene: Scene, door: Door) -> None:
    word = hold(door.enter("hanna"), f"/cycles/{scene.cycle_id}")
    answers = [
        door.enter("iris").get(path, headers={"If-None-Match": each})
        for path in ("/cycles/999999", f"/cycles/{scene.cycle_id}/cases.csv")
        for each in (word, "*")
    ]
    assert [(each.status_code, each.headers.get("ETag"), each.headers["Cache-Control"]) for each in answers] == [
        (404, None, "no-store")
    ] * 4
    assert {each.data for each in answers} == {door.client.get("/nowhere").data}


def test_what_was_just_done_is_told_and_not_kept(scene: Scene, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    word = hold(client, url)
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("message", "Saved.")]
    answer = client.get(url, headers={"If-None-Match": word})
    assert (answer.status_code, listed(answer, ".flashes"), answer.headers.get("ETag")) == (200, ["Saved."], None)
    assert answer.headers["Cache-Control"] == "no-store"
    assert revisit(client, url, word)[0] == 304


def test_what_changes_by_the_clock_is_written_anew(app: Flask, door: Door, now: datetime) -> None:
    client = door.enter("hanna")
    word, found = hold(client, "/"), []
    for minutes in (14, 15):
        app.extensions["clock"] = lambda minutes=minutes: now + timedelta(minutes=minutes)
        found.append(revisit(client, "/", word)[0])
    assert (now.minute % 15, found) == (0, [304, 200])


def test_the_look_of_the_page_is_part_of_the_word(door: Door) -> None:
    client = door.enter("hanna")
    word = hold(client, "/")
    client.set_cookie("theme", "dark")
    assert revisit(client, "/", word)[0] == 200


def test_signing_out_takes_kept_lists_along(door: Door) -> None:
    client = door.enter("hanna")
    hold(client, "/")
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (303, '"cache"')
