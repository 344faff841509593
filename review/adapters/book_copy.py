"""Objects of one PDF written into a book: each with all that it names, under numbers of the book's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from review.adapters.book_file import BookFile

TOKEN = re.compile(
    rb"\((?:[^\\()]|\\.)*\)|<[0-9a-fA-F]*>|(\d+) (\d+) R\b|(?: \d{2,4}\.\d{3})(\d+)",
    re.DOTALL,
)
"""A string (which stays), the name of another object, a place finer than a thousandth.

QPDF writes brackets within strings with a stroke before them, and never two values without a space between them.
"""
Id = tuple[int, int]


@dataclass(slots=True)
class Copier:
    """What was taken from one PDF: `numbers` holds under which number of the book each object is."""

    source: pikepdf.Pdf
    book: BookFile
    numbers: dict[Id, int] = field(default_factory=dict)
    _waiting: list[Id] = field(default_factory=list)

    def stand_in(self, number: int) -> pikepdf.Object:
        """Return an object of the source that stands for one of the book."""
        held = self.source.make_indirect(pikepdf.Dictionary())
        self.numbers[held.objgen] = number
        return held

    def take(self, held: Any) -> int:
        """Write an object with all that it names, and return its number."""
        number = self._number(held.objgen)
        while self._waiting:
            self._write(self._waiting.pop())
        return number

    def claim(self, held: int) -> int:
        """Return the number of an object that somebody else writes."""
        if (held, 0) not in self.numbers:
            self.numbers[held, 0] = self.book.reserve()
        return self.numbers[held, 0]

    def find_number(self, held: int) -> int:
        """Return the number of an object; it is written by the next `take` where it is not yet."""
        return self._number((held, 0))

    def translate(self, body: bytes) -> bytes:
        """Return a value with the numbers of the book in it; what it names is written by the next `take`."""
        return TOKEN.sub(self._put, body)

    def _number(self, held: Id) -> int:
        number = self.numbers.get(held)
        if number is None:
            number = self.numbers[held] = self.book.reserve()
            self._waiting.append(held)
        return number

    def _write(self, held: Id) -> None:
        value: Any = self.source.get_object(held)
        number = self.numbers[held]
        if isinstance(value, pikepdf.Stream):
            entries = pikepdf.Dictionary({key: each for key, each in value.items() if key != "/Length"})
            self.book.put_stream(number, self.translate(entries.unparse())[2:-2], value.read_raw_bytes())
        else:
            body = self.translate(value.unparse(resolved=True))
            is_signature = isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value
            (self.book.put_open if is_signature else self.book.put)(number, body)

    def _put(self, token: re.Match[bytes]) -> bytes:
        if token[1]:
            return b"%d 0 R" % self._number((int(token[1]), int(token[2])))
        return token[0][: -len(token[3])] if token[3] else token[0]
