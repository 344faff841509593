"""What a signed-in browser sends along, for a server process and for the app's own client."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import flask
from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN

CSRF = "0" * 40


def browse_as(app: Flask, session: Session, person_id: int) -> dict[str, str]:
    """Sign somebody in; return what their browser, and the bare page's, sends along."""
    now = datetime.now(UTC)
    token = open_sign_in(session, person_id, now=now)
    session.commit()
    return _send(app, {TOKEN: token, SEEN: int(now.timestamp())})


def visit(app: Flask) -> dict[str, str]:
    """Return what the browser of somebody sends along who has not signed in."""
    return _send(app, {})


def _send(app: Flask, kept: dict[str, object]) -> dict[str, str]:
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = signer.dumps({**kept, "csrf_token": CSRF})
    with app.test_request_context():
        flask.session["csrf_token"] = CSRF
        form_token = generate_csrf()
    return {"Cookie": f"session={cookie}", "X-CSRFToken": form_token}


def environment_of(path: Path) -> dict[str, str]:
    """Return the environment of a server on this database."""
    return {
        "DATABASE_URL": f"sqlite:///{path}",
        "FLOOR_DATABASE": f"sqlite:///{path}",
        "SECRET_KEY": "s" * 40,
        "AUDIT_KEY": "a" * 40,
        "VAR_DIR": str(path.parent),
        "FILES_DIR": str(path.parent),
        "MAIL": f"file:{path.parent / 'mail'}",
        "JOBS": "dbos",
    }
