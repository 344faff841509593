"""The manager's page for following up feedback in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from review.models import Person
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import Decline, decline, move_own
from review.services.sign_ins import hash_password
from review.services.transitions import fire
from tests.browser.conftest import PASSWORD
from tests.factories import open_case_of, open_scene


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1280, "dark")])
def test_the_page_has_no_faults(
    session: Session,
    now: datetime,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    scene = open_scene(session, now)
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    hanna = scene.actor("hanna")
    fire(session, case.id, "confirm_eligible", actor=hanna, now=now)
    people = Proposal(tuple(scene.id(key) for key in ("erin", "dev", "lena")))
    rows = propose_givers(session, case.id, people, actor=hanna, now=now)
    decline(session, case.id, rows[1].id, Decline("no_time", "", "Mika Saar"), actor=scene.actor("dev"), now=now)
    move_own(session, case.id, rows[2].id, "accept", actor=scene.actor("lena"), now=now)
    session.commit()
    page = open_page(width, theme)
    enter(page, "greta@company.example")
    page.goto("/team")
    page.get_by_role("link", name="Follow up feedback on them").click()
    assert find_faults(page) == []
    page.get_by_role("button", name="Remind all who have not answered").click()
    assert page.locator(".flashes").inner_text() == (
        "Whoever has not answered yet is reminded by their next morning’s mail."
    )
    assert find_faults(page) == []
