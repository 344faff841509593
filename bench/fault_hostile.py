"""What hostile input does: into every field of every form that anybody of the cast finds, on either database.

The forms are found by walking the pages; nobody lists them. Each is sent as its page would send it, with one kind of
hostile text in all its fields for text, then with a hostile choice in each of the others, files included.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from bench.fault_ground import FILE, Ground
from review import create_app
from review.extensions import db
from review.models import Person
from tests.agreed_plan import written_plan
from tests.committee_room import MEMBERS, sealed_room
from tests.conftest import NOW, HouseClient, make_settings, migrate
from tests.factories import Scene
from tests.kept import PostgresDatabase, SqliteFile
from tests.outsider import collecting
from tests.signed_in import Door

TEXTS = {
    "megabyte": "ש" * 500_000,
    "nul": "be\x00fore",
    "zero width": "be\u200bfore\ufeff\u2060",
    "direction": "\u202eevil\u202c",
    "surrogate": "be\ud800fore",
    "long word": "z" * 200_000,
    "nested tags": "<b><i>" * 3_000 + "> " * 3_000 + "**[" * 3_000,
    "formula": "=cmd|' /C calc'!A0",
    "line ends": "Ann\r\nBcc: eve@evil.example\r\n\r\nHello",
    "long number": "9" * 40,
}
CHOICES = ("\x00", "²", "-1", "9" * 30, "be\ud800fore", "2026-02-31", "'\"><script>")
TYPED = frozenset({"text", "search", "email", "password", "url"})
MOST_TOLD = 30
UNTOUCHED = frozenset({"csrf_token"})
QUICK_KINDS, QUICK_CHOICES = 1, 1
"""How many of the kinds go into each form in a quick run: others into the next form."""
LARGE = frozenset({"megabyte", "long word"})
"""What a quick run sends once: it costs as much as all the rest."""
QUICK_CHOSEN = 2
QUICK_CAST = ("hanna", "ines", "iris", "erin", *MEMBERS[:1])
"""Who walks in a quick run: one of each part."""


@dataclass(frozen=True, slots=True)
class Found:
    """A form as a page shows it to somebody."""

    who: str
    action: str
    method: str
    fields: tuple[tuple[str, str, str], ...]
    """Name, kind and value of each field."""

    def names(self, *, is_text: bool) -> list[str]:
        """Return the fields that are typed in, or the others."""
        kinds = [(name, kind in TYPED or kind == "textarea") for name, kind, _ in self.fields]
        return [name for name, typed in kinds if typed == is_text and name not in UNTOUCHED]


@dataclass(slots=True)
class Walker:
    """Walks the pages as each of the cast and remembers one form of each kind, and one page of each route."""

    app: Flask
    door: Door
    pages: dict[tuple[str, str], str]
    forms: dict[tuple[str, tuple[str, ...]], Found]
    wrong: list[str]

    def walk(self, keys: list[str]) -> None:
        """Open every page that a link leads to, one for each route and person."""
        for key in keys:
            client, waiting = self.door.enter(key), ["/"]
            while waiting:
                path = waiting.pop()
                endpoint = find_endpoint(self.app, path, "GET")
                if endpoint in ("", "static", "sign_in.leave") or (key, endpoint) in self.pages:
                    continue
                self.pages[key, endpoint] = path
                answer = client.get(path)
                self.judge(answer, f"{key} GET {path}")
                if answer.mimetype == "text/html":
                    waiting += self._read(key, path, answer)

    def _read(self, key: str, path: str, answer: TestResponse) -> list[str]:
        page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
        for form in page.select("form"):
            found = read_form(key, path, form)
            name = find_endpoint(self.app, found.action, found.method)
            self.forms.setdefault((name, tuple(sorted({each for each, _, _ in found.fields}))), found)
        return [str(link["href"]) for link in page.select("a[href^='/']")]

    def judge(self, answer: TestResponse, what: str) -> None:
        """Note an answer that is broken, or holds what no page may hold."""
        body = answer.get_data()
        is_text = str(answer.mimetype).startswith("text/")
        is_dirty = is_text and (b"\x00" in body or "\u202eevil".encode() in body or b"'\"><script>" in body)
        is_formula = answer.mimetype == "text/csv" and any(
            cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(body.decode())) for cell in row
        )
        if answer.status_code >= 500 or is_dirty or is_formula:
            self.wrong.append(f"{answer.status_code} {what}")


def find_endpoint(app: Flask, path: str, method: str) -> str:
    """Return the route of an address, or nothing."""
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(path).path, method=method)[0])
    except HTTPException:
        return ""


def read_form(key: str, path: str, form: Tag) -> Found:
    """Return a form with what its page puts into it."""
    fields: list[tuple[str, str, str]] = []
    for field in form.select("input[name], textarea[name], select[name], button[name]"):
        kind = field.name if field.name != "input" else str(field.get("type", "text"))
        chosen = field.select_one("option[selected]") or field.select_one("option")
        value = field.get_text() if kind == "textarea" else str(field.get("value", ""))
        fields.append((str(field["name"]), kind, str(chosen.get("value", "")) if chosen is not None else value))
    action, method = str(form.get("action") or path), str(form.get("method", "get")).upper()
    return Found(key, action, method, tuple(fields))


def list_attacks(form: Found, place: int, *, is_quick: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Give what is sent: all fields, one kind of text in those for text; then each other field with each bad choice."""
    own = {name: value for name, kind, value in form.fields if kind != "file" and name not in UNTOUCHED}
    typed, chosen = form.names(is_text=True), form.names(is_text=False)
    kinds, choices = list(TEXTS), list(CHOICES)
    if is_quick:
        kinds = [each for each in kinds if each not in LARGE or place < len(kinds)]
        kinds = [kinds[(place + step) % len(kinds)] for step in range(QUICK_KINDS)]
        choices = [choices[(place + step) % len(choices)] for step in range(QUICK_CHOICES)]
    for kind in kinds if typed else ():
        yield kind, {**own, **dict.fromkeys(typed, TEXTS[kind])}
    for name in chosen[:QUICK_CHOSEN] if is_quick else chosen:
        for choice in choices:
            yield f"{name}={choice!r}", {**own, name: choice}


def measure_hostile(ground: Ground) -> dict[str, object]:
    """Send it all; return how many requests were sent and what was answered wrongly."""
    with ExitStack() as ends:
        url, database = _open_database(ground, ends)
        settings = make_settings(url, ground.folder)
        app = create_app(settings)
        app.extensions["clock"], app.test_client_class = lambda: NOW, HouseClient
        app.config["PROPAGATE_EXCEPTIONS"] = False
        with app.app_context():
            session = ends.enter_context(Session(db.engine))
            ends.callback(db.engine.dispose)
        return _attack_worlds(app, session, database, is_quick=ground.is_quick)


def _open_database(ground: Ground, ends: ExitStack) -> tuple[str, SqliteFile | PostgresDatabase]:
    """Make a database without rows; give its address, and how all that is in it is taken and put back."""
    if not ground.database_url:
        migrate(ground.url, ground.folder)
        return ground.url, SqliteFile(ground.folder / FILE)
    server, name = ends.enter_context(ground.own_server(is_durable=False))
    migrate(server.url(name), ground.folder)
    return server.url(name), PostgresDatabase(server, name)


def _attack_worlds(
    app: Flask, session: Session, database: SqliteFile | PostgresDatabase, *, is_quick: bool
) -> dict[str, object]:
    empty, found = database.take(), Counter[str](hostile_tried=0, hostile_wrong=0)
    first: list[str] = []
    for found_world in (building_and_voting,) if is_quick else (building_and_voting, decided):
        scene = found_world(session)
        session.commit()
        walker = Walker(app, Door(app.test_client(), session, NOW, scene.company.ids), {}, {}, [])
        walker.walk([key for key in list_present(session, scene) if not is_quick or key in QUICK_CAST])
        found["hostile_forms"] += len(walker.forms)
        found["hostile_fields"] += sum(len(form.fields) for form in walker.forms.values())
        _attack(walker, database, found, is_quick=is_quick)
        found["hostile_wrong"] += len(walker.wrong)
        first += walker.wrong
        session.close()
        database.put(empty, database.take())  # type: ignore[arg-type]
    return {**found, "hostile_first": first[:MOST_TOLD]}


def list_present(session: Session, scene: Scene) -> list[str]:
    """Return the cast without those who have left."""
    here = set(session.scalars(sa.select(Person.id).where(Person.is_active)))
    session.rollback()
    return [key for key, number in scene.company.ids.items() if number in here]


def _attack(walker: Walker, database: SqliteFile | PostgresDatabase, found: Counter[str], *, is_quick: bool) -> None:
    """Send every attack; what one changed is undone before the next, after its page was looked at."""
    before = database.take()
    for place, form in enumerate(sorted(walker.forms.values(), key=_find_turn)):
        client, has_changed = walker.door.enter(form.who), True
        for what, fields in list_attacks(form, place, is_quick=is_quick):
            answer = send(client, form, fields)
            found["hostile_tried"] += 1
            walker.judge(answer, f"{form.who} {form.method} {form.action} {what}")
            has_changed = answer.status_code == 303
            if has_changed:
                found["hostile_accepted"] += 1
                walker.judge(client.get(answer.location), f"{form.who} after {form.action} {what}")
                walker.door.session.rollback()
                database.put(before, database.take())  # type: ignore[arg-type]
                client = walker.door.enter(form.who)


def _find_turn(form: Found) -> tuple[bool, bool]:
    """Let forms that are typed in come first, those that change something before searches: the first get every kind."""
    return not form.names(is_text=True), form.method == "GET"


def send(client: FlaskClient, form: Found, fields: dict[str, str]) -> TestResponse:
    """Send a form; lone surrogates go as the bytes that a forged request has."""
    files = {
        name: (io.BytesIO(b"\xff\xfe\x00=1+1,\r\n"), "a\r\nb.csv") for name, kind, _ in form.fields if kind == "file"
    }
    raw = {name.encode(): value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
    if form.method == "GET":
        return client.get(urlsplit(form.action).path, query_string=encode(raw))
    if files:
        safe = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
        return client.post(form.action, data={**safe, **files}, content_type="multipart/form-data")
    return client.post(form.action, data=encode(raw), content_type="application/x-www-form-urlencoded")


def encode(fields: dict[bytes, bytes]) -> str:
    """Return fields as a browser, or somebody who is none, puts them into a request."""
    return urlencode(fields)


def building_and_voting(session: Session) -> Scene:
    """Found a company with a case that is being built and one that is being voted on."""
    room = sealed_room(session, NOW)
    collecting(session, room.scene, NOW)
    room.open_voting(*MEMBERS[:4])
    return room.scene


def decided(session: Session) -> Scene:
    """Found a company with a case after its decision, with a plan."""
    return written_plan(session, NOW).scene
