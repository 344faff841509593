"""What a book writes onto the pages of its packets: the page's label and its number in the whole book.

A mark is an artifact: those who listen to the book do not hear it on every page.
"""

from __future__ import annotations

import re
from typing import Any, Self

import pikepdf
from pikepdf import Name

from review.adapters.book_typefaces import read_advances
from review.domain.values import dataclass

SIGNS = "0123456789-· "
GLYPH = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]{4})>")
FONT = Name("/BookMark")
SIZE = 6.5
GREY = "0.329 0.365 0.38"
FROM_RIGHT, FROM_BOTTOM = 56.7, 31.2  # 20 mm and 11 mm: below the packet's own page number


@dataclass(frozen=True)
class Ink:
    """A font in which every sign of a mark has a shape."""

    font: Any
    glyphs: dict[str, str]
    widths: dict[str, float]

    @classmethod
    def of(cls, sample: pikepdf.Pdf) -> Self:
        """Take the font from a printed sample of all signs; raise ValueError where it does not hold them."""
        fonts: Any = sample.pages[0].obj.Resources.Font
        for font in fonts.values():
            pairs = GLYPH.findall(font.ToUnicode.read_bytes())
            glyphs = {chr(int(sign, 16)): number.decode() for number, sign in pairs}
            if set(SIGNS) <= set(glyphs):
                advances = read_advances(font.DescendantFonts[0].W)
                widths = {sign: advances.get(int(glyphs[sign], 16), 0) for sign in SIGNS}
                return cls(font, {sign: glyphs[sign] for sign in SIGNS}, widths)
        raise ValueError("no font of the sample holds the signs of page marks")

    def write(self, page: pikepdf.Page, words: str) -> bytes:
        """Return how to draw words into the bottom corner of a page whose fonts hold this one as `FONT`."""
        width = sum(self.widths[sign] for sign in words) * SIZE / 1000
        x = float(page.mediabox[2]) - FROM_RIGHT - width
        codes = "".join(self.glyphs[sign] for sign in words)
        placed = f"{FONT} {SIZE} Tf {x:.2f} {FROM_BOTTOM} Td <{codes}> Tj"
        return f"/Artifact BMC q {GREY} rg BT {placed} ET Q EMC\n".encode()
