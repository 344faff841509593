"""A page that tells who answers, for processes started by the tests: `gunicorn tests.adapters.pids_in_test:app`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

HELD = "/held"
"""The address whose answer waits until somebody writes into the pipe that HELD_BY names."""


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """Answer with the number of this process."""
    if environ["PATH_INFO"] == HELD:
        Path(os.environ["HELD_BY"]).read_bytes()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
