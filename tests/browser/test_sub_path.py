"""Below a path of a host with other sites, behind a proxy: a mail's link, signing in, writing, taking a PDF along."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from review.config import Settings
from review.models import FeedbackAnswer, Person
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import move_own
from review.services.sign_ins import hash_password
from review.services.transitions import fire
from tests.browser.conftest import PASSWORD
from tests.committee_room import sealed_room
from tests.conftest import make_settings
from tests.factories import open_case_of, open_scene
from tests.outsider import read_mails
from tests.ports import free_port
from tests.printed import print_all

ROOT = "/reviews"
ELSEWHERE = "another site"
ERIN = "erin@company.example"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return the settings of an installation below a path, at the address of the proxy."""
    return make_settings(database_url, tmp_path, public_url=f"http://127.0.0.1:{free_port()}{ROOT}", proxies=1)


class Proxy(BaseHTTPRequestHandler):
    """Hands on what is below the path as it is, and is another site everywhere else."""

    behind: int
    strays: list[str]

    def do_GET(self) -> None:
        """Hand a request on."""
        if not self.path.startswith(f"{ROOT}/"):
            self.strays.append(self.path)
            self.send_error(404, ELSEWHERE)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        onward = HTTPConnection("127.0.0.1", self.behind)
        sent = {**dict(self.headers.items()), "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"}
        onward.request(self.command, self.path, body, sent)
        answer = onward.getresponse()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        onward.close()

    do_POST = do_GET  # noqa: N815 - what http.server looks for

    def log_message(self, *_words: object) -> None:
        """Write no log."""


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def strays() -> list[str]:
    """Return what browsers have asked for outside of the path."""
    return []


@pytest.fixture
def server(app: Flask, settings: Settings, strays: list[str]) -> Iterator[str]:
    """Serve the app behind the proxy and return the proxy's address."""
    inner = make_server("127.0.0.1", 0, app, threaded=True)
    port = urlsplit(settings.public_url).port or 0
    handler = type("Here", (Proxy,), {"behind": inner.server_port, "strays": strays})
    with running(inner), running(ThreadingHTTPServer(("127.0.0.1", port), handler)):
        yield f"http://127.0.0.1:{port}"


def let_all_in(session: Session) -> None:
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_mail_leads_to_the_page_and_what_is_typed_there_is_saved(
    engine: Engine,
    session: Session,
    settings: Settings,
    now: datetime,
    open_page: Callable[..., Page],
    find_faults: Callable[[Page], list[str]],
    strays: list[str],
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    (row,) = propose_givers(session, case.id, Proposal((scene.id("erin"),)), actor=scene.actor("greta"), now=now)
    let_all_in(session)
    (mail,) = [each for each in read_mails(engine, settings, now + timedelta(days=1)) if each["To"] == ERIN]
    (link,) = set(re.findall(rf"{settings.public_url}/[a-z]\S+", mail.get_body(("plain",)).get_content()))
    move_own(session, case.id, row.id, "accept", actor=scene.actor("erin"), now=now)
    address = f"{settings.public_url}/cases/{case.id}/feedback/{row.id}"
    session.commit()
    page = open_page(390)
    page.goto(link)
    sign_in(page, ERIN)
    expect(page).to_have_url(address)
    page.get_by_label("What they did").first.fill("Brought both teams to one price.")
    expect(page.locator(".saved")).to_contain_text("version 1")
    session.rollback()
    assert session.scalars(sa.select(FeedbackAnswer.done)).all() == ["Brought both teams to one price."]
    assert find_faults(page) == []
    page.keyboard.press("Escape")
    page.locator("a.brand").click()
    expect(page).to_have_url(f"{settings.public_url}/")
    assert strays == []


def test_a_pdf_is_taken_along(
    session: Session,
    settings: Settings,
    now: datetime,
    open_page: Callable[..., Page],
    strays: list[str],
    tmp_path: Path,
) -> None:
    room = sealed_room(session, now)
    print_all(session, settings)
    let_all_in(session)
    page = open_page(1280)
    page.goto(f"{settings.public_url}/cases/{room.case_id}/packet")
    sign_in(page, "greta@company.example")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my copy, 13 pages").click()
    download.value.save_as(tmp_path / "copy.pdf")
    assert PdfReader(tmp_path / "copy.pdf").pages[0].extract_text().startswith("Copy 1 for Greta Holm")
    assert strays == []
