"""Not one typed word is lost: a killed server, two tabs, a fault in a field, a lost connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import psutil
import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import FeedbackAnswer, Person
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import move_own
from review.services.sign_ins import open_sign_in
from review.services.transitions import fire
from review.web.guards import SEEN, TOKEN
from tests.factories import open_case_of, open_scene
from tests.faults.processes import PATIENCE_SECONDS, start, wait_for
from tests.postgres import free_port

EMAIL = "erin@company.example"
LONG = 30_000
DONE = "What they did"


@pytest.fixture
def path(session: Session, now: datetime) -> str:
    """Return the address of a request that Erin has said yes to."""
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    (row,) = propose_givers(session, case.id, Proposal((scene.id("erin"),)), actor=scene.actor("greta"), now=now)
    move_own(session, case.id, row.id, "accept", actor=scene.actor("erin"), now=now)
    session.commit()
    return f"/cases/{case.id}/feedback/{row.id}"


def enter(context: BrowserContext, app: Flask, session: Session, url: str, now: datetime) -> None:
    erin = session.scalars(sa.select(Person).where(Person.email == EMAIL)).one()
    token = open_sign_in(session, erin.id, now=now)
    session.commit()
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    value = signer.dumps({TOKEN: token, SEEN: int(now.timestamp())})
    context.add_cookies([{"name": "session", "value": value, "url": url}])


@pytest.fixture
def writing(
    open_page: Callable[..., Page], app: Flask, session: Session, server: str, path: str, now: datetime
) -> Page:
    """Return the page on which Erin writes."""
    page = open_page(390)
    enter(page.context, app, session, server, now)
    page.goto(path)
    return page


def stored(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(sa.select(FeedbackAnswer.done)))


def is_kept_nowhere(page: Page) -> bool:
    return bool(page.evaluate("localStorage.length + sessionStorage.length") == 0)


def saved(page: Page, version: int) -> None:
    expect(page.locator(".saved")).to_contain_text(f"version {version}", timeout=LONG)


def serve(settings: Settings) -> psutil.Popen:
    process = start(settings, "gunicorn", "--bind", settings.bind, "--workers", "1", "wsgi:app")
    wait_for(lambda: settings.bind.rpartition(":")[2] in {str(c.laddr.port) for c in listening(process)}, settings)
    return process


def listening(process: psutil.Popen) -> list[psutil._common.pconn]:
    return [each for each in process.net_connections() if each.status == psutil.CONN_LISTEN]


def kill(process: psutil.Popen) -> None:
    family = [*process.children(recursive=True), process]
    for each in family:
        each.kill()
    psutil.wait_procs(family, timeout=PATIENCE_SECONDS)


def test_a_killed_server_costs_no_character(
    browser: Browser, app: Flask, settings: Settings, session: Session, path: str
) -> None:
    port = free_port()
    real = replace(settings, bind=f"127.0.0.1:{port}", public_url=f"http://127.0.0.1:{port}", is_testing=False)
    process = serve(real)
    context = browser.new_context(base_url=real.public_url, viewport={"width": 390, "height": 844})
    try:
        page = context.new_page()
        enter(context, app, session, real.public_url, datetime.now(UTC))
        page.goto(path)
        typed = "Ran four sessions, שלום \U0001f680, until both teams had signed."
        page.get_by_label(DONE).press_sequentially(typed[:20])
        kill(process)
        page.get_by_label(DONE).press_sequentially(typed[20:])
        expect(page.locator(".saved")).to_contain_text("Cannot reach the server", timeout=LONG)
        assert is_kept_nowhere(page)
        process = serve(real)
        saved(page, 1)
        assert page.get_by_label(DONE).input_value() == typed
        assert stored(session) == [typed]
    finally:
        context.close()
        kill(process)


def test_a_lost_connection_is_waited_out(writing: Page, session: Session) -> None:
    writing.context.set_offline(True)
    writing.get_by_label(DONE).fill("Written on a train.")
    expect(writing.locator(".saved")).to_contain_text("Cannot reach the server", timeout=LONG)
    writing.context.set_offline(False)
    saved(writing, 1)
    assert stored(session) == ["Written on a train."]


def test_two_tabs_keep_both_texts(writing: Page, session: Session, path: str) -> None:
    other = writing.context.new_page()
    other.goto(path)
    writing.get_by_label(DONE).fill("From the first tab.")
    saved(writing, 1)
    other.get_by_label(DONE).fill("From the second tab.")
    expect(other.locator(".saved")).to_contain_text("Someone else saved first", timeout=LONG)
    assert other.get_by_label(DONE).input_value() == "From the second tab."
    other.locator("[data-primary]").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Someone else saved first")
    expect(other.locator(".diff")).to_contain_text("From the first tab.")
    expect(other.locator("main textarea")).to_have_value("From the second tab.")
    assert stored(session) == ["From the first tab."]


def test_a_fault_in_one_field_leaves_every_word_where_it_is(writing: Page, session: Session) -> None:
    writing.get_by_label("How could someone check it?").fill("javascript:alert(1)")
    writing.get_by_label(DONE).fill("Kept while the link is wrong.")
    expect(writing.locator(".saved")).to_contain_text("something is to be put right", timeout=LONG)
    writing.locator("[data-primary]").click()
    expect(writing.locator("[data-errors]")).to_contain_text("Readers cannot open this address")
    expect(writing.get_by_label(DONE)).to_have_value("Kept while the link is wrong.")
    writing.get_by_label("How could someone check it?").fill("Annex B")
    saved(writing, 1)
    assert stored(session) == ["Kept while the link is wrong."]


def test_a_preview_opens_and_closes_and_keeps_nothing(writing: Page, session: Session) -> None:
    writing.get_by_label(DONE).fill("Great **work** <img src=x onerror=alert(1)>")
    button = writing.get_by_role("button", name="Preview")
    button.click()
    expect(writing.locator("#preview strong")).to_have_text("work")
    expect(writing.locator("#preview")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(writing.locator("#preview")).to_contain_text("What came of it? So far no effect is named.")
    assert writing.locator("#preview img").count() == 0
    button.click()
    expect(writing.locator("#preview")).to_be_hidden()
    saved(writing, 1)
    assert stored(session) == ["Great **work** <img src=x onerror=alert(1)>"]
