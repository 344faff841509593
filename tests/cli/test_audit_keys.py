"""`dualtrack audit replace-key`: from a file, from the environment, again where it was interrupted, and not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.audit import audit
from review.cli.audit_keys import BEFORE, NAME, NEXT
from review.config import Settings
from review.domain.access import SYSTEM
from review.models import AuditEvent
from review.services.audit import record
from review.services.audit_rekey import replace_key
from tests.conftest import environment

Run = Callable[..., Result]
NEW = "another-audit-key-" * 2
DONE = "Whole: 2 events."


@pytest.fixture
def run(session: Session, settings: Settings, now: datetime) -> Run:
    """Return a function that runs a command with what it is given in the environment; there is one event."""
    record(session, "installation.backup", actor=SYSTEM, now=now, detail={"backup": "b"})
    session.commit()

    def invoke(*arguments: str, **given: str | None) -> Result:
        return CliRunner(env={**environment(settings), **given}).invoke(audit, arguments)

    return invoke


@pytest.fixture
def place(settings: Settings) -> Path:
    """Keep the key of this installation in its file; return the folder."""
    (settings.var_dir / NAME).write_text(settings.audit_key, encoding="ascii")
    return settings.var_dir


def test_a_key_in_a_file_is_replaced_by_one_that_is_made(run: Run, place: Path, settings: Settings) -> None:
    told = run("replace-key", AUDIT_KEY=None)
    assert (told.exit_code, told.output.splitlines()[0]) == (0, DONE)
    new = (place / NAME).read_text(encoding="ascii")
    assert (place / BEFORE).read_text(encoding="ascii") == settings.audit_key != new
    assert (len(new), (place / NAME).stat().st_mode & 0o777, (place / NEXT).exists()) == (64, 0o600, False)
    assert (run("verify", AUDIT_KEY=None).exit_code, run("verify").exit_code) == (0, 1)


def test_killed_before_the_key_was_in_its_place_it_goes_on_from_there(
    run: Run, place: Path, session: Session, now: datetime
) -> None:
    (place / NEXT).write_text(NEW, encoding="ascii")
    replace_key(session, NEW, now=now)
    session.commit()
    told = run("replace-key", AUDIT_KEY=None)
    assert (told.exit_code, told.output.splitlines()[0]) == (0, DONE)
    assert (place / NAME).read_text(encoding="ascii") == NEW


def test_a_key_of_the_environment_is_replaced_by_the_one_beside_it(run: Run, settings: Settings) -> None:
    assert [run("replace-key").exit_code, run("replace-key", AUDIT_KEY_NEXT="short").exit_code] == [2, 2]
    assert run("replace-key", AUDIT_KEY_NEXT=settings.secret_key).exit_code == 2
    assert run("replace-key", AUDIT_KEY_NEXT=NEW).output.splitlines()[0] == DONE
    assert run("replace-key", AUDIT_KEY_NEXT=NEW).output.splitlines()[0] == DONE  # again: nothing is sealed twice
    assert (run("verify", AUDIT_KEY=NEW).exit_code, run("verify").exit_code) == (0, 1)


def test_a_broken_trail_stays_as_it_is(run: Run, place: Path, session: Session, settings: Settings) -> None:
    session.execute(sa.update(AuditEvent).values(kind="case.seal"))
    session.commit()
    told = run("replace-key", AUDIT_KEY=None)
    assert (told.exit_code, told.output) == (1, "Nothing was changed: the trail does not hold at event 1.\n")
    assert (place / NAME).read_text(encoding="ascii") == settings.audit_key
