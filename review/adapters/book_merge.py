"""Packets merged into one PDF: pages in order, links that stay within their packet, outline, labels, structure.

The book is written packet by packet, so it takes no more memory with many of them than with few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from review.adapters.book_copy import Copier, Id
from review.adapters.book_file import BookFile
from review.adapters.book_marks import FONT, Ink
from review.adapters.book_outline import Entry, Goal, write_outline
from review.adapters.book_pages import Place, Sheets, read_bookmarks, take_apart
from review.adapters.book_receipt import BOOK_NAME
from review.adapters.book_stamp import Stamps
from review.adapters.book_tree import Tree
from review.adapters.book_typefaces import SharedFonts
from review.adapters.packet_seal import seal_file
from review.adapters.packet_signature import Signing, add_field, fill_place, make_place
from review.domain.values import dataclass

TO_PACKET = "packet:"
"""What a link of the contents says before the number of the packet it leads to."""


@dataclass(frozen=True)
class Front:
    """What a book has beside its packets.

    Args:
        cover: PDF of cover and contents, whose links `packet:3` lead to the third packet.
        sample: PDF of a page with every sign that the marks on pages are made of.
        line: stands in the margin of every page.
        content: embedded as data, which `told` describes; it is as old as `dated` says, in the words of PDF.
    """

    cover: bytes
    sample: bytes
    line: str
    content: bytes
    told: str
    dated: str
    signing: Signing | None = None


@dataclass(frozen=True)
class Chapter:
    """A packet to be put into a book: its printed file, the name in the outline, and its number in words."""

    file: Path
    title: str
    label: str


@dataclass(frozen=True)
class Part:
    """A packet that is in the book: the numbers of its first page, of its pages together, and of its structure."""

    first: int
    height: float
    node: int
    pages: int
    structure: int


@dataclass(slots=True)
class Merging:
    """A book while it grows; `owners` are the lists of whose words stand on the pages, by their keys."""

    book: BookFile
    fonts: SharedFonts
    ink: Ink
    ink_font: int
    stamps: Stamps
    front: int
    node: int
    keys: int
    document: int
    next_key: int
    pages: int
    parts: list[Part] = field(default_factory=list)
    owners: list[tuple[int, int, int]] = field(default_factory=list)
    outline: list[Entry] = field(default_factory=list)
    labels: list[Any] = field(default_factory=list)


def merge_packets(front: Front, chapters: Sequence[Chapter]) -> tuple[bytes, int]:
    """Return front pages and packets as one PDF, signed or sealed, and how many pages it has.

    The same files give the same bytes.
    """
    with pikepdf.open(BytesIO(front.cover)) as cover, pikepdf.open(BytesIO(front.sample)) as signs:
        cover.attachments[BOOK_NAME] = _attach(cover, front)
        place = make_place(front.cover)
        if front.signing is not None:
            add_field(cover, place, front.signing.at)
        merging = _begin(cover, signs, front.line)
        for chapter in chapters:
            with pikepdf.open(chapter.file) as source:
                _add(merging, chapter, source)
        book = _finish(merging, cover)
    closed = seal_file(book) if front.signing is None else fill_place(book, place, front.signing.key)
    return closed, merging.pages


def _attach(cover: pikepdf.Pdf, front: Front) -> pikepdf.AttachedFileSpec:
    held = pikepdf.AttachedFileSpec(
        cover,
        front.content,
        description=front.told,
        filename=BOOK_NAME,
        mime_type="application/json",
        creation_date=front.dated,
        mod_date=front.dated,
    )
    held.relationship = Name.Data
    return held


def _begin(cover: pikepdf.Pdf, sample: pikepdf.Pdf, line: str) -> Merging:
    book = BookFile()
    fonts, ink = SharedFonts(book), Ink.of(sample)
    shared = Copier(sample, book)
    fonts.share(shared, {FONT: ink.font})
    return Merging(
        book=book,
        fonts=fonts,
        ink=ink,
        ink_font=shared.take(ink.font),
        stamps=Stamps(book, line),
        front=book.reserve(),
        node=book.reserve(),
        keys=book.reserve(),
        document=book.reserve(),
        next_key=max(int(key) for key in list(cover.Root.StructTreeRoot.ParentTree.Nums)[::2]) + 1,
        pages=len(cover.pages),
        labels=[0, Dictionary(S=Name.r)],
    )


def _add(merging: Merging, chapter: Chapter, source: pikepdf.Pdf) -> None:
    start = merging.pages

    def mark(page: pikepdf.Page, number: int) -> bytes:
        return merging.ink.write(page, f"{chapter.label}-{number} · {start + number}")

    sheets = take_apart(source, mark)
    copier = Copier(source, merging.book)
    pages = [page.obj for page in source.pages]
    node = merging.book.reserve()
    copier.numbers[source.Root.Pages.objgen] = node
    _lead(pages, sheets.links)
    fonts = pages[0].Resources.Font
    merging.fonts.share(copier, fonts)
    fonts[FONT] = copier.stand_in(merging.ink_font)
    merging.stamps.put(copier, pages)
    structure = _take_structure(merging, copier, pages, chapter)
    _write_pages(merging, copier, pages, node)
    merging.outline.append(_entry(chapter.title, copier, pages, sheets))
    merging.labels += [start, Dictionary(S=Name.D, P=pikepdf.String(f"{chapter.label}-"), St=1)]
    merging.parts.append(Part(copier.take(pages[0]), _height(pages[0]), node, len(pages), structure))
    merging.pages += len(pages)


def _write_pages(merging: Merging, copier: Copier, pages: Sequence[Any], node: int) -> None:
    """Write pages below a node of their own."""
    kids = b" ".join(b"%d 0 R" % copier.take(page) for page in pages)
    body = b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%b]>>" % (merging.node, len(pages), kids)
    merging.book.put(node, body)


def _lead(pages: Sequence[Any], links: Sequence[dict[int, Place]]) -> None:
    """Let each link lead to its page by itself, not by a name that another packet may have too."""
    for page, places in zip(pages, links, strict=True):
        for number, place in places.items():
            page.Annots[number].Dest = Array([pages[place.page], Name.XYZ, round(place.x, 2), round(place.y, 2), 0])


def _entry(title: str, copier: Copier, pages: Sequence[Any], sheets: Sheets) -> Entry:
    inner = tuple(
        Entry(each.title, Goal(copier.take(pages[each.place.page]), each.place.x, each.place.y))
        for each in sheets.bookmarks
        if each.place.page  # the one of the cover is the packet itself
    )
    return Entry(title, Goal(copier.take(pages[0]), 0, _height(pages[0])), inner)


def _height(page: Any) -> float:
    return float(page.MediaBox[3])


def _take_structure(merging: Merging, copier: Copier, pages: Sequence[Any], chapter: Chapter) -> int:
    """Hang a packet's tree into the book's as a part, count the keys of its pages and links on; return its number."""
    for page in pages:
        page.StructParents = int(page.StructParents) + merging.next_key
        for link in page.get(Name.Annots, []):
            if Name.StructParent in link:
                link.StructParent = int(link.StructParent) + merging.next_key
    tree = Tree(copier, chapter.label)
    part = tree.take(copier.source.Root.StructTreeRoot.K[0])
    part.kind, part.attributes = b"Part", b"/T" + pikepdf.String(chapter.title).unparse()
    number = tree.write(part, merging.document)
    _take_owners(merging, tree, copier.source.Root.StructTreeRoot.ParentTree, merging.next_key)
    return number


def _take_owners(merging: Merging, tree: Tree, keys: Any, offset: int) -> None:
    """Write down whose the words on the pages are, under keys counted on from an offset."""
    pairs = list(keys.Nums)
    owners = {int(key) + offset: owner for key, owner in zip(pairs[::2], pairs[1::2], strict=True)}
    first, last = min(owners), max(owners)
    nums = b" ".join(b"%d %b" % (key, tree.write_owners(owner)) for key, owner in sorted(owners.items()))
    body = b"<</Limits[%d %d]/Nums[%b]>>" % (first, last, nums)
    merging.owners.append((first, last, merging.book.put(merging.book.reserve(), body)))
    merging.next_key = max(merging.next_key, last + 1)


def _place(merging: Merging, root: Any) -> dict[Id, int]:
    """Return where the book keeps what holds the front pages together."""
    return {root.Pages.objgen: merging.front, root.StructTreeRoot.K[0].objgen: merging.document}


def _finish(merging: Merging, cover: pikepdf.Pdf) -> bytes:
    """Write the front pages, now that it is known where they lead, and what holds the book together."""
    book, root = merging.book, cover.Root
    copier = Copier(cover, book, _place(merging, root))
    keys, root.StructTreeRoot.ParentTree = root.StructTreeRoot.ParentTree, copier.stand_in(merging.keys)
    root.StructTreeRoot.ParentTreeNextKey = merging.next_key
    pages = [page.obj for page in cover.pages]
    merging.fonts.share(copier, pages[0].Resources.Font)
    _aim(merging, copier, pages)
    merging.stamps.put(copier, pages)
    marks = _list_bookmarks(copier, pages)
    _write_document(merging, Tree(copier, ""), keys)
    _write_pages(merging, copier, pages, merging.front)
    _write_nodes(merging)
    _write_owners(merging)
    root.Pages = copier.stand_in(merging.node)
    root.Outlines = copier.stand_in(write_outline(book, [*marks, *merging.outline]))
    root.PageLabels = Dictionary(Nums=Array(merging.labels))
    if Name.Dests in root.get(Name.Names, {}):
        del root.Names.Dests
    merging.fonts.finish()
    return book.finish(copier.take(root), copier.take(cover.trailer.Info))


def _aim(merging: Merging, copier: Copier, pages: Sequence[Any]) -> None:
    """Let the links of the contents lead to the first pages of packets."""
    for page in pages:
        for link in page.get(Name.Annots, []):
            address = str(link.get(Name.A, Dictionary()).get(Name.URI, ""))
            if address.startswith(TO_PACKET):
                part = merging.parts[int(address.removeprefix(TO_PACKET)) - 1]
                del link.A
                link.Dest = Array([copier.stand_in(part.first), Name.XYZ, 0, round(part.height, 2), 0])


def _list_bookmarks(copier: Copier, pages: Sequence[Any]) -> list[Entry]:
    found = read_bookmarks(copier.source)
    return [Entry(each.title, Goal(copier.take(pages[each.place.page]), each.place.x, each.place.y)) for each in found]


def _write_document(merging: Merging, tree: Tree, keys: Any) -> None:
    """Write the structure of the front pages, with those of the packets behind it."""
    whole = tree.copier.source.Root.StructTreeRoot
    document = tree.take(whole.K[0])
    document.kids += [b"%d 0 R" % part.structure for part in merging.parts]
    tree.write(document, tree.copier.find_number(whole.objgen[0]))
    _take_owners(merging, tree, keys, 0)


def _write_nodes(merging: Merging) -> None:
    """Write the node above all pages."""
    nodes = (merging.front, *(part.node for part in merging.parts))
    kids = b" ".join(b"%d 0 R" % each for each in nodes)
    merging.book.put(merging.node, b"<</Type/Pages/Count %d/Kids[%b]>>" % (merging.pages, kids))


def _write_owners(merging: Merging) -> None:
    """Write the list of those lists by their keys."""
    kids = b" ".join(b"%d 0 R" % number for _, _, number in sorted(merging.owners))
    merging.book.put(merging.keys, b"<</Kids[%b]>>" % kids)
