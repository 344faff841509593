"""What WeasyPrint's structure tree leaves out: running heads as artifacts, scopes, languages, words of links.

Importing this module changes WeasyPrint for the life of the process; only `print_engine` does so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pydyf  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import MarginBox, ParentBox, TextBox
from weasyprint.pdf import tags
from weasyprint.pdf.stream import Stream

_mark_content = Stream.marked
_build_tree = tags._build_box_tree
ROOTS = ("html", "body")
"""They give their boxes to the tree and have no place in it themselves."""
RUNNING = pydyf.Dictionary({"Type": "/Pagination"})
"""What stands on every page and belongs to none."""


def complete_tags() -> None:
    """Make every later printing of this process tag what WeasyPrint leaves out; doing it twice is harmless."""
    Stream.marked = _mark  # type: ignore[assignment, method-assign]
    tags._build_box_tree = _build


def _mark(stream: Any, box: Any, tag: str) -> AbstractContextManager[None]:
    """Mark content; the words of margins come from no element and are an artifact."""
    if box.element is None and stream._tags is not None:
        return _running(stream)
    return _mark_content(stream, box, tag)


@contextmanager
def _running(stream: Any) -> Iterator[None]:
    stream.begin_marked_content("Artifact", RUNNING)
    try:
        yield
    finally:
        stream.end_marked_content()


def _build(box: Any, parent: Any, *rest: Any) -> Iterator[Any]:
    """Build the tree of a box as WeasyPrint does, without its margins, with what it does not write."""
    if isinstance(box, MarginBox):
        return
    for element in _build_tree(box, parent, *rest):  # type: ignore[no-untyped-call]
        if box.element is not None and box.element_tag not in ROOTS:
            _complete(box, element)
        yield element


def _complete(box: Any, element: Any) -> None:
    language = box.element.get("lang")
    if language:
        element["Lang"] = pydyf.String(language)
    if element["S"] == "/TH":
        is_row = box.element.get("scope") == "row"
        element["A"]["Scope"] = "/Row" if is_row else "/Column"
    if getattr(box, "link_annotation", None):
        box.link_annotation["Contents"] = pydyf.String(_words(box))


def _words(box: Any) -> str:
    texts = (each.text for each in box.descendants() if isinstance(each, TextBox)) if isinstance(box, ParentBox) else ()
    return " ".join("".join(texts).split())
