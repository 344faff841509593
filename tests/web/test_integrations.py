"""The page of integrations through a real client: who finds it, what is shown once, and what a press does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import ApiToken, AuditEvent, Hook, HookDelivery
from review.services.api_tokens import hash_api_token
from review.services.hooks import HookPlan, register_hook, try_hook
from tests.api_room import Program
from tests.personas import Company
from tests.signed_in import Door, faults, listed, soup, words

TOKEN = {"name": "HR system", "scopes": ["read:people", "read:cases"], "days": "90"}
HOOK = {"name": "Payroll", "form": "events", "address": "https://public.example/in?key=1", "kinds": ["cycle.opened"]}


@pytest.fixture
def door(client: FlaskClient, session: Session, company: Company, now: datetime) -> Door:
    return Door(client, session, now, company.ids)


@pytest.fixture
def hook_id(session: Session, company: Company, now: datetime) -> int:
    plan = HookPlan("=Payroll", "events", "https://public.example/in?key=1", ("cycle.opened",))
    number, _ = register_hook(session, plan, actor=company.actor("hanna"), now=now)
    try_hook(session, number, actor=company.actor("hanna"), now=now)
    session.commit()
    return number


def test_a_token_is_shown_once_and_kept_as_a_hash(
    app: Flask, door: Door, session: Session, company: Company, now: datetime
) -> None:
    hr = door.enter("hanna")
    page = hr.post("/integrations/tokens/new", data=TOKEN)
    shown = soup(page).select_one("code")
    assert shown is not None
    token = shown.get_text()
    row = session.scalars(sa.select(ApiToken)).one()
    assert (row.token_hash, row.scopes, row.until_at) == (
        hash_api_token(token),
        ["read:cases", "read:people"],
        now + timedelta(days=90),
    )
    assert page.headers["Cache-Control"] == "no-store"
    assert Program(app, session, token).read("/me")["name"] == "Hanna Ruiz"
    board = hr.get("/integrations")
    assert token not in board.get_data(as_text=True)
    assert listed(board, "#tokens ~ * tbody th, tbody th")[0] == "HR system acts as Hanna Ruiz"
    session.commit()
    door.enter("ines").post(f"/integrations/tokens/{row.id}/revoke")
    assert Program(app, session, token).get("/me").status_code == 401
    made = session.execute(sa.select(AuditEvent.kind, AuditEvent.actor_id).where(AuditEvent.kind.startswith("api_")))
    assert [tuple(each) for each in made] == [
        ("api_token.make", company.id("hanna")),
        ("api_token.revoke", company.id("ines")),
    ]


def test_a_form_pressed_twice_makes_one_and_shows_it_both_times(door: Door, session: Session) -> None:
    """The browser shows the second answer alone; other words, or no key, are another token and another hook."""
    hr, other, counts = door.enter("hanna"), {"name": "Another"}, []
    for path, sent, model in (("tokens", TOKEN, ApiToken), ("hooks", HOOK, Hook)):
        address = f"/integrations/{path}/new"
        field = soup(hr.get(address)).select_one("main input[name=request_key]")
        assert field is not None
        keyed = sent | {"request_key": str(field["value"])}
        tries = (keyed, keyed, keyed | other, sent)
        shown = [str(soup(hr.post(address, data=each)).select_one("code")) for each in tries]
        assert [shown.index(each) for each in shown] == [0, 0, 2, 3]
        counts.append(session.scalar(sa.select(sa.func.count()).select_from(model)))
    events = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind.in_(["api_token.make", "hook.register"])))
    assert (counts, sorted(events)) == ([3, 3], ["api_token.make"] * 3 + ["hook.register"] * 3)


def test_making_one_asks_who_is_there(app: Flask, door: Door, session: Session, now: datetime) -> None:
    hr = door.enter("hanna")
    app.extensions["clock"] = lambda: now + timedelta(hours=1)
    for path, sent in (("tokens", TOKEN), ("hooks", HOOK)):
        assert hr.post(f"/integrations/{path}/new", data=sent).status_code == 401
    assert (session.scalar(sa.select(sa.func.count(ApiToken.id))), session.scalar(sa.select(Hook.id))) == (0, None)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, ["What it is for: Please fill this in"]),
        ({"scopes": []}, 1),
        ({"scopes": ["write:everything"]}, 1),
        ({"days": "4000"}, 1),
    ],
)
def test_what_a_token_lacks_is_told(
    door: Door, session: Session, changed: dict[str, object], told: list[str] | int
) -> None:
    page = door.enter("hanna").post("/integrations/tokens/new", data={**TOKEN, **changed})
    found = faults(page)
    assert page.status_code == 422
    assert (found if isinstance(told, list) else len(found)) == told
    assert session.scalar(sa.select(sa.func.count(ApiToken.id))) == 0


@pytest.mark.parametrize("key", ["otto", "greta", "abel", "noor"])
def test_nobody_else_finds_any_of_it(door: Door, hook_id: int, key: str) -> None:
    client = door.enter(key)
    read = ("", "/tokens/new", "/hooks/new", f"/hooks/{hook_id}", f"/hooks/{hook_id}.csv")
    sent = ("/tokens/new", "/hooks/new", f"/hooks/{hook_id}/off", f"/hooks/{hook_id}/test", "/tokens/1/revoke")
    assert {client.get(f"/integrations{path}").status_code for path in read} == {404}
    assert {client.post(f"/integrations{path}", data=TOKEN).status_code for path in sent} == {404}


def test_a_hook_shows_its_secret_once_and_never_its_whole_address(door: Door, session: Session) -> None:
    hr = door.enter("hanna")
    page = hr.post("/integrations/hooks/new", data=HOOK)
    secret = soup(page).select_one("code")
    assert secret is not None
    assert secret.get_text().startswith("whsec_")
    row = session.scalars(sa.select(Hook)).one()
    later = hr.get(f"/integrations/hooks/{row.id}").get_data(as_text=True) + hr.get("/integrations").get_data(True)
    assert [part in later for part in ("public.example", "key=1", secret.get_text(), row.salt)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("address", ["http://public.example/", "https://u:p@public.example/", "nothing"])
def test_what_cannot_be_called_is_not_registered(door: Door, session: Session, address: str) -> None:
    page = door.enter("hanna").post("/integrations/hooks/new", data={**HOOK, "address": address})
    assert (page.status_code, len(faults(page))) == (422, 1)
    assert session.scalar(sa.select(sa.func.count(Hook.id))) == 0


def test_an_it_admin_is_offered_nothing_of_cases(door: Door) -> None:
    def offered(key: str) -> set[str]:
        page = soup(door.enter(key).get("/integrations/hooks/new"))
        return {str(box["value"]) for box in page.select('input[name="kinds"]')}

    assert offered("ines") == {"cycle.opened", "cycle.closed", "people.imported"}
    assert offered("hanna") - offered("ines") == {"case.opened", "case.moved", "decisions.released", "digest"}
    refused = door.enter("ines").post("/integrations/hooks/new", data={**HOOK, "kinds": ["case.moved"]})
    assert refused.status_code == 422


def test_calls_are_listed_taken_along_and_sent_again(door: Door, session: Session, hook_id: int, now: datetime) -> None:
    hr = door.enter("hugo")
    call = session.scalars(sa.select(HookDelivery)).one()
    call.ended_at, call.outcome, call.answer, call.attempts = now, "given_up", 500, 1
    session.commit()
    assert "A test" in words(hr.get(f"/integrations/hooks/{hook_id}"))
    table = hr.get(f"/integrations/hooks/{hook_id}.csv").get_data().decode("utf-8-sig").splitlines()
    assert table[1] == f"{call.key},A test,2026-11-16T09:00:00Z,1,500,,2026-11-16T09:00:00Z,given up"
    key = call.key
    session.commit()
    assert hr.post(f"/integrations/hooks/{hook_id}/calls/{call.id}/again").status_code == 303
    session.expire_all()
    assert (call.key, call.ended_at, call.attempts) == (key, None, 0)
    session.commit()
    assert hr.post(f"/integrations/hooks/{hook_id}/calls/999/again").status_code == 404


def test_it_is_switched_off_by_any_and_on_by_its_owner(door: Door, session: Session, hook_id: int) -> None:
    place = f"/integrations/hooks/{hook_id}"
    assert door.enter("hugo").post(f"{place}/off").status_code == 303
    assert "Only who registered it can switch it on." in words(door.client.get(place))
    assert door.client.post(f"{place}/on").status_code == 403
    assert door.client.post(f"{place}/secret").status_code == 403
    session.commit()
    hanna = door.enter("hanna")
    assert hanna.post(f"{place}/on").status_code == 303
    assert soup(hanna.post(f"{place}/secret")).select_one("code") is not None
    assert session.scalars(sa.select(Hook.off_at)).one() is None
