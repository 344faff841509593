"""Books: packets that are printed already, put together in a render process behind a cover and contents.

WeasyPrint and pikepdf are imported inside the functions, so that whoever only names them does not pay for it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from review.adapters.packet_page import Page
from review.adapters.packet_words import words_for
from review.adapters.paper import Paper, Printed, translations_of
from review.adapters.pdf import A4, print_page
from review.domain.writing import clean_line

if TYPE_CHECKING:
    from review.adapters.book_merge import Chapter

MOST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A packet as the contents name it: its place in the book, and the page on which it begins."""

    number: int
    candidate: str
    move: str
    case_code: str
    page: int


@dataclass(frozen=True, slots=True)
class BookPage(Page):
    """What the template of cover and contents asks for."""

    committee: str
    cycle: str
    company: str
    reader: str
    made_on: date
    entries: tuple[Entry, ...]
    pages: int

    def header(self) -> str:
        """Return the running head, short enough for one line."""
        return self.short(f"{self.committee} · {self.cycle}", 64)


def merge_to_file(asked: dict[str, Any]) -> dict[str, Any]:
    """Put printed packets together below the files folder; return path, digest, size in bytes and pages.

    Args:
        asked: `folder` and the `path` below it; `committee`, `cycle`, `company`, `reader`, `made_on` (ISO day) for the
            cover; `packets`: for each, in order, `path`, `digest`, `pages`, `candidate`, `levels` (codes) and
            `case_code`. Where nothing is asked any more, nothing is done.

    The same packets give the same file, so doing it twice is harmless. Raises ValueError for a packet that is not
    what was printed, or is gone.
    """
    from review.adapters.book_merge import merge_packets

    if not asked:
        return {}
    folder, packets = Path(asked["folder"]), asked["packets"]
    for number, each in enumerate(packets, 1):
        _require_whole(folder / each["path"], each["digest"], number)
    front = print_front(asked)
    target = folder / asked["path"]
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    pages = merge_packets(front.pdf, print_sample().pdf, list_chapters(folder, packets), draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = draft.stat().st_size
    draft.replace(target)
    return {"path": asked["path"], "digest": digest, "size": size, "pages": pages}


def list_chapters(folder: Path, packets: Sequence[dict[str, Any]]) -> list[Chapter]:
    """Return what is merged: each print with its name in the outline and its number on the pages."""
    from review.adapters.book_merge import Chapter

    return [
        Chapter(folder / each["path"], f"{number}. {clean_line(each['candidate'])}, {_move(each)}", f"{number:03}")
        for number, each in enumerate(packets, 1)
    ]


def _require_whole(file: Path, digest: str, number: int) -> None:
    if not file.is_file():
        raise ValueError(f"the print of packet {number} is gone")
    if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        raise ValueError(f"packet {number} is not the file that was printed")


def print_front(asked: dict[str, Any], paper: Paper = A4) -> Printed:
    """Print cover and contents; the pages they take themselves are counted in, whatever they come to."""
    packets: Sequence[dict[str, Any]] = asked["packets"]
    own = 2
    for _ in range(MOST_TRIES):
        printed = print_page("packet/book.html", _lay_out(asked, packets, own, paper), "packet/book.css", paper=paper)
        if printed.pages == own:
            return printed
        own = printed.pages
    raise ValueError("the contents do not come to rest")


def print_sample(paper: Paper = A4) -> Printed:
    """Print one page with every sign of the marks on pages."""
    from review.adapters.book_marks import SIGNS

    page = Page(hashlib.sha256(SIGNS.encode()).hexdigest(), words_for(paper.language, translations_of(paper)))
    return print_page("packet/book_signs.html", page, "packet/book.css", paper=paper, signs=SIGNS)


def _move(packet: dict[str, Any]) -> str:
    return " – ".join(clean_line(code) for code in packet["levels"])


def _lay_out(asked: dict[str, Any], packets: Sequence[dict[str, Any]], own: int, paper: Paper) -> BookPage:
    entries, page = [], own + 1
    for number, each in enumerate(packets, 1):
        entries.append(Entry(number, each["candidate"], _move(each), each["case_code"], page))
        page += each["pages"]
    told = "\n".join(
        [*(str(asked[key]) for key in ("committee", "reader", "made_on")), *(p["digest"] for p in packets)]
    )
    return BookPage(
        digest=hashlib.sha256("\n".join(told).encode()).hexdigest(),
        words=words_for(paper.language, translations_of(paper)),
        committee=asked["committee"],
        cycle=asked["cycle"],
        company=asked["company"],
        reader=asked["reader"],
        made_on=date.fromisoformat(asked["made_on"]),
        entries=tuple(entries),
        pages=page - 1,
    )
