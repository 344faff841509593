"""A hundred requests that nobody answers, chased by timers alone on a fast clock: their end, and every mail."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.config import Settings
from review.models import Feedback, Message, Person, Timer
from review.services.feedback import MOST_AT_ONCE, Proposal, propose_givers
from review.services.transitions import fire
from review.worker import Outcome, sweep
from tests.factories import open_case_of, open_scene

COUNT = 100
DAYS = 27


class CountingMailer:
    """Counts mails by subject and the hour at which they go out."""

    def __init__(self) -> None:
        self.now = ""
        self.sent: Counter[tuple[str, str]] = Counter()

    def send(self, mail: EmailMessage) -> None:
        """Count the mail."""
        self.sent[self.now, mail["Subject"]] += 1


@pytest.mark.both_databases
def test_a_hundred_requests_end_by_themselves(
    session: Session, engine: Engine, settings: Settings, now: datetime
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    people = [
        Person(external_id=f"g{n}", name=f"Giver {n}", email=f"g{n}@company.example", function="Data", country="DE")
        for n in range(COUNT)
    ]
    session.add_all(people)
    session.flush()
    ids = [person.id for person in people]
    for start in range(0, COUNT, MOST_AT_ONCE):
        proposal = Proposal(tuple(ids[start : start + MOST_AT_ONCE]))
        propose_givers(session, case.id, proposal, actor=scene.actor("ben"), now=now)
    session.execute(sa.delete(Message))
    session.execute(sa.delete(Timer).where(Timer.place.not_like("feedback:%")))
    session.commit()
    mailer, outcomes = CountingMailer(), Counter[Outcome]()
    for hours in range(DAYS * 24):
        then = now + timedelta(hours=hours)
        mailer.now = f"{then:%d.%m. %H}"
        swept = sweep(engine, mailer, settings, now=then)
        assert swept.timers.failed == frozenset()
        outcomes.update(swept.mails)
    states = sa.select(Feedback.state, sa.func.count()).where(Feedback.case_id == case.id).group_by(Feedback.state)
    assert [tuple(row) for row in session.execute(states)] == [("expired", COUNT)]
    # Silence approves on 19 November, answers are due on the 27th; every mail goes at 8 o'clock in Berlin. Many
    # that are late are one line to the manager: it tells neither who nor how many.
    assert dict(mailer.sent) == {
        ("20.11. 07", "Your feedback is asked for"): COUNT,
        ("30.11. 07", "A request for your feedback waits for an answer"): COUNT,
        ("02.12. 07", "A request for your feedback waits for an answer"): COUNT,
        ("07.12. 07", "Feedback is late"): 1,
    }
    assert dict(outcomes) == {Outcome.SENT: 3 * COUNT + 1}
    open_timers = sa.select(sa.func.count()).where(Timer.done_at.is_(None))
    assert session.scalar(open_timers) == 0
