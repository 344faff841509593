"""Two HR partners come from an empty installation to an open cycle: at the width of a phone, without a mouse."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.adapters.jobs import run_inline
from review.extensions import db
from review.models import Cycle, Person, RoleGrant
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.factories import WORKFLOWS
from tests.personas import CAST, COMMITTEE

OFFICE = {"hanna": "hr", "hugo": None, "ines": "it_admin"}
"""Who is there before anything else, by a command: an HR partner, somebody who is to be the second, and an IT admin."""
PEOPLE = "people.csv"


@pytest.fixture
def office(session: Session, now: datetime) -> None:
    """Put three people with passwords into an empty installation."""
    for key, role in OFFICE.items():
        name, function, title, *_ = CAST[key]
        person = Person(external_id=key, name=name, email=f"{key}@company.example", function=function, title=title)
        person.password_hash = hash_password(PASSWORD)
        session.add(person)
        session.flush()
        if role:
            session.add(RoleGrant(person_id=person.id, role=role, granted_at=now))
    session.commit()


def write_people() -> bytes:
    """Return the people file of the cast; levels are named as the shipped ladder names them."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("external_id", "name", "email", "title", "function", "manager", "level", "level_since"))
    for key, (name, function, title, manager, level, _role) in CAST.items():
        since = date(2020, 1, 6).isoformat() if level else ""
        table.writerow((key, name, f"{key}@company.example", title, function, manager or "", level or "", since))
    return out.getvalue().encode()


class Hands:
    """Somebody at a keyboard; each page they come to is looked at once."""

    def __init__(self, page: Page, find_faults: Callable[[Page], list[str]]) -> None:
        self.page, self._find, self._seen, self.faults = page, find_faults, set[str](), dict[str, list[str]]()

    def arrive(self, title: str) -> None:
        """Wait for a page by its heading, and until its scripts run: a key that comes before them is lost."""
        expect(self.page.locator("h1")).to_have_text(title)
        self.page.wait_for_load_state("load")
        if title not in self._seen:
            self._seen.add(title)
            if found := self._find(self.page):
                self.faults[title] = found

    def press(self, role: str, name: str, title: str, *, is_exact: bool = True) -> None:
        """Press a button or follow a link, and come to a page."""
        self.page.get_by_role(role, name=name, exact=is_exact).first.press("Enter")  # type: ignore[arg-type]
        self.arrive(title)

    def go_on(self, title: str) -> None:
        """Send the form from within its last field."""
        self.page.locator("form:has([data-primary]) input:not([type=hidden])").first.focus()
        self.page.keyboard.press("ControlOrMeta+Enter")
        self.arrive(title)

    def type(self, name: str, words: str) -> None:
        """Write into a field in place of what is there."""
        self.page.locator(f"form:has([data-primary]) [name={name}]").focus()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(words)

    def go(self, address: str, title: str) -> None:
        """Open an address."""
        self.page.goto(address)
        self.arrive(title)


@pytest.mark.usefixtures("office")
def test_from_nothing_to_an_open_cycle(
    app: Flask,
    session: Session,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    tmp_path: Path,
) -> None:
    hands = {key: Hands(open_page(390, "dark" if key == "hugo" else "light"), find_faults) for key in OFFICE}
    for key in ("hanna", "ines"):
        enter(hands[key].page, f"{key}@company.example")
    hanna, hugo, ines = (hands[key] for key in OFFICE)
    give_role(ines, "hugo", "hr")
    enter(hugo.page, "hugo@company.example")
    publish_ladder(hanna, hugo)
    take_people_in(hanna, app, tmp_path)
    for who, role in (("noor", "executive"), ("petra", "appeals"), ("tomas", "appeals")):
        give_role(ines, who, role)
    for name, title in (("ic", "Promotion, individual contributor"), ("management", "Promotion, people manager")):
        publish_workflow(hanna, hugo, name, title)
    set_cycle_up(hanna)
    cycle = session.scalars(sa.select(Cycle)).one()
    assert (cycle.state, sorted(cycle.required_functions)) == ("open", ["Design", "Engineering"])
    assert {key: each.faults for key, each in hands.items()} == {key: {} for key in OFFICE}


def give_role(ines: Hands, who: str, role: str) -> None:
    """Let the IT admin give somebody a role."""
    ines.go("/people/roles", "Roles in the company")
    ines.type("person", f"{who}@company.example")
    ines.page.locator("[name=role]").first.select_option(role)
    ines.press("button", "Give role", "Roles in the company")
    expect(ines.page.locator(".flashes")).to_contain_text("now holds the role")


def publish_ladder(hanna: Hands, hugo: Hands) -> None:
    """Propose the shipped ladder, and let the second partner come to it from their own first page."""
    hanna.go("/", "What waits for you")
    hanna.press("link", "Publish a ladder", "Begin a draft of a ladder")
    hanna.press("button", "Begin the draft", "Product management 2026.1")
    hanna.press("button", "Propose version 2026.1", "Product management 2026.1")
    hugo.go("/", "What waits for you")
    hugo.press("link", "Look at the ladder that is proposed", "Product management 2026.1")
    hugo.press("button", "Publish version 2026.1", "Product management")


def take_people_in(hanna: Hands, app: Flask, folder: Path) -> None:
    """Take the people file in, with a worker."""
    (folder / PEOPLE).write_bytes(write_people())
    hanna.go("/", "What waits for you")
    hanna.press("link", "Take in the people file", "Take in a people file")
    hanna.page.set_input_files("input[type=file]", folder / PEOPLE)
    hanna.press("button", "Show what would change", "What would change")
    hanna.page.locator("main button.btn-primary").first.press("Enter")
    hanna.arrive("Taking in a people file")
    with app.app_context():
        run_inline(db.session(), now=app.extensions["clock"]())
    hanna.page.reload()
    expect(hanna.page.get_by_role("heading", name="The file is taken in")).to_be_visible()


def publish_workflow(hanna: Hands, hugo: Hands, name: str, title: str) -> None:
    """Propose a workflow as it ships, and let the second partner publish it."""
    hanna.go("/", "What waits for you")
    hanna.go("/workflows/propose", "Propose a workflow version")
    hanna.type("source", (WORKFLOWS / f"{name}.yaml").read_text(encoding="utf-8"))
    hanna.press("button", "Propose the version", title)
    hugo.go(hanna.page.url, title)
    for summary in hugo.page.locator("main summary").all():
        summary.press("Enter")
    hugo.press("button", "Publish version 1", title)


def set_cycle_up(hanna: Hands) -> None:
    """Go through the steps of a cycle, put a committee together and open it."""
    hanna.go("/", "What waits for you")
    hanna.press("link", "Set up a cycle", "Set up a cycle")
    hanna.type("name", "Spring 2027")
    hanna.type("code", "2027A")
    hanna.page.locator("#opening").fill("2027-03-01")
    hanna.go_on("Calendar")
    hanna.go_on("Who may be nominated")
    hanna.go_on("Feedback")
    for function in ("Design", "Engineering"):
        hanna.page.get_by_label(function, exact=True).focus()
        hanna.page.keyboard.press("Space")
    hanna.go_on("Who reads what")
    hanna.press("button", "Save and go on", "Committees")
    hanna.press("link", "Who sits on them", "Committees")
    hanna.page.locator("#name").fill("Product committee")
    hanna.press("button", "Set up the committee", "Committees")
    for key, role in COMMITTEE.items():
        hanna.page.locator("[name=person]").first.fill(f"{key}@company.example")
        hanna.page.locator("[name=role]").first.select_option(role)
        hanna.page.get_by_role("button", name="Put on").first.press("Enter")
        expect(hanna.page.locator(".flashes")).to_contain_text(CAST[key][0])
    hanna.press("link", "Go on: letters and mails", "Letters and mails")
    hanna.press("link", "Go on", "Check and open")
    hanna.press("button", "Open the cycle", "Spring 2027")
