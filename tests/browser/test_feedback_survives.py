"""Not one typed word is lost: a killed server, an ended sign-in, two tabs, a fault in a field, a lost connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import psutil
import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import FeedbackAnswer, Person, RatingLine, SelfReview, SignIn
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import move_own
from review.services.sign_ins import hash_password, open_sign_in
from review.services.transitions import fire
from review.web.guards import SEEN, TOKEN
from tests.factories import open_case_of, open_scene
from tests.faults.processes import PATIENCE_SECONDS, start, wait_for
from tests.ports import free_port

EMAIL = "erin@company.example"
LONG = 600_000
BEGUN = """
addEventListener("beforeunload", () => console.info("begun"));
addEventListener("submit", (event) => { if (event.defaultPrevented) { console.info("begun"); } });
"""
"""Tells that a form is on its way, or held: a click that comes sooner would be of a page that sends nothing yet."""
DONE = "What they did"
PASSWORD = "correct horse battery"


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


def put_in(context: BrowserContext, app: Flask, session: Session, url: str, now: datetime) -> None:
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
    put_in(page.context, app, session, server, now)
    page.goto(path)
    return page


def stored(session: Session) -> list[str]:
    return read(session, FeedbackAnswer.done)


def read(session: Session, column: sa.orm.InstrumentedAttribute[str]) -> list[str]:
    """Return what is stored, and leave no transaction open for which the server would wait."""
    session.rollback()
    found = list(session.scalars(sa.select(column)))
    session.rollback()
    return found


def is_kept_nowhere(page: Page) -> bool:
    return bool(page.evaluate("localStorage.length + sessionStorage.length") == 0)


def saved(page: Page, version: int) -> None:
    expect(page.locator(".saved")).to_contain_text(f"version {version}", timeout=LONG)


def serve(settings: Settings) -> psutil.Popen:
    endless = ("--timeout", "0")  # however long a busy machine keeps a worker that a test has stopped from going on
    process = start(settings, "gunicorn", "--bind", settings.bind, "--workers", "1", *endless, "wsgi:app")
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
    context.set_default_timeout(LONG)
    try:
        page = context.new_page()
        put_in(context, app, session, real.public_url, datetime.now(UTC))
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


@pytest.mark.parametrize("keys", [("ControlOrMeta+Enter",), ("Tab", "ControlOrMeta+Enter")], ids=["sent", "held"])
def test_leaving_before_a_sent_form_has_arrived_asks_first(
    browser: Browser, app: Flask, settings: Settings, session: Session, path: str, keys: tuple[str, ...]
) -> None:
    """A form is on its way, or held until the draft that was on its way is kept."""
    port = free_port()
    real = replace(settings, bind=f"127.0.0.1:{port}", public_url=f"http://127.0.0.1:{port}", is_testing=False)
    process = serve(real)
    context = browser.new_context(base_url=real.public_url, viewport={"width": 1280, "height": 1600})
    context.set_default_timeout(LONG)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    try:
        page = context.new_page()
        page.on("dialog", stay)
        page.add_init_script(BEGUN)
        put_in(context, app, session, real.public_url, datetime.now(UTC))
        page.goto(path)
        link = page.locator("nav a", has_text="Ladders").first.bounding_box()
        assert link is not None
        page.get_by_label(DONE).fill("Sent to a server that is slow.")
        family = [process, *process.children(recursive=True)]
        for each in family:
            each.suspend()
        with page.expect_console_message(lambda message: message.text == "begun"):
            for key in keys:
                page.locator(":focus").press(key, no_wait_after=True)
        with page.expect_event("dialog"):
            page.mouse.click(link["x"] + 20, link["y"] + 8)
        for each in family:
            each.resume()
        page.wait_for_url("**criterion=cross-functionality")
        assert (asked, stored(session)) == (["beforeunload"], ["Sent to a server that is slow."])
    finally:
        context.close()
        kill(process)


def test_a_lost_connection_is_waited_out(writing: Page, session: Session) -> None:
    sign = writing.locator(".saved .ico path")
    begun = str(sign.get_attribute("d"))
    writing.context.set_offline(True)
    writing.get_by_label(DONE).fill("Written on a train.")
    expect(writing.locator(".saved")).to_contain_text("Cannot reach the server", timeout=LONG)
    lost = str(sign.get_attribute("d"))
    writing.context.set_offline(False)
    saved(writing, 1)
    kept = str(sign.get_attribute("d"))
    writing.get_by_label(DONE).fill("Written on a train, and more.")
    expect(sign).to_have_attribute("d", begun)
    saved(writing, 2)
    writing.reload()
    expect(sign).to_have_attribute("d", kept)
    assert len({begun, lost, kept}) == 3
    assert stored(session) == ["Written on a train, and more."]


def test_two_tabs_keep_both_texts(writing: Page, session: Session, path: str) -> None:
    other = writing.context.new_page()
    other.goto(path)
    writing.get_by_label(DONE).fill("From the first tab.")
    saved(writing, 1)
    other.get_by_label(DONE).fill("From the second tab.")
    expect(other.locator(".saved")).to_contain_text("Someone else saved first", timeout=LONG)
    assert other.get_by_label(DONE).input_value() == "From the second tab."
    other.get_by_label("Partly at target level").check()
    other.locator("[data-primary]").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Someone else saved first")
    assert other.locator("main section h2").all_inner_texts() == [DONE, "Where was this work?"]
    expect(other.locator(".diff").first).to_contain_text("From the first tab.")
    expect(other.locator("main textarea")).to_have_value("From the second tab.")
    expect(other.locator("main select")).to_have_value("3")
    assert other.locator("main .diff ins").last.inner_text() == "Partly at target level"
    assert stored(session) == ["From the first tab."]
    other.get_by_role("button", name="Save this text").click()  # the second takes theirs
    other.wait_for_url("**criterion=cross-functionality")
    assert stored(session) == ["From the second tab."]
    writing.get_by_label(DONE).fill("From the first tab, again.")
    expect(writing.locator(".saved")).to_contain_text("Someone else saved first", timeout=LONG)
    writing.locator("[data-primary]").click()
    writing.get_by_role("link", name="Keep what is saved").click()  # and the first takes the other's
    expect(writing.get_by_label(DONE)).to_have_value("From the second tab.")
    assert stored(session) == ["From the second tab."]


@dataclass(frozen=True, slots=True)
class Desk:
    """A form that saves while one types: who writes in it, where, in which field."""

    key: str
    path: str
    label: str
    column: sa.orm.InstrumentedAttribute[str]


@pytest.fixture
def desks(session: Session, path: str) -> list[Desk]:
    """Return the giver's form, the candidate's self-review and the manager's rating."""
    case, password = path.partition("/feedback")[0], hash_password(PASSWORD)
    for key in ("erin", "ben", "greta"):
        session.execute(sa.update(Person).where(Person.external_id == key).values(password_hash=password))
    session.commit()
    return [
        Desk("erin", path, DONE, FeedbackAnswer.done),
        Desk("ben", f"{case}/self-review/hard-skills", "What you did, and what came of it", SelfReview.body),
        Desk("greta", f"{case}/first-view", "Why this rating?", RatingLine.justification),
    ]


def test_a_sign_in_that_ends_while_one_writes_costs_no_character(
    open_page: Callable[..., Page], enter: Callable[..., None], session: Session, desks: list[Desk]
) -> None:
    for desk in desks:
        page = open_page(390)
        enter(page, f"{desk.key}@company.example", PASSWORD)
        page.goto(desk.path)
        write(page, desk, "One. ")
        saved(page, 1)
        session.execute(sa.update(SignIn).values(ended_at=sa.func.now()))
        session.commit()
        write(page, desk, "Two. ")
        expect(page.locator(".saved")).to_contain_text("You were signed out. Your text stays on this page")
        assert (page.get_by_label(desk.label).input_value(), is_kept_nowhere(page)) == ("One. Two. ", True)
        page.context.clear_cookies()  # with them goes the form's own token
        write(page, desk, "Three \U0001f469\u200d\U0001f680.")
        sign_in_beside(page, enter, desk)
        saved(page, 2)
        assert page.get_by_label(desk.label).input_value() == "One. Two. Three \U0001f469\u200d\U0001f680."
        assert read(session, desk.column) == ["One. Two. Three \U0001f469\u200d\U0001f680."]


def write(page: Page, desk: Desk, words: str) -> None:
    """Type words and leave the field, which saves at once."""
    page.get_by_label(desk.label).press_sequentially(words)
    page.get_by_label(desk.label).blur()


def sign_in_beside(page: Page, enter: Callable[..., None], desk: Desk) -> None:
    """Sign in again by the link beside the words about saving, in a tab of its own, and come back."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in", exact=True).click()
    enter(opened.value, f"{desk.key}@company.example", PASSWORD)
    opened.value.close()
    page.evaluate("dispatchEvent(new Event('focus'))")  # without a screen each tab has the focus all the time


def test_a_button_pressed_after_the_sign_in_has_ended_gives_the_words_back(
    open_page: Callable[..., Page], enter: Callable[..., None], session: Session, desks: list[Desk]
) -> None:
    page, desk = open_page(390), desks[0]
    enter(page, f"{desk.key}@company.example", PASSWORD)
    page.goto(desk.path)
    page.context.clear_cookies()
    page.get_by_label(DONE).fill("Kept while signed out.\nEvery line.")
    page.locator("[data-primary]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You were signed out while writing")
    expect(page.get_by_label(DONE)).to_have_value("Kept while signed out.\nEvery line.")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in, in a new tab").click()
    enter(opened.value, f"{desk.key}@company.example", PASSWORD)
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_url("**criterion=**")
    assert stored(session) == ["Kept while signed out.\nEvery line."]


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
