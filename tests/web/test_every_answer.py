"""What a browser is told with every answer of every route: nothing is kept, framed, sniffed or run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from review import create_app
from review.models import Person, RoleGrant
from review.services.sign_ins import open_sign_in
from review.web.security import CONTENT_SECURITY_POLICY
from tests.conftest import HouseClient, make_settings

HTTPS = "https://dualtrack.example"
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
KEPT = ("no-store", "no-cache", "private, no-cache")
EVIL = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "/%09/evil.example",
)


@pytest.fixture
def app(database_url: str, tmp_path: Path, now: datetime) -> Flask:
    """Return an installation that people reach by https."""
    app = create_app(make_settings(database_url, tmp_path, public_url=HTTPS))
    app.extensions["clock"] = lambda: now
    app.config["WTF_CSRF_ENABLED"] = False  # so that views are reached
    return app


@pytest.fixture
def keeper(app: Flask, session: Session, now: datetime) -> HouseClient:
    """Return a browser of somebody with every role."""
    person = Person(external_id="p1", name="Ines", email="ines@example.org", title="Lead")
    session.add(person)
    session.flush()
    roles = ("hr", "auditor", "it_admin", "executive", "appeals")
    session.add_all(RoleGrant(person_id=person.id, role=role, granted_at=now) for role in roles)
    token = open_sign_in(session, person.id, now=now)
    session.commit()
    client = HouseClient(app)
    with client.session_transaction(base_url=HTTPS) as cookie:
        cookie["token"], cookie["seen"] = token, int(now.timestamp())
    return client


def is_own(place: str) -> bool:
    """Tell whether a place is a path, and nothing that a browser could take for another site."""
    return place.startswith("/") and not place.startswith("//") and not set(place) & set("\\\t\r\n")


def find_address(app: Flask, rule: Rule) -> str:
    """Return an address of a route, with numbers and words in its places."""
    values: dict[str, object] = dict.fromkeys(rule.arguments, 1)
    for name, converter in rule._converters.items():
        if hasattr(converter, "items"):  # one of some words
            values[name] = sorted(converter.items)[0]
    with app.test_request_context(base_url=HTTPS):
        built = rule.build(values)
    assert built is not None
    return built[1]


def find_faults(answer: TestResponse) -> list[str]:
    """Return what an answer tells a browser that it should not, or leaves unsaid."""
    told = answer.headers
    faults = [f"{name}: {told.get(name)}" for name, wanted in HEADERS.items() if told.get(name) != wanted]
    cached = told.get("Cache-Control", "")
    if cached not in KEPT:
        faults.append(f"Cache-Control: {cached}")
    for cookie in told.getlist("Set-Cookie"):
        parts = {part.strip() for part in cookie.split(";")[1:]}
        for_us_alone = {"HttpOnly"} if cookie.startswith("__Host-session") else set()
        if not (cookie.startswith("__Host-") and parts >= {"Secure", "Path=/", "SameSite=Lax"} | for_us_alone):
            faults.append(cookie)
    faults += [name for name, _ in told if name.lower().startswith("access-control-")]
    kind = told.get("Content-Type", "")
    if answer.data and (not kind or (kind.startswith(("text/", "application/xml")) and "charset=utf-8" not in kind)):
        faults.append(f"Content-Type: {kind}")
    place = told.get("Location", "/")
    if not is_own(place):
        faults.append(f"Location: {place}")
    return faults


def test_a_page_loads_and_runs_our_own_files_only() -> None:
    allowed = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert allowed.pop("img-src") == "'self' data:"
    assert {name for name, places in allowed.items() if places == "'none'"} == {
        "default-src",  # objects and frames with it
        "base-uri",
        "frame-ancestors",
    }
    assert set(allowed.values()) == {"'none'", "'self'"}


def test_every_answer_of_every_route_is_sealed(app: Flask, keeper: HouseClient) -> None:
    stranger, seen, faults = HouseClient(app), 0, {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            address = find_address(app, rule)
            for who, client in (("somebody", keeper), ("a stranger", stranger)):
                if (who, rule.endpoint) == ("somebody", "sign_in.leave"):
                    continue
                answer = client.open(address, method=method, base_url=HTTPS, csrf=False)
                seen += 1
                if found := find_faults(answer):
                    faults[f"{method} {address} by {who}"] = found
                answer.close()
    print(f"{seen} answers, {len(faults)} with a fault")
    assert faults == {}
    assert seen > 400


def test_a_download_is_kept_and_never_shown_in_place(app: Flask, keeper: HouseClient) -> None:
    """Whatever is no page of HTML, no JSON of a program and no part of a page comes as an attachment."""
    shown = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or "GET" not in (rule.methods or set()):
            continue
        answer = keeper.get(find_address(app, rule), base_url=HTTPS)
        is_page = answer.mimetype in ("text/html", "application/json", "application/scim+json")
        if answer.status_code == 200 and not is_page and rule.endpoint not in ("health.live", "health.ready"):
            is_kept = answer.headers.get("Content-Disposition", "").startswith("attachment")
            if not is_kept and answer.mimetype != "text/plain":
                shown[rule.endpoint] = answer.mimetype
        answer.close()
    assert shown == {}


@pytest.mark.parametrize("target", EVIL)
def test_no_way_in_leads_elsewhere(app: Flask, keeper: HouseClient, target: str) -> None:
    for page in ("/sign-in", "/sign-in/provider"):
        place = keeper.get(page, query_string={"next": target}, base_url=HTTPS).headers.get("Location", "/")
        assert is_own(place)


def test_the_cookie_of_a_sign_in_is_bound_to_its_host(app: Flask, session: Session) -> None:
    client = HouseClient(app)
    told = client.get("/sign-in", base_url=HTTPS).headers.getlist("Set-Cookie")
    assert [cookie.split("=")[0] for cookie in told] == ["__Host-session"]
    assert {part.strip() for part in told[0].split(";")[1:]} >= {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_what_a_device_keeps_is_bound_to_its_host_too(app: Flask, keeper: HouseClient) -> None:
    """Set, read again, and taken away: always the cookie with the prefix, never one that another host may set."""
    sent = {"theme": "dark", "keys": "off", "locale": "", "zone": ""}
    told = keeper.post("/preferences", data=sent, base_url=HTTPS).headers.getlist("Set-Cookie")
    assert {cookie.split(";")[0] for cookie in told} >= {"__Host-theme=dark", "__Host-keys=off"}
    keeper.set_cookie("theme", "light", domain="company.example")
    page = keeper.get("/preferences", base_url=HTTPS).get_data(as_text=True)
    assert ('data-bs-theme="dark"' in page, 'data-bs-theme="light"' in page) == (True, False)
    assert 'data-theme-toggle="__Host-theme"' in page
    answer = keeper.post("/preferences", data={**sent, "keys": "on"}, base_url=HTTPS)
    told = answer.headers.getlist("Set-Cookie")
    assert [cookie.split(";")[0] for cookie in told if "Max-Age=0" in cookie] == ["__Host-keys="]
    assert find_faults(answer) == []


def test_what_is_too_large_is_refused(app: Flask, keeper: HouseClient) -> None:
    large = b"x" * (16 * 1024 * 1024 + 1)
    answer = keeper.post(
        "/preferences", data=large, base_url=HTTPS, content_type="application/octet-stream", csrf=False
    )
    assert answer.status_code == 413
