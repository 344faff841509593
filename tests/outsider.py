"""Somebody from outside the company who is asked for feedback, and the link that is in their mail."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import make_mailer
from review.config import Settings
from review.models import Case, Feedback
from review.services.feedback_outside import Invitation, invite_outsider
from review.services.transitions import fire
from review.worker import send_due
from tests.factories import Scene, open_case_of
from tests.kept import kept

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
MIRA = Invitation("Mira Voss", "Mira@Harbour.example", "Harbour Works", "Our contact at the port, January to June")
LINK = re.compile(r"http://localhost(/outside/[\w-]{43})(?![\w-])")


@kept
def collecting(session: Session, scene: Scene, now: datetime) -> Case:
    """Open Ben's case and begin to collect feedback."""
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


def invite(session: Session, scene: Scene, case: Case, by: str, now: datetime, given: Invitation = MIRA) -> Feedback:
    """Ask Mira, or somebody else from outside, and commit."""
    row = invite_outsider(session, case.id, given, actor=scene.actor(by), now=now)
    session.commit()
    assert row is not None
    return row


def read_mails(engine: Engine, settings: Settings, now: datetime) -> list[Any]:
    """Send what is due and return every mail in the folder, oldest first."""
    send_due(engine, make_mailer(settings), settings, now=now)
    folder = Path(settings.mail.removeprefix("file:"))
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def find_links(mails: list[Any], to: str = "mira@harbour.example") -> list[str]:
    """Return the path of the link in each mail to somebody; text and HTML hold the same one."""
    links = []
    for mail in mails:
        if mail["To"] == to:
            (in_text,) = LINK.findall(mail.get_body(("plain",)).get_content())
            (in_html,) = LINK.findall(mail.get_body(("html",)).get_content())
            assert in_text == in_html
            links.append(in_text)
    return links


def open_link(session: Session, engine: Engine, scene: Scene, case: Case, settings: Settings, now: datetime) -> str:
    """Let the manager ask Mira, send the mail, and return the path of her link."""
    invite(session, scene, case, "greta", now)
    (link,) = find_links(read_mails(engine, settings, now))
    return link
