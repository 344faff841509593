"""Functions for render processes in tests: one that works, and one for each way to fail."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from review.domain.errors import Fault, Invalid
from review.domain.text import text


def double(number: int) -> int:
    return 2 * number


def process_id() -> int:
    return os.getpid()


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang() -> None:
    signal.pause()


def tell_and_hang(pipe: str) -> None:
    Path(pipe).write_text("at work", encoding="utf-8")
    signal.pause()


def devour() -> int:
    return len(bytearray(8 * 2**30))


def raise_error() -> None:
    raise LookupError("no such page")


def refuse() -> None:
    raise Invalid([Fault(text("This text has %(have)s characters", have=7), field="criteria.0.self_review")])


def weigh_text(words: str) -> int:
    """Return how many signs are shaped while a text is laid out and drawn, and 50 more for each piece of text."""
    from weasyprint.text.line_break import Layout

    from review.adapters.markup import to_html
    from review.adapters.paper import Paper
    from review.adapters.pdf import sheets_of
    from review.adapters.print_engine import print_html

    pieces, shape = [], Layout.set_text

    def note(self: Any, text: str, justify: bool = False) -> None:
        pieces.append(len(text) + 50)
        shape(self, text, justify)

    Layout.set_text = note
    try:
        html = to_html(words, {"E1": "E1"})
        label = '<div class="l" id="E1">a label floats beside it</div>'
        body = f'<div class="lab">{label}<div class="serif">{html}</div></div>'
        print_html(f'<html lang="en"><body>{body}</body></html>', sheets_of(Paper()), b"x" * 16)
    finally:
        Layout.set_text = shape
    return sum(pieces)
