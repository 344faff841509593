"""Thirty days of many requests to the same two people: timers, HR's reminders, new days, and one mail a day at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import MailNotSent
from review.config import Settings
from review.domain.errors import TransitionRefused
from review.models import Case, Feedback, Person
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import move_own
from review.services.feedback_chasing import extend, remind
from review.services.transitions import fire
from review.worker import sweep
from tests.factories import Scene, open_case_of, open_scene
from tests.outsider import invite

DAYS = 30
CASES = (("ben", "senior-pm"), ("iris", "staff-pm"), ("cora", "senior-pm"), ("pavel", "principal-pm"))
ERIN, MIRA = "erin@company.example", "mira@harbour.example"
ZONES = {ERIN: ZoneInfo("America/New_York"), MIRA: ZoneInfo("Europe/Berlin")}
SERVER_IS_DOWN = (range(40, 78), range(210, 250), range(360, 372))
WORKER_IS_DOWN = (range(250, 315),)
"""In hours from the beginning; over more than one morning, so that several mails wait when they end."""


class DayMailer:
    """Keeps the reader's day of every mail that is taken; now and then nothing is taken."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.is_down = False
        self.sent: list[tuple[str, date, str]] = []

    def send(self, mail: EmailMessage) -> None:
        """Take a mail, or refuse it."""
        if self.is_down:
            raise MailNotSent
        if mail["To"] in ZONES:
            self.sent.append((mail["To"], self.now.astimezone(ZONES[mail["To"]]).date(), mail["Subject"]))


def is_in(spans: Iterable[range], hours: int) -> bool:
    """Tell whether an hour falls into one of the spans."""
    return any(hours in span for span in spans)


@pytest.fixture
def requests(session: Session, now: datetime) -> tuple[Scene, list[Feedback]]:
    """Ask Erin in four cases, and Mira from outside in one of them."""
    scene = open_scene(session, now)
    session.get_one(Person, scene.id("erin")).zone = "America/New_York"
    rows: list[Feedback] = []
    for key, level in CASES:
        case: Case = open_case_of(session, scene, key, level, now)
        fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
        rows += propose_givers(session, case.id, Proposal((scene.id("erin"),)), actor=scene.actor("hanna"), now=now)
        if key == "ben":
            rows.append(invite(session, scene, case, "hanna", now))
    session.commit()
    return scene, rows


def follow_up(session: Session, scene: Scene, rows: list[Feedback], day: int, now: datetime) -> Counter[str]:
    """Let HR remind everybody, give somebody more time every few days, and let Erin say yes now and then."""
    did: Counter[str] = Counter()
    hanna, due = scene.actor("hanna"), [row for row in rows if row.state in ("asked", "writing")]
    for row in due:
        try:
            remind(session, row.case_id, row.id, actor=hanna, now=now)
            did["reminded"] += 1
        except TransitionRefused:
            did["refused"] += 1
    if day % 4 == 1 and due:
        row = due[day % len(due)]
        until = min(now.date() + timedelta(days=9), date(2026, 12, 11))
        try:
            extend(session, row.case_id, row.id, until, actor=hanna, now=now)
            did["extended"] += 1
        except TransitionRefused:
            did["refused"] += 1
    if day in (5, 9):
        mine = next(row for row in due if row.giver_id == scene.id("erin") and row.state == "asked")
        move_own(session, mine.case_id, mine.id, "accept", actor=scene.actor("erin"), now=now)
        did["accepted"] += 1
    session.commit()
    return did


@pytest.mark.both_databases
def test_nobody_gets_two_mails_on_a_day(
    session: Session, engine: Engine, settings: Settings, requests: tuple[Scene, list[Feedback]], now: datetime
) -> None:
    scene, rows = requests
    mailer, did = DayMailer(now), Counter[str]()
    for hours in range(0, DAYS * 24, 2):
        day, hour = divmod(hours, 24)
        then = now + timedelta(hours=hours)
        if hour in (4, 20):
            did += follow_up(session, scene, rows, day, then)
        mailer.now, mailer.is_down = then, is_in(SERVER_IS_DOWN, hours)
        if not is_in(WORKER_IS_DOWN, hours):
            assert sweep(engine, mailer, settings, now=then).timers.failed == frozenset()
        session.expire_all()
    a_day = Counter((to, day) for to, day, _ in mailer.sent)
    assert [each for each, count in a_day.items() if count > 1] == []
    told = Counter(to for to, _ in a_day)
    timers = sa.text("SELECT count(*) FROM message WHERE key LIKE 'timer-%' AND sent_at IS NOT NULL")
    assert min(told[ERIN], told[MIRA], did["reminded"], did["extended"], session.scalar(timers) or 0) >= 4
