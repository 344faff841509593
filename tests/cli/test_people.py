"""`dualtrack people` on a real database: what it prints, what it changes, how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.people import people
from review.config import Settings
from review.models import AuditEvent, Person, RoleGrant
from review.services.sign_ins import try_sign_in
from tests.conftest import NOW, environment
from tests.personas import Company

Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(b"Number;name;manager;joined_on\nn1;New One;ben;05/06/2026\nben;Ben Ito;mats;\n")
    return path


@pytest.fixture
def run(session: Session, settings: Settings) -> Run:
    """Return a function that runs the command in this test's installation, the test's own transaction ended."""

    def invoke(*arguments: str | Path) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(people, [str(argument) for argument in arguments])

    return invoke


def test_a_dry_run_prints_what_would_change_and_changes_nothing(
    session: Session, run: Run, company: Company, file: Path
) -> None:
    result = run("import", file, "--map", "external_id=number", "--dates", "day-first", "--dry-run")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Read as UTF-8.",
        "Columns parted by semicolon.",
        "join   New One (n1): name: – → New One; manager: – → Ben Ito (ben); joined_on: – → 2026-06-05",
        "change Ben Ito (ben): manager: Greta Holm (greta) → Mats Oduya (mats)",
        "would change: 1 joins, 0 leavers, 0 returns, 1 changes, 1 manager changes, 0 unchanged",
    ]
    assert session.scalar(sa.select(Person.id).where(Person.external_id == "n1")) is None


def test_an_import_changes_and_says_so_as_json(session: Session, run: Run, company: Company, file: Path) -> None:
    arguments = ("import", file, "--map", "external_id=number", "--dates", "day-first", "--json")
    first, second = run(*arguments), run(*arguments)
    data = json.loads(first.output)
    assert (first.exit_code, data["is_dry_run"], data["counts"]["joins"], data["faults"]) == (0, False, 1, [])
    assert data["changes"][1] == {
        "kind": "change",
        "external_id": "ben",
        "name": "Ben Ito",
        "row": 3,
        "fields": {"manager": ["Greta Holm (greta)", "Mats Oduya (mats)"]},
    }
    assert json.loads(second.output)["changes"] == []
    assert session.scalars(sa.select(Person.name).where(Person.external_id == "n1")).all() == ["New One"]
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["person.change", "person.join", "people.import", "people.import"]


def test_faults_end_with_one_and_wrong_usage_with_two(session: Session, run: Run, company: Company, file: Path) -> None:
    faulty = run("import", file, "--map", "external_id=number", "--json")
    assert faulty.exit_code == 1
    assert json.loads(faulty.output)["faults"] == [
        {
            "row": 2,
            "column": "joined_on",
            "what": "“05/06/2026” cannot be read as a day",
            "expected": "a day as 2026-12-31, or say whether the day or the month comes first",
        }
    ]
    empty = file.with_name("empty.csv")
    empty.write_bytes(b"")
    assert run("import", empty).exit_code == 1
    assert run("import", file, "--map", "shoe=size").exit_code == 2
    assert run("import", file.with_name("missing.csv")).exit_code == 2
    assert session.scalars(sa.select(AuditEvent)).all() == []


def test_a_full_file_marks_the_missing_as_left(session: Session, run: Run, company: Company, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("external_id,name,manager\nnoor,Noor Castell,\nhanna,Hanna Ruiz,noor\n", encoding="utf-8")
    assert run("import", path, "--full").exit_code == 0
    here = session.scalars(sa.select(Person.external_id).where(Person.is_active).order_by(Person.id)).all()
    assert here == ["noor", "hanna"]


def test_the_first_role_and_password_come_from_the_command_line(session: Session, run: Run, company: Company) -> None:
    assert run("grant", "otto@company.example", "it_admin").output == "Otto Nagy holds it_admin\n"
    held = sa.select(RoleGrant.role).where(RoleGrant.person_id == company.id("otto"))
    assert session.scalars(held).all() == ["it_admin"]
    given = ("password", "otto", "--password", "a sentence is fine")
    assert run(*given).output == "Otto Nagy can sign in within three days\n"
    session.rollback()
    assert try_sign_in(session, "otto@company.example", "a sentence is fine", address="x", now=NOW).token
    assert run("grant", "nobody", "hr").exit_code == 2
    assert run("grant", "otto", "king").exit_code == 2
    assert run("password", "otto", "--password", "short").exit_code == 2


def test_a_file_that_no_memory_should_hold_is_refused_unread(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)  # takes no room on the disk

    result = run("import", path)

    assert result.exit_code == 1
    assert "the file is too large" in result.output
    assert "1 faults; nothing was changed" in result.output
