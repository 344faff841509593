"""Rows of a list that are alike but for words of their own: the template writes one, with marks for those words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup, escape

MARK = "\x1a"
"""A sign that nobody can type."""


def find_pattern(write: Callable[[Mapping[str, str]], Markup], names: Sequence[str]) -> Callable[..., Markup]:
    """Return what writes a row from its own words, by name; they are escaped.

    Args:
        write: a row as the template writes it, for words by name.
        names: of the words that each row has of its own.
    """
    marks = {name: f"{MARK}{place}{MARK}" for place, name in enumerate(names)}
    pattern = str(write(marks)).replace("%", "%%")
    for name, mark in marks.items():
        pattern = pattern.replace(mark, f"%({name})s")

    def fill_in(**words: object) -> Markup:
        return Markup(pattern % {name: escape(each) for name, each in words.items()})  # noqa: S704 - all are escaped

    return fill_in
