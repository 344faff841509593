"""`dualtrack workflow publish` and `migrate` on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.workflow import workflow
from review.config import Settings
from review.models import AuditEvent, Case, WorkflowVersion
from tests.conftest import environment
from tests.domain.workflow_ways import SOURCES
from tests.factories import open_case_of, open_scene
from tests.personas import found_company

Run = Callable[..., Result]
SECOND = SOURCES["ic.yaml"].replace("version: 1\n", "version: 2\n")
BOTH = ("--proposed-by", "hanna@company.example", "--approved-by", "hugo@company.example")


@pytest.fixture
def run(session: Session, settings: Settings) -> Run:
    """Return a function that runs the command in this test's installation, the test's own transaction ended."""

    def invoke(*arguments: str | Path) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(workflow, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "workflows"
    place.mkdir()
    for name in ("ic.yaml", "management.yaml"):
        (place / name).write_text(SOURCES[name], encoding="utf-8")
    return place


def test_the_shipped_workflows_are_published(session: Session, run: Run, folder: Path) -> None:
    company = found_company(session)
    for name, key in (("ic.yaml", "ic"), ("management.yaml", "management")):
        result = run("publish", folder / name, *BOTH)
        assert (result.exit_code, result.output) == (0, f"published: {key} 1\n")
    rows = session.scalars(sa.select(WorkflowVersion).order_by(WorkflowVersion.id)).all()
    assert [(row.key, row.proposed_by_id, row.published_by_id) for row in rows] == [
        ("ic", company.id("hanna"), company.id("hugo")),
        ("management", company.id("hanna"), company.id("hugo")),
    ]
    again = run("publish", folder / "ic.yaml", *BOTH, "--json")
    assert json.loads(again.output) == {
        "key": "ic",
        "version": 1,
        "digest": rows[0].digest,
        "is_dry_run": False,
        "runs": [],
    }
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["workflow.propose", "workflow.publish"] * 2


def test_a_dry_run_changes_nothing_and_tries_running_cases(
    session: Session, run: Run, folder: Path, now: datetime
) -> None:
    open_case_of(session, open_scene(session, now), "ben", "senior-pm", now)
    source = SECOND.replace("\n  nominated:", "\n  named:").replace("from: [nominated]\n", "from: [named]\n")
    (folder / "ic.yaml").write_text(source.replace("[nominated, collecting,", "[named, collecting,"), encoding="utf-8")
    result = run("publish", folder / "ic.yaml", *BOTH, "--dry-run")
    assert result.output.splitlines() == [
        "would publish: ic 2",
        "version 1, 1 running cases: no target for main.nominated",
    ]
    assert session.scalar(sa.select(sa.func.count()).select_from(WorkflowVersion)) == 2
    assert run("publish", folder / "ic.yaml", *BOTH).exit_code == 0
    refused = run("migrate", "ic", "1", "2", "--by", "hanna@company.example")
    assert refused.exit_code == 1
    assert '1 stand at "main.nominated", which the new version does not have' in refused.stderr
    move = ("migrate", "ic", "1", "2", "--by", "hanna@company.example", "--rename", "main.nominated=named")
    assert run(*move, "--dry-run").output == "would move: 1 cases\n"
    assert run(*move).output == "moved: 1 cases\n"
    session.expire_all()
    assert session.scalars(sa.select(Case.state)).one() == "named"


def test_faults_are_told_with_their_places(session: Session, run: Run, folder: Path) -> None:
    found_company(session)
    (folder / "ic.yaml").write_text(SECOND.replace("form: appeal\n", "form: apeal\n"), encoding="utf-8")
    line = SECOND[: SECOND.index("form: appeal\n")].count("\n") + 1
    result = run("publish", folder / "ic.yaml", *BOTH, "--json")
    assert result.exit_code == 1
    assert [(fault["file"], fault["line"]) for fault in json.loads(result.output)["faults"]] == [("ic.yaml", line)]
    assert session.scalar(sa.select(sa.func.count()).select_from(WorkflowVersion)) == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--proposed-by", "hanna@company.example", "--approved-by", "hanna@company.example"),
        ("--proposed-by", "greta@company.example", "--approved-by", "hugo@company.example"),
        ("--proposed-by", "nobody", "--approved-by", "hugo@company.example"),
    ],
)
def test_two_hr_partners_are_needed(session: Session, run: Run, folder: Path, options: tuple[str, ...]) -> None:
    found_company(session)
    assert run("publish", folder / "ic.yaml", *options).exit_code == 2
    assert session.scalar(sa.select(sa.func.count()).select_from(WorkflowVersion)) == 0


@pytest.mark.parametrize("more", [(), ("--rename", "voting"), ("--rename", "voting=ballot")])
def test_wrong_usage_of_a_move(session: Session, run: Run, more: tuple[str, ...]) -> None:
    found_company(session)
    assert run("migrate", "ic", "1", "2", "--by", "hanna@company.example", *more).exit_code == 2
