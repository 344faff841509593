"""One font file for all packets of a book: what each packet embeds of a typeface, put together glyph by glyph.

Packets keep the glyph numbers of the typeface they were cut from, so no page changes: only the font file is shared.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self

import pikepdf

MOST_POINTS = slice(6, 32)
"""The thirteen greatest values that a maxp table holds behind version and number of glyphs."""
LONG_OFFSETS = 1
REVISION, DATES = slice(4, 8), slice(18, 36)
"""Where a head table holds what tells one edition of a typeface from another."""
NEEDED = frozenset({b"head", b"hhea", b"maxp", b"hmtx", b"glyf", b"loca", b"cvt ", b"fpgm", b"prep", b"gasp"})
"""What a reader of a PDF takes from a TrueType file whose glyphs are asked for by number."""


@dataclass(slots=True)
class Typeface:
    """A TrueType file taken apart: its tables, and shape and widths of each glyph by number."""

    tables: dict[bytes, bytes]
    glyphs: list[bytes]
    widths: list[tuple[int, int]]

    @classmethod
    def read(cls, file: bytes) -> Self:
        """Take a font file apart; raise ValueError where it is not built as expected."""
        try:
            tables = _read_tables(file)
            count = struct.unpack_from(">H", tables[b"maxp"], 4)[0]
            is_long = struct.unpack_from(">h", tables[b"head"], 50)[0] == LONG_OFFSETS
            step, kind = (1, "I") if is_long else (2, "H")
            places = [each * step for each in struct.unpack_from(f">{count + 1}{kind}", tables[b"loca"])]
            glyphs = [tables[b"glyf"][start:end] for start, end in pairwise(places)]
            return cls(tables, glyphs, _read_widths(tables, count))
        except (struct.error, KeyError, IndexError) as error:
            raise ValueError(f"not a TrueType file as expected: {error}") from error

    def agrees_with(self, other: Typeface) -> bool:
        """Tell whether both were cut from the same file: names, dates, and the glyphs that both hold are the same."""
        if self.tables.get(b"name") != other.tables.get(b"name"):
            return False
        if any(self.tables[b"head"][each] != other.tables[b"head"][each] for each in (REVISION, DATES)):
            return False
        both = zip(self.glyphs, other.glyphs, self.widths, other.widths, strict=False)
        shared = ((mine, theirs, wide, width) for mine, theirs, wide, width in both if mine and theirs)
        return all(wide == width and mine.rstrip(b"\0") == theirs.rstrip(b"\0") for mine, theirs, wide, width in shared)

    def take(self, other: Typeface) -> None:
        """Add the glyphs of another one that are missing here."""
        missing = len(other.glyphs) - len(self.glyphs)
        if missing > 0:
            self.glyphs += [b""] * missing
            self.widths += other.widths[-missing:]
        for number, (glyph, width) in enumerate(zip(other.glyphs, other.widths, strict=True)):
            if not self.glyphs[number]:  # a blank keeps its width; one that was left out is 0 wide
                self.glyphs[number] = glyph
                self.widths[number] = width if glyph else max(self.widths[number], width)
        self.tables[b"maxp"] = _greater(self.tables[b"maxp"], other.tables[b"maxp"])

    def write(self) -> bytes:
        """Put the file together again."""
        glyphs = [each + bytes(-len(each) % 4) for each in self.glyphs]
        places = [0]
        for each in glyphs:
            places.append(places[-1] + len(each))
        count = len(glyphs)
        tables = {tag: table for tag, table in self.tables.items() if tag in NEEDED} | {
            b"glyf": b"".join(glyphs),
            b"loca": struct.pack(f">{count + 1}I", *places),
            b"hmtx": b"".join(struct.pack(">Hh", *each) for each in self.widths),
            b"maxp": _put(self.tables[b"maxp"], 4, ">H", count),
            b"hhea": _put(self.tables[b"hhea"], 34, ">H", count),
            b"head": _put(_put(self.tables[b"head"], 50, ">h", LONG_OFFSETS), 8, ">I", 0),
        }
        return _write_tables(tables)


@dataclass(slots=True)
class SharedFonts:
    """The typefaces of a book: each is a stream that grows with every packet that brings new glyphs."""

    book: pikepdf.Pdf
    known: dict[str, list[tuple[Typeface, pikepdf.Object]]] = field(default_factory=dict)
    seen: dict[bytes, pikepdf.Object] = field(default_factory=dict)

    def share(self, fonts: Any) -> None:
        """Let the fonts of a packet's pages (a /Font dictionary in the book) point to the shared files.

        A font that is no TrueType file stays as it is, but the very same file is in the book once.
        """
        for font in fonts.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            key = "/FontFile2" if "/FontFile2" in descriptor else "/FontFile3"
            if key not in descriptor:
                continue
            raw = descriptor[key].read_raw_bytes()
            if raw not in self.seen:
                name = str(descriptor.FontName).partition("+")[2]
                self.seen[raw] = self._find(name, descriptor[key]) if key == "/FontFile2" else descriptor[key]
            descriptor[key] = self.seen[raw]

    def finish(self) -> None:
        """Write the files that were put together."""
        for faces in self.known.values():
            for typeface, stream in faces:
                file = typeface.write()
                stream.write(file)
                stream.Length1 = len(file)

    def _find(self, name: str, stream: pikepdf.Object) -> pikepdf.Object:
        try:
            typeface = Typeface.read(stream.read_bytes())
        except ValueError:
            return stream
        faces = self.known.setdefault(name, [])
        for known, shared in faces:
            if known.agrees_with(typeface):
                known.take(typeface)
                return shared
        shared = self.book.make_stream(b"")
        faces.append((typeface, shared))
        return shared


def _read_tables(file: bytes) -> dict[bytes, bytes]:
    count = struct.unpack_from(">H", file, 4)[0]
    tables = {}
    for number in range(count):
        tag, _sum, start, length = struct.unpack_from(">4sIII", file, 12 + 16 * number)
        tables[tag] = file[start : start + length]
    return tables


def _read_widths(tables: dict[bytes, bytes], count: int) -> list[tuple[int, int]]:
    given = struct.unpack_from(">H", tables[b"hhea"], 34)[0]
    hmtx = tables[b"hmtx"]
    widths = [struct.unpack_from(">Hh", hmtx, 4 * number) for number in range(given)]
    last = widths[-1][0]
    rest = [(last, struct.unpack_from(">h", hmtx, 4 * given + 2 * number)[0]) for number in range(count - given)]
    return [(each[0], each[1]) for each in widths] + rest


def _greater(mine: bytes, other: bytes) -> bytes:
    both = (struct.unpack(">13H", each[MOST_POINTS]) for each in (mine, other))
    return mine[:6] + struct.pack(">13H", *map(max, *both)) + mine[32:]


def _put(table: bytes, place: int, kind: str, value: int) -> bytes:
    size = struct.calcsize(kind)
    return table[:place] + struct.pack(kind, value) + table[place + size :]


def _write_tables(tables: dict[bytes, bytes]) -> bytes:
    """Write a TrueType file; the sum of the whole makes no difference inside a PDF and stays 0."""
    step = 1 << (len(tables).bit_length() - 1)
    head = struct.pack(
        ">IHHHH", 0x00010000, len(tables), step * 16, step.bit_length() - 1, len(tables) * 16 - step * 16
    )
    body, entries, place = b"", b"", 12 + 16 * len(tables)
    for tag, table in sorted(tables.items()):
        padded = table + bytes(-len(table) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        entries += struct.pack(">4sIII", tag, total, place, len(table))
        body, place = body + padded, place + len(padded)
    return head + entries + body
