"""A reader waits for their PDF on the page, which follows by itself, and downloads their own copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import Person
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.committee_room import Room, sealed_room
from tests.printed import print_all


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a sealed case whose views are still being printed, and readers who can sign in."""
    room = sealed_room(session, now)
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()
    return room


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (390, "light"), (1280, "dark"), (1280, "light")])
def test_the_page_follows_the_print_and_hands_out_ones_own_copy(
    room: Room,
    session: Session,
    settings: Settings,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    tmp_path: Path,
    width: int,
    theme: str,
) -> None:
    page = open_page(width, theme)
    enter(page, "greta@company.example")
    page.goto(f"/cases/{room.case_id}/packet")
    expect(page.get_by_role("status").filter(has_text="The PDF is being made.")).to_be_visible()
    assert find_faults(page) == []
    print_all(session, settings)
    button = page.get_by_role("button", name="Download my copy, 13 pages")
    expect(button).to_be_visible()
    assert find_faults(page) == []
    with page.expect_download() as download:
        button.click()
    copy = tmp_path / "copy.pdf"
    download.value.save_as(copy)
    assert PdfReader(copy).pages[0].extract_text().strip() == "Copy 1 for Greta Holm, 16 November 2026, 10:00 CET"
    page.reload()
    expect(page.get_by_role("link", name="My PDF, 13 pages")).to_be_visible()
    assert find_faults(page) == []
