"""What becomes of mail: its sender is killed again and again, the mail server refuses, and drops what it has taken."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from random import Random
from typing import cast

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from sqlalchemy.orm import Session

from bench.fault_ground import Ground, founding, installed
from bench.pages import NOW, found_company
from review.adapters.mail import make_mailer
from review.config import Settings
from review.extensions import make_engine
from review.models import Case, Message, Person, RoleGrant
from review.services.messages import LEASE, enqueue_message
from review.worker import send_due
from tests.ports import free_port

KILLS = {True: 4, False: 100}
"""How often the sender is killed on each database; True: quick."""
CASES, MAILS_EACH = 6, {True: 3, False: 50}
TEMPLATE = "gate_not_met"
LATER = timedelta(days=3)
"""When the mails to those are due who lose their right before."""
PAUSE = LEASE + timedelta(minutes=1)
MOST_SWEEPS = 2_000
SEED = 2026
FATES = {"refuse": 20, "kill_before": 15, "kill_after": 15, "drop": 10, "take": 40}


@dataclass(slots=True)
class Inbox:
    """A mail server that takes a mail, refuses it for now, kills who sends it, or hangs up once it has taken it."""

    draw: Random
    kills_left: int
    sender: int = 0
    met: Counter[str] = field(default_factory=Counter)
    taken: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Deal with a mail as drawn."""
        fate = self.draw.choices([*FATES], [*FATES.values()])[0]
        if fate.startswith("kill") and not self.kills_left:
            fate = "take"
        self.met[fate] += 1
        if fate == "refuse":
            return "451 try again later"
        if fate != "kill_before":
            head = bytes(envelope.original_content or b"").decode("ascii", "replace")
            number = next(line for line in head.splitlines() if line.lower().startswith("message-id:"))
            self.taken.append((number, str(envelope.rcpt_tos[0])))
        if fate.startswith("kill"):
            self.kills_left -= 1
            os.kill(self.sender, signal.SIGKILL)
        if fate in ("drop", "kill_before", "kill_after"):
            cast(asyncio.Transport, server.transport).abort()
        return "250 OK"


@contextmanager
def receiving(inbox: Inbox) -> Iterator[str]:
    """Run the mail server on loopback; give its address."""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def send_all(settings: Settings, now: datetime) -> None:
    """Send what is due, in a process that may be killed."""
    engine = make_engine(settings)
    send_due(engine, make_mailer(settings), settings, now=now)
    engine.dispose()


def measure_mail(ground: Ground, *, kills: int | None = None) -> dict[str, object]:
    """Send mails through kills; return how many are missing, came twice, or came to who had lost the right."""
    settings = installed(ground.folder, ground.url)
    wanted = KILLS[ground.is_quick] if kills is None else kills
    lost = _found(settings, MAILS_EACH[ground.is_quick])
    inbox, engine = Inbox(Random(SEED), wanted), make_engine(settings)
    with receiving(inbox) as address, Session(engine) as session:
        sending = replace(settings, mail=address)
        now = _sweep(session, sending, inbox, NOW)
        _take_rights(session, lost)
        _sweep(session, sending, inbox, max(now, NOW + LATER))
        found = check_mail(session, inbox, lost)
    engine.dispose()
    return {"mails_kills": wanted - inbox.kills_left, "mails_refused": inbox.met["refuse"], **found}


def _sweep(session: Session, settings: Settings, inbox: Inbox, now: datetime) -> datetime:
    """Let one sender after the other send until nothing is due any more; return the moment of the last."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    waiting = sa.select(sa.func.count()).select_from(Message).where(
        Message.sent_at.is_(None), Message.dropped_at.is_(None), Message.created_at <= NOW
    )  # fmt: skip
    for _ in range(MOST_SWEEPS):
        sender = context.Process(target=send_all, args=(settings, now))
        sender.start()
        inbox.sender = sender.pid or 0
        sender.join()
        if sender.exitcode not in (0, -signal.SIGKILL):
            raise RuntimeError(f"a sender ended with {sender.exitcode}")
        left = session.scalar(waiting.where(Message.due_at <= now + LATER / 2))
        session.rollback()
        if not left:
            return now
        now += PAUSE
    raise RuntimeError(f"{left} mails are never sent")


def _found(settings: Settings, each: int) -> list[str]:
    """Write mails to candidates, and for later to people who are going to lose their right; return their addresses."""
    with founding(settings) as (_, session):
        people, _ = found_company(session, CASES)
        for person in session.scalars(sa.select(Person)):
            person.email = f"{person.external_id}@company.example"
        lost = [f"{key}@lost.example" for key in ("leaver", "former")]
        leaver, former = (Person(external_id=email, name=email, email=email) for email in lost)
        session.add_all([leaver, former])
        session.flush()
        session.add_all([RoleGrant(person_id=row.id, role="hr", granted_at=NOW) for row in (leaver, former)])
        session.execute(sa.delete(Message))
        for number, case in enumerate(session.scalars(sa.select(Case).order_by(Case.id)).all()):
            tell = partial(enqueue_message, session, template=TEMPLATE, case_id=case.id, now=NOW)
            for place in range(each):
                tell(key=f"{number}-{place}", to_person_id=people[f"c{number}"][0])
            for row in (leaver, former):
                tell(key=f"{number}-{row.external_id}", to_person_id=row.id, due_at=NOW + LATER)
        session.commit()
        return lost


def _take_rights(session: Session, lost: list[str]) -> None:
    """Deactivate one of two, take the role of the other."""
    leaver, former = (session.scalars(sa.select(Person).where(Person.email == email)).one() for email in lost)
    leaver.is_active = False
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == former.id))
    session.commit()


def check_mail(session: Session, inbox: Inbox, lost: list[str]) -> dict[str, int]:
    """Hold what the mail server took against what was to be sent; the same Message-ID is the same mail."""
    known = {email: number for number, email in session.execute(sa.select(Person.id, Person.email))}
    gone = {known[email] for email in lost}
    rows = session.execute(sa.select(Message.to_person_id, Message.sent_at)).all()
    due = [sent_at for to, sent_at in rows if to not in gone]
    taken = Counter(number for number, to in inbox.taken if to not in lost)
    return {
        "mails_due": len(due),
        "mails_acknowledged": len(taken),
        "mails_missing": max(len(due) - len(taken), 0) + sum(sent_at is None for sent_at in due),
        "mails_doubled": taken.total() - len(taken),
        "mails_without_right": sum(to in lost for _, to in inbox.taken),
        "mails_held_back": len(rows) - len(due),
    }
