"""The figures of a cycle in a real browser: charts with their words, the keyboard, both widths and themes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Person
from review.services.sign_ins import hash_password
from tests.announced import Plan, announce
from tests.browser.conftest import PASSWORD
from tests.factories import Scene, open_scene

LOOKS = ((390, "dark"), (1280, "light"))
LONG = "Customer Success, Partnerships and Professional Services of the region"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return a cycle with twenty announced cases of two functions, one with a long name."""
    scene = open_scene(session, now)
    announce(session, scene, [Plan(LONG if k % 2 else "Data", is_promoted=k % 3 > 0) for k in range(20)], now)
    session.execute(
        sa.update(Person).where(Person.id == scene.id("hanna")).values(password_hash=hash_password(PASSWORD))
    )
    session.commit()
    return scene


def test_charts_are_read_reached_and_never_scroll_the_page(
    scene: Scene,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
) -> None:
    """Each chart is a picture with its words; what groups go by is changed, and added to, without a mouse."""
    for width, theme in LOOKS:
        page = open_page(width, theme)
        enter(page, "hanna@company.example")
        for address in ("/groups", f"/cycles/{scene.cycle_id}/insight"):
            page.goto(address)
            assert find_faults(page) == [], (address, width, theme)
    chart = page.get_by_role("img", name="Of those before a committee, promoted")
    told = f"Of those before a committee, promoted {LONG}: 70 % (40 to 89). Data: 60 % (31 to 83)."
    expect(chart).to_have_accessible_name(told)
    assert chart.locator("text").first.text_content() == f"{LONG[:45]}…"
    page.get_by_label("Groups by").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Fairness by stage: country")).to_be_visible()
    page.get_by_role("link", name="Groups to compare").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Groups to compare")
