"""The API: tokens let programs do what their owners may, within scopes; nothing is told that a page would not tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.api.callers import ALLOWANCES
from review.domain.api_scope import CALLS_A_MINUTE, Scope
from review.models import ApiToken, AuditEvent, Case, Message, Person, RoleGrant
from review.services.api_tokens import hash_api_token
from review.services.people import deactivate
from tests.after_decision import announced_room, another_decided, decided_room
from tests.api_room import PLACE, Program, give_token
from tests.committee_room import Room
from tests.factories import Scene, next_plan, open_case_of
from tests.signed_in import Door

As = Callable[..., Program]


@pytest.fixture
def as_(app: Flask, session: Session, now: datetime) -> As:
    """Return a function that gives a program of somebody's."""

    def give(person_id: int, *scopes: Scope, **more: int) -> Program:
        return Program(app, session, give_token(session, person_id, now, *scopes, **more))

    return give


def test_a_token_says_who_calls(as_: As, scene: Scene) -> None:
    told = as_(scene.id("hanna"), Scope.READ_CASES).read("/me")
    assert told == {
        "person_id": scene.id("hanna"),
        "name": "Hanna Ruiz",
        "roles": ["hr"],
        "token": "A program",
        "scopes": ["read:cases"],
        "until": "2026-12-16T09:00:00Z",
    }


def test_nothing_else_lets_anybody_in(
    app: Flask, client: FlaskClient, session: Session, scene: Scene, now: datetime
) -> None:
    """A cookie is not looked at; what is no token, has ended or was revoked opens nothing."""
    by_cookie = Door(client, session, now, scene.company.ids).enter("hanna").get(f"{PLACE}/me")
    ended = give_token(session, scene.id("hanna"), now, days=0, token="ended")
    revoked = give_token(session, scene.id("hanna"), now, token="revoked")
    session.scalars(sa.select(ApiToken).where(ApiToken.token_hash == hash_api_token(revoked))).one().revoked_at = now
    tried = [by_cookie, *(Program(app, session, each).get("/me") for each in (ended, revoked, "", "x" * 50, "é"))]
    assert [(each.status_code, each.mimetype) for each in tried] == [(401, "application/problem+json")] * 6
    assert by_cookie.headers["WWW-Authenticate"] == "Bearer"
    assert by_cookie.get_json()["type"] == "urn:dualtrack:problem:no-token"
    assert by_cookie.headers.getlist("Set-Cookie") == []


def test_a_leaver_s_token_is_over(as_: As, scene: Scene, session: Session, now: datetime) -> None:
    program = as_(scene.id("hugo"))
    assert program.get("/me").status_code == 200
    deactivate(session, scene.id("hugo"), actor=scene.actor("ines"), now=now)
    assert program.get("/me").status_code == 401
    session.get_one(Person, scene.id("hugo")).is_active = True
    assert program.get("/me").status_code == 401  # coming back does not bring it back


def test_scopes_limit_what_the_owner_may(as_: As, scene: Scene) -> None:
    program = as_(scene.id("hanna"), Scope.READ_PEOPLE)
    assert program.get("/people").status_code == 200
    refused = program.get(f"/cycles/{scene.cycle_id}/cases")
    assert (refused.status_code, refused.get_json()["scope"]) == (403, "read:cases")


def test_a_role_that_is_gone_is_gone_for_the_token(as_: As, scene: Scene, session: Session) -> None:
    program = as_(scene.id("hanna"))
    assert program.get(f"/cycles/{scene.cycle_id}/committees").status_code == 200
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == scene.id("hanna")))
    assert program.get(f"/cycles/{scene.cycle_id}/committees").status_code == 404


def test_calls_are_counted_for_all_processes_together(as_: As, scene: Scene, app: Flask) -> None:
    program, answers = as_(scene.id("hanna")), []
    for _process in range(3):
        app.extensions.pop(ALLOWANCES, None)
        answers += [program.get("/me").status_code for _ in range(CALLS_A_MINUTE // 3)]
    app.extensions.pop(ALLOWANCES)
    assert (answers, program.get("/me").status_code) == ([200] * CALLS_A_MINUTE, 429)


def test_too_many_calls_wait(as_: As, scene: Scene, app: Flask, now: datetime) -> None:
    program, other = as_(scene.id("hanna")), as_(scene.id("hugo"))
    answers = [program.get("/me").status_code for _ in range(CALLS_A_MINUTE + 1)]
    assert (set(answers[:-1]), answers[-1]) == ({200}, 429)
    assert program.get("/me").headers["Retry-After"] == "60"
    assert other.get("/me").status_code == 200
    app.extensions["clock"] = lambda: now + timedelta(minutes=1)
    assert program.get("/me").status_code == 200


def test_lists_go_on_from_a_number(as_: As, scene: Scene, session: Session) -> None:
    program = as_(scene.id("otto"))
    seen, path = [], "/people?limit=9&words=o"
    while path:
        page = program.read(path)
        seen += page["data"]
        path = page["next"].removeprefix(f"http://localhost{PLACE}") if page["next"] else ""
    here = session.scalars(sa.select(Person.id).where(Person.is_active).order_by(Person.id)).all()
    everybody = [row["id"] for row in program.read("/people?limit=200")["data"]]
    assert everybody == list(here)
    assert [row["id"] for row in seen] == [row["id"] for row in program.read("/people?limit=200&words=o")["data"]]
    assert 9 < len(seen) < len(here)
    assert program.read("/people?function=Design")["data"][0] == {
        "id": scene.id("dev"),
        "name": "Dev Banerjee",
        "title": "Lead designer",
        "function": "Design",
    }


def test_who_has_it_as_it_is_gets_nothing_anew(as_: As, scene: Scene, session: Session) -> None:
    program = as_(scene.id("hanna"))
    first = program.get("/cycles")
    again = program.get("/cycles", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    session.get_one(Person, scene.id("dev")).title = "Designer"
    assert program.get("/people", **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_record_is_told_as_on_the_page(as_: As, scene: Scene) -> None:
    path = f"/people/{scene.id('ben')}"
    by_hr, by_otto = as_(scene.id("hanna")).read(path), as_(scene.id("otto")).read(path)
    assert by_hr["record"]["external_id"] == "ben"
    assert by_hr["record"]["manager_id"] == scene.id("greta")
    assert (by_otto["record"], by_otto["roles"]) == (None, None)
    assert as_(scene.id("otto"), Scope.READ_PEOPLE).get(f"/people/{scene.id('xenia')}").status_code == 404


def test_cases_are_told_to_hr_alone_and_narrowed(as_: As, scene: Scene, session: Session, now: datetime) -> None:
    ben = open_case_of(session, scene, "ben", "senior-pm", now)
    cora = open_case_of(session, scene, "cora", "senior-pm", now)
    path = f"/cycles/{scene.cycle_id}/cases"
    hr = as_(scene.id("hanna"))
    assert [row["id"] for row in hr.read(path)["data"]] == [ben.id, cora.id]
    assert [row["id"] for row in hr.read(f"{path}?words=cora")["data"]] == [cora.id]
    assert hr.read(f"{path}?late=true")["data"] == []
    assert hr.read(f"{path}?stage={ben.state}&limit=1")["next"].endswith(f"limit=1&after={ben.id}")
    assert as_(scene.id("greta")).read(path)["data"] == []


def test_who_has_a_part_in_a_case_does_not_find_it(as_: As, scene: Scene, session: Session, now: datetime) -> None:
    hugo = session.get_one(Person, scene.id("hugo"))
    hugo.level_id = "pm-2"
    case = open_case_of(session, scene, "hugo", "senior-pm", now)
    assert as_(scene.id("hanna")).read(f"/cycles/{scene.cycle_id}/cases")["data"] == []  # hugo reports to her
    told = as_(scene.id("hugo")).read(f"/cases/{case.id}")  # as its candidate
    assert (told["code"], told["candidate"]) == (case.code, "Hugo Brandt")
    for key in ("otto", "ines", "abel"):
        assert as_(scene.id(key)).get(f"/cases/{case.id}").status_code == 404


def test_cases_are_counted_for_hr_alone_without_those_they_have_a_part_in(
    as_: As, scene: Scene, session: Session, now: datetime
) -> None:
    for key in ("ben", "hugo"):
        session.get_one(Person, scene.id(key)).level_id = "pm-2"
        open_case_of(session, scene, key, "senior-pm", now).committee_id = scene.committee_id
    session.flush()
    hugo, ines = as_(scene.id("hugo")), as_(scene.id("ines"))
    assert [cycle["cases"] for program in (hugo, ines) for cycle in program.read("/cycles")["data"]] == [1, None]
    [committee] = hugo.read(f"/cycles/{scene.cycle_id}/committees")["data"]
    assert committee["open_cases"] == 1


def test_a_decision_is_told_once_it_is_announced(as_: As, session: Session, now: datetime) -> None:
    told = announced_room(session, now, "decide_promote")
    waits = another_decided(told, "ben", "senior-pm", "decide_promote")
    scene, partner = told.scene, as_(told.scene.id("hugo"))
    rows = partner.read(f"/cycles/{scene.cycle_id}/decisions")["data"]
    assert [(row["case_id"], row["external_id"], row["outcome"]) for row in rows] == [(told.case_id, "iris", "promote")]
    assert as_(scene.id("greta")).read(f"/cycles/{scene.cycle_id}/decisions")["data"] == []
    assert "promote" not in json.dumps(as_(scene.id("ben")).read(f"/cases/{waits.case_id}"))
    waits.fire("withdraw", "ben")  # from now on what had been decided is nothing for the program that pays
    session.commit()
    rows = partner.read(f"/cycles/{scene.cycle_id}/decisions")["data"]
    assert [row["case_id"] for row in rows] == [told.case_id]


@pytest.mark.parametrize("action", ["decide_promote", "decide_not_yet"])
def test_until_then_a_candidate_s_program_sees_no_difference(
    as_: As, session: Session, now: datetime, action: str
) -> None:
    room: Room = decided_room(session, now, action)
    told = as_(room.scene.id("iris")).read(f"/cases/{room.case_id}")
    assert (told["stage_title"], told["due"], told["holders"]) == ("Committee discusses", None, ["chair"])


def test_a_draft_cycle_is_hr_s(as_: As, scene: Scene, session: Session, now: datetime) -> None:
    from review.services.cycles import create_cycle

    draft = create_cycle(session, next_plan(session, scene), actor=scene.actor("hanna"), now=now)
    assert [row["id"] for row in as_(scene.id("hanna")).read("/cycles")["data"]] == [scene.cycle_id, draft.id]
    otto = as_(scene.id("otto"))
    assert [row["id"] for row in otto.read("/cycles")["data"]] == [scene.cycle_id]
    assert otto.get(f"/cycles/{draft.id}").status_code == 404


def test_files_hold_every_row_and_no_formula(as_: As, scene: Scene, session: Session, now: datetime) -> None:
    session.get_one(Person, scene.id("ben")).name = "=SUM(1)"
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    hr = as_(scene.id("hanna"))
    table = hr.get(f"/cycles/{scene.cycle_id}/cases.csv")
    assert table.headers["Content-Disposition"] == f'attachment; filename="cases-{scene.cycle_id}.csv"'
    assert f"{case.id},{case.code},{case.candidate_id},'=SUM(1),Product" in table.get_data(as_text=True)
    lines = hr.get("/people.ndjson").get_data(as_text=True).splitlines()
    assert [json.loads(line) for line in lines] == hr.read("/people?limit=200")["data"]
    assert as_(scene.id("greta")).get(f"/cycles/{scene.cycle_id}/cases.ndjson").get_data() == b""


FILE = "external_id,name,email,manager\nnew,Nia Newman,nia@company.example,greta\n"


def test_people_are_taken_in_as_they_were_looked_at(as_: As, scene: Scene, session: Session) -> None:
    program = as_(scene.id("ines"))
    trial = program.post("/people/import", data=FILE, content_type="text/csv").get_json()
    assert (trial["is_applied"], trial["counts"]["joins"], trial["faults"]) == (False, 1, [])
    unseen = program.post("/people/import?apply=true", data=FILE, content_type="text/csv")
    assert unseen.get_json()["type"] == "urn:dualtrack:problem:changed"
    apply = f"/people/import?apply=true&fingerprint={trial['fingerprint']}"
    assert program.post(apply, data=FILE, content_type="text/csv").get_json()["is_applied"] is True
    assert session.scalar(sa.select(Person.name).where(Person.external_id == "new")) == "Nia Newman"
    wrong = program.post("/people/import", data="external_id,name\n,Nobody\n", content_type="text/csv").get_json()
    assert [(fault["row"], fault["field"]) for fault in wrong["faults"]] == [(2, "external_id")]
    assert as_(scene.id("otto")).post("/people/import", data=FILE, content_type="text/csv").status_code == 403


def test_a_nomination_opens_a_case_by_the_same_rules(as_: As, scene: Scene, session: Session) -> None:
    path = f"/cycles/{scene.cycle_id}/nominations"
    sent = {"candidate_id": scene.id("ben"), "kind": "promotion", "to_level": "senior-pm"}
    made = as_(scene.id("greta")).post(path, json=sent)
    case = session.scalars(sa.select(Case)).one()
    assert (made.status_code, made.get_json()["code"], case.nominated_by_id) == (201, case.code, scene.id("greta"))
    assert made.headers["Location"] == f"http://localhost{PLACE}/cases/{case.id}"
    again = as_(scene.id("hanna")).post(path, json=sent)
    assert (again.status_code, again.get_json()["type"]) == (422, "urn:dualtrack:problem:faults")
    assert as_(scene.id("otto")).post(path, json=sent).status_code == 404  # may not know what there is
    refusals = session.scalars(sa.select(AuditEvent.actor_id).where(AuditEvent.kind == "press.refused")).all()
    assert refusals == [scene.id("otto")]


def test_late_givers_are_reminded_once(as_: As, scene: Scene, session: Session, now: datetime) -> None:
    from review.services.feedback import Proposal, propose_givers
    from review.services.transitions import fire

    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    givers = Proposal((scene.id("erin"), scene.id("dev")))
    propose_givers(session, case.id, givers, actor=scene.actor("hanna"), now=now)
    program, path = as_(scene.id("hanna")), f"/cycles/{scene.cycle_id}/nudges"
    assert program.post(path, json={"late": False}).get_json() == {"is_done": False, "count": 2, "refused": []}
    sent = {"late": False, "dry_run": False}
    first = program.post(path, json=sent, headers={"Idempotency-Key": "once"}).get_json()
    again = program.post(path, json=sent, headers={"Idempotency-Key": "once"}).get_json()
    third = program.post(path, json=sent).get_json()
    assert (first["count"], again["count"], third["count"]) == (2, 0, 0)
    assert sum(each["count"] for each in third["refused"]) == 2
    nudges = sa.select(sa.func.count()).where(Message.template == "feedback_nudge")
    assert session.scalar(nudges) == 2
    assert as_(scene.id("greta")).post(path, json=sent).status_code == 404


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/people?limit=0", None, 422),
        ("/people?limit=many", None, 422),
        ("/people?unknown=1", None, 422),
        ("/me?x=1", None, 422),
        ("/people/99999999999999999999", None, 404),
        ("/nowhere", None, 404),
        ("/me", {"json": {}}, 405),
        ("/cycles/1/nudges", {"data": "x"}, 415),
        ("/cycles/1/nudges", {"json": {"dry_run": 0}}, 422),
        ("/cycles/1/nudges", {"json": {"late": "no"}}, 422),
        ("/cycles/1/nudges", {"data": "{", "content_type": "application/json"}, 400),
        ("/cycles/1/nudges", {"json": {"late": "perhaps"}}, 422),
        ("/cycles/999/nudges", {"json": {}}, 404),
        ("/people/import", {"data": b"\xd0\xcf\x11\xe0", "content_type": "text/csv"}, 422),
    ],
)
def test_what_cannot_be_is_told_as_a_problem(
    as_: As, scene: Scene, path: str, more: dict[str, object] | None, status: int
) -> None:
    program = as_(scene.id("hanna"))
    answer = program.get(path) if more is None else program.post(path, **more)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["status"] == status


def test_the_last_use_is_kept(as_: As, scene: Scene, session: Session, app: Flask, now: datetime) -> None:
    program, later = as_(scene.id("hanna")), now + timedelta(hours=1)
    app.extensions["clock"] = lambda: later
    program.get("/me")
    assert session.scalars(sa.select(ApiToken.used_at)).one() == later
