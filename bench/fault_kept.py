"""What must live through a backup beside the saves: files that are printed meanwhile; mails, links and a sign-in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.browsers import browse_as
from bench.fault_ground import founding
from review.adapters.packet_files import write_whole
from review.config import Settings
from review.domain.access import Actor
from review.extensions import make_engine
from review.models import Case, Invite, Message, Packet, PacketFile, Person
from review.services.feedback_outside import Invitation, change_link, invite_outsider
from review.services.invite_links import make_link
from review.services.messages import enqueue_message

PACE_SECONDS = 0.1
OUTSIDERS = ("live", "revoked")
CONTENT = b"%PDF-1.7 a page of a packet\n" * 400


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in the installation: how many mails, the pages of two links, and what a signed-in browser sends."""

    mails: int
    links: tuple[str, ...]
    headers: dict[str, str]


def make_waiting(settings: Settings) -> Waiting:
    """Let two mails wait, one until tomorrow; ask two people from outside and take one link back; sign HR in."""
    now = datetime.now(UTC)
    with founding(settings) as (app, session):
        row = session.scalars(sa.select(Person).where(Person.external_id == "hr")).one()
        case = session.scalars(sa.select(Case).order_by(Case.id)).first()
        assert case is not None
        actor = Actor(row.id, row.name, frozenset({"hr"}))
        links = tuple(_invite(session, case.id, key, actor, now) for key in OUTSIDERS)
        session.execute(sa.delete(Message))
        row.email = "hr@company.example"
        for key, due_at in (("now", now), ("later", now + timedelta(days=1))):
            tell = {"to_person_id": row.id, "template": "gate_not_met", "case_id": case.id}
            enqueue_message(session, key=key, now=now, due_at=due_at, **tell)  # type: ignore[arg-type]
        session.commit()
        return Waiting(2, links, browse_as(app, session, row.id))


def _invite(session: Session, case_id: int, key: str, actor: Actor, now: datetime) -> str:
    """Ask somebody from outside; return the path of their link, which is taken back at once where it is to be."""
    given = Invitation(key.title(), f"{key}@harbour.example", "Harbour Works", "Our contact at the port, for a year")
    asked = invite_outsider(session, case_id, given, actor=actor, now=now)
    assert asked is not None
    invite = session.scalars(sa.select(Invite).where(Invite.feedback_id == asked.id)).one()
    token = make_link(session, invite.id, now=now)
    if key == "revoked":
        change_link(session, case_id, asked.id, "revoke", actor=actor, now=now)
    session.commit()
    return f"/outside/{token}"


@dataclass(slots=True)
class Press:
    """Prints files into an installation, one after the other: the file first, then the row that names it."""

    settings: Settings
    printed: int = 0

    def print_until(self, is_over: Event) -> None:
        """Print until it is over."""
        engine, now = make_engine(self.settings), datetime.now(UTC)
        with Session(engine) as session:
            packet_id = self._seal(session, now)
            while not is_over.is_set():
                self._print(session, packet_id, now)
                self.printed += 1
                is_over.wait(PACE_SECONDS)
        engine.dispose()

    def _seal(self, session: Session, now: datetime) -> int:
        sealed: int | None = session.scalar(sa.select(Packet.id))
        if sealed is not None:
            return sealed
        case_id = session.scalars(sa.select(Case.id).order_by(Case.id)).first()
        assert case_id is not None
        packet = Packet(
            case_id=case_id, number=1, content="{}", digest=hashlib.sha256(b"{}").hexdigest(), sealed_at=now
        )
        session.add(packet)
        session.commit()
        return packet.id

    def _print(self, session: Session, packet_id: int, now: datetime) -> None:
        content, path = CONTENT + str(self.printed).encode(), f"packets/{self.printed}.pdf"
        (self.settings.files_dir / "packets").mkdir(exist_ok=True)
        write_whole(self.settings.files_dir / path, content)
        about = {"path": path, "digest": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
        file = PacketFile(
            packet_id=packet_id, view="committee", template=f"n{self.printed}", state="ready", rendered_at=now, **about
        )
        session.add(file)
        session.commit()
