"""A draft of a workflow and the policy in a real browser: a fault typed and mended by the form; pages are whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Person, WorkflowDraft
from review.queries.cycle_choices import shipped_policy
from review.services.policies import propose_policy
from review.services.sign_ins import hash_password
from review.services.workflows_in_draft import discard_draft, start_draft
from tests.browser.conftest import PASSWORD, keep_picture
from tests.domain.workflow_ways import SOURCES
from tests.factories import Scene, open_scene

SECOND = SOURCES["ic.yaml"].replace("version: 1\n", "version: 2\n").replace("title: Nominated", "title: Put forward")
BROKEN = SECOND.replace("times: 3", "times: many", 1)
CHOSEN = "() => { const a = document.querySelector('#source'); return a.value.slice(a.selectionStart, a.selectionEnd) }"
NOMINATED = "/workflows/drafts/1?part=states.nominated"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return a company in which Hugo has a password, a draft was begun and a policy proposed."""
    scene = open_scene(session, now)
    hanna = scene.actor("hanna")
    session.get_one(Person, scene.id("hugo")).password_hash = hash_password(PASSWORD)
    start_draft(session, SECOND, actor=hanna, now=now, base_id=1)
    policy = {**shipped_policy(), "thresholds": {"n3": 4, "n5": 5}, "anonymity": {
        "candidate_sees_feedback": "verbatim", "manager_sees_authors": True, "candidate_sees_final_rating": False,
    }}  # fmt: skip
    propose_policy(session, policy, actor=hanna, now=now)
    session.commit()
    return scene


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_every_page_is_whole(
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
    scene: Scene,
    width: int,
    theme: str,
) -> None:
    page = open_page(width, theme)
    enter(page, "hugo@company.example")
    paths = ("/workflows", NOMINATED, "/workflows/drafts/1?part=actions.seal", "/policy", "/policy/change")
    faults = {}
    for path in paths:
        page.goto(path)
        faults[path] = find_faults(page)
        keep_picture(page, f"{path.strip('/').replace('/', '-').replace('?', '-')}-{width}-{theme}")
    assert faults == {path: [] for path in paths}


def test_a_fault_is_typed_and_mended_by_the_form(
    open_page: Callable[..., Page], enter: Callable[..., None], scene: Scene, session: Session
) -> None:
    page = open_page()
    enter(page, "hugo@company.example")
    page.goto("/workflows/drafts/1")
    area, told = page.get_by_label("Workflow file"), page.locator("#checked")
    expect(told).to_contain_text("The step “Nominated” is called “Put forward”")
    area.fill(BROKEN)
    expect(told).to_contain_text("Input should be a valid integer")
    expect(page.locator("#drawn")).to_contain_text("Drawn once there is no fault.")
    page.get_by_role("link", name="workflow.yaml:28:106").click()
    assert page.evaluate(CHOSEN).endswith("times: many}")
    page.get_by_role("button", name="Open in the form: Put forward").click()
    times = page.get_by_label("times in all")
    expect(times).to_have_value("many")
    expect(page.locator("#f-states-nominated-timers-0-times-faults")).to_contain_text("Input should be a valid integer")
    times.fill("5")
    expect(told).to_contain_text("No fault")
    expect(page.locator("#f-states-nominated-timers-0-times-faults")).to_be_empty()
    expect(page.locator("#drawn svg")).to_be_visible()
    expect(page.get_by_label("Workflow file")).to_have_value(SECOND.replace("times: 3", "times: 5", 1))
    expect(told).to_contain_text("The reminders of “Put forward” are others, or come on other days")
    page.get_by_label("The form shows").select_option("actions.seal")
    expect(page.get_by_role("group", name="Who may").get_by_label("manager")).to_be_checked()
    page.get_by_role("button", name="Save and check").click()
    page.wait_for_url("**/workflows/drafts/1?part=actions.seal")
    session.rollback()
    assert session.scalars(sa.select(WorkflowDraft.source)).one() == SECOND.replace("times: 3", "times: 5", 1)
    assert page.reports == []  # type: ignore[attr-defined]


def test_a_draft_that_somebody_throws_away_takes_no_text_along(
    open_page: Callable[..., Page], enter: Callable[..., None], scene: Scene, session: Session, now: datetime
) -> None:
    page = open_page()
    enter(page, "hugo@company.example")
    page.goto("/workflows/drafts/1")
    discard_draft(session, 1, actor=scene.actor("hanna"), now=now)
    session.commit()
    page.get_by_label("Workflow file").fill(BROKEN)
    expect(page.locator("[data-saved-words]")).to_contain_text("Your text stays here.")
    assert page.get_by_label("Workflow file").input_value() == BROKEN
    assert page.url.endswith("/workflows/drafts/1")
