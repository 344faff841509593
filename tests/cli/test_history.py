"""`dualtrack history` on a real database: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.history import history
from review.config import Settings
from review.models import PastCase
from tests.conftest import environment
from tests.factories import open_scene

Run = Callable[..., Result]
EXPECTED = "the number or the e-mail of somebody in the directory, here or gone"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "past.csv"
    path.write_text("person;to_level;outcome;colour\nben;L3;Yes\nnobody;IC2;promoted\n", encoding="utf-8")
    return path


@pytest.fixture
def run(session: Session, settings: Settings, now: datetime) -> Run:
    open_scene(session, now)

    def invoke(*arguments: str | Path) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(history, [str(argument) for argument in arguments])

    return invoke


def test_a_file_is_looked_at_brought_in_and_taken_back(session: Session, run: Run, file: Path) -> None:
    count = sa.select(sa.func.count()).select_from(PastCase)
    asked = ("import", file, "--cycle", "2023", "--announced", "2023-06-30", "--level", "L3=senior-pm")
    said = (*asked, "--outcome", "Yes=promoted", "--leave-out")
    dry = run(*said, "--dry-run")
    assert (dry.exit_code, dry.output.splitlines()[-3:]) == (
        1,
        [
            "add    Ben Ito: 2023, senior-pm, promoted",
            f"row 3 person: nobody is called “nobody” (expected: {EXPECTED})",
            "would be: 1 added, 0 changed, 0 unchanged, 1 refused",
        ],
    )
    refused = run(*asked, "--outcome", "Yes=promoted")
    assert (refused.exit_code, session.scalar(count)) == (1, 0)
    done = run(*said, "--json")
    data = json.loads(done.output)
    assert (done.exit_code, data["is_written"], data["counts"]["added"], data["not_read"]) == (0, True, 1, ["colour"])
    assert [fault["column"] for fault in data["faults"]] == ["person"]
    assert session.scalar(count) == 1
    assert run("list").output.startswith("1: past.csv on ")
    assert run("undo", "1").output == "taken back: 1 rows\n"
    assert [run("undo", "1").exit_code, run("undo", "9").exit_code] == [1, 2]
    assert session.scalar(count) == 0


def test_a_word_that_means_nothing_is_wrong_usage(run: Run, file: Path) -> None:
    wrong = (("--outcome", "Yes=great"), ("--map", "colour"))
    codes = [run("import", file, *more).exit_code for more in wrong]
    assert codes == [2, 2]
