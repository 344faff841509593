"""The page of printing in a real browser: it follows what is printed while it stays open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import PacketFile, Person
from review.services import printing
from review.services.packets import RENDER, _note_failure
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.committee_room import sealed_room

WHY = "timed out: took longer than 120 s"


@pytest.mark.parametrize(("width", "theme", "who"), [(390, "light", "hanna"), (1280, "dark", "ines")])
def test_an_open_page_follows_what_is_printed(
    session: Session,
    now: datetime,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    width: int,
    theme: str,
    who: str,
) -> None:
    sealed_room(session, now)
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    first, second, _third = session.scalars(sa.select(PacketFile.id).order_by(PacketFile.id)).all()
    printing.begin(RENDER, session, first, run="a", worker="press-host-0", now=now)
    _note_failure(session, WHY, first, now=now)
    session.commit()
    page = open_page(width, theme)
    enter(page, f"{who}@company.example")
    page.goto("/printing")
    expect(page.locator("#now")).to_contain_text("Nothing is being printed")
    assert find_faults(page) == []
    printing.begin(RENDER, session, second, run="b", worker="press-host-0", now=now)
    session.commit()
    expect(page.locator("#now li")).to_contain_text("by press-host-0")
    expect(page.locator("#now")).not_to_contain_text("Nothing is being printed")
    page.get_by_role("button", name="Try all again").click()
    expect(page.locator(".flashes")).to_have_text("1 print is tried again.")
    expect(page.locator("main")).to_contain_text("No print has failed")
    assert find_faults(page) == []
