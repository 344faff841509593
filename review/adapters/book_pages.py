"""One packet made ready for a book: smaller pages, a plainer structure tree, links that name no anchor any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name

from review.adapters.book_drawing import Drawings
from review.domain.values import dataclass


@dataclass(frozen=True)
class Place:
    """Where a link or a bookmark leads: a page of the packet, from 0, and the point on it."""

    page: int
    x: float
    y: float


@dataclass(frozen=True)
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


def take_apart(pdf: pikepdf.Pdf, mark: Callable[[pikepdf.Page, int], bytes]) -> Sheets:
    """Read links and bookmarks out of a printed packet, and make it smaller without a change that can be seen.

    Args:
        mark: what to draw on a page, by its number within the packet, on top of what is there.
    """
    numbers: dict[Any, int] = {page.objgen: number for number, page in enumerate(pdf.pages)}
    anchors = _read_anchors(pdf, numbers)
    sheets, drawings = Sheets(pdf, bookmarks=read_bookmarks(pdf)), Drawings(pdf)
    for number, page in enumerate(pdf.pages, 1):
        if Name.AcroForm in pdf.Root:
            _drop_signature(page)
        sheets.links.append(_take_links(page, anchors))
        drawings.shorten(page, mark(page, number))
        for box in (Name.BleedBox, Name.TrimBox):
            if box in page.obj and page.obj[box] == page.obj.MediaBox:
                del page.obj[box]
    for page in pdf.pages:
        drawings.drop(page)
    return sheets


def _drop_signature(page: pikepdf.Page) -> None:
    """Take the field of a signature off, which is that of the single packet."""
    held: Any = page.obj.get(Name.Annots, [])
    page.obj.Annots = pikepdf.Array([each for each in held if each.get(Name.Subtype) != Name.Widget])


def _read_anchors(pdf: pikepdf.Pdf, numbers: dict[Any, int]) -> dict[str, Place]:
    names: Any = pdf.Root.get(Name.Names, Dictionary()).get(Name.Dests, Dictionary()).get(Name.Names, [])
    pairs = list(names)
    return {str(name): _place(target, numbers) for name, target in zip(pairs[::2], pairs[1::2], strict=True)}


def _place(target: Any, numbers: dict[Any, int]) -> Place:
    return Place(numbers[target[0].objgen], float(target[2]), float(target[3]))


def read_bookmarks(pdf: pikepdf.Pdf) -> list[Bookmark]:
    """Return what the outline of a printed file holds, whatever stands below what."""
    numbers: dict[Any, int] = {page.objgen: number for number, page in enumerate(pdf.pages)}
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
