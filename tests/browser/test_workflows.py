"""The pages of workflows in a real browser: accessible, no sideways overflow; faults appear while one types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import Person
from review.services.sign_ins import hash_password
from review.services.workflows import propose_workflow
from tests.browser.conftest import PASSWORD, keep_picture
from tests.domain.workflow_ways import SOURCES
from tests.factories import Scene, open_scene

SECOND = SOURCES["ic.yaml"].replace("version: 1\n", "version: 2\n").replace("title: Nominated", "title: Put forward")


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    scene = open_scene(session, now)
    session.get_one(Person, scene.id("hugo")).password_hash = hash_password(PASSWORD)
    propose_workflow(session, SECOND, actor=scene.actor("hanna"), now=now)
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
    paths = ("/workflows", "/workflows/2", "/workflows/3", "/workflows/propose?base=1", "/workflows/3/move/1")
    faults = {}
    for path in paths:
        page.goto(path)
        faults[path] = find_faults(page)
        keep_picture(page, f"{path.strip('/').replace('/', '-').replace('?', '-')}-{width}-{theme}")
    assert faults == {path: [] for path in paths}


def test_faults_appear_while_one_types(
    open_page: Callable[..., Page], enter: Callable[..., None], scene: Scene
) -> None:
    page = open_page()
    enter(page, "hugo@company.example")
    page.goto("/workflows/propose?base=1")
    area = page.get_by_label("Workflow file")
    area.fill(SECOND.replace("form: appeal\n", "form: apeal\n"))
    expect(page.locator("#checked")).to_contain_text('there is no form "apeal"')
    area.fill(SECOND)
    expect(page.locator("#checked")).to_contain_text("No fault")
    assert page.reports == []  # type: ignore[attr-defined]
