"""Writes SVG element by element: escaped, with classes and presentation attributes, the same for the same input."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

SANS = "Inter, system-ui, sans-serif"
WIDTHS = {12: 6.2, 13: 6.8, 14: 7.4, 15: 8.0}
"""Mean width of a letter of the interface's typeface by font size, in pixels; bold letters are about 6 % wider."""


def number(value: float) -> str:
    """Write a coordinate without needless digits."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def element(name: str, inner: str = "", /, **attributes: object) -> str:
    """Write an element; `inner` is markup, an attribute `stroke_width` becomes `stroke-width`, `class_` class."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(number(value) if isinstance(value, float) else str(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def words(content: str, x: float, y: float, /, *, size: int = 13, fill: str, **attributes: object) -> str:
    """Write a line of text at its baseline."""
    return element("text", escape(content), x=float(x), y=float(y), font_size=size, fill=fill, **attributes)


def group(parts: Iterable[str], /, **attributes: object) -> str:
    """Write a group."""
    return element("g", "".join(parts), **attributes)


def titled(markup: str, title: str) -> str:
    """Add what a pointer that rests on an element is told."""
    return element("g", element("title", escape(title)) + markup)


def fit(content: str, width: float, size: int) -> str:
    """Shorten text to a width in pixels."""
    most = int(width / WIDTHS[size])
    return content if len(content) <= most else content[: max(most - 1, 1)].rstrip(" ,") + "…"


def wrap(content: str, width: float, size: int) -> tuple[str, ...]:
    """Break text into lines of a width in pixels, between words."""
    lines = [""]
    for word in content.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) * WIDTHS[size] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(line for line in lines if line)
