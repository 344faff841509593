"""Whose book it is, in the margin of every page: the line that copies of packets have, drawn once for all pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from review.adapters.book_copy import Copier
from review.adapters.book_file import BookFile
from review.adapters.packet_copies import FONT, stamp_copy

Box = tuple[float, ...]


@dataclass(slots=True)
class Stamps:
    """A line for pages of each size: what is drawn, and in which font, as objects of the book."""

    book: BookFile
    line: str
    _known: dict[Box, tuple[int, int]] = field(default_factory=dict)

    def put(self, copier: Copier, pages: Sequence[Any]) -> None:
        """Draw the line on top of pages, which are of one size and name their fonts together."""
        sizes = {tuple(map(float, page.MediaBox)): page.MediaBox for page in pages}
        drawn = {size: tuple(map(copier.stand_in, self._find(size))) for size in sizes}
        for page in pages:
            line, font = drawn[tuple(map(float, page.MediaBox))]
            page.Contents = Array([page.Contents, line])
            page.Resources.Font[FONT] = font

    def _find(self, size: Box) -> tuple[int, int]:
        if size not in self._known:
            self._known[size] = self._draw(size)
        return self._known[size]

    def _draw(self, size: Box) -> tuple[int, int]:
        """Stamp an empty page as a copy of it would be, and take the line off."""
        with pikepdf.Pdf.new() as empty:
            page = empty.make_indirect(
                Dictionary(Type=Name.Page, MediaBox=list(size), Contents=empty.make_stream(b""), Resources=Dictionary())
            )
            empty.pages.append(pikepdf.Page(page))
            held = BytesIO()
            empty.save(held)
        with pikepdf.open(BytesIO(stamp_copy(held.getvalue(), self.line))) as stamped:
            page = stamped.pages[0].obj
            drawing = list(page.Contents)[-1].read_bytes().removeprefix(b"Q\n")  # what was drawn around is left out
            line = self.book.put_packed(self.book.reserve(), b"", drawing)
            return line, Copier(stamped, self.book).take(page.Resources.Font[FONT])
