"""Python programs in a process of their own, for what only a fresh process shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from review.config import ROOT


def run_program(program: str, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run a program from the repository's root; return what it printed.

    Args:
        env: the whole environment; this process's when left out.
    """
    command = [sys.executable, "-c", program, *arguments]
    known = dict(os.environ if env is None else env)
    return subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, check=True).stdout
