"""The outline of a book: each packet, closed, and below it its criteria."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pikepdf

from review.adapters.book_file import BookFile
from review.domain.values import dataclass


@dataclass(frozen=True)
class Goal:
    """Where an entry leads: the number of a page's object, and the point on that page."""

    page: int
    x: float
    y: float


@dataclass(frozen=True)
class Entry:
    """A line of the outline with those below it."""

    title: str
    goal: Goal
    inner: Sequence[Entry] = ()


def write_outline(book: BookFile, entries: Sequence[Entry]) -> int:
    """Write the entries and return the number of the whole outline."""
    number = book.reserve()
    return book.put(number, b"<</Type/Outlines%b/Count %d>>" % (_write(book, entries, number), len(entries)))


def _write(book: BookFile, entries: Sequence[Entry], parent: int) -> bytes:
    """Write entries below another one; return how that one names the first and the last of them."""
    numbers = [book.reserve() for _ in entries]
    after = dict(pairwise(numbers))
    before = {last: first for first, last in after.items()}
    for number, each in zip(numbers, entries, strict=True):
        goal = each.goal
        body = b"/Title %b/Parent %d 0 R/Dest[%d 0 R/XYZ %.6g %.6g 0]" % (
            pikepdf.String(each.title).unparse(),
            parent,
            goal.page,
            goal.x,
            goal.y,
        )
        for name, other in ((b"/Prev", before.get(number)), (b"/Next", after.get(number))):
            if other is not None:
                body += b"%b %d 0 R" % (name, other)
        if each.inner:
            body += _write(book, each.inner, number) + b"/Count %d" % -len(each.inner)
        book.put(number, b"<<%b>>" % body)
    return b"/First %d 0 R/Last %d 0 R" % (numbers[0], numbers[-1])
