"""Words that occur nowhere else, each in one field of one object: wherever one is seen, it is known what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

WORD = re.compile(r"qx\d{4}zk", re.IGNORECASE)
"""No word of a language, not parted at the end of a line, and too long to turn up in a token by chance."""
HOST = "docs.company.example"


@dataclass(frozen=True, slots=True)
class Canary:
    """A planted word: in which field, and by which rows of the grid it is read.

    `rows` for everybody; the persons in `own` read it by the rows `own_rows`. `is_name` marks a person's name, which
    the directory shows to everybody: it tells only beside the case or beside words of theirs.
    """

    word: str
    place: str
    rows: frozenset[str]
    own: frozenset[str] = frozenset()
    own_rows: frozenset[str] = frozenset()
    is_name: bool = False


@dataclass(slots=True)
class Plot:
    """Where what is planted stands: canary by word; `linked` are the addresses of links by their field."""

    planted: dict[str, Canary] = field(default_factory=dict)
    linked: dict[str, str] = field(default_factory=dict)

    def plant(self, place: str, rows: str, *, own: str = "", own_rows: str = "", is_name: bool = False) -> str:
        """Return a new word for a field; rows, persons and their rows are parted by spaces."""
        word = f"qx{len(self.planted) + 1:04}zk"
        whose = frozenset(own.split()), frozenset(own_rows.split())
        self.planted[word] = Canary(word, place, frozenset(rows.split()), *whose, is_name)
        return word

    def plant_link(self, place: str, rows: str, *, own: str = "", own_rows: str = "") -> str:
        """Return a new word for a field, as a link that leads out."""
        word = self.plant(place, rows, own=own, own_rows=own_rows)
        self.linked[place] = f"https://{HOST}/{word}"
        return f"[{word}]({self.linked[place]})"

    def look(self, text: str) -> set[str]:
        """Return the words planted here that a text holds."""
        return self.planted.keys() & set(map(str.lower, WORD.findall(text)))

    def rows(self) -> frozenset[str]:
        """Return the rows of the grid that have a word planted."""
        return frozenset(row for each in self.planted.values() for row in (*each.rows, *each.own_rows))

    def places(self, words: Iterable[str]) -> list[str]:
        """Return the fields that words stand in."""
        return sorted(self.planted[word].place for word in words)
