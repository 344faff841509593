"""`dualtrack packet render` on a real database: whose copy it prints, and what it leaves in the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.adapters.packet_keys import known_keys, make_key
from review.adapters.packet_proof import Keys
from review.adapters.packet_receipt import Verdict, verify_packet
from review.cli.packet import packet
from review.config import Settings
from review.domain.canonical_json import digest
from review.domain.packet_json import write_packet
from review.domain.packet_view import View, view_of
from review.domain.phase import Phase
from review.models import AuditEvent, Case, Packet, Person
from tests.conftest import environment
from tests.factories import open_case_of, open_scene
from tests.packet import samples
from tests.trail import detail_of

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


def test_a_reader_s_own_copy_is_the_one_their_page_hands_out(
    session: Session, run: Run, case: Case, tmp_path: Path, settings: Settings
) -> None:
    key = make_key(settings.signing_key, "Winterlane")
    out, again = tmp_path / "copy.pdf", tmp_path / "again.pdf"
    first = run("render", case.code, "--out", out, "--for", "Hanna Ruiz")
    assert (first.exit_code, first.output) == (0, f"{out}: copy 1 for Hanna Ruiz\n")
    assert run("render", case.code, "--out", again, "--for", "Hanna Ruiz").exit_code == 0
    assert again.read_bytes() == out.read_bytes()
    receipt = verify_packet(out.read_bytes(), Keys(frozenset({key.fingerprint}), is_demanded=True))
    assert (receipt.verdict, receipt.view) == (Verdict.WHOLE, "hr")
    with pikepdf.open(BytesIO(out.read_bytes())) as file:
        assert "/CopyLine" in file.pages[0].resources.Font
    reader = session.scalars(sa.select(Person.id).where(Person.name == "Hanna Ruiz")).one()
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "packet.copy").order_by(AuditEvent.seq))
    assert [(event.actor_id, detail_of(session, event)["person"]) for event in events] == [(None, reader)] * 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--for", "Erin Malik"), "Erin Malik may not have this PDF now"),
        (("--for", "Nobody"), "nobody is called Nobody"),
        (("--for", "Hanna Ruiz", "--view", "hr"), "leave out --view"),
    ],
)
def test_whoever_may_not_have_a_copy_gets_none(
    run: Run, case: Case, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    result = run("render", case.code, "--out", tmp_path / "copy.pdf", *arguments)
    assert result.exit_code == 2
    assert reason in " ".join(result.output.split())
    assert not (tmp_path / "copy.pdf").exists()


def test_the_archive_s_file_is_signed_and_recorded(
    session: Session, run: Run, case: Case, tmp_path: Path, settings: Settings
) -> None:
    key = make_key(settings.signing_key, "Winterlane")
    out = tmp_path / "archive.pdf"
    result = run("archive", case.code, "--out", out)
    receipt = verify_packet(out.read_bytes(), Keys(frozenset({key.fingerprint}), is_demanded=True))
    assert (result.exit_code, result.output) == (0, f"{out}: {receipt.pages} pages\n")
    assert (receipt.verdict, receipt.view) == (Verdict.WHOLE, "committee")
    with pikepdf.open(BytesIO(out.read_bytes())) as file:
        assert b'pdfaid:part="3"' in file.Root.Metadata.read_bytes()
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "packet.archive")).one()
    assert (event.case_id, detail_of(session, event)) == (case.id, {"view": "committee", "digest": receipt.digest})
    assert run("archive", case.code, "--out", out, "--view", "executive").exit_code == 2


def test_a_key_is_made_once_and_replaced_only_on_demand(run: Run, settings: Settings, tmp_path: Path) -> None:
    path = settings.signing_key
    made = run("key")
    assert (made.exit_code, made.output.splitlines()[0]) == (0, f"{path}: made")
    kept = path.read_bytes()
    again = run("key")
    assert (again.exit_code, again.output.splitlines()[0]) == (0, f"{path}: there already, left as it is")
    assert (again.output.splitlines()[1:], path.read_bytes()) == (made.output.splitlines()[1:], kept)
    assert run("key", "--replace").exit_code == 0
    assert (path.read_bytes() != kept, len(known_keys(path))) == (True, 2)
    assert "PRIVATE" not in made.output + again.output
    path.write_text("no key")
    damaged = run("key")
    assert (damaged.exit_code, damaged.output) == (1, f"Error: {path} holds no key with its certificate\n")


def test_a_case_without_a_sealed_packet_is_refused(run: Run, case: Case, tmp_path: Path) -> None:
    result = run("render", "PR-1999-001", "--out", tmp_path / "copy.pdf")
    assert result.exit_code == 2
    assert "there is no sealed packet of PR-1999-001" in result.output
