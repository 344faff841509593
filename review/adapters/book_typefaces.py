"""The fonts of a book: each typeface is in it once, whatever signs of it the packets use."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from review.adapters.book_copy import Copier
from review.adapters.book_file import BookFile
from review.adapters.book_fonts import Typeface

PAIR = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]+)>")
MOST_PAIRS = 100
"""How many signs one block of a table to Unicode may name."""
OF_A_SUBSET = ("/FontFile2", "/CIDSet", "/FontName", "/FontBBox")
"""What a font's descriptor says of the glyphs that one packet uses."""
Advances = dict[int, float]
Words = dict[bytes, bytes]


@dataclass(slots=True)
class Face:
    """A font of the book, put together from those of packets: how wide glyphs are, and for which words they stand."""

    number: int
    name: bytes
    descriptor: bytes
    advances: Advances
    words: Words

    def take(self, advances: Advances, words: Words) -> bool:
        """Add what another font of the same file says, unless it says anything else of a glyph: False then."""
        if not (_agree(self.advances, advances) and _agree(self.words, words)):
            return False
        self.advances |= advances
        self.words |= words
        return True


@dataclass(slots=True)
class Shared:
    """A font file of the book, and the fonts that show its glyphs."""

    number: int
    typeface: Typeface
    box: list[float]
    faces: list[Face] = field(default_factory=list)


@dataclass(slots=True)
class SharedFonts:
    """The typefaces of a book, which grow with every packet that brings new glyphs."""

    book: BookFile
    _known: dict[bytes, list[Shared]] = field(default_factory=dict)
    _seen: dict[bytes, int] = field(default_factory=dict)
    _files: dict[bytes, int] = field(default_factory=dict)

    def share(self, copier: Copier, fonts: Any) -> None:
        """Let the fonts of a /Font dictionary be fonts of the book.

        One that is no TrueType file with tables as expected is copied as it is, the very same file once.
        """
        for font in fonts.values():
            mark = _fingerprint(font)
            if mark not in self._seen:
                number = self._find(font)
                if number is None:
                    self._share_file(copier, font)
                    continue
                self._seen[mark] = number
            copier.numbers[font.objgen] = self._seen[mark]

    def finish(self) -> None:
        """Write files and fonts that were put together."""
        for shared in (each for several in self._known.values() for each in several):
            file = shared.typeface.write()
            self.book.put_packed(shared.number, b"/Length1 %d" % len(file), file)
            for face in shared.faces:
                self._write(face, shared)

    def _share_file(self, copier: Copier, font: Any) -> None:
        descriptor = _descriptor(font)
        for key in ("/FontFile2", "/FontFile3"):
            if key in descriptor:
                digest = hashlib.sha256(descriptor[key].read_raw_bytes()).digest()
                number = self._files.get(digest)
                if number is None:
                    self._files[digest] = copier.take(descriptor[key])
                else:
                    copier.numbers[descriptor[key].objgen] = number

    def _find(self, font: Any) -> int | None:
        descriptor = _descriptor(font)
        if (
            not font.is_indirect
            or "/FontFile2" not in descriptor
            or "/ToUnicode" not in font
            or font.get("/Encoding") != "/Identity-H"
        ):
            return None
        advances = read_advances(font.DescendantFonts[0].W)
        words = dict(PAIR.findall(font.ToUnicode.read_bytes()))
        said = pikepdf.Dictionary({key: each for key, each in descriptor.items() if key not in OF_A_SUBSET}).unparse()
        try:
            typeface = Typeface.read(descriptor.FontFile2.read_bytes(), max(advances))
        except ValueError:
            return None
        name = str(font.BaseFont)[1:].encode()
        box = [float(each) for each in descriptor.FontBBox]
        shared = self._share(typeface, name.partition(b"+")[2] + said, box)
        for face in shared.faces:
            if face.take(advances, words):
                return face.number
        face = Face(self.book.reserve(), b"/" + name, said[2:-2].strip(), advances, words)
        shared.faces.append(face)
        return face.number

    def _share(self, typeface: Typeface, key: bytes, box: list[float]) -> Shared:
        several = self._known.setdefault(key, [])
        for shared in several:
            if shared.typeface.agrees_with(typeface):
                shared.typeface.take(typeface)
                shared.box = [*map(min, shared.box[:2], box[:2]), *map(max, shared.box[2:], box[2:])]
                return shared
        several.append(Shared(self.book.reserve(), typeface, box))
        return several[-1]

    def _write(self, face: Face, shared: Shared) -> None:
        book = self.book
        words = book.put_packed(book.reserve(), b"", _write_words(face.words))
        box = b"/FontBBox[%b]" % b" ".join(b"%g" % each for each in shared.box)
        about = b"<<%b%b/FontName%b/FontFile2 %d 0 R>>" % (face.descriptor, box, face.name, shared.number)
        descriptor = book.put(book.reserve(), about)
        system = b"/CIDSystemInfo<</Ordering(Identity)/Registry(Adobe)/Supplement 0>>/CIDToGIDMap/Identity"
        widths = b"".join(_write_advances(face.advances))
        kind = b"<</Type/Font/Subtype/CIDFontType2/BaseFont%b%b/FontDescriptor %d 0 R/W[%b]>>"
        inner = book.put(book.reserve(), kind % (face.name, system, descriptor, widths))
        whole = b"<</Type/Font/Subtype/Type0/BaseFont%b/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
        book.put(face.number, whole % (face.name, inner, words))


def read_advances(given: Any) -> Advances:
    """Read the widths of a PDF's font by glyph: `first [width …]` and `first last width`."""
    found, parts = {}, iter(list(given))
    for first in parts:
        second = next(parts)
        if isinstance(second, pikepdf.Array):
            found.update({int(first) + place: float(each) for place, each in enumerate(second)})
        else:
            found.update(dict.fromkeys(range(int(first), int(second) + 1), float(next(parts))))
    return found


def _descriptor(font: Any) -> Any:
    return font.DescendantFonts[0].FontDescriptor


def _fingerprint(font: Any) -> bytes:
    """Return what tells a font from all others: its file, widths and words."""
    told, descriptor = hashlib.sha256(font.DescendantFonts[0].W.unparse()), _descriptor(font)
    for holder, key in ((descriptor, "/FontFile2"), (descriptor, "/FontFile3"), (font, "/ToUnicode")):
        told.update(hashlib.sha256(holder[key].read_raw_bytes() if key in holder else b"").digest())
    return told.digest()


def _agree(mine: Mapping[Any, object], other: Mapping[Any, object]) -> bool:
    return all(mine[key] == other[key] for key in mine.keys() & other.keys())


def _write_advances(advances: Advances) -> Iterator[bytes]:
    last = -2
    for glyph, width in sorted(advances.items()):
        if glyph == last + 1:
            yield b" %g" % width
        else:
            yield (b"]" if last >= 0 else b"") + b"%d[%g" % (glyph, width)
        last = glyph
    yield b"]" if advances else b""


def _write_words(words: Words) -> bytes:
    """Return the table from glyphs to Unicode."""
    told = [b"<%b> <%b>" % pair for pair in sorted(words.items())]
    blocks = [told[start : start + MOST_PAIRS] for start in range(0, len(told), MOST_PAIRS)]
    lines = [
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        b"/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        b"1 begincodespacerange <0000> <ffff> endcodespacerange",
        *(b"\n".join((b"%d beginbfchar" % len(block), *block, b"endbfchar")) for block in blocks),
        b"endcmap CMapName currentdict /CMap defineresource pop end end",
    ]
    return b"\n".join(lines)
