"""An HR partner sets a cycle up and opens it, from the first page to the last, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Committee, CommitteeMember, Cycle, Person
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.factories import Scene, open_scene
from tests.personas import COMMITTEE

NEXT = "ControlOrMeta+Enter"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return the company with its ladder and workflows; everybody has a password."""
    scene = open_scene(session, now)
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()
    return scene


def type_into(page: Page, name: str, words: str) -> None:
    """Write into a field of the step as somebody without a mouse does."""
    page.locator(f"form:has([data-primary]) [name={name}]").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(words)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_from_a_name_to_an_open_cycle(
    session: Session,
    scene: Scene,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    page, faults = open_page(width, theme), {}
    enter(page, "hanna@company.example")
    page.goto("/cycles/new")

    def go_on(title: str) -> None:
        if found := find_faults(page):
            faults[page.url] = found
        page.keyboard.press(NEXT)
        expect(page.locator("h1")).to_have_text(title)

    type_into(page, "name", "Spring 2027")
    type_into(page, "code", "2027A")
    page.locator("form:has([data-primary]) [name=opening]").fill("2027-03-01")
    go_on("Calendar")
    type_into(page, "packet_deadline-count", "4")
    go_on("Who may be nominated")
    type_into(page, "min_months", "6")
    go_on("Feedback")
    page.get_by_label("Design", exact=True).focus()
    page.keyboard.press("Space")
    page.get_by_label("Engineering", exact=True).focus()
    page.keyboard.press("Space")
    go_on("Who reads what")
    page.get_by_label("The manager reads who wrote what").focus()
    page.keyboard.press("Space")
    go_on("Committees")
    draft = session.scalars(sa.select(Cycle).where(Cycle.code == "2027A")).one()
    committee = Committee(cycle_id=draft.id, name="Product committee")
    session.add(committee)
    session.flush()
    session.add_all(
        CommitteeMember(committee_id=committee.id, person_id=scene.id(key), role=role)
        for key, role in COMMITTEE.items()
    )
    session.commit()
    go_on("Letters and mails")
    if found := find_faults(page):
        faults[page.url] = found
    page.get_by_role("link", name="Go on", exact=True).press("Enter")
    expect(page.locator("h1")).to_have_text("Check and open")
    go_on("Spring 2027")
    session.refresh(draft)
    assert (draft.state, draft.eligibility["min_months"], sorted(draft.required_functions)) == (
        "open",
        6,
        ["Design", "Engineering"],
    )
    assert draft.policy["anonymity"]["manager_sees_authors"] is True
    assert draft.date_rules["packet_deadline"] == {"way": "weeks_after", "count": 4, "other": "nomination_deadline"}
    assert faults == {}
