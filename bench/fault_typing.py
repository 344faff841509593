"""What typing loses: the server is killed in the middle of a word, the sign-in ends in the middle of another."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.fault_ground import Ground, founding, installed, serving_site
from bench.pages import found_company
from review.config import Settings
from review.extensions import make_engine
from review.models import Person, SelfReview, SignIn
from review.services.sign_ins import hash_password

CHROMIUM, FLAGS = "/usr/bin/chromium", ["--no-sandbox", "--disable-quic", "--no-first-run"]
ROUNDS = {True: 1, False: 10}
"""How often each is tried on each database; True: quick."""
FIELD, PASSWORD, LONG = "What you did, and what came of it", "correct horse battery", 600_000
LOOK = 200
"""Milliseconds between two looks."""
WORDS = ("Both teams had signed ", "by June, שלום and ", "a letter \U0001f469\u200d\U0001f680 came.")
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
KEPT = "async () => localStorage.length + sessionStorage.length + (await indexedDB.databases()).length"


def measure_typing(ground: Ground) -> dict[str, object]:
    """Type in a real browser; return how many characters were typed, and how many of them are not stored."""
    settings = installed(ground.folder, ground.url)
    email, case_id = _found(settings)
    engine, found = make_engine(settings), Counter[str](typed_lost=0, typed_kept_outside=0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(base_url=settings.public_url)
        context.set_default_timeout(LONG)
        page = context.new_page()
        for number in range(ROUNDS[ground.is_quick]):
            address = f"/cases/{case_id}/self-review/{CRITERIA[number % len(CRITERIA)]}"
            words = f"{number + 1}: {WORDS[0]}", *WORDS[1:]  # no other round has stored the same
            found.update(_type_through(settings, engine, page, email, address, words))
        browser.close()
    engine.dispose()
    return dict(found)


def _type_through(  # noqa: PLR0917 - a browser, where it writes, and what
    settings: Settings, engine: Engine, page: Page, email: str, address: str, words: tuple[str, ...]
) -> Counter[str]:
    """Type a third, then another while the server is dead, then the last while signed out; count what is stored."""
    typed = "".join(words)
    with serving_site(settings):
        sign_in(page, email)
        page.goto(address)
        page.get_by_label(FIELD).fill("")
        page.get_by_label(FIELD).press_sequentially(words[0])
    page.get_by_label(FIELD).press_sequentially(words[1])
    page.get_by_label(FIELD).blur()
    expect(page.locator(".saved")).to_contain_text("Cannot reach the server", timeout=LONG)
    with serving_site(settings):
        wait_until_stored(page, engine, "".join(words[:2]).strip())
        end_sign_ins(engine)
        page.get_by_label(FIELD).press_sequentially(words[2])
        page.get_by_label(FIELD).blur()
        expect(page.locator(".saved")).to_contain_text("You were signed out", timeout=LONG)
        kept_outside = int(page.evaluate(KEPT))
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Sign in", exact=True).click()
        sign_in(opened.value, email, is_there=True)
        opened.value.close()
        page.evaluate("dispatchEvent(new Event('focus'))")
        wait_until_stored(page, engine, typed)
    with Session(engine) as session:
        stored = session.scalars(sa.select(SelfReview.body).order_by(SelfReview.updated_at.desc()).limit(1)).one()
    missing = sum((Counter(typed) - Counter(stored)).values())
    return Counter(
        typed_kills=1, typed_signed_out=1, typed_acknowledged=len(stored), typed_lost=missing,
        typed_kept_outside=kept_outside,
    )  # fmt: skip


def sign_in(page: Page, email: str, *, is_there: bool = False) -> None:
    """Sign in through the page itself."""
    if not is_there:
        page.context.clear_cookies()
        page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url, timeout=LONG)


def wait_until_stored(page: Page, engine: Engine, words: str) -> None:
    """Wait until a text is in the database; raise RuntimeError when it does not come there."""
    for _ in range(LONG // LOOK):
        with Session(engine) as session:
            if words in session.scalars(sa.select(SelfReview.body)).all():
                return
        page.wait_for_timeout(LOOK)
    raise RuntimeError(f"not saved: {words!r}; the page says {page.locator('.saved').inner_text()!r}")


def end_sign_ins(engine: Engine) -> None:
    """End everybody's sign-in."""
    with Session(engine) as session:
        session.execute(sa.update(SignIn).values(ended_at=sa.func.now()))
        session.commit()


def _found(settings: Settings) -> tuple[str, int]:
    """Found a company; return the address of a candidate who may sign in, and the number of their case."""
    with founding(settings) as (_, session):
        people, case = found_company(session, 1)
        email, case_id = "candidate@company.example", case.id
        known = {"email": email, "password_hash": hash_password(PASSWORD), "must_change_password": False}
        session.execute(sa.update(Person).where(Person.id == people["c0"][0]).values(**known))
        session.commit()
        return email, case_id
