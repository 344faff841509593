"""Pages that are left open: once their sign-in is over nothing of them is on the screen, but for words not yet sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from review.models import Person
from tests.browser import gallery

Open = Callable[..., Page]
Enter = Callable[..., None]
Find = Callable[[Page], list[str]]
DAY = 24 * 3600 * 1000


@pytest.fixture(autouse=True)
def rooms(app: Flask) -> None:
    """Add the page that shows every part."""
    app.register_blueprint(gallery.bp)


def open_at(page: Page, enter: Enter, address: str) -> None:
    """Sign in and open a page whose clock the test moves."""
    enter(page, "ines@example.org")
    page.clock.install()
    page.goto(address)


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_a_page_that_nobody_uses_is_closed(
    open_page: Open, person: Person, enter: Enter, find_faults: Find, width: int, theme: str
) -> None:
    page = open_page(width, theme)
    open_at(page, enter, "/preferences")
    page.clock.fast_forward(DAY // 2 - 60_000)
    expect(page.locator("h1")).to_have_text("Preferences")
    page.clock.fast_forward(120_000)
    expect(page.locator("h1")).to_have_text("This page is closed")
    assert (page.title(), "Ines" in page.content()) == ("This page is closed", False)
    assert find_faults(page) == []
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("a.me")).to_contain_text("Ines Example")


def test_words_that_are_not_sent_stay(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page()
    open_at(page, enter, "/gallery")
    page.route("**/gallery/save", lambda route: route.abort())
    words = page.locator("form[data-autosave] textarea").first
    words.fill("Half a sentence")
    page.clock.fast_forward(DAY)
    assert words.input_value() == "Half a sentence"
    page.unroute("**/gallery/save")
    with page.expect_response("**/gallery/save"):
        page.clock.run_for(20_000)
    expect(page.locator("form[data-autosave] .saved")).to_have_attribute("data-state", "saved")
    page.clock.fast_forward(DAY)
    expect(page.locator("h1")).to_have_text("This page is closed")


def test_signing_out_in_one_tab_closes_the_others(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page()
    enter(page, "ines@example.org")
    page.goto("/preferences")
    come_back = "document.dispatchEvent(new Event('visibilitychange'))"
    with page.expect_response(lambda answer: answer.url.endswith("/help")):
        page.evaluate(come_back)
    expect(page.locator("h1")).to_have_text("Preferences")
    other = page.context.new_page()
    other.goto("/help")
    other.get_by_role("button", name="Sign out").click()
    expect(other.locator("h1")).to_have_text("Sign in")
    page.evaluate(come_back)
    expect(page.locator("h1")).to_have_text("This page is closed")
    assert "Ines" not in page.content()
