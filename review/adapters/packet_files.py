"""Packets printed to files, in a render process: whole or not there at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from review.adapters.pdf import print_packet

COPY, SIGNED_COPY = ".pdf", "-signed.pdf"
"""How the name of a reader's copy ends, without a signature and with one."""


def print_to_file(asked: dict[str, Any]) -> dict[str, Any]:
    """Print one view of a packet below the files folder; return path, digest, size in bytes, pages and missing signs.

    Args:
        asked: `content` (canonical JSON of the view), `view`, `folder` and the `path` below it.

    Signs for which no font has a shape are named by their code points (`U+13000`).

    The same content gives the same file, so printing twice is harmless. Raises as print_packet does.
    """
    printed = print_packet(asked["content"].encode(), view=asked["view"])
    return put_into_file(asked, printed.pdf) | {
        "size": len(printed.pdf),
        "pages": printed.pages,
        "missing": [f"U+{ord(sign):04X}" for sign in sorted(set("".join(printed.missing)))],
    }


def put_into_file(asked: dict[str, Any], printed: bytes) -> dict[str, Any]:
    """Write what was printed below the files folder; return its path and digest.

    Args:
        asked: `folder` and the `path` below it.
    """
    write_whole(Path(asked["folder"]) / asked["path"], printed)
    return {"path": asked["path"], "digest": hashlib.sha256(printed).hexdigest()}


def is_as_handed_out_now(copy_path: str, signing_key: Path) -> bool:
    """Tell whether a copy may be handed out as it is: not where it was made before there was a key to sign with."""
    return copy_path.endswith(SIGNED_COPY) or not signing_key.exists()


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, nor a part of it; folders on the way are made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError:  # a full disk, most likely: what was written of it takes space
        draft.unlink(missing_ok=True)
        raise
