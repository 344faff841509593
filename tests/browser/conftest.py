"""The real app on loopback and a real chromium: pages at both widths and in both themes, and checks for every page."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from review.models import Person
from review.services.sign_ins import hash_password

HERE = Path(__file__).parent
AXE = (HERE / "axe.min.js").read_text(encoding="utf-8")
CHROMIUM = "/usr/bin/chromium"
QUIET = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking")
PASSWORD = "correct horse battery"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
SIZES = {390: 844, 1280: 900}
PATIENCE_MS = 600_000  # a page is waited for by what it shows; a busy machine takes its time
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return one chromium for all tests; each page gets a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """Serve the app from a thread and return its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a fresh browser at a width and in a theme; its `reports` hold console errors."""
    contexts = []

    def open_one(width: int = 1280, theme: str = "light", **more: Any) -> Page:
        viewport = {"width": width, "height": SIZES.get(width, 900)}
        context = browser.new_context(base_url=server, viewport=viewport, color_scheme=theme, **more)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        reports: list[str] = []
        page.on("console", lambda message: reports.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: reports.append(str(error)))
        page.reports = reports  # type: ignore[attr-defined]
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def person(session: Session) -> Person:
    """Return somebody with a password."""
    ines = Person(
        external_id="p1",
        name="Ines Example",
        email="ines@example.org",
        title="Senior Product Manager",
        password_hash=hash_password(PASSWORD),
    )
    session.add(ines)
    session.commit()
    return ines


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in: through the page itself where one is shown; a fresh browser sends the same form without drawing it."""
    if page.url == "about:blank":
        found = TOKEN.search(page.request.get("/sign-in").text())
        assert found
        form = {"csrf_token": found[1], "email": email, "password": password}
        assert page.request.post("/sign-in", form=form, max_redirects=0).status == HTTPStatus.SEE_OTHER
        return
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture for a person to look at, where SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture
def enter() -> Callable[..., None]:
    """Return the function that signs a person in."""
    return sign_in


@pytest.fixture
def find_faults() -> Callable[[Page], list[str]]:
    """Return a function that lists what is wrong with the page now shown.

    axe-core with WCAG 2.0 to 2.2 A and AA and best practices, reports of the console (the content security policy
    among them), and sideways overflow.
    """

    def find(page: Page) -> list[str]:
        page.wait_for_load_state()  # a heading is visible before the last style sheet counts
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        faults = [f"console: {report}" for report in page.reports]  # type: ignore[attr-defined]
        faults += [f"overflow by {overflow} px"] if overflow > 0 else []
        page.evaluate(AXE)
        options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
        found = page.evaluate("options => axe.run(document, options).then(found => found.violations)", options)
        for violation in found:
            places = [node["html"][:160] for node in violation["nodes"][:3]]
            faults.append(f"{violation['id']}: {places}")
        return faults

    return find
