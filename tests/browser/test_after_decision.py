"""The pages after a decision in a real browser: accessible, within the policy, no wider than the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import CheckIn, GrowthItem, Person
from review.services.appeals import file_appeal
from review.services.check_ins import CheckInDraft, note_check_in
from review.services.growth import ItemDraft, PlanDraft, save_item, save_plan
from review.services.letters import draft_letter
from review.services.panel import schedule_panel
from review.services.releases import prepare_release
from review.services.sign_ins import hash_password
from tests.after_decision import (
    announced_room,
    another_decided,
    decided_anew_room,
    decided_room,
    make_ready,
    release,
)
from tests.agreed_plan import agreed_plan, written_plan
from tests.browser.conftest import PASSWORD, SIZES
from tests.committee_room import Room
from tests.factories import open_case_of

BOTH = [(390, "light"), (1280, "dark")]
Visits = list[tuple[str, str]]


def let_in(session: Session) -> None:
    """Give everybody of the cast a password."""
    session.execute(sa.update(Person).values(password_hash=hash_password(PASSWORD), must_change_password=False))
    session.commit()


def before_release(session: Session, now: datetime) -> Visits:
    """Return pages of letters that are written, ready, in a batch; and one that waits for a signature."""
    iris = decided_room(session, now, "decide_promote")
    ben = another_decided(iris, "ben", "senior-pm", "decide_not_yet")
    finn = another_decided(iris, "finn", "pm-2", "decide_defer")
    cora = another_decided(iris, "cora", "senior-pm", "decide_promote")
    make_ready(iris)
    make_ready(cora)
    draft_letter(session, ben.case_id, version=0, actor=iris.actor("hanna"), now=now)
    cycle = iris.scene.cycle_id
    prepare_release(session, cycle, [cora.case_id], actor=iris.actor("hanna"), now=now)
    session.commit()
    return [
        ("hanna", f"/cycles/{cycle}/release"),
        ("hugo", f"/cycles/{cycle}/release"),
        ("hanna", f"/cases/{iris.case_id}/letter"),
        ("hanna", f"/cases/{ben.case_id}/letter"),
        ("clara", f"/cases/{finn.case_id}/letter"),
    ]


def after_release(session: Session, now: datetime) -> Visits:
    """Return pages of a letter that is out, its growth plan, and an appeal to be filed."""
    room = announced_room(session, now)
    gap_id = session.scalar(sa.text("select id from gap"))
    iris = room.actor("iris")
    item = ItemDraft(
        "Keeping a roadmap", gap_id, "A second partner plans with us", (now + timedelta(90)).date(), 3, 2, 5
    )
    save_item(session, room.case_id, None, item, version=0, actor=iris, now=now)
    own = ItemDraft("Coach somebody of another team")
    save_item(session, room.case_id, None, own, version=0, actor=iris, now=now)
    plan = PlanDraft("Ravi Menon", "Two courses")
    save_plan(session, room.case_id, plan, version=3, actor=iris, now=now)
    session.commit()
    case, first = f"/cases/{room.case_id}", session.scalar(sa.select(sa.func.min(GrowthItem.id)))
    return [
        ("iris", f"{case}/letter"),
        ("greta", f"{case}/letter"),
        ("iris", f"{case}/growth-plan"),
        ("greta", f"{case}/growth-plan?q=pm"),
        ("hanna", f"{case}/growth-plan"),
        ("iris", f"{case}/growth-plan/items/new?gap={gap_id}"),
        ("iris", f"{case}/growth-plan/items/{first}"),
        ("iris", f"{case}/appeal"),
        ("hanna", f"/cycles/{room.scene.cycle_id}/release"),
    ]


def agreed(session: Session, now: datetime) -> Visits:
    """Return pages of an agreed growth plan with its check-ins."""
    room = agreed_plan(written_plan(session, now))
    plan = f"/cases/{room.case_id}/growth-plan"
    first = session.scalar(sa.select(sa.func.min(GrowthItem.id))) or 0
    for key, days in (("greta", 28), ("iris", 56)):
        words = {first: "Met twice. The **second partner** plans with us since.", first + 1: "Two talks."}
        draft = CheckInDraft(now.date(), words, now.date() + timedelta(days))
        note_check_in(session, room.case_id, None, draft, version=0, actor=room.actor(key), now=now)
    session.commit()
    own = session.scalar(sa.select(sa.func.max(CheckIn.id)))
    return [
        ("iris", plan),
        ("hanna", plan),
        ("iris", f"{plan}/check-ins/new"),
        ("iris", f"{plan}/check-ins/{own}"),
    ]


def appealed(session: Session, now: datetime) -> Visits:
    """Return the page of an appeal for its reader and its panel, and of the leadership panel of another case."""
    room = announced_room(session, now)
    words = "The packet that was read had no E3, although it was in my case in October."
    file_appeal(session, room.case_id, "evidence", words, actor=room.actor("iris"), now=now)
    greta = open_case_of(session, room.scene, "greta", "director-pm", now)
    mats = open_case_of(session, room.scene, "mats", "director-pm", now)
    for case in (greta, mats):
        Room(session, room.scene, case.id, now).fire("confirm_eligible", "hanna")
    people = [room.scene.id(key) for key in ("clara", "omar", "jonas")]
    when = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)
    schedule_panel(session, greta.id, people, when, actor=room.actor("hanna"), now=now)
    session.commit()
    return [
        ("iris", f"/cases/{room.case_id}/appeal"),
        ("petra", f"/cases/{room.case_id}/appeal"),
        ("petra", f"/cases/{room.case_id}/letter"),
        ("petra", f"/cases/{room.case_id}"),
        ("petra", f"/cases/{room.case_id}/decision"),
        ("clara", f"/cases/{greta.id}/panel"),
        ("hanna", f"/cases/{greta.id}/panel"),
        ("hanna", f"/cases/{mats.id}/panel"),
    ]


def told_twice(session: Session, now: datetime) -> Visits:
    """Return pages of a letter that took the place of another, and of that one, for their candidate and for HR."""
    room = decided_anew_room(session, now)
    make_ready(room)
    release(room)
    return [(key, f"/cases/{room.case_id}/{page}") for key in ("iris", "hanna") for page in ("letter", "letters/1")]


@pytest.mark.parametrize("make", [before_release, after_release, agreed, appealed, told_twice])
def test_pages_after_a_decision_have_no_faults(
    make: Callable[[Session, datetime], Visits],
    session: Session,
    now: datetime,
    open_page: Callable[..., Page],
    enter: Callable[..., None],
    find_faults: Callable[[Page], list[str]],
) -> None:
    visits = make(session, now)
    let_in(session)
    faults = {}
    for key in dict.fromkeys(key for key, _ in visits):
        page = open_page()
        enter(page, f"{key}@company.example")
        for width, theme in BOTH:
            page.set_viewport_size({"width": width, "height": SIZES[width]})
            page.emulate_media(color_scheme=theme)
            for address in (address for who, address in visits if who == key):
                page.goto(address)
                for summary in page.locator("main summary").all():
                    summary.click()
                if found := find_faults(page):
                    faults[key, address, width, theme] = found
    assert faults == {}


def test_while_many_letters_go_out_the_page_says_so(
    session: Session, now: datetime, open_page: Callable[..., Page], enter: Callable[..., None]
) -> None:
    room = decided_room(session, now, "decide_promote")
    make_ready(room)
    batch = prepare_release(session, room.scene.cycle_id, [room.case_id], actor=room.actor("hanna"), now=now)
    assert batch is not None
    let_in(session)
    page = open_page()
    enter(page, "hugo@company.example")
    page.goto(f"/cycles/{room.scene.cycle_id}/release")
    page.locator("summary", has_text="Approve and send").click()
    form = page.locator("form[action$=approve]")
    form.evaluate("form => { form.target = '_blank'; }")  # the page stays as it does while nothing has come yet
    expect(form.get_by_role("status")).to_have_text("")
    with page.expect_popup() as answer:
        form.get_by_role("button", name="Yes: send them").click()
    expect(form.get_by_role("status")).to_have_text("The letters go out.")
    expect(answer.value.get_by_text("All letters of the batch are out.")).to_be_visible()
