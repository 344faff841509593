"""The page of the make-up: a proposal with reasons, changed by hand, taken over; and who may open it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import AuditEvent, Case, Committee, CommitteeMember
from tests.conftest import Statements
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import faults, soup, words
from tests.trail import details_where

Enter = Callable[[str], FlaskClient]
SECOND = "Sam Tran\ntomas@company.example\nPetra Klein\nLena Fuchs\nDev Banerjee"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    scene = open_scene(session, now)
    for key, level in (("iris", "staff-pm"), ("ben", "senior-pm")):
        open_case_of(session, scene, key, level, now).committee_id = None
    session.commit()
    return scene


def fields(answer: TestResponse) -> tuple[str, dict[str, str]]:
    """Return where the proposal is sent and what its form holds."""
    form = soup(answer).select("form[data-unsaved]")[0]
    data = {each["name"]: each.get("value", "") for each in form.select("input[name]")}
    for select in form.select("select"):
        chosen = select.select("option[selected]")
        data[select["name"]] = chosen[0]["value"] if chosen else select.select("option")[0]["value"]
    return str(form["action"]), {str(name): str(value) for name, value in data.items() if name != "csrf_token"}


def url(scene: Scene) -> str:
    return f"/cycles/{scene.cycle_id}/committees/make-up"


def ask(client: FlaskClient, scene: Scene, **more: str) -> TestResponse:
    data = {"committees": "2", "size": "5", "people": SECOND, **more}
    return client.post(url(scene), data=data, follow_redirects=True)


def test_hr_sees_a_proposal_and_takes_it_over(session: Session, scene: Scene, enter: Enter) -> None:
    client = enter("hanna")
    first = client.get(f"/cycles/{scene.cycle_id}/committees")
    assert soup(first).select(f"a[href='{url(scene)}']") != []
    page = ask(client, scene)
    shown = words(page)
    assert "Committee B 5 members, 1 case" in shown
    assert "nobody on it has a conflict; 1 case in all" in shown
    assert "was not on it yet; no grade on this ladder; no conflict with any case" in shown
    assert "no grade on this ladder. Leads it: no conflict with any case, the fewest on it" in shown
    assert session.scalar(sa.select(sa.func.count(Committee.id))) == 1
    action, data = fields(page)
    done = client.post(action, data=data, follow_redirects=True)
    assert "Taken over: 5 places on committees changed, 2 cases went to a committee." in words(done)
    session.expire_all()
    assert {case.committee_id for case in session.scalars(sa.select(Case))} == {
        scene.committee_id, scene.committee_id + 1,
    }  # fmt: skip
    assert "Nothing has to change." in words(client.get(f"{url(scene)}?committees=2&size=5"))
    assert "At most 1 case each; 3 who can vote are needed." in words(ask(client, scene, most="1"))
    assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == "committee.make_up")) == 1


def test_what_hands_changed_stays_when_it_is_refused(session: Session, scene: Scene, enter: Enter) -> None:
    client = enter("hanna")
    action, data = fields(ask(client, scene))
    clara = f"place_{scene.committee_id}_{scene.id('clara')}"
    refused = client.post(action, data={**data, clara: ""})
    assert refused.status_code == 422
    assert "Committee A has no chair" in words(refused)
    assert fields(refused)[1][clara] == ""
    moved = client.post(action, data={**data, clara: f"{scene.committee_id}:deputy"})
    assert "Committee A has more than one deputy" in words(moved)
    assert session.scalar(sa.select(sa.func.count(Committee.id))) == 1
    stale = client.post(action, data={**data, "seen": "old"})
    assert stale.status_code == 409
    assert "look at the new proposal" in words(stale)


def test_a_place_and_a_case_are_changed_by_hand(session: Session, scene: Scene, enter: Enter) -> None:
    client = enter("hanna")
    action, data = fields(ask(client, scene))
    aya, case = f"place_{scene.committee_id}_{scene.id('aya')}", next(key for key in data if key.startswith("case_"))
    client.post(action, data={**data, aya: "", case: "0", "name_-2": "Second panel"})
    session.expire_all()
    assert session.get_one(Case, int(case.removeprefix("case_"))).committee_id is None
    assert session.scalars(sa.select(CommitteeMember).where(CommitteeMember.person_id == scene.id("aya"))).all() == []
    assert session.scalars(sa.select(Committee.name).order_by(Committee.id)).all() == ["Committee A", "Second panel"]


def test_what_was_asked_is_kept_when_somebody_is_unknown(scene: Scene, enter: Enter) -> None:
    answer = enter("hanna").post(url(scene), data={"people": "Sam Tran\nNobody Here", "size": "99"})
    assert answer.status_code == 422
    shown = words(answer)
    assert "Nobody, or more than one person: Nobody Here" in shown
    assert "A whole number from 3 to 15, please" in shown
    assert soup(answer).select("textarea#people")[0].get_text().split("\n") == ["\r", "Sam Tran", "Nobody Here"]


def test_an_address_that_makes_no_sense_is_read_as_far_as_it_does(scene: Scene, enter: Enter) -> None:
    client = enter("hanna")
    assert (
        client.get(f"{url(scene)}?committees=x&size=-3&most=0&seed=9e9&people=1.y.-2.999999999999").status_code == 200
    )
    junk = client.post(f"{url(scene)}/take-over", data={"place_x_1": "1:chair", "case_y": "1", "place_1_1": "²:chair"})
    assert junk.status_code == 409


@pytest.mark.parametrize("key", ["clara", "greta", "ines", "abel", "noor", "iris"])
def test_the_make_up_is_hrs_alone(scene: Scene, enter: Enter, key: str) -> None:
    client = enter(key)
    gone = client.get("/cycles/999/committees/make-up").data
    assert (client.get(url(scene)).status_code, client.get(url(scene)).data) == (404, gone)
    assert client.post(url(scene), data={}).status_code == 404
    assert client.post(f"{url(scene)}/take-over", data={}).status_code == 404


def test_as_many_statements_for_one_case_as_for_many(
    session: Session, scene: Scene, now: datetime, enter: Enter, statements: Statements
) -> None:
    client = enter("hanna")
    client.get(url(scene))
    with statements() as few:
        assert client.get(url(scene)).status_code == 200
    for key, level in (("cora", "senior-pm"), ("finn", "pm-2"), ("pavel", "principal-pm")):
        open_case_of(session, scene, key, level, now)
    with statements() as many:
        client.get(url(scene))
    assert len(many) == len(few)


def test_somebody_below_a_target_asks_for_a_tick_and_why(session: Session, scene: Scene, enter: Enter) -> None:
    client = enter("hanna")
    action, data = fields(ask(client, scene, people=f"{SECOND}\nfinn@company.example"))
    iris = session.scalars(sa.select(Case).where(Case.to_level_id == "staff-pm")).one()
    place, case = next(key for key in data if key.endswith(f"_{scene.id('finn')}")), f"case_{iris.id}"
    sent = {**data, place: f"{scene.committee_id}:member", case: str(scene.committee_id)}
    asked = client.post(action, data=sent)
    assert asked.status_code == 422
    assert faults(asked) == [f"Below the target level of {iris.code}: Finn Berg Expected: a tick, and why"]
    assert soup(asked).select("#below") != []
    again = fields(asked)[1]
    assert (again[place], again[case]) == (sent[place], sent[case])
    ticked = client.post(action, data={**sent, "accept_below": "y"})
    assert (ticked.status_code, "Choose why" in words(ticked)) == (422, True)
    assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == "committee.make_up")) == 0
    done = client.post(action, data={**sent, "accept_below": "y", "why_below": "field"})
    assert done.status_code == 303
    kept = details_where(session, AuditEvent.kind == "committee.give_below")
    assert kept == [{"committee": scene.committee_id, "people": [scene.id("finn")], "why": "field"}]
