"""A reader's own copy of a printed packet: the print with one line in the margin of every page.

The line is text that can be selected and searched. It is an artifact, so the tagged content stays as it is; so do the
embedded packet.json, bookmarks and links.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf

from review.adapters.glyphs import EM, Glyph, Placed, set_line
from review.adapters.packet_files import COPY, write_whole
from review.adapters.packet_signature import Signing, close_file
from review.adapters.packet_words import words_for
from review.adapters.paper import Paper, translations_of
from review.domain.values import dataclass
from review.domain.writing import clean_line

FONT = pikepdf.Name("/CopyLine")
SIZE = 6.5
"""The size of the line in points; a long one is set smaller."""
FROM_EDGE = 24.0
"""How far from the right edge the line stands, in points: what a printer leaves white lies outside of it."""
FROM_FOOT = 68.0
COLOUR = ".33 .365 .38 rg"
LONGEST_NAME = 80
A4 = Paper()


class PrintDamaged(Exception):
    """The print is not, byte for byte, the one that was kept; it must be printed anew."""


@dataclass(frozen=True)
class CopyLine:
    """What the line in the margin says: whose copy it is, which number it has, and when it was made."""

    number: int
    name: str
    made_at: datetime
    zone: str

    def say(self, paper: Paper = A4) -> str:
        """Return the line in the language of the packet."""
        translations = translations_of(paper)
        name = clean_line(self.name)
        return translations.gettext("Copy {number} for {name}, {when}").format(
            number=self.number,
            name=name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…",
            when=words_for(paper.language, translations).moment(self.made_at, self.zone),
        )


def copy_path(source: str, reader_id: int, number: int, *, case_id: int, ending: str = COPY) -> str:
    """Return where below the files folder a copy lies, by the digest of its print, its reader and its number."""
    key = hashlib.sha256(f"{source} {reader_id} {number}".encode()).hexdigest()
    return f"packets/{case_id}/copies/{key[:24]}{ending}"


def make_copy(
    folder: Path, path: str, source_path: str, source: str, line: CopyLine, *, signing: Signing | None = None
) -> str:
    """Write a copy of a print, signed where there is a key, and return the SHA-256 of the copy.

    Args:
        path: of the copy, below the folder; `source_path` is that of the print.
        source: SHA-256 of the print.

    The same arguments make the same bytes. Raises PrintDamaged where the print is gone or is not that one any more.
    """
    print_file = folder / source_path
    pdf = print_file.read_bytes() if print_file.is_file() else b""
    if hashlib.sha256(pdf).hexdigest() != source:
        raise PrintDamaged(source_path)
    copy = stamp_copy(pdf, line.say(), signing)
    write_whole(folder / path, copy)
    return hashlib.sha256(copy).hexdigest()


def read_copy(folder: Path, path: str, digest: str) -> bytes | None:
    """Return a copy that was made before, None where its file is gone or damaged."""
    file = folder / path
    copy = file.read_bytes() if file.is_file() else b""
    return copy if hashlib.sha256(copy).hexdigest() == digest else None


def stamp_copy(pdf: bytes, line: str, signing: Signing | None = None) -> bytes:
    """Return the PDF with a line, bottom to top, in the right margin of every page, sealed anew or signed."""
    placed = set_line(line)
    with pikepdf.open(BytesIO(pdf)) as file:
        codes = {glyph: code for code, glyph in enumerate(dict.fromkeys(each.glyph for each in placed), 1)}
        font = _make_font(file, codes)
        before = file.make_stream(b"q\n")
        after: dict[tuple[float, float], pikepdf.Object] = {}
        for page in file.pages:
            _, foot, right, top = (float(edge) for edge in page.mediabox)
            spot = (right - FROM_EDGE, top - foot)
            if spot not in after:
                after[spot] = file.make_stream(_draw(placed, codes, spot[0], foot + FROM_FOOT, spot[1]))
            _add(page, before, after[spot], font)
        return close_file(file, signing, pdf)


def _add(page: pikepdf.Page, before: pikepdf.Object, after: pikepdf.Object, font: pikepdf.Object) -> None:
    """Draw around a page's content, whose own changes of the coordinates end before the line begins."""
    content = page.obj.Contents
    streams = list(content) if isinstance(content, pikepdf.Array) else [content]
    page.obj.Contents = pikepdf.Array([before, *streams, after])
    resources: Any = page.obj.Resources
    if "/Font" not in resources:
        resources.Font = pikepdf.Dictionary()
    resources.Font[FONT] = font


def _draw(placed: tuple[Placed, ...], codes: dict[Glyph, int], x: float, y: float, height: float) -> bytes:
    length = sum(each.advance for each in placed) / EM
    size = min(SIZE, (height - 2 * FROM_FOOT) / max(length, 1))
    shown, rise = ["["], 0
    for each in placed:
        if each.y != rise:
            rise = each.y
            shown.append(f"] TJ {rise * size / EM:.3f} Ts [")
        if each.x:
            shown.append(str(-each.x))
        shown.append(f"<{codes[each.glyph]:02x}>")
        rest = each.x + each.glyph.width - each.advance
        if rest:
            shown.append(str(rest))
    line = f"{COLOUR} BT {FONT} {size:.3f} Tf 0 1 -1 0 {x:.3f} {y:.3f} Tm {' '.join(shown)}] TJ ET"
    return f"Q\n/Artifact <</Type /Pagination>> BDC q {line} Q EMC\n".encode()


def _make_font(file: pikepdf.Pdf, codes: dict[Glyph, int]) -> pikepdf.Object:
    """Make a font of just these outlines, each with the words it stands for."""
    names = {code: f"/g{code}" for code in codes.values()}
    shapes = {
        names[code]: file.make_stream(f"{glyph.width} 0 d0 {glyph.outline} f".encode()) for glyph, code in codes.items()
    }
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type3,
        Name=FONT,
        FontBBox=[0, 0, 0, 0],
        FontMatrix=[1 / EM, 0, 0, 1 / EM, 0, 0],
        FirstChar=1,
        LastChar=len(codes),
        Widths=[glyph.width for glyph in codes],
        Resources=pikepdf.Dictionary(),
        CharProcs=pikepdf.Dictionary(shapes),
        Encoding=pikepdf.Dictionary(
            Type=pikepdf.Name.Encoding, Differences=[1, *(pikepdf.Name(name) for name in names.values())]
        ),
        ToUnicode=file.make_stream(_write_words(codes)),
    )
    return file.make_indirect(font)


def _write_words(codes: dict[Glyph, int]) -> bytes:
    """Return the font's table from codes to Unicode."""
    told = [f"<{code:02x}> <{glyph.words.encode('utf-16-be').hex()}>" for glyph, code in codes.items() if glyph.words]
    blocks = [told[start : start + 100] for start in range(0, len(told), 100)]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CMapName /CopyLine def /CMapType 2 def",
        "1 begincodespacerange <00> <ff> endcodespacerange",
        *("\n".join((f"{len(block)} beginbfchar", *block, "endbfchar")) for block in blocks),
        "endcmap CMapName currentdict /CMap defineresource pop end end",
    ]
    return "\n".join(lines).encode()
