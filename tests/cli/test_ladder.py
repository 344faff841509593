"""`dualtrack ladder`: what it prints and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.ladder import ladder
from review.config import Settings
from review.models import AuditEvent, LadderVersion
from tests.conftest import environment
from tests.personas import found_company

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "workflows" / "ladders" / "product-management.yaml"
SHAPES = ROOT / "tests" / "domain" / "ladders"
TABLE = "category,criterion,description,One,Two\n,Care,,Listens.,'=Acts.\n"
Run = Callable[..., Result]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(ladder, [str(argument) for argument in arguments])


@pytest.fixture
def run_here(session: Session, settings: Settings) -> Run:
    """Return a function that runs the command in this test's installation."""

    def invoke(*arguments: str | Path) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(ladder, [str(argument) for argument in arguments])

    return invoke


def test_the_shipped_ladder_has_no_fault() -> None:
    result = run("check", SHIPPED)
    assert (result.exit_code, result.output) == (0, "1 checked, 0 faults, 0 warnings\n")


def test_faults_end_with_1_and_warnings_with_0(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(SHIPPED.read_text().replace('"2026.1"', "2026.10"))
    result = run("check", broken, "--json")
    assert result.exit_code == 1
    (fault,) = json.loads(result.output)["faults"]
    assert (Path(fault["file"]).name, fault["column"], fault["what"], fault["expected"]) == (
        "broken.yaml",
        10,
        "2026.10 without quotes is read as the number 2026.1",
        'it in quotes: "2026.10"',
    )
    doubtful = run("check", SHAPES / "gaps.yaml")
    assert doubtful.exit_code == 0
    assert doubtful.stdout == "1 checked, 0 faults, 5 warnings\n"


def test_an_overlay_is_checked_over_its_base(tmp_path: Path) -> None:
    assert run("check", SHAPES / "family.yaml", "--base", SHAPES / "company.yaml").exit_code == 0
    broken = tmp_path / "family.yaml"
    broken.write_text((SHAPES / "family.yaml").read_text().replace("{one: Sees.,", "{nine: Sees., one: Sees.,"))
    result = run("check", broken, "--base", SHAPES / "company.yaml")
    assert result.exit_code == 1
    assert 'at names "nine", which does not exist (expected: one of: one, two)' in result.stderr


def test_a_table_goes_in_and_comes_out(tmp_path: Path) -> None:
    table, file = tmp_path / "t.csv", tmp_path / "t.yaml"
    table.write_text(TABLE)
    named = ("--id", "test", "--name", "Test", "--version", "1.10")
    assert run("import", table, *named, "--out", file).exit_code == 0
    assert file.read_text() == (
        'format: ladder/1\nid: test\nname: Test\nversion: "1.10"\nlevels:\n  - id: one\n    name: One\n'
        "  - id: two\n    name: Two\ncriteria:\n  - id: care\n    name: Care\n    at:\n      one: Listens.\n"
        '      two: "=Acts."\n'
    )
    out = run("export", file, "--csv")
    assert (out.exit_code, out.stdout.replace("\r\n", "\n"), out.stderr) == (0, TABLE, "")
    assert run("export", file).stdout == file.read_text()


def test_a_broken_table_ends_with_1(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("criterion\n")
    result = run("import", table, "--id", "a", "--name", "A", "--version", "1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the first row is not the heading of a ladder" in result.stderr


def test_export_says_what_a_table_cannot_hold() -> None:
    result = run("export", SHIPPED, "--csv")
    assert "not in the table: measures" in result.stderr.splitlines()
    assert len(result.stdout.splitlines()) > 4


def test_two_versions_are_compared(tmp_path: Path) -> None:
    newer = tmp_path / "newer.yaml"
    newer.write_text(SHIPPED.read_text().replace("name: PM 1\n", "name: Newcomer\n"))
    result = run("diff", SHIPPED, newer)
    assert (result.exit_code, result.output) == (0, "changed level Newcomer name\n  - PM 1\n  + Newcomer\n1 changes\n")
    (change,) = json.loads(run("diff", SHIPPED, newer, "--json").output)["changes"]
    assert change == {
        "kind": "changed",
        "subject": "level",
        "name": "Newcomer",
        "field": "name",
        "level": "pm-1",
        "criterion": None,
        "old": "PM 1",
        "new": "Newcomer",
    }


def test_show_prints_levels_and_what_one_asks() -> None:
    lines = run("show", SHIPPED).output.splitlines()
    assert lines[:3] == ["Product management, version 2026.1", "IC1 PM 1 (pm-1, grade 1)", "  to IC2 PM 2: Promotion"]
    assert "  to M4 Group PM: Change of track at the same grade, not a promotion" in lines
    asked = run("show", SHAPES / "gaps.yaml", "--level", "pilot").output.splitlines()
    assert asked == [
        "S2 Pilot",
        "",
        "Steering",
        "  Brings a ship in by day.",
        "  - Reads the tide.",
        "  - Speaks with the tug.",
        "  - Keeps the log.",
        "  - Stays calm.",
        "  = Turns without help: at least 40",
        "  = Dents: less than 0.5 a year",
        "",
        "Watch",
        "  Left blank in the ladder; it is not rated.",
        "",
        "Charts",
        "  Draws new charts.",
        "",
        "With the hydrographer.",
        "  = Sheets: exactly 3",
        "",
        "Pride",
        "  Refuses the tug.",
        "",
        "Picture",
        "  The ladder says nothing here; it is not rated.",
    ]
    assert json.loads(run("show", SHIPPED, "--json").output)["id"] == "product-management"


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "nowhere.yaml"),
        ("import", SHIPPED),
        ("show", SHIPPED, "--level", "nobody"),
        ("show", "neither-file-nor-version"),
        ("polish", SHIPPED),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[str | Path, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_ladder_is_published_and_read_from_the_database(run_here: Run, session: Session, tmp_path: Path) -> None:
    result = run_here("publish", SHIPPED)
    row = session.scalars(sa.select(LadderVersion)).one()
    assert (result.exit_code, result.output) == (0, f"product-management 2026.1 is published, digest {row.digest}\n")
    assert row.source == SHIPPED.read_text(encoding="utf-8")
    assert run_here("diff", "product-management@2026.1", SHIPPED).output == "0 changes\n"
    assert run_here("show", "product-management@2025.1").exit_code == 2
    changed = tmp_path / "changed.yaml"
    changed.write_text(SHIPPED.read_text().replace("name: PM 1\n", "name: Newcomer\n"))
    refused = run_here("publish", changed)
    assert refused.exit_code == 1
    assert "product-management 2026.1 is published with other words" in refused.stderr
    assert len(session.scalars(sa.select(LadderVersion)).all()) == 1


def test_two_people_of_hr_publish_by_command(run_here: Run, session: Session) -> None:
    company = found_company(session)
    both = ("--proposed-by", "hanna@company.example", "--approved-by")
    assert run_here("publish", SHIPPED, *both[:2]).exit_code == 2
    same = run_here("publish", SHIPPED, *both, "hanna@company.example")
    assert (same.exit_code, "You proposed this version" in same.stderr) == (2, True)
    assert run_here("publish", SHIPPED, *both, "hugo@company.example").exit_code == 0
    row = session.scalars(sa.select(LadderVersion)).one()
    assert (row.proposed_by_id, row.published_by_id) == (company.id("hanna"), company.id("hugo"))
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["ladder.propose", "ladder.publish"]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "bytes.yaml"
    file.write_bytes(b"\xff\xfe")
    result = run("check", file)
    assert (result.exit_code, result.stderr) == (1, f"{file}: this is not text in UTF-8 (expected: UTF-8)\n")
