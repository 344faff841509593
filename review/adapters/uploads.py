"""Files that wait between their preview and their taking in, named by the SHA-256 of their content."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import datetime, timedelta
from pathlib import Path

KEPT = timedelta(days=1)
_DIGEST = re.compile("[0-9a-f]{64}")


def keep_upload(folder: Path, data: bytes, *, now: datetime) -> str:
    """Write a file readable by its owner alone and return its digest; sweeps what has waited for more than a day."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = (now - KEPT).timestamp()
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
    digest = hashlib.sha256(data).hexdigest()
    draft = folder / f"{digest}.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    draft.replace(folder / digest)
    return digest


def read_upload(folder: Path, digest: str) -> bytes | None:
    """Return the file with this digest, or None when it is gone or no longer what it was."""
    if not _DIGEST.fullmatch(digest):
        return None
    try:
        data = (folder / digest).read_bytes()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == digest else None


def drop_upload(folder: Path, digest: str) -> None:
    """Delete a file that has been taken in."""
    if _DIGEST.fullmatch(digest):
        (folder / digest).unlink(missing_ok=True)
