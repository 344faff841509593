"""Packets merged into one PDF: pages in order, links that stay within their packet, outline, labels, structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem

from review.adapters.book_fonts import SharedFonts
from review.adapters.book_marks import FONT, Ink
from review.adapters.book_pages import Bookmark, Place, take_apart

TO_PACKET = "packet:"
"""What a link of the contents says before the number of the packet it leads to."""
MOST_TAGGED = 250


@dataclass(frozen=True, slots=True)
class Chapter:
    """A packet to be put into a book: its printed file, the name in the outline, and its number in words."""

    file: Path
    title: str
    label: str


@dataclass(slots=True)
class Merging:
    """A book while it grows: `starts` holds the page, from 0, on which each packet begins."""

    book: pikepdf.Pdf
    ink: Ink
    fonts: SharedFonts
    starts: list[int]
    labels: list[Any]
    owners: list[Any]
    outline: list[OutlineItem]
    is_tagged: bool
    next_key: int


def merge_packets(front: bytes, sample: bytes, chapters: Sequence[Chapter], target: Path) -> int:
    """Write front pages and packets as one PDF and return how many pages it has.

    The same files give the same bytes. The front's links `packet:3` lead to the third packet; `sample` is a page with
    every sign that marks are made of. The structure tree of a packet takes 1.5 MB while the book is put together: one
    of more than MOST_TAGGED packets has none.
    """
    with pikepdf.open(BytesIO(front)) as book, pikepdf.open(BytesIO(sample)) as signs:
        merging = _begin(book, signs, is_tagged=len(chapters) <= MOST_TAGGED)
        for chapter in chapters:
            with pikepdf.open(chapter.file) as source:
                _add(merging, chapter, source)
        _finish(merging)
        count = len(book.pages)
        pikepdf.settings.set_flate_compression_level(9)
        book.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return count


def _begin(book: pikepdf.Pdf, sample: pikepdf.Pdf, *, is_tagged: bool) -> Merging:
    nums = book.Root.StructTreeRoot.ParentTree.Nums
    ink = Ink.of(book, sample)
    fonts = SharedFonts(book)
    fonts.share(book.pages[0].obj.Resources.Font)
    fonts.share({FONT: ink.font})
    return Merging(
        book=book,
        ink=ink,
        fonts=fonts,
        starts=[],
        labels=[0, Dictionary(S=Name.r)],
        owners=list(nums),
        outline=[],
        is_tagged=is_tagged,
        next_key=max((int(each) for each in list(nums)[::2]), default=-1) + 1,
    )


def _add(merging: Merging, chapter: Chapter, source: pikepdf.Pdf) -> None:
    book, start = merging.book, len(merging.book.pages)

    def mark(page: pikepdf.Page, number: int) -> bytes:
        return merging.ink.write(page, f"{chapter.label}-{number} · {start + number}")

    sheets = take_apart(source, mark, is_tagged=merging.is_tagged)
    book.pages.extend(source.pages)
    pages = [book.pages[number] for number in range(start, len(book.pages))]
    merging.starts.append(start)
    merging.labels += [start, Dictionary(S=Name.D, P=pikepdf.String(f"{chapter.label}-"), St=1)]
    _lead(pages, sheets.links)
    if merging.is_tagged:
        _take_structure(merging, pages, source, chapter.title)
    fonts = pages[0].obj.Resources.Font
    merging.fonts.share(fonts)
    fonts[FONT] = merging.ink.font
    merging.outline.append(_entry(chapter.title, pages, sheets.bookmarks))


def _lead(pages: Sequence[pikepdf.Page], links: Sequence[dict[int, Place]]) -> None:
    """Let each link lead to its page by itself, not by a name that another packet may have too."""
    for page, places in zip(pages, links, strict=True):
        for number, place in places.items():
            page.obj.Annots[number].Dest = _point(pages, place)


def _point(pages: Sequence[pikepdf.Page], place: Place) -> Array:
    return Array([pages[place.page].obj, Name.XYZ, round(place.x, 3), round(place.y, 3), 0])


def _entry(title: str, pages: Sequence[pikepdf.Page], bookmarks: Sequence[Bookmark]) -> OutlineItem:
    entry = OutlineItem(title, destination=_point(pages, Place(0, 0, _height(pages[0]))))
    entry.is_closed = True
    inner = (each for each in bookmarks if each.place.page)  # the one of the cover is the packet itself
    entry.children.extend(OutlineItem(each.title, destination=_point(pages, each.place)) for each in inner)
    return entry


def _height(page: pikepdf.Page) -> float:
    return float(page.mediabox[3])


def _take_structure(merging: Merging, pages: Sequence[pikepdf.Page], source: pikepdf.Pdf, title: str) -> None:
    """Hang a packet's tree into the book's as a part, and count the keys of its pages and links on."""
    book, offset = merging.book, merging.next_key
    root = source.Root.StructTreeRoot
    whole, nums = root.K[0], root.ParentTree.Nums
    carrier = source.make_indirect(Dictionary(Whole=whole, Nums=nums))
    del whole.P  # else the whole document would come along with it
    taken = book.copy_foreign(carrier)
    part = taken.Whole
    document = book.Root.StructTreeRoot.K[0]
    part.S, part.P, part.T = Name.Part, document, pikepdf.String(title)
    document.K.append(part)
    pairs = list(taken.Nums)
    for key, owner in zip(pairs[::2], pairs[1::2], strict=True):
        merging.owners += [int(key) + offset, owner]
        merging.next_key = max(merging.next_key, int(key) + offset + 1)
    for page in pages:
        page.obj.StructParents = int(page.obj.StructParents) + offset
        for link in page.obj.get(Name.Annots, []):
            if Name.StructParent in link:
                link.StructParent = int(link.StructParent) + offset


def _finish(merging: Merging) -> None:
    book = merging.book
    for page in book.pages[: merging.starts[0] if merging.starts else 0]:
        for link in page.obj.get(Name.Annots, []):
            _aim(book, link, merging.starts)
    if merging.is_tagged:
        tree = book.Root.StructTreeRoot
        tree.ParentTree.Nums = Array(merging.owners)
        tree.ParentTreeNextKey = merging.next_key
    else:
        _drop_structure(book)
    book.Root.PageLabels = Dictionary(Nums=Array(merging.labels))
    if Name.Names in book.Root:
        del book.Root.Names
    with book.open_outline() as outline:
        outline.root.extend(merging.outline)
    merging.fonts.finish()


def _drop_structure(book: pikepdf.Pdf) -> None:
    """Say nowhere that the book is tagged."""
    del book.Root.StructTreeRoot
    del book.Root.MarkInfo
    for page in book.pages:
        del page.obj.StructParents
        for link in page.obj.get(Name.Annots, []):
            if Name.StructParent in link:
                del link.StructParent
    with book.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        del metadata["pdfuaid:part"]


def _aim(book: pikepdf.Pdf, link: Any, starts: Sequence[int]) -> None:
    address = str(link.get(Name.A, Dictionary()).get(Name.URI, ""))
    if address.startswith(TO_PACKET):
        page = book.pages[starts[int(address.removeprefix(TO_PACKET)) - 1]]
        del link.A
        link.Dest = Array([page.obj, Name.XYZ, 0, round(_height(page), 3), 0])
