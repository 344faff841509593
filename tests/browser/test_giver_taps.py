"""A giver on a phone, from the mail to done: every tap is counted, and a needless one shows here."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import make_mailer
from review.config import Settings
from review.models import Feedback, FeedbackAnswer, Person
from review.services.feedback import Proposal, propose_givers
from review.services.sign_ins import hash_password
from review.worker import send_due
from tests.factories import open_scene
from tests.outsider import collecting

PASSWORD = "correct horse battery"
CRITERIA = 4


def find_link(engine: Engine, settings: Settings, to: str, now: datetime) -> str:
    """Send what is due and return the path of the link in the mail to somebody."""
    send_due(engine, make_mailer(settings), settings, now=now + timedelta(days=1))
    for path in Path(settings.mail.removeprefix("file:")).glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if mail["To"] == to:
            found = re.search(r"http://localhost(/\S+)", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
            assert found is not None
            return found.group(1)
    raise AssertionError(f"no mail to {to}")


def test_from_the_mail_to_done_in_eighteen_taps(
    open_page: Callable[..., Page], session: Session, engine: Engine, settings: Settings, now: datetime
) -> None:
    scene = open_scene(session, now)
    case = collecting(session, scene, now)
    propose_givers(session, case.id, Proposal((scene.id("erin"),)), actor=scene.actor("greta"), now=now)
    session.execute(sa.update(Person).where(Person.external_id == "erin").values(password_hash=hash_password(PASSWORD)))
    session.commit()
    page = open_page(390, has_touch=True, is_mobile=True)
    taps = ["the link in the mail"]

    def tap(target: Locator, *, name: str = "") -> None:
        taps.append(name or target.inner_text())
        target.tap()

    def write(label: str, words: str) -> None:
        tap(page.get_by_label(label), name=label)
        page.keyboard.type(words)

    page.goto(find_link(engine, settings, "erin@company.example", now))
    write("E-mail", "erin@company.example")
    write("Password", PASSWORD)
    tap(page.get_by_role("button", name="Sign in", exact=True))
    tap(page.get_by_role("button", name="Yes, I will write"))
    for place in range(CRITERIA):
        write("What they did", f"Ran {place + 4} sessions until both teams had signed.")
        tap(page.locator("label", has_text=re.compile(r"^\s*At target level")))
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow == 0
        tap(page.locator("[data-primary]"))
    tap(page.get_by_role("button", name="Send", exact=True))
    expect(page.get_by_text("Sent. You can take it back until the packet is sealed.")).to_be_visible()
    assert page.reports == []  # type: ignore[attr-defined]
    session.rollback()
    assert session.scalars(sa.select(Feedback.state)).all() == ["submitted"]
    assert len(session.scalars(sa.select(FeedbackAnswer.id)).all()) == CRITERIA
    assert (len(taps), taps[-2:]) == (18, ["Check and send", "Send"]), taps
