"""A draft of a cycle through a real client: edited in the form it was set up with, by two at once, discarded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from bs4 import Tag
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import AuditEvent, Cycle, CycleWorkflow
from review.services.cycles import create_cycle
from tests.conftest import Statements
from tests.factories import Scene, next_plan, publish_ladder
from tests.signed_in import Door, faults, listed, soup, words
from tests.trail import details_where

ONE_TRACK = Path(__file__).parents[1] / "domain" / "ladders" / "company.yaml"
OPENED = "This cycle has been opened: only its dates can be moved now, each by itself"


@pytest.fixture
def draft(session: Session, scene: Scene, now: datetime) -> Cycle:
    plan = replace(next_plan(session, scene), workflows={"ic": 2, "people": 1})
    return create_cycle(session, plan, actor=scene.actor("hanna"), now=now)


def filled(page: TestResponse) -> dict[str, str]:
    """Return the form as a browser would send it unchanged; the client brings the token itself."""
    form = soup(page).select_one("main form")
    assert form is not None
    typed = {
        str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]:not([name=csrf_token])")
    }
    written = {str(field["name"]): field.get_text().removeprefix("\n") for field in form.select("textarea")}
    chosen = {
        str(option.find_parent("select")["name"]): str(option["value"])  # type: ignore[index]
        for option in form.select("option[selected]")
    }
    return typed | written | chosen


def both_texts(part: Tag) -> list[str]:
    """Return what is saved and what was sent, without what the one has struck out of the other."""
    for gone in part.select("del"):
        gone.decompose()
    return [" ".join(each.get_text().split()) for each in part.select(".diff p")]


def test_a_draft_is_edited_in_its_first_step(session: Session, draft: Cycle, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{draft.id}"
    basics = f"{url}/set-up/basics"
    links = [link["href"] for link in soup(client.get(url)).select("[aria-labelledby=run] a")]
    assert f"{url}/set-up/check" in links
    form = filled(client.get(basics))
    assert (form["name"], form["code"], form["version"]) == ("Spring 2027", "2027A", "1")
    assert (form["workflow-ic"], form["workflow-people"]) == ("2", "1")
    answer = client.post(basics, data=form | {"name": "Summer 2027", "workflow-ic": "1"})
    assert (answer.status_code, answer.location) == (303, f"{url}/set-up/calendar")
    assert words(client.get(url), "h1") == "Summer 2027"
    session.expire_all()
    pinned = session.scalars(sa.select(CycleWorkflow.workflow_version_id).where(CycleWorkflow.cycle_id == draft.id))
    assert list(pinned) == [1, 1]
    found = details_where(session, AuditEvent.kind == "cycle.edit")
    assert found == [{"fields": ["name", "workflow-ic"]}]


def test_faults_of_an_edit_keep_what_was_typed(session: Session, draft: Cycle, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{draft.id}/set-up/basics"
    form = filled(client.get(url))
    refused = client.post(url, data=form | {"name": "", "code": "2026A", "workflow-ic": "1"})
    assert (refused.status_code, faults(refused)) == (422, ["Name: Please fill this in"])
    again = client.post(url, data=filled(refused) | {"name": "Summer 2027"})
    assert (again.status_code, faults(again)) == (422, ["A cycle with this code exists: expected another code"])
    sent = filled(again)
    assert [sent[name] for name in ("code", "name", "workflow-ic", "version")] == ["2026A", "Summer 2027", "1", "1"]
    session.refresh(draft)
    assert draft.name == "Spring 2027"


def test_two_who_edit_a_draft_see_both_versions(session: Session, draft: Cycle, door: Door) -> None:
    url, heard = f"/cycles/{draft.id}/set-up/basics", f"/cycles/{draft.id}/set-up/feedback"
    form = filled(door.enter("hanna").get(url))
    mine = form | {"name": "Summer 2027", "workflow-people": "2"}
    theirs = filled(door.enter("hugo").get(heard)) | {"functions": "Sales, Data"}
    assert door.client.post(heard, data=theirs).status_code == 303
    overtaken = door.enter("hanna").post(url, data=mine)
    assert overtaken.status_code == 409
    names = listed(overtaken, "main section h2")
    assert dict(zip(names, map(both_texts, soup(overtaken).select("main section")), strict=True)) == {
        "Name": ["Spring 2027", "Summer 2027"],
        "Workflow: people": ["Promotion, individual contributor, 1", "Promotion, people manager, 1"],
    }
    again = filled(overtaken)
    assert (again["version"], again["workflow-people"], again["name"]) == ("2", "2", "Summer 2027")
    assert door.client.post(url, data=again).status_code == 303
    session.refresh(draft)
    assert (draft.name, draft.required_functions, draft.version) == ("Summer 2027", ["Sales", "Data"], 3)


def test_an_open_cycle_is_not_edited(session: Session, scene: Scene, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    basics = f"{url}/set-up/basics"
    links = [link["href"] for link in soup(client.get(url)).select("[aria-labelledby=run] a")]
    assert (basics in links, f"{url}/dates" in links) == (False, True)
    form = filled(client.get("/cycles/new"))
    form |= {"name": "Spring", "code": "2027S", "workflow-ic": "1", "workflow-people": "2"}
    answers = [client.get(basics), client.post(basics, data=form), client.post(f"{url}/discard")]
    assert [answer.status_code for answer in answers] == [409] * 3
    assert [OPENED in words(answer) for answer in answers] == [True] * 3
    assert session.get_one(Cycle, scene.cycle_id).name == "Autumn 2026"


def test_a_draft_is_discarded_after_a_yes(session: Session, draft: Cycle, door: Door) -> None:
    client, number = door.enter("hanna"), draft.id
    yes = soup(client.get(f"/cycles/{number}")).select_one(f"details form[action='/cycles/{number}/discard']")
    assert yes is not None
    answer = client.post(str(yes["action"]))
    assert (answer.status_code, answer.location) == (303, "/cycles")
    assert (listed(client.get("/cycles"), ".flashes"), client.get(f"/cycles/{number}").status_code) == (
        ["The draft is discarded."],
        404,
    )


def test_the_form_asks_for_the_tracks_of_the_chosen_ladder(session: Session, draft: Cycle, door: Door) -> None:
    ladder = publish_ladder(session, ONE_TRACK)
    client, url = door.enter("hanna"), f"/cycles/{draft.id}/set-up/basics"
    form = filled(client.get(url))
    refused = client.post(url, data=form | {"ladder": str(ladder.id)})
    told = ["This ladder has other tracks: look at their workflows here and save again"]
    assert (refused.status_code, faults(refused)) == (422, told)
    assert listed(refused, "label[for^=workflow-]") == ["Workflow: Work"]
    assert client.post(url, data=filled(refused) | {"workflow-work": "2"}).status_code == 303
    session.refresh(draft)
    assert draft.ladder_version_id == ladder.id


def test_a_new_cycle_asks_for_the_tracks_of_the_ladder_just_chosen(session: Session, scene: Scene, door: Door) -> None:
    ladder = publish_ladder(session, ONE_TRACK)
    typed = {"name": "Spring", "code": "S", "opening": "2027-03-01", "zone": "Europe/Berlin", "ladder": str(ladder.id)}
    refused = door.enter("hanna").post("/cycles/new", data=typed | {"workflow-ic": "1", "workflow-people": "2"})
    told = ["This ladder has other tracks: look at their workflows here and save again"]
    assert (refused.status_code, faults(refused)) == (422, told)
    assert listed(refused, "label[for^=workflow-]") == ["Workflow: Work"]


def test_a_step_takes_few_statements(draft: Cycle, door: Door, statements: Statements) -> None:
    client, url = door.enter("hanna"), f"/cycles/{draft.id}/set-up/basics"
    form = filled(client.get(url))
    with statements() as shown:
        assert client.get(url).status_code == 200
    with statements() as saved:
        assert client.post(url, data=form | {"name": "Summer 2027"}).status_code == 303
    assert (len(shown), len(saved)) == (16, 16)


@pytest.mark.parametrize("key", ["iris", "greta", "abel", "ines"])
def test_a_draft_is_not_there_for_others(draft: Cycle, door: Door, key: str) -> None:
    client, url = door.enter(key), f"/cycles/{draft.id}"
    assert [client.get(each).status_code for each in (url, f"{url}/set-up/basics")] == [404] * 2
    posted = [client.post(f"{url}/set-up/basics", data={"name": "Mine"}), client.post(f"{url}/discard")]
    assert [answer.status_code for answer in posted] == [404] * 2
