"""What a page costs at the least: bare Flask and a plain connection on the same rows, in the simplest templates.

No access rules, no workflow, no translation, no guard against formulas: a sign-in looked up by its hash, what the page
shows read by hand, and for a save the version check, a row in a trail and a commit that reaches the disk.
"""

from __future__ import annotations

import csv
import hashlib
import io
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import argon2
from flask import Flask, abort, g, redirect, render_template_string, request
from werkzeug.wrappers import Response

from bench.floor_database import list_places, open_database, read_day

HEAD = "<!doctype html><html lang=en><title>{{ title }}</title><body><h1>{{ title }}</h1>"
LIST = (
    HEAD
    + "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)
CASE = (
    HEAD
    + "<dl>{% for name in case.keys() %}<dt>{{ name }}</dt><dd>{{ case[name] }}</dd>{% endfor %}</dl>"
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
    "WHERE c.cycle_id = ? ORDER BY c.code LIMIT 50"
)
SEARCHED = CASES.replace("ORDER BY", "AND (p.name LIKE ? OR c.code LIKE ?) ORDER BY")
TABLE = (
    "SELECT c.code, p.name, p.function, c.from_level_id, c.to_level_id, c.state, (SELECT {places} FROM case_token w "
    "WHERE w.case_id = c.id), t.entered_at, c.closed_at IS NULL AND (COALESCE(t.due_at < ?, 1 = 0) OR "
    "COALESCE(c.moved_at, c.created_at) < ?), t.due_at, m.name "
    'FROM "case" c JOIN person p ON p.id = c.candidate_id '
    "LEFT JOIN case_token t ON t.case_id = c.id AND t.region = 'main' LEFT JOIN committee m ON m.id = c.committee_id "
    "WHERE c.cycle_id = ? ORDER BY t.due_at, c.code"
)
COMMITTEES = (
    'SELECT m.name, c.code, p.name, c.state FROM committee m JOIN "case" c ON c.committee_id = m.id '
    "JOIN person p ON p.id = c.candidate_id WHERE m.cycle_id = ? ORDER BY m.name, c.code LIMIT 50"
)
SEATS = "SELECT m.name, p.name, s.role FROM committee m JOIN committee_member s ON s.committee_id = m.id "
SEATS += "JOIN person p ON p.id = s.person_id WHERE m.cycle_id = ?"
REQUESTS = (
    'SELECT f.id, c.code, p.name, g.name, f.function, f.kind, f.state, f.due_at FROM feedback f JOIN "case" c '
    "ON c.id = f.case_id JOIN person p ON p.id = c.candidate_id JOIN person g ON g.id = f.giver_id "
    "WHERE c.cycle_id = ? ORDER BY f.due_at, f.id LIMIT 50"
)
ASKED = (
    'SELECT c.code, g.name, f.function, f.state, f.due_at FROM "case" c LEFT JOIN feedback f ON f.case_id = c.id '
    "LEFT JOIN person g ON g.id = f.giver_id WHERE c.id = ?"
)
TODO = (
    'SELECT c.id, c.code, p.name, t.state, t.due_at FROM "case" c JOIN person p ON p.id = c.candidate_id '
    "JOIN case_token t ON t.case_id = c.id AND t.region = 'rating' WHERE c.manager_id = ? ORDER BY t.due_at"
)
LINE = (
    "SELECT l.id, l.version, l.justification, l.value FROM rating_line l JOIN rating r ON r.id = l.rating_id "
    "WHERE r.case_id = ? AND l.criterion_id = ?"
)
app = Flask(__name__)


def connect() -> Any:
    """Return this process's connection."""
    if "connection" not in app.extensions:
        app.extensions["connection"] = open_database()
    return app.extensions["connection"]


@app.before_request
def find_reader() -> None:
    """Look the sign-in up, as every page must."""
    digest = hashlib.sha256(request.headers.get("X-Token", "").encode()).hexdigest()
    query = (
        "SELECT p.id FROM sign_in s JOIN person p ON p.id = s.person_id WHERE s.token_hash = ? AND s.ended_at IS NULL"
    )
    row = connect().execute(query, (digest,)).fetchone()
    if row is None:
        abort(404)
    g.me = row["id"]


@app.get("/cases/<int:cycle_id>")
def cases(cycle_id: int) -> str:
    """List fifty cases, all or those with some words."""
    words = f"%{request.args['words']}%" if "words" in request.args else None
    found = connect().execute(SEARCHED, (cycle_id, words, words)) if words else connect().execute(CASES, (cycle_id,))
    return render_template_string(LIST, title="Cases", rows=found.fetchall())


@app.get("/cases/<int:cycle_id>.csv")
def table(cycle_id: int) -> Response:
    """Send the cases in the twelve columns of the product; whose turn it is, as where each part stands."""
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = connect().execute(TABLE.format(places=list_places()), (now, now - timedelta(days=14), cycle_id))
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
    rows = [row for query in (SEATS, COMMITTEES) for row in connect().execute(query, (cycle_id,)).fetchall()]
    return render_template_string(LIST, title="Committees", rows=rows)


@app.get("/requests/<int:cycle_id>")
def requests(cycle_id: int) -> str:
    """List fifty requests for feedback."""
    return render_template_string(LIST, title="Requests", rows=connect().execute(REQUESTS, (cycle_id,)).fetchall())


@app.get("/asked/<int:case_id>")
def asked(case_id: int) -> str:
    """List whom a case's candidate has asked."""
    return render_template_string(LIST, title="Asked", rows=connect().execute(ASKED, (case_id,)).fetchall())


@app.post("/sign-in")
def sign_in() -> Response:
    """Check a password against its hash and open a sign-in."""
    row = connect().execute("SELECT id, password_hash FROM person WHERE email = ?", (request.form["email"],)).fetchone()
    argon2.PasswordHasher().verify(row["password_hash"], request.form["password"])
    trail = (datetime.now(UTC).isoformat(), row["id"], secrets.token_hex())
    connect().execute("INSERT INTO floor_trail (at, who, what) VALUES (?, ?, ?)", trail)
    return redirect("/", 303)


@app.get("/todo")
def todo() -> str:
    """List what waits for the reader."""
    return render_template_string(LIST, title="What waits", rows=connect().execute(TODO, (g.me,)).fetchall())


@app.get("/case/<int:case_id>")
def case(case_id: int) -> str:
    """Show a case with its tokens and requests."""
    run = connect().execute
    row = run('SELECT c.*, p.name FROM "case" c JOIN person p ON p.id = c.candidate_id WHERE c.id = ?', (case_id,))
    parts = [
        run(f"SELECT * FROM {table} WHERE case_id = ?", (case_id,)).fetchall() for table in ("case_token", "feedback")
    ]
    return render_template_string(CASE, title="Case", case=row.fetchone(), parts=parts)


@app.get("/form/<int:case_id>/<criterion>")
def form(case_id: int, criterion: str) -> str:
    """Show one criterion to rate, with the evidence beside it."""
    run = connect().execute
    line = run(LINE, (case_id, criterion)).fetchone()
    evidence = run("SELECT title FROM evidence WHERE case_id = ?", (case_id,)).fetchall()
    return render_template_string(FORM, title="Rate", line=line, evidence=evidence)


@app.post("/form/<int:case_id>/<criterion>")
def save(case_id: int, criterion: str) -> Response:
    """Write over the version that was read, with a row in a trail, and commit to the disk."""
    connection = connect()
    connection.execute("BEGIN IMMEDIATE")
    line = connection.execute(LINE, (case_id, criterion)).fetchone()
    query = "UPDATE rating_line SET justification = ?, value = ?, version = version + 1 WHERE id = ? AND version = ?"
    values = (request.form["justification"], int(request.form["value"]), line["id"], int(request.form["version"]))
    if connection.execute(query, values).rowcount != 1:
        connection.execute("ROLLBACK")
        abort(409)
    trail = (datetime.now(UTC).isoformat(), g.me, f"rating {line['id']}")
    connection.execute("INSERT INTO floor_trail (at, who, what) VALUES (?, ?, ?)", trail)
    connection.execute("COMMIT")
    return redirect(f"/form/{case_id}/{criterion}", 303)
