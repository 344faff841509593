"""Somebody from outside on a phone, from the link in the mail to sent, and every page of theirs in both themes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import Case, Feedback, FeedbackAnswer
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from tests.browser.conftest import keep_picture
from tests.factories import Scene
from tests.outsider import collecting, open_link

LOOKS = [(390, "light"), (1280, "dark")]


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return collecting(session, scene, now)


@pytest.fixture
def link(session: Session, engine: Engine, scene: Scene, case: Case, settings: Settings, now: datetime) -> str:
    return open_link(session, engine, scene, case, settings, now)


def test_from_the_mail_to_sent_on_a_phone(open_page: Callable[..., Page], session: Session, link: str) -> None:
    """Ten taps besides the typing: yes, one rating and one button for each of four questions, send."""
    page, taps = open_page(390, has_touch=True), 0
    page.goto(link)
    page.get_by_role("button", name="Yes, I will write").tap()
    taps += 1
    for number in range(4):
        for label in ("The situation", "What they did", "What came of it"):
            page.get_by_label(label, exact=True).fill(f"{label}, {number}")
        page.locator("#rating .rate label").nth(3).tap()
        with page.expect_navigation():
            page.locator("[data-primary]").tap()
        taps += 2
    with page.expect_navigation():
        page.get_by_role("button", name="Send", exact=True).tap()
    taps += 1
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert taps == 10
    assert session.scalars(sa.select(Feedback.state)).all() == ["submitted"]
    assert sorted(session.scalars(sa.select(FeedbackAnswer.done))) == [f"What they did, {n}" for n in range(4)]
    page.goto(link)
    expect(page.get_by_role("heading", name="This link opens nothing, or nothing any more")).to_be_visible()


def test_words_are_saved_while_they_are_typed(open_page: Callable[..., Page], session: Session, link: str) -> None:
    page = open_page(390)
    page.goto(link)
    page.get_by_role("button", name="Yes, I will write").click()
    page.get_by_label("What they did").fill("Ran four sessions")
    expect(page.locator("[data-saved], .saved").first).to_contain_text("version 1")
    page.context.clear_cookies()
    page.get_by_label("What they did").fill("Ran four sessions, and a fifth")
    expect(page.locator("[data-saved], .saved").first).to_contain_text("version 2")
    assert session.scalars(sa.select(FeedbackAnswer.done)).all() == ["Ran four sessions, and a fifth"]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_is_whole(
    open_page: Callable[..., Page],
    find_faults: Callable[[Page], list[str]],
    app: Flask,
    session: Session,
    server: str,
    scene: Scene,
    case: Case,
    link: str,
    now: datetime,
    width: int,
    theme: str,
) -> None:
    page, faults = open_page(width, theme), {}

    def look(name: str, path: str) -> None:
        page.goto(path)
        keep_picture(page, f"outside-{name}-{width}-{theme}")
        faults[name] = [fault for fault in find_faults(page) if "404 (NOT FOUND)" not in fault]

    look("asked", link)
    page.get_by_role("button", name="Yes, I will write").click()
    look("writing", link)
    look("check", f"{link}/check")
    look("sent", "/outside/done/sent/2026-11-16")
    look("closed", "/outside/nothing")
    token = open_sign_in(session, scene.id("greta"), now=now)
    session.commit()
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    value = signer.dumps({TOKEN: token, SEEN: int(now.timestamp())})
    page.context.add_cookies([{"name": "session", "value": value, "url": server}])
    look("invite", f"/cases/{case.id}/ask/outside")
    assert {name: found for name, found in faults.items() if found} == {}
