"""Ports for servers of the tests, each this process's alone for as long as it lives.

They lie below those that the kernel hands out by itself, so that no connection of anybody takes one between the moment
it is chosen and the moment a server listens; other tests on this machine keep away from those that are held here.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from random import SystemRandom

RANGE = range(12_000, 32_000)
HELD: dict[int, int] = {}
"""The file by which each port is held; open, and with it locked, until this process ends."""


def free_port() -> int:
    """Return a loopback port that nobody listens on and no other test is given."""
    folder = Path(tempfile.gettempdir()) / f"dualtrack-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for port in SystemRandom().sample(RANGE, len(RANGE)):
        if _hold(folder, port):
            return port
    raise RuntimeError("Every port is in use.")


def _hold(folder: Path, port: int) -> bool:
    file = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:  # somebody holds it, or listens there
        os.close(file)
        return False
    HELD[port] = file
    return True
