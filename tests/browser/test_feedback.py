"""Self-review, evidence and feedback in a real browser: whole at each width and theme; drafts save themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.orm import Session

from review.domain.evidence_draft import EvidenceDraft, EvidenceLink, Tag
from review.models import FeedbackAnswer, SelfReview
from review.services.evidence import add_evidence, save_self_review
from review.services.feedback import Proposal, ask_direct_reports, decide_request, propose_givers
from review.services.feedback_answers import AnswerDraft, Decline, decline, move_own, save_answer
from review.services.sign_ins import open_sign_in
from review.services.transitions import fire
from review.web.guards import SEEN, TOKEN
from tests.browser.conftest import keep_picture
from tests.factories import Scene, open_case_of, open_scene

LOOKS = [(390, "dark"), (1280, "light")]
WORDS = (
    "I split the pricing question into **three decisions** and put each trade-off in numbers (E1).\n\nTwo teams use it."
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A case being built with something in every place, and the numbers that addresses need."""

    scene: Scene
    case_id: int
    people_case_id: int
    evidence_id: int
    asked_id: int
    writing_id: int
    sent_id: int
    declined_id: int


@pytest.fixture
def stage(session: Session, now: datetime) -> Stage:
    scene = open_scene(session, now)
    hanna, greta, ben = scene.actor("hanna"), scene.actor("greta"), scene.actor("ben")
    case, people = (
        open_case_of(session, scene, *which, now) for which in (("ben", "senior-pm"), ("greta", "director-pm"))
    )
    for each in (case, people):
        fire(session, each.id, "confirm_eligible", actor=hanna, now=now)
    save_self_review(session, case.id, "hard-skills", WORDS, version=0, actor=ben, now=now)
    draft = EvidenceDraft(
        "Pricing memo, berth booking",
        WORDS,
        "Margin up by four points",
        (EvidenceLink("The memo", "https://example.org/memo"),),
        "Orders sold at a loss",
        "20 %",
        "5 %",
        "4 %",
        (Tag("hard-skills"), Tag("leadership")),
    )
    evidence = add_evidence(session, case.id, draft, actor=ben, now=now)
    assert evidence is not None
    ids = [scene.id(key) for key in ("erin", "dev", "lena", "sam", "mika")]
    note = "Data agreement, January to June. Please be plain about the launch too."
    erin, dev, lena, sam, mika = propose_givers(session, case.id, Proposal(tuple(ids), note), actor=ben, now=now)
    for row in (erin, dev, lena, sam):
        decide_request(session, case.id, row.id, "approve", actor=greta, now=now)
    move_own(session, case.id, dev.id, "accept", actor=scene.actor("dev"), now=now)
    for row, key in ((dev, "dev"), (lena, "lena")):
        for criterion in ("hard-skills", "cross-functionality", "leadership", "accountability"):
            answer = AnswerDraft("In spring two teams disagreed.", WORDS, "We signed in June.", "Annex B, 12 June", 4)
            save_answer(session, case.id, row.id, criterion, answer, version=0, actor=scene.actor(key), now=now)
    move_own(session, case.id, lena.id, "submit", actor=scene.actor("lena"), now=now)
    given = Decline("no_time", "Quarter end", "Jonas Weber")
    decline(session, case.id, sam.id, given, actor=scene.actor("sam"), now=now)
    ask_direct_reports(session, people.id, actor=scene.actor("dario"), now=now)
    session.commit()
    assert mika.state == "proposed"
    return Stage(scene, case.id, people.id, evidence.id, erin.id, dev.id, lena.id, sam.id)


@pytest.fixture
def enter_as(app: Flask, session: Session, stage: Stage, now: datetime, server: str) -> Callable[[Page, str], None]:
    """Return a function that signs one of the cast in by the cookie alone."""

    def enter(page: Page, key: str) -> None:
        token = open_sign_in(session, stage.scene.id(key), now=now)
        session.commit()
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        value = signer.dumps({TOKEN: token, SEEN: int(now.timestamp())})
        context: BrowserContext = page.context
        context.add_cookies([{"name": "session", "value": value, "url": server}])

    return enter


def paths(stage: Stage) -> list[tuple[str, str, str]]:
    """Return who looks at what: a name, a person and an address."""
    case, ask = f"/cases/{stage.case_id}", f"/cases/{stage.case_id}/ask"
    feedback = f"{case}/feedback"
    return [
        ("self-review-candidate", "ben", f"{case}/self-review/hard-skills"),
        ("self-review-manager", "greta", f"{case}/self-review/hard-skills"),
        ("evidence-new", "ben", f"{case}/evidence/new?criterion=leadership"),
        ("evidence-edit", "ben", f"{case}/evidence/{stage.evidence_id}"),
        ("evidence-read", "greta", f"{case}/evidence/{stage.evidence_id}"),
        ("ask-candidate", "ben", ask),
        ("ask-search", "ben", f"{ask}?q=product"),
        ("ask-manager", "greta", ask),
        ("ask-hr", "hanna", f"{ask}?q=design"),
        ("ask-reports", "dario", f"/cases/{stage.people_case_id}/ask"),
        ("give-asked", "erin", f"{feedback}/{stage.asked_id}"),
        ("give-writing", "dev", f"{feedback}/{stage.writing_id}"),
        ("give-check", "dev", f"{feedback}/{stage.writing_id}/check"),
        ("give-sent", "lena", f"{feedback}/{stage.sent_id}"),
        ("give-declined", "sam", f"{feedback}/{stage.declined_id}"),
        ("asked", "dev", "/asked"),
        ("asked-nothing", "otto", "/asked"),
    ]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_is_whole(
    open_page: Callable[..., Page],
    enter_as: Callable[[Page, str], None],
    find_faults: Callable[[Page], list[str]],
    stage: Stage,
    width: int,
    theme: str,
) -> None:
    page = open_page(width, theme)
    faults = {}
    for name, key, path in paths(stage):
        enter_as(page, key)
        answer = page.goto(path)
        assert answer is not None
        faults[name] = [*([] if answer.status == 200 else [f"status {answer.status}"]), *find_faults(page)]
        keep_picture(page, f"{name}-{width}-{theme}")
    assert faults == {name: [] for name, _, _ in paths(stage)}


def test_a_self_review_saves_itself_while_one_types(
    open_page: Callable[..., Page], enter_as: Callable[[Page, str], None], stage: Stage, session: Session
) -> None:
    page = open_page()
    enter_as(page, "ben")
    page.goto(f"/cases/{stage.case_id}/self-review/leadership")
    page.get_by_label("What you did, and what came of it").fill("I coach two colleagues.")
    expect(page.locator(".saved")).to_contain_text("version 1")
    page.get_by_label("What you did, and what came of it").fill("I coach three colleagues.")
    expect(page.locator(".saved")).to_contain_text("version 2")
    stored = session.scalar(sa.select(SelfReview.body).where(SelfReview.criterion_id == "leadership"))
    assert stored == "I coach three colleagues."


@pytest.mark.parametrize("width", [390, 1280])
def test_no_button_moves_when_the_words_about_saving_change(
    open_page: Callable[..., Page], enter_as: Callable[[Page, str], None], stage: Stage, width: int
) -> None:
    page = open_page(width)
    enter_as(page, "ben")
    page.goto(f"/cases/{stage.case_id}/self-review/leadership")
    button, state = page.locator(".actionbar [data-primary]"), page.locator(".saved")
    places = []
    for words in ("Nothing written yet", "Not saved yet", "Saved", "Saved on another machine at three minutes past"):
        state.evaluate("(line, words) => { line.lastChild.textContent = words }", words)
        places.append(button.bounding_box())
    assert places == [places[0]] * 4


def test_a_button_stays_under_the_finger_that_presses_it(
    open_page: Callable[..., Page], enter_as: Callable[[Page, str], None], stage: Stage
) -> None:
    page = open_page(390)
    enter_as(page, "erin")
    page.goto(f"/cases/{stage.case_id}/feedback/{stage.asked_id}")
    page.get_by_role("button", name="Yes, I will write").click()
    button = page.get_by_role("button", name="Check and send")
    button.scroll_into_view_if_needed()
    start = page.evaluate("scrollY")
    for further in (0, 40, 80, 120, 160, 200, 240):
        page.evaluate("top => { document.activeElement.blur(); scrollTo(0, top) }", start + further)
        before, top = button.bounding_box(), page.evaluate("scrollY")
        assert before is not None
        page.mouse.move(before["x"] + 10, before["y"] + 10)
        page.mouse.down()
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        pressed = page.evaluate("() => [document.activeElement.value, scrollY]")
        assert (pressed, button.bounding_box()) == (["check", top], before)
        page.mouse.move(10, 10)  # let go elsewhere: nothing is sent
        page.mouse.up()


def test_the_button_that_sends_a_form_is_not_raced_by_a_save_of_its_own(
    open_page: Callable[..., Page], enter_as: Callable[[Page, str], None], stage: Stage, session: Session
) -> None:
    page = open_page(390)
    enter_as(page, "ben")
    page.clock.install()  # the two seconds after typing never pass
    page.goto(f"/cases/{stage.case_id}/self-review/leadership")
    sent: list[str | None] = []
    page.on(
        "request", lambda request: sent.append(request.headers.get("x-autosave")) if request.method == "POST" else None
    )
    page.get_by_label("What you did, and what came of it").fill("I coach two colleagues.")
    page.locator(".actionbar [data-primary]").click()
    page.wait_for_url(lambda url: not url.endswith("/leadership"))
    stored = session.scalar(sa.select(SelfReview.body).where(SelfReview.criterion_id == "leadership"))
    assert (sent, stored) == ([None], "I coach two colleagues.")


def test_an_answer_saves_itself_and_leads_to_the_check(
    open_page: Callable[..., Page], enter_as: Callable[[Page, str], None], stage: Stage, session: Session
) -> None:
    page = open_page(390, "dark")
    enter_as(page, "erin")
    page.goto(f"/cases/{stage.case_id}/feedback/{stage.asked_id}")
    page.get_by_role("button", name="Yes, I will write").click()
    page.get_by_label("What they did").fill("Ran four sessions.")
    expect(page.locator(".saved")).to_contain_text("version 1")
    page.get_by_label("I cannot judge this").check()
    page.get_by_label("What they did").fill("Ran four sessions in May.")
    page.get_by_role("button", name="Check and send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this what each reader should see?")
    done = session.scalar(sa.select(FeedbackAnswer.done).where(FeedbackAnswer.feedback_id == stage.asked_id))
    assert done == "Ran four sessions in May."
