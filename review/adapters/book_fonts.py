"""A typeface taken apart and put together again: what each packet embeds of it becomes one file, glyph by glyph.

Packets keep the glyph numbers of the typeface they were cut from, so no page changes: only the font file is shared.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import field
from itertools import pairwise
from typing import Self

from review.domain.values import dataclass

Width = tuple[int, int]
MOST_POINTS = slice(6, 32)
"""The thirteen greatest values that a maxp table holds behind version and number of glyphs."""
LONG_OFFSETS = 1
MORE, WORDS = 0x20, 0x01
SCALES = {0x08: 2, 0x40: 4, 0x80: 8}
"""Flags of a part of a glyph: another one follows, its place takes two words, and how long its scale is."""
REVISION, DATES = slice(4, 8), slice(18, 36)
"""Where a head table holds what tells one edition of a typeface from another."""
NEEDED = frozenset({b"head", b"hhea", b"maxp", b"hmtx", b"glyf", b"loca", b"cvt ", b"fpgm", b"prep", b"gasp"})
"""What a reader of a PDF takes from a TrueType file whose glyphs are asked for by number."""


@dataclass(frozen=True)
class Shape:
    """A glyph: its outline, compared without what fills it up, and the parts it is made of.

    `parts` are those that no text asks for, with the place in the outline where their number belongs: each file numbers
    them in its own way.
    """

    key: bytes
    parts: tuple[tuple[int, Shape], ...]
    outline: bytes = field(compare=False)
    width: Width = field(compare=False)


@dataclass(slots=True)
class Typeface:
    """A TrueType file taken apart: its tables, and shape and width of each glyph that texts may ask for."""

    tables: dict[bytes, bytes]
    glyphs: list[Shape | None]
    widths: list[Width]

    @classmethod
    def read(cls, file: bytes, last: int) -> Self:
        """Take a font file apart; raise ValueError where it is not built as expected.

        Args:
            last: the greatest number of a glyph that texts ask for; those behind are parts of others.
        """
        try:
            tables = _read_tables(file)
            outlines = _read_outlines(tables)
            widths = _read_widths(tables, len(outlines))
            glyphs = [_shape(outlines, widths, number, last) for number in range(min(last + 1, len(outlines)))]
            return cls(tables, glyphs, widths[: len(glyphs)])
        except (struct.error, KeyError, IndexError, RecursionError) as error:
            raise ValueError(f"not a TrueType file as expected: {error}") from error

    def agrees_with(self, other: Typeface) -> bool:
        """Tell whether both were cut from the same file: names, dates, and the glyphs that both hold are the same."""
        if self.tables.get(b"name") != other.tables.get(b"name"):
            return False
        if any(self.tables[b"head"][each] != other.tables[b"head"][each] for each in (REVISION, DATES)):
            return False
        both = zip(self.glyphs, other.glyphs, self.widths, other.widths, strict=False)
        return all(mine == theirs and wide == width for mine, theirs, wide, width in both if mine and theirs)

    def take(self, other: Typeface) -> None:
        """Add the glyphs of another one that are missing here."""
        missing = len(other.glyphs) - len(self.glyphs)
        if missing > 0:
            self.glyphs += [None] * missing
            self.widths += other.widths[-missing:]
        for number, (glyph, width) in enumerate(zip(other.glyphs, other.widths, strict=True)):
            if self.glyphs[number] is None:  # a blank keeps its width; one that was left out is 0 wide
                self.glyphs[number] = glyph
                self.widths[number] = width if glyph else max(self.widths[number], width)
        self.tables[b"maxp"] = _greater(self.tables[b"maxp"], other.tables[b"maxp"])

    def write(self) -> bytes:
        """Put the file together again, the parts of glyphs behind all others."""
        parts: dict[Shape, int] = {}
        for glyph in self.glyphs:
            _number_parts(glyph, parts, len(self.glyphs))
        glyphs = [_outline(each, parts) for each in (*self.glyphs, *parts)]
        widths = [*self.widths, *(each.width for each in parts)]
        places = [0]
        for each in glyphs:
            places.append(places[-1] + len(each))
        count = len(glyphs)
        tables = {tag: table for tag, table in self.tables.items() if tag in NEEDED} | {
            b"glyf": b"".join(glyphs),
            b"loca": struct.pack(f">{count + 1}I", *places),
            b"hmtx": b"".join(struct.pack(">Hh", *each) for each in widths),
            b"maxp": _put(self.tables[b"maxp"], 4, ">H", count),
            b"hhea": _put(self.tables[b"hhea"], 34, ">H", count),
            b"head": _put(_put(self.tables[b"head"], 50, ">h", LONG_OFFSETS), 8, ">I", 0),
        }
        return _write_tables(tables)


def _shape(outlines: list[bytes], widths: list[Width], number: int, last: int) -> Shape | None:
    outline = outlines[number]
    if not outline:
        return None
    changed, parts = bytearray(outline), []
    for place, part in _parts_of(outline):
        inner = _shape(outlines, widths, part, last) if part > last else None
        if inner is not None:
            parts.append((place, inner))
            changed[place : place + 2] = b"\0\0"
    return Shape(bytes(changed).rstrip(b"\0"), tuple(parts), bytes(changed), widths[number])


def _parts_of(outline: bytes) -> Iterator[tuple[int, int]]:
    """Return the parts of a glyph that is made of others: where their numbers stand, and the numbers."""
    place, flags = 10, MORE if struct.unpack_from(">h", outline)[0] < 0 else 0
    while flags & MORE:
        flags, part = struct.unpack_from(">HH", outline, place)
        yield place + 2, part
        scale = next((size for flag, size in SCALES.items() if flags & flag), 0)
        place += 4 + (4 if flags & WORDS else 2) + scale


def _number_parts(glyph: Shape | None, parts: dict[Shape, int], first: int) -> None:
    for _, part in glyph.parts if glyph else ():
        _number_parts(part, parts, first)
        parts.setdefault(part, first + len(parts))


def _outline(glyph: Shape | None, parts: dict[Shape, int]) -> bytes:
    if glyph is None:
        return b""
    outline = bytearray(glyph.outline)
    for place, part in glyph.parts:
        struct.pack_into(">H", outline, place, parts[part])
    return bytes(outline) + bytes(-len(outline) % 4)


def _read_outlines(tables: dict[bytes, bytes]) -> list[bytes]:
    count = struct.unpack_from(">H", tables[b"maxp"], 4)[0]
    is_long = struct.unpack_from(">h", tables[b"head"], 50)[0] == LONG_OFFSETS
    step, kind = (1, "I") if is_long else (2, "H")
    places = [each * step for each in struct.unpack_from(f">{count + 1}{kind}", tables[b"loca"])]
    return [tables[b"glyf"][start:end] for start, end in pairwise(places)]


def _read_tables(file: bytes) -> dict[bytes, bytes]:
    count = struct.unpack_from(">H", file, 4)[0]
    tables = {}
    for number in range(count):
        tag, _sum, start, length = struct.unpack_from(">4sIII", file, 12 + 16 * number)
        tables[tag] = file[start : start + length]
    return tables


def _read_widths(tables: dict[bytes, bytes], count: int) -> list[Width]:
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
