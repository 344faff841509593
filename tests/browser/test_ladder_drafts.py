"""A ladder's draft in a real browser: accessible, no sideways overflow; saved and checked while one writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import LadderDraft, Person
from review.services.ladders import publish_ladder
from review.services.ladders_drafts import begin_draft
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.personas import found_company

SMALL = """\
format: ladder/1
id: bakers
name: Bakers
version: "1"
tracks: [{id: craft, name: Craft}, {id: lead, name: Leading, people_manager: true}]
levels:
  - {id: one, name: One, code: B1, track: craft, grade: 1}
  - {id: two, name: Two, code: B2, track: craft, grade: 2}
  - {id: boss, name: Boss, code: L2, track: lead, grade: 2}
criteria:
  - {id: care, name: Care, at: {one: Listens., two: {same_as: one}, boss: Asks.}}
"""

OVERFLOWS = """() => [...document.querySelectorAll("main .scroll-x")]
    .map(each => each.scrollWidth - each.clientWidth)"""
"""By how many pixels the tables of a page are wider than their place."""


@pytest.fixture
def draft(session: Session, now: datetime) -> str:
    """Begin a draft of a small ladder and return its address."""
    company = found_company(session)
    session.get_one(Person, company.id("hugo")).password_hash = hash_password(PASSWORD)
    base = publish_ladder(session, SMALL, file="f", actor=company.actor("hanna"), now=now)
    row = begin_draft(session, SMALL, becomes="2", base_id=base.id, actor=company.actor("hanna"), now=now)
    address = f"/ladders/drafts/{row.id}"
    session.commit()
    return address


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_every_page_is_whole(
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    draft: str,
    width: int,
    theme: str,
) -> None:
    page = open_page(width, theme)
    enter(page, "hugo@company.example")
    places = ("cells/care/two", "levels/boss", "criteria/care", "add-level", "head", "moves", "text", "changes")
    paths = ("/ladders", "/ladders/drafts/new", draft, *(f"{draft}/{place}" for place in places))
    faults = {}
    for path in paths:
        page.goto(path)
        faults[path] = find_faults(page)
    assert faults == {path: [] for path in paths}


def test_a_long_address_among_the_changes_is_broken_on_a_phone(
    open_page: Callable[..., Page], enter: Callable[..., None], session: Session, draft: str
) -> None:
    row = session.get_one(LadderDraft, int(draft.rpartition("/")[2]))
    address = f"https://bakers.example/{'ladder_' * 20}1.yaml"
    row.source = SMALL.replace("name: Bakers", f"name: Bakers\ndescription: {address}")
    session.commit()
    page = open_page(390, "dark")
    enter(page, "hugo@company.example")
    page.goto(f"{draft}/changes")
    assert address in page.content()
    assert page.evaluate(OVERFLOWS) == [0]


def test_a_cell_is_saved_and_the_ladder_checked_while_one_writes(
    open_page: Callable[..., Page], enter: Callable[..., None], draft: str
) -> None:
    page = open_page()
    enter(page, "hugo@company.example")
    page.goto(f"{draft}/cells/care/one")
    page.get_by_label("Measures").fill("Loaves: many")
    expect(page.locator("#checked")).to_contain_text('"Loaves: many" is no measure')
    page.get_by_label("Measures").fill("Loaves a day >= 40")
    expect(page.locator("#checked")).to_contain_text("No fault in the whole ladder")
    expect(page.locator(".saved")).to_contain_text("version 2")
    page.get_by_label("Summary").press("Control+Enter")
    page.wait_for_url(f"**{draft}/cells/care/two")
    page.goto(draft)
    expect(page.get_by_role("region").get_by_text(re.compile("changed"))).to_have_count(2)  # the other repeats it
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Change Care, B2 Two")).to_be_focused()
