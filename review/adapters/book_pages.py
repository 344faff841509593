"""One packet made ready for a book: smaller pages, a plainer structure tree, links that name no anchor any more."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name

TOO_FINE = re.compile(rb"(?<=\d\d\.\d{3})\d+")
"""Digits of a place on the page beyond a thousandth of a unit; numbers below ten, such as scales, keep theirs."""
PLAIN = (Name.Span, Name.Div, Name.NonStruct)
ATTRIBUTES = 5
"""More entries than Type, S, P, Pg and K has an element of the structure that says something by itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link or a bookmark leads: a page of the packet, from 0, and the point on it."""

    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A heading of a packet and what stands below it."""

    title: str
    place: Place


@dataclass(slots=True)
class Sheets:
    """A packet taken apart: `links` holds for each page the places its links lead to, by the link's number."""

    pdf: pikepdf.Pdf
    links: list[dict[int, Place]] = field(default_factory=list)
    bookmarks: list[Bookmark] = field(default_factory=list)


def take_apart(pdf: pikepdf.Pdf, mark: Callable[[pikepdf.Page, int], bytes], *, is_tagged: bool) -> Sheets:
    """Read links and bookmarks out of a printed packet, and make it smaller without a change that can be seen.

    Args:
        mark: what to draw on a page, by its number within the packet, on top of what is there.
        is_tagged: whether its structure will be used.
    """
    numbers: dict[Any, int] = {page.objgen: number for number, page in enumerate(pdf.pages)}
    anchors = _read_anchors(pdf, numbers)
    sheets = Sheets(pdf, bookmarks=_read_bookmarks(pdf, numbers))
    for number, page in enumerate(pdf.pages, 1):
        sheets.links.append(_take_links(page, anchors))
        _shorten(pdf, page, mark(page, number))
    if is_tagged:
        _plain_structure(pdf)
    return sheets


def _read_anchors(pdf: pikepdf.Pdf, numbers: dict[Any, int]) -> dict[str, Place]:
    names: Any = pdf.Root.get(Name.Names, Dictionary()).get(Name.Dests, Dictionary()).get(Name.Names, [])
    pairs = list(names)
    return {str(name): _place(target, numbers) for name, target in zip(pairs[::2], pairs[1::2], strict=True)}


def _place(target: Any, numbers: dict[Any, int]) -> Place:
    return Place(numbers[target[0].objgen], float(target[2]), float(target[3]))


def _read_bookmarks(pdf: pikepdf.Pdf, numbers: dict[Any, int]) -> list[Bookmark]:
    found, item = [], pdf.Root.get(Name.Outlines, Dictionary()).get(Name.First)
    while item is not None:
        found.append(Bookmark(str(item.Title), _place(item.Dest, numbers)))
        item = item.get(Name.Next)
    return found


def _take_links(page: pikepdf.Page, anchors: dict[str, Place]) -> dict[int, Place]:
    """Take the names out of a page's links and return where they lead."""
    links = {}
    for number, link in enumerate(page.obj.get(Name.Annots, [])):
        if Name.Dest in link:
            links[number] = anchors[str(link.Dest)]
            del link.Dest
    return links


def _shorten(pdf: pikepdf.Pdf, page: pikepdf.Page, mark: bytes) -> None:
    """Write a page's places to a thousandth of a unit, its words without the zeros between the letters, and a mark."""
    content = TOO_FINE.sub(b"", page.Contents.read_bytes()).replace(b">0<", b"").replace(b">0]", b">]")
    page.Contents = pdf.make_stream(b"")
    page.Contents.write(zlib.compress(b"q\n" + content + b"\nQ\n" + mark, 9), filter=Name.FlateDecode)


def _plain_structure(pdf: pikepdf.Pdf) -> None:
    """Take elements out of the tree that say nothing to any reader, such as a span around words: two thirds of it."""
    root = pdf.Root.StructTreeRoot
    owners: dict[tuple[int, int], Any] = {}
    kept: set[tuple[int, int]] = set()
    _take_up(root.K[0], owners, kept)
    nums = root.ParentTree.Nums
    for place, entry in enumerate(list(nums)):
        if isinstance(entry, pikepdf.Array):
            for number, owner in enumerate(list(entry)):
                if (last := _last_owner(owner, owners, kept)) is not owner:
                    entry[number] = last
        elif place % 2 and (last := _last_owner(entry, owners, kept)) is not entry:
            nums[place] = last


def _last_owner(owner: Any, owners: dict[tuple[int, int], Any], kept: Collection[tuple[int, int]]) -> Any:
    """Return whose words they are now; None for running heads and feet, which hang in no tree."""
    while owner is not None and owner.objgen in owners:
        owner = owners[owner.objgen]
    return owner if owner is not None and owner.objgen in kept else None


def _take_up(element: Any, owners: dict[tuple[int, int], Any], kept: set[tuple[int, int]]) -> tuple[list[Any], bool]:
    """Put what plain elements below hold into their parents; return what the element holds, and whether words.

    `owners` takes down whose the words of an element are that is there no more, `kept` which are there.
    """
    kept.add(element.objgen)
    page = element.get(Name.Pg)
    page_id = None if page is None else page.objgen
    kids: list[Any] = []
    has_words = is_changed = False
    for kid in element.K:
        if isinstance(kid, int):
            has_words = True
        elif (kind := kid.get(Name.S)) is not None:
            inner, is_said = _take_up(kid, owners, kept)
            if _is_plain(kid, kind, page_id, is_said=is_said):
                for each in inner:
                    if not isinstance(each, int) and Name.S in each:
                        each.P = element
                owners[kid.objgen] = element
                kids += inner
                has_words, is_changed = has_words or is_said, True
                continue
        kids.append(kid)
    if is_changed:
        element.K = pikepdf.Array(kids)
    return kids, has_words


def _is_plain(element: Any, kind: Any, page_id: tuple[int, int] | None, *, is_said: bool) -> bool:
    """Tell whether an element can go: no attributes, and words only where its parent stands on the same page."""
    if len(element) > ATTRIBUTES or kind not in PLAIN:
        return False
    if not is_said:
        return True
    return bool(kind == Name.Span and page_id is not None and element.Pg.objgen == page_id)
