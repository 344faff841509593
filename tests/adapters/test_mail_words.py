"""The words of the mails about requests and of the digest, kept as files: they are read before they change.

`UPDATE_SNAPSHOTS=1 pytest tests/adapters/test_mail_words.py` writes them anew.
"""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from review.adapters.mail_text import Line, MailText, write_digest, write_mail
from review.domain.mail_times import DIGESTED
from review.queries.mail import MailSubject

FOLDER = Path(__file__).parents[1] / "snapshots" / "mail"
SITE = "https://dualtrack.example"
PROPOSAL = {"place": "policy", "kind": "workflow", "id": 3, "name": "Promotion", "version": "2", "why": "Too long"}
LETTERS = ("letter_released", "letter_released_to_report", "letter_after_appeal", "letter_after_appeal_to_report")
URGENT = (*LETTERS, "gate_not_met", "votes_missing")
CARLA = MailSubject(
    address="carla@example.org",
    name="Carla",
    locale=None,
    case_id=3,
    case_code="2026A-007",
    candidate="Ines Okafor",
    cycle="Autumn 2026",
    due_on=date(2026, 11, 13),
)


def keep(name: str, words: str) -> str:
    """Return what the file holds; write it first where that is asked for."""
    path = FOLDER / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(words, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def digest() -> MailText:
    params = {"place": "feedback:12"}
    lines = [Line(name, CARLA, params) for name in ("notify_giver", "feedback_reminder")]
    return write_digest([*lines, Line("notify_parties", CARLA, {})], company="Tarnfield", public_url=SITE)


OUTSIDE = ("outside_asked", "outside_cancelled", "outside_moved", "outside_reminder")
MIRA = MailSubject(
    "mira@harbour.example",
    "Mira",
    None,
    candidate="Ines Okafor",
    due_on=date(2026, 11, 13),
    is_external=True,
    path="/outside/token",
)


@pytest.mark.parametrize("template", OUTSIDE)
def test_a_mail_to_somebody_from_outside_has_their_link_or_none(template: str) -> None:
    alone, line = write_mail(template, MIRA, {}, company="Tarnfield", public_url=SITE), Line(template, MIRA, {})
    words = f"Subject: {alone.subject}\n\n{alone.text}"
    assert words == keep(f"{template}.txt", words)
    assert "Ines" not in alone.subject
    own = set() if template == "outside_cancelled" else {f"{SITE}/outside/token"}
    for said in (alone, write_digest([line, line], company="Tarnfield", public_url=SITE)):
        assert set(re.findall(r'href="([^"]*)"', said.html)) == own
        assert set(re.findall(r"https?://\S+", said.text)) == own


@pytest.mark.parametrize("template", sorted({*DIGESTED, *URGENT} - {*OUTSIDE}))
def test_a_mail_says_what_was_agreed(template: str) -> None:
    params = PROPOSAL if template.startswith("proposal_") else {}
    said = write_mail(template, CARLA, params, company="Tarnfield", public_url=SITE)
    words = f"Subject: {said.subject}\n\n{said.text}"
    assert words == keep(f"{template}.txt", words)
    assert "Ines" not in said.subject


def test_a_digest_says_what_was_agreed() -> None:
    said = digest()
    words = f"Subject: {said.subject}\n\n{said.text}"
    assert words == keep("digest.txt", words)
    assert said.html == keep("digest.html", said.html)


def test_a_digest_says_the_same_in_both_forms() -> None:
    said = digest()
    page = re.sub(r"<title>.*</title>|<[^>]+>", " ", said.html)
    company = {"Tarnfield"}
    assert (
        set(re.findall(r"\w{4,}", page)) - set(re.findall(r"\w{4,}", f"{said.subject} {said.text}")) - company == set()
    )
    for link in (f"{SITE}/feedback/12", f"{SITE}/cases/3", f"{SITE}/"):
        assert f'href="{link}"' in said.html
        assert f":  {link}\n" in said.text


@pytest.mark.parametrize("form", ["digest", "single"])
def test_a_mail_can_be_read_on_a_dark_ground(form: str) -> None:
    """Words take the reader's own colours; only a button has colours, and then both its ground and its words."""
    page = digest().html if form == "digest" else write_mail("overdue", CARLA, {}, company="T", public_url=SITE).html
    assert '<meta name="color-scheme" content="light dark">' in page
    styles = re.findall(r'style="([^"]*)"', page)
    coloured = [style for style in styles if re.search(r"(?<!-)color:(?!inherit)|background", style)]
    assert coloured
    assert all("background:#0d5a69;color:#ffffff" in style for style in coloured)
