"""Letters printed to files, in a render process: whole or not there at all."""

from __future__ import annotations

from typing import Any

from review.adapters.packet_files import put_into_file
from review.adapters.pdf import render_letter_pdf


def print_letter_to_file(asked: dict[str, Any]) -> dict[str, Any]:
    """Print a letter below the files folder; return its path and digest.

    Args:
        asked: `content` (the letter's JSON), `folder` and the `path` below it.

    The same content gives the same file, so printing twice is harmless. Raises as render_letter_pdf does.
    """
    return put_into_file(asked, render_letter_pdf(asked["content"].encode()))
