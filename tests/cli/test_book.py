"""`dualtrack book render` on a real database: whose book it is, and what it leaves in the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from pypdf import PdfReader
from sqlalchemy.orm import Session

from review.cli.book import book
from review.config import Settings
from review.models import AuditEvent, Seat
from tests.committee_room import sealed_room
from tests.conftest import environment
from tests.trail import detail_of

Run = Callable[..., Result]


@pytest.fixture
def run(session: Session, settings: Settings, now: datetime) -> Run:
    """Return a function that runs the command where one case of Committee A is sealed."""
    sealed_room(session, now)

    def invoke(*arguments: str | Path) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(book, [str(argument) for argument in arguments])

    return invoke


def test_a_book_is_written_and_recorded(session: Session, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "book.pdf"
    result = run("render", "Committee A", "--for", "Mika Saar", "--out", out)
    reader = PdfReader(out)
    assert (result.exit_code, result.output) == (0, f"{out}: 1 packets, {len(reader.pages)} pages\n")
    assert "Mika Saar" in reader.pages[0].extract_text()
    assert "Iris Vance" in reader.pages[1].extract_text()
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "book.print")).one()
    assert detail_of(session, event)["packets"] == 1
    assert session.scalar(sa.select(sa.func.count()).where(Seat.opened_at.is_not(None))) == 0


@pytest.mark.parametrize(
    ("committee", "person", "said"),
    [
        ("Committee Z", "Mika Saar", "no committee is called Committee Z"),
        ("1", "Nobody", "nobody is called Nobody"),
        ("1", "Otto Nagy", "Otto Nagy is not on this committee"),
    ],
)
def test_what_cannot_be_made_is_told(run: Run, tmp_path: Path, committee: str, person: str, said: str) -> None:
    result = run("render", committee, "--for", person, "--out", tmp_path / "book.pdf")
    assert (result.exit_code, said in result.output) == (2, True)
