"""`dualtrack packet render` on a real database: whose copy it prints, and what it leaves in the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.adapters.packet_receipt import Verdict, verify_packet
from review.cli.packet import packet
from review.config import Settings
from review.domain.canonical_json import digest
from review.domain.packet_json import write_packet
from review.domain.packet_view import View, view_of
from review.domain.phase import Phase
from review.models import AuditEvent, Case, Packet
from tests.conftest import environment
from tests.factories import open_case_of, open_scene
from tests.packet import samples

Run = Callable[..., Result]


@pytest.fixture
def case(session: Session, now: datetime) -> Case:
    """Return a case in voting whose sealed packet is the entry sample."""
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    content = write_packet(samples.entry())
    session.add(
        Packet(case_id=case.id, number=1, content=content.decode(), digest=digest(content), sealed_at=samples.SEALED_AT)
    )
    case.phase = Phase.VOTING
    session.commit()
    return case


@pytest.fixture
def run(session: Session, settings: Settings) -> Run:
    """Return a function that runs the command in this test's installation, the test's own transaction ended."""

    def invoke(*arguments: str | Path) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(packet, [str(argument) for argument in arguments])

    return invoke


def test_a_copy_is_printed_whole_and_recorded(session: Session, run: Run, case: Case, tmp_path: Path) -> None:
    out = tmp_path / "copy.pdf"
    result = run("render", case.code, "--out", out, "--view", "candidate")
    expected = write_packet(view_of(samples.entry(), View.CANDIDATE, Phase.SEALED))
    receipt = verify_packet(out.read_bytes())
    assert (result.exit_code, result.output) == (0, f"{out}: {receipt.pages} pages\n")
    assert (receipt.verdict, receipt.view, receipt.digest) == (Verdict.WHOLE, "candidate", digest(expected))
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "packet.print")).all()
    assert [event.case_id for event in events] == [case.id]


def test_a_view_that_nobody_has_in_this_phase_is_refused(run: Run, case: Case, tmp_path: Path) -> None:
    result = run("render", case.code, "--out", tmp_path / "copy.pdf", "--view", "executive")
    assert result.exit_code == 2
    assert f"nobody has the view executive while {case.code} is voting" in result.output
    assert not (tmp_path / "copy.pdf").exists()


def test_a_case_without_a_sealed_packet_is_refused(run: Run, case: Case, tmp_path: Path) -> None:
    result = run("render", "PR-1999-001", "--out", tmp_path / "copy.pdf")
    assert result.exit_code == 2
    assert "there is no sealed packet of PR-1999-001" in result.output
