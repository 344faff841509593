"""A led session in real browsers: screens in step without reload, the recusal line alone, no faults of access."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Person
from review.services.consent import pull_off
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.committee_room import MEMBERS, Room, built_room
from tests.factories import open_scene

SIXTH = {"iris": "promote", "ben": "promote", "cora": "not_yet"}


@pytest.fixture
def rooms(session: Session, now: datetime) -> dict[str, Room]:
    """Return a case taken off the consent list, one on it, one that waits for its gaps, and a sealed one."""
    scene = open_scene(session, now)
    levels = {"iris": "staff-pm", "ben": "senior-pm", "cora": "senior-pm", "finn": "pm-2"}
    rooms = {key: built_room(session, scene, now, key=key, to_level=level) for key, level in levels.items()}
    for key, room in rooms.items():
        room.fire("seal", "hanna")
        if key in SIXTH:
            room.reveal(dict.fromkeys(MEMBERS, SIXTH[key]))
    iris = rooms["iris"]
    pull_off(session, iris.case_id, "What of the second rollout?", actor=iris.actor("mika"), now=now)
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()
    return rooms


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_screens_stay_in_step(
    rooms: dict[str, Room],
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    agenda, case = f"/committee/agenda/{rooms['iris'].scene.committee_id}", f"/cases/{rooms['iris'].case_id}"
    pages = {key: open_page(width, theme) for key in ("clara", "aya", "mika")}
    for key, page in pages.items():
        enter(page, f"{key}@company.example")
        page.goto(agenda if key != "aya" else f"{case}/session")
    chair, member, leaving = pages.values()
    chair.get_by_label("Case to put on").select_option(label="Iris Vance")
    chair.get_by_role("button", name="Put this case on").click()
    heading = "Now: case 1 of 4"
    for page in (member, leaving):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    chair.get_by_role("button", name="Leadership").click()
    for page in (member, leaving):
        expect(page.get_by_text("criterion Leadership")).to_be_visible()
    for page in pages.values():
        assert find_faults(page) == []
    leaving.goto(f"{case}/conflict")
    leaving.locator("[name=kind]").first.check()
    leaving.locator("[name=reason]").first.fill("In court.")
    leaving.locator("form:has([name=reason]) button[type=submit]").first.click()
    leaving.goto(agenda)
    expect(leaving.get_by_text("a case that you are out of")).to_be_visible()
    assert (leaving.get_by_text("Iris").count(), leaving.get_by_role("listitem").filter(has_text="IC").count()) == (
        0,
        0,
    )
    assert find_faults(leaving) == []
    chair.get_by_role("button", name="Close this case for now").click()
    expect(leaving.get_by_role("link", name="Ben Ito")).to_be_visible()
    expect(member.get_by_role("heading", name=heading)).to_be_hidden()


def test_who_is_signed_out_elsewhere_is_led_to_the_sign_in(
    rooms: dict[str, Room], open_page: Callable[..., Page], enter: Callable[..., None]
) -> None:
    """Not the sign-in as a part of the session: the case goes from the screen."""
    page = open_page()
    enter(page, "mika@company.example")
    page.goto(f"/cases/{rooms['iris'].case_id}/session")
    tab = page.context.new_page()
    tab.goto("/")
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url("**/sign-in*")
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.get_by_text("Iris").count() == 0
