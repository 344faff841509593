"""Processes that end with the one that started them; also what gunicorn is told to do with its own."""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def post_fork(_server: object, _worker: object) -> None:
    """Let a web process end when the web server's first process was killed.

    It looks for that itself only while nobody asks anything: under load it would answer on for ever, at the address
    that the server started anew needs.
    """
    die_with_parent()
