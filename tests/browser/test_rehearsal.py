"""HR rehearses a draft in a real browser: starts it, lets it go on, looks as somebody, reads the report."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.adapters.jobs import run_inline
from review.extensions import db
from review.models import Person
from review.services.committees import create_committee, set_member
from review.services.cycles import create_cycle
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.factories import next_plan, open_scene
from tests.personas import COMMITTEE


@pytest.fixture
def cycle_id(session: Session, now: datetime) -> int:
    """Set a cycle with a committee up as a draft, and give an HR partner a password."""
    scene = open_scene(session, now)
    hanna = scene.actor("hanna")
    cycle = create_cycle(session, next_plan(session, scene), actor=hanna, now=now)
    committee = create_committee(session, cycle.id, "Committee B", actor=hanna, now=now)
    for key, role in COMMITTEE.items():
        set_member(session, committee.id, scene.id(key), role, actor=hanna, now=now)
    session.get_one(Person, scene.id("hanna")).password_hash = hash_password(PASSWORD)
    number = cycle.id
    session.commit()
    return number


def test_a_rehearsal_is_walked(
    app: Flask,
    cycle_id: int,
    now: datetime,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
) -> None:
    def work() -> None:
        with app.app_context():
            run_inline(db.session(), now=now)

    page = open_page(390, "dark")
    enter(page, "hanna@company.example")
    page.goto(f"/cycles/{cycle_id}/rehearsals")
    assert find_faults(page) == []
    page.get_by_role("button", name="Start a rehearsal").click()
    expect(page.get_by_role("heading", name="The people are at work")).to_be_visible()
    work()
    page.get_by_role("button", name="Play on to the next stage").click()
    expect(page.get_by_role("heading", name="The people are at work")).to_be_visible()
    work()
    expect(page.get_by_role("heading", name="Who sees what, when")).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("button", name="Look as Candidate: Building the case").click()
    expect(page.get_by_role("region", name="Rehearsal")).to_contain_text("Synthetic people, nothing is sent.")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("button", name="Next day").click()
    expect(page).to_have_url(re.compile(r"/rehearsals/1/in/cases/\d+$"))
    expect(page.get_by_role("region", name="Rehearsal")).to_contain_text("21")
    page.get_by_role("link", name="Back to the matrix").click()
    expect(page.get_by_text("looked at", exact=True)).to_be_visible()
    page.goto("/rehearsals/1/report")
    expect(page.get_by_role("heading", name="Mails that would go")).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("button", name="Make the report").click()
    work()
    page.goto("/rehearsals/1/report")
    assert page.get_by_role("link", name="Download the report").get_attribute("href") == "/rehearsals/1/report.pdf"
    assert find_faults(page) == []
