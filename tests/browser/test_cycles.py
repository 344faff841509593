"""A cycle's draft, its form, two who save at once, nomination, and the way there, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from review.models import Person
from review.services.cycles import create_cycle
from review.services.sign_ins import hash_password
from review.web.cycle_steps import STEPS
from tests.browser.conftest import PASSWORD
from tests.factories import Scene, next_plan, open_scene

LOOKS = [(390, "dark"), (1280, "light")]


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return the company with an open cycle; everybody has a password."""
    scene = open_scene(session, now)
    session.get_one(Person, scene.id("iris")).title = "Senior product manager for platforms, payments and partners"
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()
    return scene


@pytest.fixture
def draft(session: Session, scene: Scene, now: datetime) -> str:
    """Return the address of a draft."""
    cycle = create_cycle(session, next_plan(session, scene), actor=scene.actor("hanna"), now=now)
    address = f"/cycles/{cycle.id}"
    session.commit()
    return address


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_pages_of_a_cycle_have_no_faults(
    scene: Scene,
    draft: str,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    page, faults = open_page(width, theme), {}
    enter(page, "hanna@company.example")
    nominate = f"/cycles/{scene.cycle_id}/nominate"
    addresses = (
        draft,
        *(f"{draft}/set-up/{step}" for step in STEPS),
        "/cycles/new",
        f"/cycles/{scene.cycle_id}",
        nominate,
        f"{nominate}?candidate={scene.id('iris')}",
        "/workflows",
        "/workflows/1",
        "/delegations",
        "/preferences",
    )
    for address in addresses:
        page.goto(address)
        for summary in page.locator("main summary").all():
            summary.click()
        if found := find_faults(page):
            faults[address] = found
    assert faults == {}


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_two_who_edit_a_draft_find_both_versions(
    draft: str,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    pages = [open_page(width, theme) for _ in range(2)]
    for page, key in zip(pages, ("hanna", "hugo"), strict=True):
        enter(page, f"{key}@company.example")
        page.goto(f"{draft}/set-up/basics")
        page.get_by_label("Name", exact=True).fill(f"Spring of {key}")
    pages[0].get_by_label("Workflow: People").select_option("1")
    for page in reversed(pages):
        page.get_by_role("button", name="Save and go on").click()
    hanna = pages[0]
    assert [fault for fault in find_faults(hanna) if "409" not in fault] == []  # the console tells of the answer itself
    assert hanna.locator("main h2").all_inner_texts() == ["Name", "Workflow: people"]
    hanna.get_by_role("button", name="Save this text").click()
    assert hanna.locator(".kicker a").inner_text() == "Spring of hanna"
