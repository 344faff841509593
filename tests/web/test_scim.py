"""SCIM: people and groups from the company's directory, and what that does to sign-ins, roles and cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from review.config import Settings
from review.config_sign_in import SignInSettings
from review.domain.directory_entry import DirectoryGroup
from review.extensions import db
from review.models import AuditEvent, Delegation, Employment, Person, RoleGrant, SignIn
from review.services.directory_sync import make_token, revoke_tokens, save_group, take_turn
from review.services.sign_ins import digest_token, open_sign_in
from tests.conftest import HouseClient
from tests.rivals import let_call_come_late

Ask = Callable[..., Any]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
WORK = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ROLES = {"hr partners": "hr", "it": "it_admin"}


@pytest.fixture
def ask(app: Flask, session: Session, now: datetime) -> Ask:
    """Return a function that asks SCIM as the directory does: (status, body)."""
    settings: Settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, sign_in=SignInSettings(groups=ROLES))
    token = make_token(session, "tests", now=now)
    client = HouseClient(app)
    client.setup_session = session

    def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
        said = {
            "Authorization": f"Bearer {token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        answer = client.open(f"/scim/v2{path}", method=method, json=body, headers=said, csrf=False)
        session.rollback()
        assert answer.status_code in (204, 304) or answer.content_type == "application/scim+json"
        return answer.status_code, answer.get_json(force=True) if answer.data else None

    return send


def user(name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [USER, WORK], "userName": name, "displayName": name.title(), **more}


def add(ask: Ask, name: str, **more: Any) -> str:
    status, body = ask("POST", "/Users", user(name, **more))
    assert status == 201, body
    return str(body["id"])


def patch(ask: Ask, place: str, *operations: dict[str, Any], **headers: str) -> Any:
    return ask("PATCH", place, {"schemas": [PATCH], "Operations": list(operations)}, **headers)


def test_nobody_comes_in_without_a_token_that_still_opens(app: Flask, session: Session, now: datetime) -> None:
    token = make_token(session, "old", now=now)
    assert revoke_tokens(session, "old", now=now) == 1
    session.commit()
    client = app.test_client()
    for said in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": "Basic eA=="},
    ):
        answer = client.get("/scim/v2/Users", headers=said)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.json == {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "401",
            "detail": "A token is needed; `dualtrack scim token` makes one.",
        }


def test_who_joins_is_in_the_directory_with_history_and_trail(ask: Ask, session: Session) -> None:
    boss = add(ask, "boss")
    more = {
        "externalId": "e-1",
        "title": "Lead",
        "emails": [{"value": "home@example.org"}, {"value": "Ines@example.org", "primary": True}],
        WORK: {"department": "Product", "manager": {"value": boss}},
        "phoneNumbers": [{"value": "1"}],
    }
    number = add(ask, "ines", **more)
    row = session.get_one(Person, int(number))
    assert (row.external_id, row.name, row.email, row.title, row.function, row.manager_id) == (
        "e-1",
        "Ines",
        "ines@example.org",
        "Lead",
        "Product",
        int(boss),
    )
    held = session.scalars(sa.select(Employment).where(Employment.person_id == row.id)).one()
    assert (held.manager_id, held.function, held.until_on) == (int(boss), "Product", None)
    kinds = set(session.scalars(sa.select(AuditEvent.kind)))
    assert {"scim.token", "person.join"} <= kinds
    status, body = ask("GET", f"/Users/{number}")
    assert (status, "phoneNumbers" in body, body["emails"]) == (200, False, more["emails"])


def test_who_is_put_out_is_out_at_the_next_request_and_holds_nothing(
    ask: Ask, app: Flask, session: Session, now: datetime
) -> None:
    ines, tom = int(add(ask, "ines")), int(add(ask, "tom"))
    today = now.date()
    window = {"from_on": today, "until_on": today + timedelta(days=9), "created_by_id": tom, "created_at": now}
    session.add(Delegation(person_id=tom, delegate_id=ines, **window))
    ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "HR partners", "members": [{"value": str(ines)}]})
    token = open_sign_in(session, ines, now=now)
    session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"], cookie["seen"] = token, int(now.timestamp())
    assert client.get("/people/leavers").status_code == 200
    change = {"op": "Replace", "path": "active", "value": False}
    status, body = patch(ask, f"/Users/{ines}", change)
    assert (status, body["active"]) == (200, False)
    assert client.get("/people/leavers").status_code == 303
    assert session.get_one(Person, ines).left_on == today
    assert session.scalars(sa.select(Delegation.ended_at)).one() == now
    assert session.scalars(sa.select(RoleGrant.role)).all() == []
    assert patch(ask, f"/Users/{ines}", {**change, "value": True})[1]["active"] is True
    assert session.get_one(Person, ines).left_on is None
    assert session.scalars(sa.select(RoleGrant.role)).all() == ["hr"]  # still in the group
    assert session.scalars(sa.select(SignIn.ended_at)).all() == [now]


def test_groups_give_and_take_their_role_and_no_other(ask: Ask, session: Session, now: datetime) -> None:
    ines = add(ask, "ines")
    session.add(RoleGrant(person_id=int(ines), role="auditor", granted_at=now))
    session.commit()
    members = [{"value": ines}]
    _, group = ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "HR Partners", "members": members})
    held = sa.select(RoleGrant.role).order_by(RoleGrant.role)
    assert session.scalars(held).all() == ["auditor", "hr"]
    place = f"/Groups/{group['id']}"
    assert patch(ask, place, {"op": "replace", "path": "displayName", "value": "IT"})[0] == 200
    assert session.scalars(held).all() == ["auditor", "it_admin"]
    patch(ask, place, {"op": "remove", "path": f'members[value eq "{ines}"]'})
    assert session.scalars(held).all() == ["auditor"]
    patch(ask, place, {"op": "add", "path": "members", "value": members})
    assert ask("DELETE", place)[0] == 204
    assert session.scalars(held).all() == ["auditor"]


@pytest.mark.parametrize(
    ("narrowed", "names"),
    [
        ('userName eq "INES"', ["ines"]),
        ('externalId eq "e-2"', ["tom"]),
        ('userName sw "t" or title pr', ["ines", "tom"]),
        ('not (title co "ead")', ["tom"]),
        ('emails[value ew "example.org" and primary eq true]', ["ines"]),
        (f'{WORK}:department eq "Product"', ["ines"]),
        ('userName ne "ines" and active eq true', ["tom"]),
        ('meta.created gt "2020-01-01T00:00:00Z" and userName le "ines"', ["ines"]),
        ('userName eq "x" or (userName eq "tom" and not (title pr))', ["tom"]),
        ('userName eq "nobody"', []),
    ],
)
def test_the_grammar_of_filters(ask: Ask, narrowed: str, names: list[str]) -> None:
    emails = [{"value": "ines@example.org", "primary": True}]
    add(ask, "ines", title="Lead", externalId="e-1", emails=emails, **{WORK: {"department": "Product"}})
    add(ask, "tom", externalId="e-2")
    status, body = ask("POST", "/Users/.search", {"filter": narrowed, "sortBy": "userName"})
    assert (status, [each["userName"] for each in body.get("Resources", ())]) == (200, names)


@pytest.mark.parametrize(
    "narrowed", ["userName", "userName xx 1", 'userName eq "a" and', '(userName eq "a"', "shoe eq 1"]
)
def test_a_filter_that_is_none_is_refused(ask: Ask, narrowed: str) -> None:
    status, body = ask("POST", "/Users/.search", {"filter": narrowed})
    assert (status, body["scimType"]) == (400, "invalidFilter")


def test_lists_come_by_pages_and_in_order(ask: Ask) -> None:
    for name in ("cleo", "ada", "ben"):
        add(ask, name)
    _, page = ask("GET", "/Users?startIndex=2&count=1&sortBy=userName")
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 2, 1)
    assert [each["userName"] for each in page["Resources"]] == ["ben"]
    _, last = ask("GET", "/Users?sortBy=userName&sortOrder=descending&attributes=userName")
    assert [sorted(each) for each in last["Resources"]] == [["id", "schemas", "userName"]] * 3
    assert [each["userName"] for each in last["Resources"]] == ["cleo", "ben", "ada"]
    assert ask("GET", "/Users?count=0")[1]["totalResults"] == 3


def test_who_has_changed_something_first_wins(ask: Ask) -> None:
    ines = add(ask, "ines")
    old = ask("GET", f"/Users/{ines}")[1]["meta"]["version"]
    change = {"op": "replace", "path": "title", "value": "Lead"}
    assert ask("GET", f"/Users/{ines}", If_None_Match=old)[0] == 304
    assert patch(ask, f"/Users/{ines}", change, If_Match=old)[0] == 200
    assert patch(ask, f"/Users/{ines}", change, If_Match=old)[0] == 412
    assert ask("DELETE", f"/Users/{ines}", If_Match=old)[0] == 412
    assert patch(ask, f"/Users/{ines}", change, If_Match="*")[0] == 200


def test_names_and_numbers_are_nobody_elses(ask: Ask, session: Session) -> None:
    session.add(Person(external_id="p1", name="Known", email="known@example.org", title="Lead"))
    session.commit()
    add(ask, "ines", externalId="e-1", emails=[{"value": "ines@example.org"}])
    for given in (
        user("INES"),
        user("other", externalId="e-1"),
        user("other", externalId="p1"),
        user("KNOWN@example.org"),
        user("other", emails=[{"value": "known@example.org"}]),
    ):
        status, body = ask("POST", "/Users", given)
        assert (status, body["scimType"]) == (409, "uniqueness")
    found = ask("GET", '/Users?filter=userName eq "Known@Example.org"')[1]["Resources"]
    assert [(each["userName"], each["externalId"]) for each in found] == [("known@example.org", "p1")]
    place = f"/Users/{found[0]['id']}"
    assert patch(ask, place, {"op": "add", "path": "title", "value": "Head"})[1]["title"] == "Head"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/Users", {"schemas": [USER]}, 400, "invalidValue"),
        ("POST", "/Users", {"schemas": [USER], "userName": 7}, 400, "invalidValue"),
        ("POST", "/Users", [], 400, "invalidSyntax"),
        ("POST", "/Users", user("a" * 101), 400, "invalidValue"),
        ("POST", "/Users", user("a", **{WORK: {"manager": {"value": "99"}}}), 400, "invalidValue"),
        ("POST", "/Groups", {"schemas": [GROUP], "displayName": "G", "members": [{"value": "x"}]}, 400, "invalidValue"),
        ("GET", "/Users/99", None, 404, None),
        ("GET", "/Users/x", None, 404, None),
        ("GET", "/Shoes", None, 404, None),
        ("POST", "/Bulk", {}, 405, None),
        ("PUT", "/Users", user("a"), 405, None),
        ("DELETE", "/Schemas", None, 405, None),
    ],
)
def test_what_cannot_be_is_told_as_scim_tells_it(
    ask: Ask, method: str, path: str, body: Any, status: int, kind: str | None
) -> None:
    got, told = ask(method, path, body)
    assert (got, told["status"], told.get("scimType")) == (status, str(status), kind)


def test_a_patch_is_whole_or_nothing(ask: Ask) -> None:
    ines = add(ask, "ines", title="Lead")
    right = {"op": "replace", "path": "title", "value": "Head"}
    wrong = {"op": "replace", "path": 'emails[value co "x"].value', "value": "a@example.org"}
    status, body = patch(ask, f"/Users/{ines}", right, wrong)
    assert (status, body["scimType"]) == (400, "noTarget")
    assert ask("GET", f"/Users/{ines}")[1]["title"] == "Lead"


def test_a_ring_of_managers_is_refused(ask: Ask) -> None:
    ines = add(ask, "ines")
    tom = add(ask, "tom", **{WORK: {"manager": {"value": ines}}})
    change = {"op": "add", "path": f"{WORK}:manager", "value": {"value": tom}}
    status, body = patch(ask, f"/Users/{ines}", change)
    assert (status, body["scimType"]) == (400, "invalidValue")


def test_a_person_who_is_forgotten_has_left(ask: Ask, session: Session) -> None:
    ines = add(ask, "ines")
    assert ask("DELETE", f"/Users/{ines}")[0] == 204
    assert ask("GET", f"/Users/{ines}")[0] == 404
    row = session.get_one(Person, int(ines))
    assert (row.is_active, row.name) == (False, "Ines")
    assert add(ask, "ines") == ines  # back again, the same person


def test_nobody_who_has_left_comes_back_by_what_a_directory_leaves_out(ask: Ask, session: Session) -> None:
    ines = add(ask, "ines", active=False)
    here = sa.select(Person.is_active).where(Person.id == int(ines))
    place = f"/Users/{ines}"
    for method, body, said in (
        ("PUT", user("ines"), False),
        ("PATCH", {"schemas": [PATCH], "Operations": [{"op": "remove", "path": "active"}]}, None),
        ("PATCH", {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "Lead"}]}, None),
    ):
        status, told = ask(method, place, body)
        assert (status, told.get("active"), session.scalar(here)) == (200, said, False)
        session.rollback()
    assert ask("PUT", place, user("ines", active=True))[1]["active"] is True
    assert session.scalar(here) is True
    session.rollback()
    assert ask("PUT", place, user("ines"))[0] == 200
    assert session.scalar(here) is True


def find_manager(body: Any) -> str | None:
    return body.get(WORK, {}).get("manager", {}).get("value")


def test_a_manager_comes_as_entra_sends_it(ask: Ask, session: Session) -> None:
    ines = add(ask, "ines")
    tom = add(ask, "tom", **{WORK: {"department": "Product", "manager": ines}})
    told = {}
    place = f"{WORK}:manager"
    for operation in (
        {"op": "Replace", "path": place, "value": ""},
        {"op": "Add", "path": place, "value": ines},
        {"op": "Remove", "path": place},
        {"op": "Add", "path": place, "value": [{"$ref": f"https://example.org/Users/{ines}", "value": ines}]},
        {"op": "Replace", "value": {place: ""}},
        {"op": "Replace", "value": {place: ines}},
    ):
        status, body = patch(ask, f"/Users/{tom}", operation)
        told[str(operation)] = status, find_manager(body)
    assert list(told.values()) == [(200, None), (200, ines)] * 3
    assert session.scalar(sa.select(Person.manager_id).where(Person.id == int(tom))) == int(ines)


def test_who_is_taken_out_of_a_group_as_entra_does_it_loses_its_role_alone(ask: Ask, session: Session) -> None:
    ines, tom = add(ask, "ines"), add(ask, "tom")
    members = [{"value": ines}, {"value": tom}]
    _, group = ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "HR Partners", "members": members})
    held = sa.select(RoleGrant.person_id, RoleGrant.role)
    out = {"op": "Remove", "path": "members", "value": [{"value": ines}]}
    assert patch(ask, f"/Groups/{group['id']}", out)[0] == 200
    assert session.execute(held).all() == [(int(tom), "hr")]
    assert patch(ask, f"/Groups/{group['id']}", {"op": "Remove", "path": "members", "value": []})[0] == 200
    assert session.execute(held).all() == [(int(tom), "hr")]


def test_a_first_e_mail_is_added_by_its_kind(ask: Ask, session: Session) -> None:
    ines = add(ask, "ines")
    first = {"op": "Add", "path": 'emails[type eq "work"].value', "value": "ines@example.org"}
    assert patch(ask, f"/Users/{ines}", first)[1]["emails"] == [{"value": "ines@example.org", "type": "work"}]
    assert session.scalar(sa.select(Person.email).where(Person.id == int(ines))) == "ines@example.org"


def test_a_value_that_does_not_fit_is_told_in_a_sentence(ask: Ask) -> None:
    ines = add(ask, "ines")
    for method, body in (
        ("PATCH", {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": "maybe"}]}),
        ("PUT", user("ines", active="maybe")),
    ):
        status, told = ask(method, f"/Users/{ines}", body)
        detail = "Input should be a valid boolean, unable to interpret input: active"
        assert (status, told["scimType"], told["detail"]) == (400, "invalidValue", detail)


@pytest.mark.both_databases
def test_changes_at_the_same_moment_are_all_kept(ask: Ask, app: Flask, session: Session, now: datetime) -> None:
    ines, tom = add(ask, "ines"), add(ask, "tom")
    _, group = ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "HR Partners"})
    number = int(group["id"])
    client, token = HouseClient(app), make_token(session, "other", now=now)
    session.commit()
    assert take_turn(session, digest_token(token)) is not None
    first, second = now + timedelta(seconds=1), now + timedelta(seconds=2)
    save_group(session, DirectoryGroup("HR Partners", None, (int(ines),)), now=first, group_id=number, roles=ROLES)
    app.extensions["clock"] = lambda: second
    change = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": tom}]}]}

    def change_too() -> int:
        said = {"Authorization": f"Bearer {token}"}
        return client.patch(f"/scim/v2/Groups/{number}", json=change, headers=said, csrf=False).status_code

    with app.app_context():
        engine = db.engine
    assert let_call_come_late(session, engine, change_too, "scim_token.id FOR NO KEY", "UPDATE scim_group") == 200
    held = sa.select(RoleGrant.person_id).where(RoleGrant.role == "hr").order_by(RoleGrant.person_id)
    assert session.scalars(held).all() == [int(ines), int(tom)]


def test_what_somebody_else_changes_meanwhile_is_to_be_sent_again(
    ask: Ask,
) -> None:
    ines = add(ask, "ines")

    def change_first(_mapper: object, connection: sa.Connection, _person: Person) -> None:
        connection.execute(sa.update(Person).values(version=Person.version + 1))

    sa.event.listen(Person, "before_update", change_first)
    try:
        status, told = patch(ask, f"/Users/{ines}", {"op": "replace", "path": "title", "value": "Lead"})
    finally:
        sa.event.remove(Person, "before_update", change_first)
    detail = "Somebody else changed it at the same moment. Nothing was changed; send it again."
    assert (status, told["detail"]) == (503, detail)
    assert "title" not in ask("GET", f"/Users/{ines}")[1]
