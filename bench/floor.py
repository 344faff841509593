"""What a page costs at the least: bare Flask and SQLAlchemy Core on the same rows, in the simplest templates.

No access rules, no workflow, no translation, no guard against formulas: the browser's own cookie opened, its sign-in
looked up by its hash, what the page shows read by statements in words, each of which is taken apart once, and for a
save the version check, a row in a trail and a commit that reaches the disk. Templates are compiled once.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import argon2
import sqlalchemy as sa
from flask import Flask, abort, g, redirect, request, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection, Engine
from werkzeug.wrappers import Response

from bench.floor_database import list_places, open_database, read_day

HEAD = "<!doctype html><html lang=en><title>{{ title }}</title><body><h1>{{ title }}</h1>"
LIST = (
    HEAD
    + "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)
CASE = (
    HEAD
    + "<dl>{% for name, value in case.items() %}<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>"
    + "{% for rows in parts %}<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>"
    + "{% endfor %}</table>{% endfor %}"
)
FORM = (
    HEAD
    + "<form method=post><input type=hidden name=version value={{ line.version if line else 0 }}>"
    + "<textarea name=justification>{{ line.justification if line else '' }}</textarea>"
    + "{% for value in range(1, 6) %}<input type=radio name=value value={{ value }}>{% endfor %}"
    + "<button>Save</button></form>"
    + "{% for row in evidence %}<p>{{ row.title }}</p>{% endfor %}"
)
CASES = (
    "SELECT c.id, c.code, p.name, p.function, c.from_level_id, c.to_level_id, c.kind, c.state, t.due_at, m.name "
    'FROM "case" c JOIN person p ON p.id = c.candidate_id '
    "LEFT JOIN case_token t ON t.case_id = c.id AND t.region = 'main' LEFT JOIN committee m ON m.id = c.committee_id "
    "WHERE c.cycle_id = :cycle ORDER BY c.code LIMIT 50"
)
SEARCHED = CASES.replace("ORDER BY", "AND (p.name LIKE :sought OR c.code LIKE :sought) ORDER BY")
TABLE = (
    "SELECT c.code, p.name, p.function, c.from_level_id, c.to_level_id, c.state, (SELECT {places} FROM case_token w "
    "WHERE w.case_id = c.id), t.entered_at, c.closed_at IS NULL AND (COALESCE(t.due_at < :now, 1 = 0) OR "
    "COALESCE(c.moved_at, c.created_at) < :since), t.due_at, m.name "
    'FROM "case" c JOIN person p ON p.id = c.candidate_id '
    "LEFT JOIN case_token t ON t.case_id = c.id AND t.region = 'main' LEFT JOIN committee m ON m.id = c.committee_id "
    "WHERE c.cycle_id = :cycle ORDER BY t.due_at, c.code"
)
COMMITTEES = (
    'SELECT m.name, c.code, p.name, c.state FROM committee m JOIN "case" c ON c.committee_id = m.id '
    "JOIN person p ON p.id = c.candidate_id WHERE m.cycle_id = :cycle ORDER BY m.name, c.code LIMIT 50"
)
SEATS = "SELECT m.name, p.name, s.role FROM committee m JOIN committee_member s ON s.committee_id = m.id "
SEATS += "JOIN person p ON p.id = s.person_id WHERE m.cycle_id = :cycle"
REQUESTS = (
    'SELECT f.id, c.code, p.name, g.name, f.function, f.kind, f.state, f.due_at FROM feedback f JOIN "case" c '
    "ON c.id = f.case_id JOIN person p ON p.id = c.candidate_id JOIN person g ON g.id = f.giver_id "
    "WHERE c.cycle_id = :cycle ORDER BY f.due_at, f.id LIMIT 50"
)
ASKED = (
    'SELECT c.code, g.name, f.function, f.state, f.due_at FROM "case" c LEFT JOIN feedback f ON f.case_id = c.id '
    "LEFT JOIN person g ON g.id = f.giver_id WHERE c.id = :case"
)
TODO = (
    'SELECT c.id, c.code, p.name, t.state, t.due_at FROM "case" c JOIN person p ON p.id = c.candidate_id '
    "JOIN case_token t ON t.case_id = c.id AND t.region = 'rating' WHERE c.manager_id = :me ORDER BY t.due_at"
)
LINE = (
    "SELECT l.id, l.version, l.justification, l.value FROM rating_line l JOIN rating r ON r.id = l.rating_id "
    "WHERE r.case_id = :case AND l.criterion_id = :criterion"
)
CANDIDATE = 'SELECT c.*, p.name FROM "case" c JOIN person p ON p.id = c.candidate_id WHERE c.id = :case'
PARTS = ("SELECT * FROM case_token WHERE case_id = :case", "SELECT * FROM feedback WHERE case_id = :case")
EVIDENCE = "SELECT title FROM evidence WHERE case_id = :case"
READER = (
    "SELECT p.id FROM sign_in s JOIN person p ON p.id = s.person_id WHERE s.token_hash = :hash AND s.ended_at IS NULL"
)
KNOWN = "SELECT id, password_hash FROM person WHERE email = :email"
REWRITE = (
    "UPDATE rating_line SET justification = :justification, value = :value, version = version + 1 "
    "WHERE id = :id AND version = :version"
)
TRAIL = "INSERT INTO floor_trail (at, who, what) VALUES (:at, :who, :what)"


class Cookies(SecureCookieSessionInterface):
    """The cookie that the product's pages send, signed as it signs."""

    digest_method = staticmethod(hashlib.sha256)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Sign with the product's own key."""
        app.secret_key = os.environ["SECRET_KEY"]
        return super().get_signing_serializer(app)


app = Flask(__name__)
app.session_interface = Cookies()
PAGES = {words: app.jinja_env.from_string(words) for words in (LIST, CASE, FORM)}


def find_engine() -> Engine:
    """Return this process's engine."""
    if "engine" not in app.extensions:
        app.extensions["engine"] = open_database()
    engine: Engine = app.extensions["engine"]
    return engine


def connect() -> Connection:
    """Return the connection of this request."""
    if "connection" not in g:
        g.connection = find_engine().connect()
    connection: Connection = g.connection
    return connection


def run(words: str, **values: object) -> sa.CursorResult[Any]:
    """Run a statement."""
    return connect().execute(read_words(words), values)


@cache
def read_words(words: str) -> sa.TextClause:
    """Return a statement; SQLAlchemy knows it again."""
    return sa.text(words)


def render(words: str, **values: object) -> str:
    """Fill a template."""
    return PAGES[words].render(values)


@app.before_request
def find_reader() -> None:
    """Look the sign-in up, as every page must."""
    digest = hashlib.sha256(session.get("token", "").encode()).hexdigest()
    row = run(READER, hash=digest).first()
    if row is None:
        abort(404)
    g.me = row.id


@app.teardown_request
def let_go(_error: object) -> None:
    """Give the connection back; what was not committed is undone."""
    if "connection" in g:
        g.connection.close()


@app.get("/cases/<int:cycle_id>")
def cases(cycle_id: int) -> str:
    """List fifty cases, all or those with some words."""
    words = f"%{request.args['words']}%" if "words" in request.args else None
    found = run(SEARCHED, cycle=cycle_id, sought=words) if words else run(CASES, cycle=cycle_id)
    return render(LIST, title="Cases", rows=found.all())


@app.get("/cases/<int:cycle_id>.csv")
def table(cycle_id: int) -> Response:
    """Send the cases in the twelve columns of the product; whose turn it is, as where each part stands."""
    now = datetime.now(UTC).replace(tzinfo=None)
    query = TABLE.format(places=list_places(find_engine()))
    rows: Any = run(query, now=now, since=now - timedelta(days=14), cycle=cycle_id)
    written, today = io.StringIO(), now.date()
    csv.writer(written).writerows(
        (
            *(code, name, function, start, to, state, places),
            (today - read_day(entered_at)).days,
            "yes" if is_stalled else "",
            due_on := read_day(due_at),
            max((today - due_on).days, 0),
            committee,
        )
        for code, name, function, start, to, state, places, entered_at, is_stalled, due_at, committee in rows
    )
    return Response(written.getvalue(), content_type="text/csv; charset=utf-8")


@app.get("/committees/<int:cycle_id>")
def committees(cycle_id: int) -> str:
    """List the cases of a cycle's committees, and who sits in them."""
    rows = [row for query in (SEATS, COMMITTEES) for row in run(query, cycle=cycle_id).all()]
    return render(LIST, title="Committees", rows=rows)


@app.get("/requests/<int:cycle_id>")
def requests(cycle_id: int) -> str:
    """List fifty requests for feedback."""
    return render(LIST, title="Requests", rows=run(REQUESTS, cycle=cycle_id).all())


@app.get("/asked/<int:case_id>")
def asked(case_id: int) -> str:
    """List whom a case's candidate has asked."""
    return render(LIST, title="Asked", rows=run(ASKED, case=case_id).all())


@app.post("/sign-in")
def sign_in() -> Response:
    """Check a password against its hash and open a sign-in."""
    row = run(KNOWN, email=request.form["email"]).one()
    argon2.PasswordHasher().verify(row.password_hash, request.form["password"])
    run(TRAIL, at=datetime.now(UTC).isoformat(), who=row.id, what=secrets.token_hex())
    connect().commit()
    return redirect("/", 303)


@app.get("/todo")
def todo() -> str:
    """List what waits for the reader."""
    return render(LIST, title="What waits", rows=run(TODO, me=g.me).all())


@app.get("/case/<int:case_id>")
def case(case_id: int) -> str:
    """Show a case with its tokens and requests."""
    row = run(CANDIDATE, case=case_id).one()
    return render(CASE, title="Case", case=row._mapping, parts=[run(part, case=case_id).all() for part in PARTS])


@app.get("/form/<int:case_id>/<criterion>")
def form(case_id: int, criterion: str) -> str:
    """Show one criterion to rate, with the evidence beside it."""
    line = run(LINE, case=case_id, criterion=criterion).first()
    return render(FORM, title="Rate", line=line, evidence=run(EVIDENCE, case=case_id).all())


@app.post("/form/<int:case_id>/<criterion>")
def save(case_id: int, criterion: str) -> Response:
    """Write over the version that was read, with a row in a trail, and commit to the disk."""
    line = run(LINE, case=case_id, criterion=criterion).one()
    version, value = int(request.form["version"]), int(request.form["value"])
    if not run(REWRITE, justification=request.form["justification"], value=value, id=line.id, version=version).rowcount:
        abort(409)
    run(TRAIL, at=datetime.now(UTC).isoformat(), who=g.me, what=f"rating {line.id}")
    connect().commit()
    return redirect(f"/form/{case_id}/{criterion}", 303)
