"""The pages of people and delegations in a real browser: accessible, no sideways overflow, at both widths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from review.domain.delegation import Window
from review.models import Person
from review.services.delegations import open_delegation
from review.services.people import deactivate
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.personas import Company, found_company

HR_PAGES = ("/people", "/people/7", "/people/import", "/people/leavers", "/people/roles", "/delegations")


@pytest.fixture
def company(session: Session, now: datetime) -> Company:
    company = found_company(session)
    for key in ("hanna", "ines"):
        session.get_one(Person, company.id(key)).password_hash = hash_password(PASSWORD)
    deactivate(session, company.id("cora"), actor=company.actor("hanna"), now=now)
    for lender, delegate in (("greta", "mats"), ("hanna", "hugo"), ("aya", "hanna")):
        window = Window(company.id(lender), company.id(delegate), date(2026, 11, 16), date(2026, 11, 27))
        open_delegation(session, window, reason="On leave", actor=company.actor(lender), now=now)
    session.commit()
    return company


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_every_page_is_whole_for_hr(
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    company: Company,
    width: int,
    theme: str,
) -> None:
    page = open_page(width, theme)
    enter(page, "hanna@company.example")
    faults = {}
    for path in HR_PAGES:
        page.goto(path)
        faults[path] = find_faults(page)
    assert faults == {path: [] for path in HR_PAGES}


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1280, "dark")])
def test_an_import_is_looked_at_and_taken_in(
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    run_jobs: Callable[[], int],
    company: Company,
    width: int,
    theme: str,
) -> None:
    page = open_page(width, theme)
    enter(page, "hanna@company.example")
    page.goto("/people/import")
    faulty = b"external_id,name,manager,joined_on\nn1,New One,nobody,05/06/2026\nben,Ben Ito,ben,\n"
    page.get_by_label("File", exact=True).set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": faulty})
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("heading", name="2 things to put right").wait_for()
    assert find_faults(page) == []
    page.get_by_role("link", name="Upload the file again").click()
    good = b"external_id,name,manager,title\nn1,New One,ben,Associate PM\nben,Ben Ito,mats,Senior PM\n"
    page.get_by_label("File", exact=True).set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": good})
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("heading", name="What would change").wait_for()
    assert find_faults(page) == []
    page.get_by_role("button", name="Take the file in").click()
    page.get_by_role("heading", name="Waiting for a worker").wait_for()
    assert find_faults(page) == []
    assert run_jobs() == 1
    page.get_by_text("The file is taken in").wait_for()  # the page asks by itself
    assert find_faults(page) == []
    page.get_by_role("link", name="To the people").click()
    assert page.get_by_role("link", name="New One").count() == 1
    page.goto("/people/import")
    page.get_by_role("link", name="b.csv").click()
    page.get_by_role("heading", name="What was changed").wait_for()
