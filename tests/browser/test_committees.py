"""Making up committees, the calibration grid and taking the chair in a real browser: accessible, in both widths."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from review.models import Case, Committee, Person
from review.services.sign_ins import hash_password
from tests.browser.conftest import PASSWORD
from tests.committee_room import Room, built_room
from tests.factories import open_case_of, open_scene

DISTANCES = """() => [...document.querySelectorAll("main :is(.field, .kv) + p, main .row-x + small")]
    .filter(each => each.offsetParent)
    .map(each => each.getBoundingClientRect().top - each.previousElementSibling.getBoundingClientRect().bottom)"""
"""How far each hint stands below what it is about, in pixels."""

BESIDE = """level => {
    const line = document.querySelector(".agenda li:has(.tag)");
    line.querySelector(".lvl").outerHTML = level;
    const [name, outcome] = [".lvl", ".tag"].map(each => line.querySelector(each).getBoundingClientRect());
    return [name.right, outcome.left];
}"""
"""Where a level called `level` ends on a line of the agenda, and where its outcome begins, in pixels."""


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a case whose votes are open, one that is sealed, and one that has no committee yet."""
    scene = open_scene(session, now)
    open_case_of(session, scene, "cora", "senior-pm", now).committee_id = None
    other = built_room(session, scene, now, key="ben", to_level="senior-pm")
    other.fire("seal", "hanna")
    room = built_room(session, scene, now)
    room.fire("seal", "hanna")
    room.reveal()
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()
    return room


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_the_pages_are_without_faults(
    room: Room,
    session: Session,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    scene, cases = room.scene, session.scalars(sa.select(Case.id).where(Case.phase != "draft")).all()
    session.commit()  # an open transaction would keep the server from writing
    people = ".".join(str(scene.id(key)) for key in ("sam", "tomas", "petra", "lena", "dev"))
    visits = {
        "hanna": [f"/cycles/{scene.cycle_id}/committees/make-up?committees=2&people={people}"],
        "clara": [
            f"/committee/grid/{scene.committee_id}",
            "/committee/compare?" + "&".join(f"case={each}" for each in cases),
            f"/cases/{room.case_id}/calibration/leadership",
        ],
        "omar": [f"/cases/{room.case_id}/session"],
    }
    for key, addresses in visits.items():
        page = open_page(width, theme)
        enter(page, f"{key}@company.example")
        for address in addresses:
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
            assert (address, find_faults(page)) == (address, [])


def test_a_level_called_by_its_name_leaves_room_for_what_stands_beside_it(
    app: Flask, room: Room, open_page: Callable[..., Page], enter: Callable[..., None]
) -> None:
    """A ladder whose levels have no codes: on a phone the name is broken, not laid over the outcome."""
    macros = app.jinja_env.get_template("macros/ui.html").make_module()
    level = str(macros.lvl("Senior Director of Product Management", is_people_manager=True))
    page = open_page(390, "dark")
    enter(page, "clara@company.example")
    page.goto(f"/committee/agenda/{room.scene.committee_id}")
    name_ends, outcome_begins = page.evaluate(BESIDE, level)
    assert name_ends <= outcome_begins


def test_a_hint_keeps_its_distance_from_the_field_above_it(
    room: Room, open_page: Callable[..., Page], enter: Callable[..., None]
) -> None:
    page, distances = open_page(1280, "dark"), {}
    enter(page, "hanna@company.example")
    for address in ("/policy/change", f"/cycles/{room.scene.cycle_id}/committees/make-up"):
        page.goto(address)
        distances[address.rpartition("/")[2]] = {round(each) for each in page.evaluate(DISTANCES)}
    assert distances == {"change": {12}, "make-up": {4, 12}}


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_many_committees_are_looked_through_by_keys_and_without_faults(
    room: Room,
    session: Session,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    width: int,
    theme: str,
) -> None:
    scene, page = room.scene, open_page(width, theme)
    session.add_all(Committee(cycle_id=scene.cycle_id, name=f"Panel {number}") for number in range(1, 31))
    session.commit()
    enter(page, "hanna@company.example")
    address = f"/cycles/{scene.cycle_id}/committees"
    page.goto(address)
    assert find_faults(page) == []
    page.goto(f"{address}/make-up")
    field = page.get_by_label("Committee for Cora Diaz")
    field.fill("nowhere")
    page.get_by_label("Committee, case, person or target level").press("Enter")
    page.get_by_role("link", name="Not on the list: nowhere").wait_for()
    told = "console: Failed to load resource: the server responded with a status of 422 (UNPROCESSABLE ENTITY)"
    assert find_faults(page) == [told]
    field.fill("panel 7")
    page.get_by_label("Committee, case, person or target level").fill("cora")
    page.get_by_label("Committee, case, person or target level").press("Enter")
    page.get_by_role("heading", name="Panel 7").wait_for()
    assert (field.input_value(), page.locator("[data-item]").count()) == ("Panel 7", 1)
    assert find_faults(page) == [told]


def test_a_make_up_is_changed_by_hand_and_taken_over(
    room: Room, session: Session, open_page: Callable[..., Page], enter: Callable[..., None]
) -> None:
    scene, page = room.scene, open_page(390)
    enter(page, "hanna@company.example")
    page.goto(f"/cycles/{scene.cycle_id}/committees")
    page.get_by_role("link", name="Propose the make-up of all committees").click()
    page.get_by_label("Committees", exact=True).fill("2")
    page.get_by_label("Members each").fill("3")
    page.get_by_label("Who may sit, besides those who sit already").fill("Sam Tran\nTomas Ek\nPetra Klein")
    page.get_by_role("button", name="Propose anew").click()
    page.get_by_label("Name of the new committee").fill("Second panel")
    page.get_by_label("Committee for Cora Diaz").select_option(label="Committee B")
    page.get_by_role("button", name="Take this over").click()
    page.get_by_text("Taken over: 3 places on committees changed, 1 case went to a committee.").wait_for()
    assert page.get_by_role("heading", name="Second panel").count() == 1
    case = session.scalars(sa.select(Case).where(Case.candidate_id == scene.id("cora"))).one()
    session.refresh(case)
    assert case.committee_id == scene.committee_id + 1
