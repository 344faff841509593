"""Going back, in a real browser, to a list that it kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Person
from review.services.sign_ins import hash_password
from review.services.transitions import fire
from tests.browser.conftest import PASSWORD
from tests.factories import open_case_of, open_scene


def test_going_back_shows_what_has_happened_since(
    session: Session, now: datetime, open_page: Callable[..., Page], enter: Callable[..., None]
) -> None:
    scene = open_scene(session, now)
    case_id = open_case_of(session, scene, "ben", "senior-pm", now).id
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()
    page = open_page()
    enter(page, "hanna@company.example")
    stage = page.locator("tr[data-item] td[data-l=Stage]")
    page.goto(f"/cycles/{scene.cycle_id}")
    expect(stage).to_have_text("Nominated")
    page.goto("/ladders")
    fire(session, case_id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    page.go_back()
    expect(stage).to_have_text("Building the case")
    assert page.reports == []  # type: ignore[attr-defined]
