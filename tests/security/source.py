"""Gates over the source: bandit, and our own rules for semgrep."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from review.config import ROOT
from tests.security.gates import Outcome

TOOLS = ROOT / ".venv-security" / "tools" / "bin"
SHIPPED = ("review", "migrations", "wsgi.py")
RULES = ROOT / "tests" / "security" / "rules"
TEMPLATES = "templates"
OFFLINE = ("--metrics=off", "--disable-version-check")


def audit_with_bandit(tools: Path = TOOLS) -> Outcome:
    """Look for unsafe calls; one of medium or high severity is a finding unless its line argues why it is safe."""
    report = _run_json([tools / "bandit", "-q", "-r", *SHIPPED, "-f", "json"])
    files = [name for name in report["metrics"] if name != "_totals"]
    found = [row for row in report["results"] if row["issue_severity"] != "LOW" and not is_argued(row, ROOT)]
    faults = [f"{error['filename']}: {error['reason']}" for error in report["errors"]]
    return Outcome("bandit", len(files), "files", (*map(_bandit_line, found), *faults))


def is_argued(finding: dict[str, Any], root: Path) -> bool:
    """Tell whether a line of the finding's statement says why it is safe: `# noqa: S608 - …`, as the linter demands.

    Bandit's B608 is the linter's S608.
    """
    code = "S" + finding["test_id"].removeprefix("B")
    lines = (root / finding["filename"]).read_text(encoding="utf-8").splitlines()
    concerned = {finding["line_number"], *finding["line_range"]}
    return any("# noqa: " in lines[number - 1] and code in lines[number - 1] for number in concerned)


def audit_with_rules(tools: Path = TOOLS) -> Outcome:
    """Look for what our own rules forbid: a route without a guard, a write on reading, an open redirect, and more."""
    report = _run_json([*_semgrep(tools), "--config", RULES / "rules.yaml", "--json", *SHIPPED, TEMPLATES])
    found = [f"{row['path']}:{row['start']['line']}: {row['extra']['message'].strip()}" for row in report["results"]]
    faults = [f"{error.get('path', '')}: {error['message']}" for error in report["errors"]]
    return Outcome("semgrep", len(report["paths"]["scanned"]), "files", (*found, *faults))


def try_rules(tools: Path = TOOLS) -> Outcome:
    """Show that each rule finds what it is for, and only that, on a sample of right and wrong code."""
    report = _run_json([tools / "semgrep", "scan", "--test", "--json", *OFFLINE, RULES])
    checks = {name: check for file in report["results"].values() for name, check in file["checks"].items()}
    untried = [f"{file}: no sample" for file in report.get("config_missing_tests", [])]
    wrong = [
        f"{name}: {check['errors'] or 'misses or finds too much'}"
        for name, check in checks.items()
        if not check["passed"]
    ]
    return Outcome("semgrep rules", len(checks), "rules tried", (*wrong, *untried))


def _semgrep(tools: Path) -> list[str | Path]:
    return [tools / "semgrep", "scan", "--quiet", *OFFLINE]


def _bandit_line(row: dict[str, Any]) -> str:
    return f"{row['filename']}:{row['line_number']}: {row['test_id']} {row['issue_text']}"


def _run_json(command: Sequence[str | Path]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{Path(command[0]).name} stopped with {done.returncode}: {done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report
