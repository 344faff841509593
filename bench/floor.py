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
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import argon2
import sqlalchemy as sa
from flask import Flask, abort, g, redirect, request, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection, Engine
from werkzeug.wrappers import Response

from bench import floor_words as words
from bench.floor_database import list_names, list_places, open_database, read_day
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.level_text import LevelText, describe_level

STILL = timedelta(days=14)


class Cookies(SecureCookieSessionInterface):
    """The cookie that the product's pages send, signed as it signs."""

    digest_method = staticmethod(hashlib.sha256)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Sign with the product's own key."""
        app.secret_key = os.environ["SECRET_KEY"]
        return super().get_signing_serializer(app)


app = Flask(__name__)
app.session_interface = Cookies()
PAGES = {page: app.jinja_env.from_string(page) for page in (words.LIST, words.CASE, words.FORM, words.ROWS)}


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


def run(query: str, **values: object) -> sa.CursorResult[Any]:
    """Run a statement."""
    return connect().execute(read_query(query), values)


@cache
def read_query(query: str) -> sa.TextClause:
    """Return a statement; SQLAlchemy knows it again."""
    return sa.text(query)


def render(page: str, **values: object) -> str:
    """Fill a template."""
    return PAGES[page].render(values)


@app.before_request
def find_reader() -> None:
    """Look the sign-in up, as every page must."""
    digest = hashlib.sha256(session.get("token", "").encode()).hexdigest()
    row = run(words.READER, hash=digest).first()
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
    """List cases beside the cycle's days and stages: fifty, those with some words, or all on one page."""
    now = datetime.now(UTC).replace(tzinfo=None)
    values: dict[str, object] = {"cycle": cycle_id, "now": now}
    stages: Any = run(words.STAGES, **values).all()
    total = sum(count for _state, count, _late in stages)
    query, since = words.WHOLE if "whole" in request.args else words.CASES, now - STILL
    if "words" in request.args:
        query, sought = words.SEARCHED, f"%{request.args['words']}%"
        total, values = run(words.FOUND, cycle=cycle_id, sought=sought).scalar_one(), {**values, "sought": sought}
    rows: Any = run(query.format(places=list_places(find_engine())), **values, since=since)
    parts = [run(words.CYCLE, cycle=cycle_id).all(), stages]
    return render(words.ROWS, title="Cases", total=total, parts=parts, rows=tell_rows(rows, now.date()))


def tell_rows(rows: Iterable[Any], today: date) -> list[tuple[object, ...]]:
    """Return the rows of the list: days since a case is where it is, and days late."""
    return [
        (
            *own,
            (today - read_day(entered_at)).days,
            "yes" if is_stalled else "",
            due_on := read_day(due_at),
            max((today - due_on).days, 0),
            committee,
        )
        for *own, entered_at, is_stalled, due_at, committee in rows
    ]


@app.get("/cases/<int:cycle_id>.csv")
def table(cycle_id: int) -> Response:
    """Send the cases in the twelve columns of the product; whose turn it is, as places in the workflow and manager."""
    now = datetime.now(UTC).replace(tzinfo=None)
    query = words.TABLE.format(places=list_places(find_engine()))
    rows: Any = run(query, now=now, since=now - STILL, cycle=cycle_id)
    written, today = io.StringIO(), now.date()
    csv.writer(written).writerows(
        (
            *(code, name, function, start, to, state, f"{places} {manager}"),
            (today - read_day(entered_at)).days,
            "yes" if is_stalled else "",
            due_on := read_day(due_at),
            max((today - due_on).days, 0),
            committee,
        )
        for code, name, function, start, to, state, places, manager, entered_at, is_stalled, due_at, committee in rows
    )
    return Response(written.getvalue(), content_type="text/csv; charset=utf-8")


@app.get("/committees/<int:cycle_id>")
def committees(cycle_id: int) -> str:
    """List a cycle's committees with their load and members, and fifty cases with who of theirs is out."""
    pages = words.LOADS, words.SEATS, words.COMMITTEES.format(out=list_names(find_engine()))
    rows = [row for query in pages for row in run(query, cycle=cycle_id).all()]
    return render(words.LIST, title="Committees", rows=rows)


@app.get("/requests/<int:cycle_id>")
def requests(cycle_id: int) -> str:
    """Count the requests for feedback by function, and list fifty."""
    counted = run(words.REQUESTED, cycle=cycle_id, now=datetime.now(UTC).replace(tzinfo=None)).all()
    return render(words.LIST, title="Requests", rows=[*counted, *run(words.REQUESTS, cycle=cycle_id).all()])


@app.get("/asked/<int:case_id>")
def asked(case_id: int) -> str:
    """List whom a case's candidate has asked."""
    return render(words.LIST, title="Asked", rows=run(words.ASKED, case=case_id).all())


@app.post("/sign-in")
def sign_in() -> Response:
    """Check a password against its hash and open a sign-in."""
    row = run(words.KNOWN, email=request.form["email"]).one()
    argon2.PasswordHasher().verify(row.password_hash, request.form["password"])
    run(words.TRAIL, at=datetime.now(UTC).isoformat(), who=row.id, what=secrets.token_hex())
    connect().commit()
    return redirect("/", 303)


@app.post("/hash")
def check_hash() -> str:
    """Check a password against its hash alone; tell the milliseconds of a processor that it took."""
    stored, given = run(words.KNOWN, email=request.form["email"]).one().password_hash, request.form["password"]
    began = time.thread_time()
    argon2.PasswordHasher().verify(stored, given)
    return str((time.thread_time() - began) * 1000)


@app.get("/todo")
def todo() -> str:
    """List what waits for the reader."""
    return render(words.LIST, title="What waits", rows=run(words.TODO, me=g.me).all())


@app.get("/case/<int:case_id>")
def case(case_id: int) -> str:
    """Show a case with its tokens and requests."""
    row = run(words.CANDIDATE, case=case_id).one()
    return render(
        words.CASE, title="Case", case=row._mapping, parts=[run(part, case=case_id).all() for part in words.PARTS]
    )


@cache
def read_level(ladder_id: int, criterion: str, level: str) -> LevelText | None:
    """Return what a level asks in a criterion: a ladder that is published stays as it is."""
    ladder = parse_ladder(run(words.LADDER, ladder=ladder_id).scalar_one(), file="ladder.yaml")
    return describe_level(ladder, criterion, level) if isinstance(ladder, Ladder) else None


@app.get("/form/<int:case_id>/<criterion>")
def form(case_id: int, criterion: str) -> str:
    """Show one criterion to rate: whose case, how far the others are, what both levels ask, and the evidence."""
    lines = run(words.ROUND, case=case_id).all()
    line = next((each for each in lines if each.criterion_id == criterion), lines[0])
    levels = [read_level(line.ladder_version_id, criterion, each) for each in (line.from_level_id, line.to_level_id)]
    evidence = run(words.EVIDENCE, case=case_id).all()
    return render(words.FORM, title="Rate", line=line, lines=lines, levels=levels, evidence=evidence)


@app.post("/form/<int:case_id>/<criterion>")
def save(case_id: int, criterion: str) -> Response:
    """Write over the version that was read, with a row in a trail, and commit to the disk."""
    line = run(words.LINE, case=case_id, criterion=criterion).one()
    version, value = int(request.form["version"]), int(request.form["value"])
    if not run(
        words.REWRITE, justification=request.form["justification"], value=value, id=line.id, version=version
    ).rowcount:
        abort(409)
    run(words.TRAIL, at=datetime.now(UTC).isoformat(), who=g.me, what=f"rating {line.id}")
    connect().commit()
    return redirect(f"/form/{case_id}/{criterion}", 303)
