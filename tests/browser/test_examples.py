"""Example profiles in a real browser: rated by keyboard, read afterwards, at both widths and in both themes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Person
from review.services.example_ratings import rate_example
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.factories import Scene, open_scene

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
LOOKS = ((390, "dark", "quiet"), (1280, "light", "well-told"))


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle in which five managers have rated each profile, and one with a password has not."""
    scene = open_scene(session, now)
    for value, key in enumerate(("noor", "vera", "dario", "mats", "clara"), 1):
        for profile in ("quiet", "well-told"):
            given = dict.fromkeys(CRITERIA, value)
            rate_example(session, "product-management", profile, given, actor=scene.actor(key), now=now)
    session.get_one(Person, scene.id("greta")).password_hash = hash_password(PASSWORD)
    session.commit()
    return scene


def test_a_profile_is_rated_and_compared(
    scene: Scene,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
) -> None:
    for width, theme, profile in LOOKS:
        page = open_page(width, theme)
        enter(page, "greta@company.example")
        page.goto("/team")
        page.get_by_role("link", name="Try your scale out on example profiles").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Example profiles")
        assert find_faults(page) == [], (width, theme)
        page.goto(f"/examples/product-management/{profile}")
        assert find_faults(page) == [], (width, theme)
        for name in CRITERIA:
            page.locator(f"#{name} input[value='3']").focus()
            page.keyboard.press("Space")
        page.get_by_role("button", name="Keep my ratings").press("Enter")
        expect(page.get_by_role("heading", name="Your ratings")).to_be_visible()
        expect(page.get_by_text("2 gave less, 1 the same, 2 more").first).to_be_visible()
        assert find_faults(page) == [], (width, theme)
