"""What a file is by its first bytes, whatever it is called: to refuse in plain words what is no table and no text."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from types import MappingProxyType
from xml.parsers.expat import ExpatError, ParserCreate

from review.domain.errors import Fault
from review.domain.text import Text, text

WORKBOOK = b"PK\x03\x04"
FIRST = 1024
"""How far into a file readers of PDF look for its mark."""
PROGRAM = text("a program")
PICTURE = text("a picture")
PACKED = text("a packed archive")
MARKS: Mapping[bytes, Text] = MappingProxyType(
    {
        b"MZ": PROGRAM,
        b"\x7fELF": PROGRAM,
        b"\xca\xfe\xba\xbe": PROGRAM,
        b"\xcf\xfa\xed\xfe": PROGRAM,
        b"#!": PROGRAM,
        b"\x89PNG": PICTURE,
        b"\xff\xd8\xff": PICTURE,
        b"GIF8": PICTURE,
        b"RIFF": PICTURE,
        b"\xd0\xcf\x11\xe0": text("an old or encrypted Excel file"),
        b"{\\rtf": text("a text document"),
        b"PK": PACKED,
        b"\x1f\x8b": PACKED,
        b"BZh": PACKED,
        b"7z\xbc\xaf": PACKED,
        b"Rar!": PACKED,
        b"\xfd7zXZ": PACKED,
        b"\x28\xb5\x2f\xfd": PACKED,
    }
)
MOST_LOOKED_AT = 200
PIECE = 4096
_WIDE = (b"\xff\xfe", b"\xfe\xff")
ENDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"workbook": (".xlsx",), "table": (".csv", ".tsv", ".txt"), "yaml": (".yaml", ".yml")}
)
"""What the names of files of each kind end in."""


def find_other_kind(data: bytes) -> Text | None:
    """Return what a file is that is no plain text, and None for what may be text."""
    if b"%PDF-" in data[:FIRST]:
        return text("a PDF")
    kind = next((kind for mark, kind in MARKS.items() if data.startswith(mark)), None)
    if kind is not None:
        return kind
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return text("a web page or drawing (HTML, XML, SVG)")
    first = data[:MOST_LOOKED_AT]
    is_wide = data.startswith(_WIDE) or first.count(0) > len(first) // 4  # UTF-16, with its mark or without
    is_binary = b"\x00" in data and not is_wide
    return text("no text, but bytes of some program") if is_binary else None


def find_text_fault(data: bytes, file: str, expected: Text) -> Fault | None:
    """Return why a file is not taken where text is expected."""
    kind = find_other_kind(data)
    return None if kind is None else Fault(text("this is %(kind)s", kind=kind), expected, file=file)


def find_name_fault(name: str, kind: str) -> Fault | None:
    """Return why a name does not fit what a file is: `workbook`, `table` or `yaml`."""
    if name.lower().endswith(ENDS[kind]):
        return None
    expected = text("a name that ends in %(ends)s", ends=" ".join(ENDS[kind]))
    return Fault(text("The name of the file does not fit what is in it"), expected, file=name)


def has_document_type(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Tell whether a part begins with a document type: no workbook needs one, and entities are defined there.

    Nothing behind the first element is read, and what is no XML has none.
    """
    parser, found = ParserCreate(), []
    parser.StartDoctypeDeclHandler = lambda *_names: found.append(True)
    parser.StartElementHandler = lambda *_names: found.append(False)
    with packed.open(part) as content:
        try:
            while not found and (piece := content.read(PIECE)):
                parser.Parse(piece)
        except ExpatError:
            pass
    return bool(found) and found[0]
