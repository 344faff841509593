"""The folder of a render process: locked while its owner lives, removed by the next owner when it was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from review.domain.values import dataclass

PREFIX = "dualtrack-render-"
LOCK = "owner.lock"


@dataclass(frozen=True)
class RenderFolder:
    """A folder for the temporary files of one render process, and the open lock that says it is in use."""

    path: Path
    lock: int

    def remove(self) -> None:
        """Remove the folder and let its lock go."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def make_folder() -> RenderFolder:
    """Make a folder of one's own, after removing those whose owners were killed before they could."""
    _remove_orphans()
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = os.open(path / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        if _take(lock) and (path / LOCK).exists():
            return RenderFolder(path, lock)
        os.close(lock)  # another process took the folder for an orphan before it was locked


def _remove_orphans() -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{LOCK}"):
        with suppress(FileNotFoundError, PermissionError):  # its owner was faster, or is somebody else
            lock = os.open(path, os.O_RDWR)
            if _take(lock):
                shutil.rmtree(path.parent, ignore_errors=True)
            os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
