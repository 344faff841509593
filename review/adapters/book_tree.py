"""The structure of one packet, taken over into a book without what says nothing to any reader: two thirds of it.

It is read as QPDF writes it, for most of a thousand elements of a packet are of one form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pikepdf import Array

from review.adapters.book_copy import Copier

HELD = rb"(?:/K (?:\[ ([\dR ]*)\]|(\d+(?: \d+ R)?)) )?"
USUAL = re.compile(rb"<< " + HELD + rb"/P \d+ \d+ R (?:/Pg (\d+) \d+ R )?/S /(\w+) (?:/Type /StructElem )?>>")
"""An element without attributes: what it holds, its page and its kind."""
KID = re.compile(rb"(\d+)( \d+ R)?|(<< .*? >>)")
OWNER = re.compile(rb"(\d+) \d+ R|null")
LINK = re.compile(rb"<< /Obj \d+ \d+ R (?:/Pg \d+ \d+ R )?/Type /OBJR >>")
PLAIN = frozenset({b"Span", b"Div", b"NonStruct"})
OWN = frozenset({b"/K", b"/P", b"/Pg", b"/S", b"/Type"})
VALUE = re.compile(rb"\((?:[^\\()]|\\.)*\)|<<|>>|\[|\]|[^\s]+", re.DOTALL)
HEADERS = re.compile(rb"/Headers \[[^\]]*\]")
COUNTED = re.compile(rb"\((?=[\d-]+\))")
"""Where a name begins that is counted within a file."""


@dataclass(slots=True)
class Element:
    """An element: its number in the packet, and what it holds: words by number, links as written, elements."""

    number: int
    kind: bytes
    page: int
    kids: list[int | bytes | Element]
    attributes: bytes = b""

    @property
    def has_words(self) -> bool:
        """Tell whether words are right in it."""
        return any(isinstance(each, int) for each in self.kids)


@dataclass(slots=True)
class Tree:
    """The elements of a packet that say something; `owners` has those that hold the words of one that is gone.

    Args:
        label: put before the names of table headers, which are counted anew in each packet.
    """

    copier: Copier
    label: str
    owners: dict[int, Element] = field(default_factory=dict)

    def take(self, element: Any) -> Element:
        """Read an element and all below it."""
        return self._read(element.objgen[0], element.unparse(resolved=True))

    def write(self, whole: Element, parent: int) -> int:
        """Write the elements into the book below another one, and return the number of the first."""
        copier, waiting = self.copier, [(whole, parent)]
        while waiting:
            element, above = waiting.pop()
            number = copier.claim(element.number)
            held = b" ".join(self._name_kids(element))
            page = b"/Pg %d 0 R" % copier.find_number(element.page) if element.page else b""
            said = (element.kind, above, page, held, element.attributes)
            copier.book.put(number, b"<</Type/StructElem/S/%b/P %d 0 R%b/K[%b]%b>>" % said)
            waiting += [(each, number) for each in reversed(element.kids) if isinstance(each, Element)]
        return copier.claim(whole.number)

    def write_owners(self, entry: Any) -> bytes:
        """Return whose the words of a page are, or whose a link is, as it stands in the book."""
        if isinstance(entry, Array):
            return b"[%b]" % b" ".join(self._own(found[1]) for found in OWNER.finditer(entry.unparse(resolved=True)))
        return self._own(None if entry is None else b"%d" % entry.objgen[0])

    def _own(self, number: bytes | None) -> bytes:
        """Name an owner; none for running heads and feet, which hang in no tree."""
        owner = None if number is None else self.owners.get(int(number))
        while owner is not None and self.owners[owner.number] is not owner:
            owner = self.owners[owner.number]
        return b"null" if owner is None else b"%d 0 R" % self.copier.claim(owner.number)

    def _name_kids(self, element: Element) -> Iterator[bytes]:
        for each in element.kids:
            if isinstance(each, Element):
                yield b"%d 0 R" % self.copier.claim(each.number)
            else:
                yield each if isinstance(each, bytes) else b"%d" % each

    def _read(self, number: int, body: bytes) -> Element:
        usual = USUAL.fullmatch(body)
        if usual is None:
            element = self._read_rich(number, body)
        else:
            element = Element(number, usual[4], int(usual[3] or 0), self._read_kids(usual[1] or usual[2] or b""))
        self.owners[number] = element
        self._take_up(element)
        return element

    def _read_kids(self, held: bytes) -> list[int | bytes | Element]:
        return [
            self.copier.translate(inner) if inner else self._read_kid(int(number)) if is_named else int(number)
            for number, is_named, inner in KID.findall(held)
        ]

    def _read_kid(self, number: int) -> bytes | Element:
        body = self.copier.source.get_object(number, 0).unparse(resolved=True)
        return self.copier.translate(body) if LINK.fullmatch(body) else self._read(number, body)

    def _read_rich(self, number: int, body: bytes) -> Element:
        """Read an element that says more of itself, such as a cell of a table."""
        said = _split(body)
        if b"/ID" in said:
            said[b"/ID"] = self._rename(said[b"/ID"])
        if b"/A" in said:
            said[b"/A"] = HEADERS.sub(lambda found: self._rename(found[0]), said[b"/A"])
        rest = b" ".join(b"%b %b" % pair for pair in said.items() if pair[0] not in OWN)
        page = int(said.get(b"/Pg", b"0").split()[0])
        return Element(
            number, said[b"/S"][1:], page, self._read_kids(said.get(b"/K", b"")), self.copier.translate(rest)
        )

    def _rename(self, names: bytes) -> bytes:
        return COUNTED.sub(b"(%b." % self.label.encode(), names)

    def _take_up(self, element: Element) -> None:
        """Put what plain elements right below hold in their place."""
        kids: list[int | bytes | Element] = []
        for kid in element.kids:
            if isinstance(kid, Element) and _is_plain(kid, element.page):
                self.owners[kid.number] = element
                kids += kid.kids
            else:
                kids.append(kid)
        element.kids = kids


def _split(body: bytes) -> dict[bytes, bytes]:
    """Return the entries of a dictionary as they are written."""
    entries: dict[bytes, list[bytes]] = {}
    depth, key = 0, b""
    for token in VALUE.findall(body)[1:-1]:
        if depth == 0 and token.startswith(b"/") and (not key or entries[key]):
            key = token
            entries[key] = []
            continue
        depth += (token in (b"<<", b"[")) - (token in (b">>", b"]"))
        entries[key].append(token)
    return {key: b" ".join(value) for key, value in entries.items()}


def _is_plain(element: Element, page: int) -> bool:
    """Tell whether an element can go: no attributes, and words only where its parent stands on the same page."""
    if element.attributes or element.kind not in PLAIN:
        return False
    if element.kind == b"Span" and element.page == page != 0:
        return True
    return not element.has_words
