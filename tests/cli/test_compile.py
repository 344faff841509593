"""`dualtrack compile` compiles modules and templates beside them, and touches nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from review.config import ROOT

LEFT_BEHIND = ("build", "review", "templates", "workflows")


def test_it_compiles_what_is_installed_and_makes_no_key_and_no_database(tmp_path: Path) -> None:
    for name in LEFT_BEHIND[1:]:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    bare = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "-m", "review.cli", "compile"]
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=True)
    count = len(list((ROOT / "templates").rglob("*.html")))
    assert done.stdout == f"Modules and {count} templates are compiled.\n"
    assert len([path for path in (tmp_path / "build" / "templates").rglob("*") if path.is_file()]) == count
    modules = {path.relative_to(tmp_path) for path in (tmp_path / "review").rglob("*.py")}
    kept = {path.relative_to(tmp_path) for path in (tmp_path / "review").rglob("*.pyc")}
    assert {path.parent.parent / f"{path.name.partition('.')[0]}.py" for path in kept} == modules
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(LEFT_BEHIND)
