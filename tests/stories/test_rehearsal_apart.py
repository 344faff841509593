"""A rehearsal beside PostgreSQL and a mail server: no row of the installation's changes, and no mail goes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from flask import Flask
from sqlalchemy.orm import Session

from review.adapters.jobs import run_inline
from review.adapters.mail import make_mailer
from review.config import Settings
from review.extensions import db
from review.models import AuditEvent, Base, Message
from review.rehearsal.place import find_place, open_engine
from review.worker import send_due
from tests.conftest import NOW, HouseClient, make_settings
from tests.factories import open_scene
from tests.ports import free_port
from tests.signed_in import Door
from tests.stories.test_rehearsal import OF_THE_OFFICE, draft_cycle, hash_rows

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


class Letterbox:
    """Keeps to whom mails came."""

    def __init__(self) -> None:
        self.to: list[str] = []

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:
        """Take a mail."""
        self.to += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def letterbox() -> Iterator[tuple[Letterbox, str]]:
    """Return a mail server and its address."""
    box, port = Letterbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, f"smtp://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def settings(database_url: str, tmp_path: Path, letterbox: tuple[Letterbox, str]) -> Settings:
    """Return an installation on PostgreSQL that mails by the server."""
    return replace(make_settings(database_url, tmp_path), mail=letterbox[1])


def count_rows(session: Session) -> dict[str, int]:
    """Return how many rows each table has."""
    count = sa.func.count()
    return {
        table.name: session.scalar(sa.select(count).select_from(table)) or 0 for table in Base.metadata.sorted_tables
    }


def test_nothing_real_changes_and_no_mail_goes_out(
    app: Flask, session: Session, settings: Settings, letterbox: tuple[Letterbox, str]
) -> None:
    """Built and played on to where mails wait in the rehearsal's own box: the installation has its record alone."""
    scene = open_scene(session, NOW)
    cycle_id, box, mailer = draft_cycle(session, scene), letterbox[0], make_mailer(settings)
    client = app.test_client()
    assert isinstance(client, HouseClient)
    client.setup_session = session
    hanna = Door(client, session, NOW, scene.company.ids).enter("hanna")
    send_due(session.get_bind().engine, mailer, settings, now=NOW)
    before, counted, mailed = hash_rows(session), count_rows(session), list(box.to)
    assert hanna.post(f"/cycles/{cycle_id}/rehearsals").status_code == 303
    for how in ("next", ""):
        with app.app_context():
            run_inline(db.session(), now=NOW)
        if how:
            hanna.post("/rehearsals/1/play", data={"how": how})
    send_due(session.get_bind().engine, mailer, settings, now=NOW)
    after = count_rows(session)
    assert (hash_rows(session), box.to) == (before, mailed)
    assert {name: after[name] - counted[name] for name in after if name not in OF_THE_OFFICE} == dict.fromkeys(
        before, 0
    )
    assert (after["rehearsal"] - counted["rehearsal"], after["sign_in"] - counted["sign_in"]) == (1, 0)
    told = sa.select(AuditEvent.kind).where(AuditEvent.seq > counted["audit_event"]).order_by(AuditEvent.seq)
    played = ["rehearsal.play", "rehearsal.walked"]
    assert session.scalars(told).all() == ["rehearsal.start", *played, *played]
    place = find_place(settings.var_dir, 1)
    with open_engine(place) as engine, Session(engine) as within:
        waiting = within.scalar(sa.select(sa.func.count()).select_from(Message))
    assert (engine.dialect.name, bool(waiting)) == ("sqlite", True)
