"""A PDF that is written object by object: what is written takes no memory but the room for its place in the file.

Dictionaries go into compressed object streams, streams stand by themselves; the list of places comes last.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from array import array
from dataclasses import dataclass, field
from io import BytesIO

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
HELD = 500
"""How many dictionaries an object stream holds: many compress well, few are opened fast."""
FREE, PLAIN, PACKED = 0, 1, 2
"""What kind of place an object has: none, a position in the file, a number within an object stream."""
ROW = 8


@dataclass(slots=True)
class BookFile:
    """The file while it grows; a number is reserved before its object is written, so that others can name it."""

    _file: BytesIO = field(default_factory=lambda: BytesIO(HEAD))
    _places: array[int] = field(default_factory=lambda: array("Q", [65535]))
    _held: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._file.seek(0, 2)

    def reserve(self) -> int:
        """Return the number of an object that is to come."""
        self._places.append(0)
        return len(self._places) - 1

    def put(self, number: int, body: bytes) -> int:
        """Write an object that is no stream and return its number."""
        self._held.append((number, body))
        if len(self._held) == HELD:
            self._pack()
        return number

    def put_open(self, number: int, body: bytes) -> int:
        """Write an object by itself, uncompressed, so that its bytes can be found in the file; return its number."""
        self._places[number] = _place(PLAIN, self._file.tell(), 0)
        self._file.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def put_stream(self, number: int, entries: bytes, data: bytes) -> int:
        """Write a stream with its data as they are, and return its number.

        Args:
            entries: of its dictionary, all but its length.
        """
        self._places[number] = _place(PLAIN, self._file.tell(), 0)
        self._file.write(b"%d 0 obj\n<<%b/Length %d>>stream\n" % (number, entries, len(data)))
        self._file.write(data)
        self._file.write(b"\nendstream\nendobj\n")
        return number

    def put_packed(self, number: int, entries: bytes, data: bytes) -> int:
        """Write a stream that is compressed here, and return its number."""
        return self.put_stream(number, entries + b"/Filter/FlateDecode", zlib.compress(data, 9))

    def finish(self, root: int, info: int) -> bytes:
        """Write the list of places and return the whole file.

        Args:
            root: number of the catalogue; `info` is that of the words about the file.
        """
        self._pack()
        name = hashlib.sha256(self._file.getbuffer()).hexdigest()[:32]
        number, start = self.reserve(), self._file.tell()
        self._places[number] = _place(PLAIN, start, 0)
        trailer = (
            b"/Type/XRef/Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]/W[1 5 2]/DecodeParms<</Predictor 12/Columns %d>>"
        )
        entries = trailer % (len(self._places), root, info, name.encode(), name.encode(), ROW)
        self.put_packed(number, entries, _steps(self._places))
        self._file.write(b"startxref\n%d\n%%%%EOF\n" % start)
        return self._file.getvalue()

    def _pack(self) -> None:
        """Write the objects that wait as one stream."""
        if not self._held:
            return
        number = self.reserve()
        at, index = 0, []
        for place, (each, body) in enumerate(self._held):
            self._places[each] = _place(PACKED, number, place)
            index.append(b"%d %d" % (each, at))
            at += len(body) + 1
        head = b" ".join(index) + b"\n"
        data = head + b"\n".join(body for _, body in self._held)
        self.put_packed(number, b"/Type/ObjStm/N %d/First %d" % (len(self._held), len(head)), data)
        self._held.clear()


def _place(kind: int, where: int, index: int) -> int:
    return kind << 56 | where << 16 | index


def _steps(places: array[int]) -> bytes:
    """Return the list of places, each row as its distance from the one before: equal steps compress to nothing."""
    rows = array("Q", places)
    if sys.byteorder == "little":
        rows.byteswap()
    flat = rows.tobytes()
    steps = bytes((new - old) & 255 for new, old in zip(flat, bytes(ROW) + flat, strict=False))
    return b"".join(b"\2" + steps[at : at + ROW] for at in range(0, len(steps), ROW))
