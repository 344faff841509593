"""Where WeasyPrint breaks a line too early: words that fit but for the space behind them, before a link or emphasis.

It then takes the first of these words for one too long for the line, and leaves it there alone. Importing this module
changes nothing; `print_engine` calls `keep_lines_full` once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weasyprint.layout import inline

_split_first_line: Callable[..., Any] = vars(inline)["split_first_line"]
SPACE = " "


def keep_lines_full() -> None:
    """Make every later printing of this process fill such lines; doing it twice is harmless."""
    vars(inline)["split_first_line"] = _split


def _split(text: str, style: Any, context: Any, width: float | None, spacing: float, **how: bool) -> Any:
    """Return the first line as WeasyPrint does: (layout, bytes of it, where the next begins or None, its size …)."""
    line = _split_first_line(text, style, context, width, spacing, **how)
    _, length, next_begins, *_ = line
    first_word = text.split(SPACE, 1)[0]
    if next_begins is None or not text.endswith(SPACE) or length > len(first_word.encode()):
        return line
    bare = _split_first_line(text.rstrip(SPACE), style, context, width, spacing, **how)
    if bare[2] is not None:
        return line
    return _split_first_line(text, style, context, None, spacing, **how)
