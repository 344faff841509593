"""Mails as a narrow mail program draws them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from review.adapters.mail_text import SAMPLE, Line, write_digest, write_mail

NAME = "Ina-Donaudampfschifffahrtsgesellschaftskapitänswitwe Okafor"
PLACES = {"company": "Tarnfield", "public_url": "https://host.example/reviews"}
WIDTH = 390


@pytest.mark.parametrize("count", [1, 2])
def test_a_long_name_makes_no_mail_wider_than_a_phone(browser: Browser, count: int) -> None:
    about = replace(SAMPLE, name=NAME, candidate=NAME)
    lines = [Line(template, about, {}) for template in ("feedback_nudge", "case_nudge")][:count]
    first = lines[0]
    mail = write_digest(lines, **PLACES) if count > 1 else write_mail(first.template, about, {}, **PLACES)
    page = browser.new_page(viewport={"width": WIDTH, "height": 844})
    page.set_content(mail.html)
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    page.close()
