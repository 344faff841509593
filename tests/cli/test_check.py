"""`dualtrack check` and `dualtrack workflow`: every fault with its place, and drawings."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from review.cli.check import SHIPPED, check
from review.cli.workflow import workflow

IC = (SHIPPED / "ic.yaml").read_text(encoding="utf-8")
MANAGEMENT = (SHIPPED / "management.yaml").read_text(encoding="utf-8")
POLICY = (SHIPPED / "policy.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, source in (("ic.yaml", IC), ("management.yaml", MANAGEMENT), ("policy.yaml", POLICY)):
        (tmp_path / name).write_text(source, encoding="utf-8")
    return tmp_path


def test_what_is_shipped_has_no_fault() -> None:
    result = CliRunner().invoke(check)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "8 files, 0 faults\n"


def test_a_fault_is_told_with_its_place_once_although_two_files_have_it(folder: Path) -> None:
    file = folder / "ic.yaml"
    file.write_text(IC.replace("phase: voting", "phase: vote"), encoding="utf-8")
    line = 1 + IC[: IC.index("phase: voting")].count("\n")
    result = CliRunner().invoke(check, [str(folder)])
    assert result.exit_code == 1
    expected = "draft, collecting, sealed, voting, revealed, decided, announced or closed"
    assert result.stderr == f'{file}:{line}:12: "vote" cannot stand here (expected: {expected})\n'


def test_faults_as_json(folder: Path) -> None:
    file = folder / "policy.yaml"
    file.write_text(POLICY.replace("n3: 3", "n3: 1"), encoding="utf-8")
    result = CliRunner().invoke(check, [str(file), "--json"])
    line = 1 + POLICY[: POLICY.index("n3: 3")].count("\n")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "files": [str(file)],
        "faults": [
            {
                "file": str(file),
                "line": line,
                "column": 7,
                "field": None,
                "what": "Input should be greater than or equal to 3",
                "expected": None,
            }
        ],
    }


def test_workflow_and_policy_that_contradict_each_other(folder: Path) -> None:
    (folder / "policy.yaml").write_text(POLICY.replace("revotes: 2", "revotes: 1"), encoding="utf-8")
    result = CliRunner().invoke(check, [str(folder)])
    assert result.exit_code == 1
    line = 1 + IC[: IC.index("{revotes: {below: 2}}")].count("\n")
    what = "the policy allows another number of revotes: 1 (expected: below: 1)"
    assert result.stderr == f"{folder / 'ic.yaml'}:{line}:12: {what}\n"


def test_a_level_with_few_seats_that_no_ladder_has(folder: Path) -> None:
    changed = POLICY.replace("seat_limited_levels: []", "seat_limited_levels: [cpo, cfo]")
    (folder / "policy.yaml").write_text(changed, encoding="utf-8")
    assert CliRunner().invoke(check, [str(folder)]).exit_code == 0  # no ladder beside it
    ladder = (SHIPPED / "ladders" / "product-management.yaml").read_text(encoding="utf-8")
    (folder / "ladder.yaml").write_text(ladder, encoding="utf-8")
    result = CliRunner().invoke(check, [str(folder)])
    assert result.exit_code == 1
    line = 1 + changed[: changed.index("seat_limited")].count("\n")
    assert result.stderr.startswith(f'{folder / "policy.yaml"}:{line}:28: no ladder has the level "cfo" (expected: ')


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: 1\n", "this is neither a workflow nor a ladder nor a policy"),
        (b"schema: review-policy/1\n\tx: 1\n", "a tab in the indentation"),
        (b"\xff\xfe\x00", "this is not text in UTF-8"),
        (b"extends: nothing.yaml\n", 'there is no file "nothing.yaml"'),
        (b'schema: "review-workflow/1"\n', '"key" is missing'),
        (b"format: ladder/1\n", "is missing"),
    ],
)
def test_files_that_are_none_of_it(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "odd.yaml"
    file.write_bytes(content)
    result = CliRunner().invoke(check, [str(file)])
    assert result.exit_code == 1
    assert told in result.stderr
    assert all(line.startswith(str(file)) for line in result.stderr.splitlines())


def test_a_path_that_is_not_there_is_wrong_usage() -> None:
    assert CliRunner().invoke(check, ["/no/such/file"]).exit_code == 2


def test_diagrams_as_svg_and_mermaid(tmp_path: Path) -> None:
    out = tmp_path / "ic.svg"
    result = CliRunner().invoke(workflow, ["diagram", str(SHIPPED / "ic.yaml"), "--out", str(out), "--at", "voting"])
    assert (result.exit_code, result.output) == (0, "")
    assert ElementTree.parse(out).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert "You are here" in out.read_text(encoding="utf-8")
    mermaid = CliRunner().invoke(workflow, ["diagram", str(SHIPPED / "management.yaml"), "--mermaid"])
    assert mermaid.exit_code == 0
    assert "signoff --> decided: Sign off (executive)" in mermaid.output
    item = CliRunner().invoke(workflow, ["diagram", str(SHIPPED / "ic.yaml"), "--item", "seat", "--at", "voted"])
    assert item.exit_code == 0
    assert "Vote cast" in item.output


@pytest.mark.parametrize(
    "arguments",
    [["--item", "poll"], ["--at", "nowhere"], ["--item", "seat", "--mermaid"], ["--item", "seat", "--at", "x"]],
)
def test_a_diagram_of_what_is_not_there_is_wrong_usage(arguments: list[str]) -> None:
    assert CliRunner().invoke(workflow, ["diagram", str(SHIPPED / "ic.yaml"), *arguments]).exit_code == 2


def test_no_diagram_of_a_workflow_with_faults(folder: Path) -> None:
    (folder / "ic.yaml").write_text(IC.replace("phase: voting", "phase: vote"), encoding="utf-8")
    result = CliRunner().invoke(workflow, ["diagram", str(folder / "management.yaml")])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{folder / 'ic.yaml'}:")


def test_checking_is_in_the_group_too() -> None:
    assert CliRunner().invoke(workflow, ["check", str(SHIPPED / "ic.yaml")]).exit_code == 0
