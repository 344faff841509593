"""The frame and every part in a real browser: accessible, within the policy, no wider than the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Person, SignIn
from tests.browser import gallery

Find = Callable[[Page], list[str]]
Open = Callable[..., Page]
Enter = Callable[..., None]
BOTH = [(390, "light"), (1280, "dark")]
WORDS = "She put both teams in one room."
FOCUSED = """() => {
    const here = document.activeElement, style = getComputedStyle(here.closest(".pick, .rate label") ?? here)
    return here === document.body ? null : [here.type || here.localName, `${style.outlineStyle} ${style.outlineWidth}`]
}"""
"""What has the focus and how it, or the frame of a choice, is outlined."""


@pytest.fixture(autouse=True)
def rooms(app: Flask) -> None:
    """Add the page that shows every part."""
    app.register_blueprint(gallery.bp)


@pytest.mark.parametrize(("width", "theme"), BOTH)
def test_pages_of_the_shell_have_no_faults(
    open_page: Open, person: Person, enter: Enter, find_faults: Find, width: int, theme: str
) -> None:
    page = open_page(width, theme)
    page.goto("/sign-in")
    faults = {"/sign-in": find_faults(page)}
    enter(page, "ines@example.org")
    for address in ("/gallery", "/preferences"):
        page.goto(address)
        for summary in page.locator(".option summary").all():
            summary.click()
        faults[address] = find_faults(page)
    assert faults == {"/sign-in": [], "/gallery": [], "/preferences": []}


def test_the_unknown_page_has_no_faults(open_page: Open, find_faults: Find) -> None:
    page = open_page(390)
    page.goto("/no/such/page")
    page.reports.clear()  # type: ignore[attr-defined] - the browser reports the 404 itself
    assert find_faults(page) == []


def test_everything_works_without_script(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page(390, java_script_enabled=False)
    enter(page, "ines@example.org")
    page.goto("/gallery")
    page.locator("#option-return summary").click()
    page.get_by_label("Reason").fill("Two answers are missing.")
    page.get_by_role("button", name="Yes: Give it back").click()
    expect(page.locator("[role=status] .note")).to_have_text("Done.")


def test_the_theme_changes_at_once_and_stays(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page(1280, "light")
    enter(page, "ines@example.org")
    page.goto("/preferences")
    page.locator("[data-theme-toggle]").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 23, 25)"


def test_the_summary_of_faults_takes_the_focus(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page()
    enter(page, "ines@example.org")
    page.goto("/gallery")
    expect(page.locator("[data-errors]")).to_be_focused()
    assert page.title() == "Error: Gallery · Dualtrack"


def test_a_blocked_button_leads_to_its_reasons(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page()
    enter(page, "ines@example.org")
    page.goto("/gallery")
    page.get_by_role("button", name="Seal packet").click(force=True)
    expect(page.locator("#why-seal")).to_be_focused()


def test_keys_move_through_a_list_but_never_while_typing(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page()
    enter(page, "ines@example.org")
    page.goto("/gallery")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-item] a").nth(2)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("[data-item] a").nth(0)).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_label("The situation")).to_be_focused()
    page.keyboard.type("jck")
    expect(page.get_by_label("The situation")).to_have_value("jck")


def test_text_is_saved_while_one_types(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page()
    enter(page, "ines@example.org")
    page.goto("/gallery")
    line = page.locator("form [data-saved-words]")
    with page.expect_request("**/gallery/save") as sent:
        page.get_by_label("The situation").fill(WORDS)
        expect(line).to_have_text("Not saved yet")
        page.get_by_label("A title").focus()
    expect(line).to_have_text("Saved 09:00, version 8")
    assert "request_key" not in (sent.value.post_data or "")
    assert page.locator("form[data-autosave] input[name=version]").input_value() == "8"


def test_text_survives_the_end_of_the_session(
    open_page: Open, person: Person, enter: Enter, session: Session, now: datetime
) -> None:
    page = open_page()
    enter(page, "ines@example.org")
    page.goto("/gallery")
    session.execute(sa.update(SignIn).values(ended_at=now))
    session.commit()
    page.get_by_label("The situation").fill(WORDS)
    page.get_by_label("A title").focus()
    expect(page.locator("form [data-saved-words]")).to_contain_text("You were signed out.")
    other = page.context.new_page()
    enter(other, "ines@example.org")
    other.close()
    page.get_by_label("A title").fill("More")
    page.get_by_label("The situation").focus()
    expect(page.locator("form [data-saved-words]")).to_have_text("Saved 09:00, version 8")
    expect(page.get_by_label("The situation")).to_have_value(WORDS)


def test_text_survives_a_lost_server(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page()
    enter(page, "ines@example.org")
    page.goto("/gallery")
    page.route("**/gallery/save", lambda route: route.abort())
    page.get_by_label("The situation").fill(WORDS)
    page.get_by_label("A title").focus()
    expect(page.locator("form [data-saved-words]")).to_contain_text("Cannot reach the server.")
    page.unroute("**/gallery/save")
    page.get_by_label("A title").fill("More")
    page.get_by_label("The situation").focus()
    expect(page.locator("form [data-saved-words]")).to_have_text("Saved 09:00, version 8")
    assert page.evaluate("localStorage.length") == 0


def test_text_is_saved_when_the_page_is_put_away(open_page: Open, person: Person, enter: Enter) -> None:
    """A phone ends pages that nobody looks at, without asking; no timer runs in them before."""
    page = open_page(390)
    enter(page, "ines@example.org")
    page.clock.install(time=MORNING)
    page.goto("/gallery")
    page.clock.pause_at(MORNING + timedelta(minutes=1))
    page.locator("form[data-autosave] textarea").first.fill("Half a sentence")
    with page.expect_response("**/gallery/save", timeout=30_000) as saved:
        page.evaluate(PUT_AWAY)
    assert "Half+a+sentence" in (saved.value.request.post_data or "")
    expect(page.locator("form[data-autosave] .saved")).to_have_attribute("data-state", "saved")


@pytest.mark.parametrize(("width", "theme"), BOTH)
def test_what_the_keyboard_comes_to_is_outlined(
    open_page: Open, person: Person, enter: Enter, width: int, theme: str
) -> None:
    """Fields, boxes and lists to choose from too, for which Bootstrap has a shadow of its own."""
    page = open_page(width, theme)
    enter(page, "ines@example.org")
    for address in ("/gallery", "/preferences"):
        page.goto(address)
        page.keyboard.press("Tab")
        outlines: dict[str, set[str]] = {}
        while kind := page.evaluate(FOCUSED):
            outlines.setdefault(kind[0], set()).add(kind[1])
            page.keyboard.press("Tab")
        assert outlines == {kind: {"solid 3px"} for kind in outlines}
        assert {"a", "select-one"} <= set(outlines)


def test_escape_closes_what_a_step_asks_and_goes_back_to_it(open_page: Open, person: Person, enter: Enter) -> None:
    page = open_page(390)
    enter(page, "ines@example.org")
    page.goto("/gallery")
    step = page.locator("#option-return summary")
    step.press("Enter")
    page.get_by_label("Reason").fill("Two answers are missing.")
    page.keyboard.press("Escape")
    assert page.locator("#option-return details").get_attribute("open") == ""
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("#option-return details").get_attribute("open") is None
    expect(step).to_be_focused()
    step.press("Enter")
    expect(page.get_by_label("Reason")).to_have_value("Two answers are missing.")


MORNING = datetime(2026, 11, 16, 9, tzinfo=UTC)
PUT_AWAY = """() => {
  Object.defineProperty(document, "hidden", { value: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
LOOKS = """() => {
  const look = (css, name, part) => getComputedStyle(document.querySelector(css), part).getPropertyValue(name);
  const canvas = getComputedStyle(document.body).backgroundColor;
  return {
    canvas,
    done: look(".stepper .done", "background-color", "::after"),
    next: look(".stepper .next", "background-color", "::after"),
    kept: [look(".heat td.h:not(.chg)", "border-left-color"), look(".heat td.h:not(.chg)", "outline-style")],
    changed: [look(".heat td.chg", "border-left-color"), look(".heat td.chg", "outline-style")],
    arrow: look("select.form-select", "appearance"),
  };
}"""
"""How a stage that is over, a rating that was changed and a list to choose from look."""


def test_in_forced_colours_what_is_done_and_what_was_changed_can_be_told(
    open_page: Open, person: Person, enter: Enter
) -> None:
    page = open_page(1280, "dark", forced_colors="active")
    enter(page, "ines@example.org")
    page.goto("/gallery")
    looks = page.evaluate(LOOKS)
    assert (looks["canvas"], looks["next"], looks["done"]) == ("rgb(0, 0, 0)", "rgb(0, 0, 0)", "rgb(255, 255, 255)")
    assert (looks["kept"], looks["changed"]) == (["rgb(0, 0, 0)", "none"], ["rgb(0, 0, 0)", "solid"])
    assert looks["arrow"] == "auto"


@pytest.mark.parametrize("place", ["h1", ".kv dd", ".card-x header h2", ".stack p"])
def test_a_long_word_stays_within_a_narrow_page(open_page: Open, person: Person, enter: Enter, place: str) -> None:
    """At four times the size of its letters a page of 1,280 px has 320."""
    page = open_page(320)
    enter(page, "ines@example.org")
    page.goto("/preferences")
    changed = "all => { all[0].textContent = 'a'.repeat(80) + '@example.org'; return all.length > 0 }"
    assert page.locator(f"main {place}").evaluate_all(changed)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
