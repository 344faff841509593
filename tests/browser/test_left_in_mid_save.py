"""A save that is under way when its page is left: the browser sends it on by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Person, SelfReview
from review.services.sign_ins import hash_password
from review.services.transitions import fire
from tests.browser.conftest import PASSWORD, PATIENCE_MS
from tests.factories import open_case_of, open_scene

CONNECTIONS = 6
"""As many as Chromium opens to one server; what is asked for beyond them waits within the browser."""
HELD = "/held"


class Holding:
    """The server, which answers one address only when it is let go on, and says when a form has been saved."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.arrived, self.let_go, self.saved = threading.Semaphore(0), threading.Event(), threading.Event()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        if environ["PATH_INFO"] == HELD:
            self.arrived.release()
            self.let_go.wait()
            start("204 No Content", [])
            return []
        answer: Iterable[bytes] = self._app(environ, start)
        if "HTTP_X_AUTOSAVE" in environ:
            self.saved.set()
        return answer


def test_a_save_goes_out_although_its_page_is_left(
    app: Flask, open_page: Callable[..., Page], enter: Callable[..., None], session: Session, now: datetime
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    password = hash_password(PASSWORD)
    session.execute(sa.update(Person).where(Person.external_id == "ben").values(password_hash=password))
    path = f"/cases/{case.id}/self-review/hard-skills"
    session.commit()
    server = Holding(app.wsgi_app)
    app.wsgi_app = server  # type: ignore[method-assign]
    page = open_page(390)
    page.on("dialog", lambda dialog: dialog.accept())  # on a slow machine it asks first: leave all the same
    enter(page, "ben@company.example")
    page.goto(path)
    beside = page.context.new_page()
    beside.goto("/ladders")
    beside.evaluate("([path, count]) => { while (count--) { fetch(path + '?' + count); } }", [HELD, CONNECTIONS])
    for _ in range(CONNECTIONS):
        server.arrived.acquire()
    words = page.get_by_label("What you did, and what came of it")
    words.fill("Written in the last second.")
    words.blur()
    expect(page.locator(".saved")).to_contain_text("Saving")
    page.goto("about:blank")
    assert (server.saved.is_set(), page.url) == (False, "about:blank")
    server.let_go.set()
    assert server.saved.wait(PATIENCE_MS / 1000)
    session.rollback()
    assert session.scalars(sa.select(SelfReview.body)).all() == ["Written in the last second."]
