"""Books: packets that are printed already, put together in a render process behind a cover and contents.

WeasyPrint and pikepdf are imported inside the functions, so that whoever only names them does not pay for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from review.adapters.packet_page import Page
from review.adapters.packet_words import words_for
from review.adapters.paper import Paper, Printed, translations_of
from review.adapters.pdf import A4, print_page
from review.domain.canonical_json import canonical_json, digest
from review.domain.values import dataclass
from review.domain.writing import clean_line

if TYPE_CHECKING:
    from review.adapters.book_merge import Chapter, Front
    from review.adapters.packet_signature import Signing

MOST_TRIES = 4
LONGEST_NAME = 80
ROWS = 32
"""About how many packets a page of contents names."""


@dataclass(frozen=True)
class Entry:
    """A packet as the contents name it: its place in the book, and the page on which it begins."""

    number: int
    candidate: str
    move: str
    case_code: str
    page: int


@dataclass(frozen=True)
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
        asked: `folder` and the `path` below it; `committee`, `cycle`, `company`, `reader` for the cover; `number` of
            the book within its committee (None where it has none) and when it was made, as `made_at` (ISO) in a `zone`;
            `signing_key`, a path (left out: the book is sealed);
            `packets`: for each, in order, `path`, `digest`, `pages`, `candidate`, `levels` (codes) and `case_code`.
            Where nothing is asked any more, nothing is done.

    The same packets give the same file, so doing it twice is harmless. Raises ValueError for a packet that is not
    what was printed, or is gone.
    """
    from review.adapters.book_merge import merge_packets
    from review.adapters.packet_files import write_whole

    if not asked:
        return {}
    folder, packets = Path(asked["folder"]), asked["packets"]
    for number, each in enumerate(packets, 1):
        _require_whole(folder / each["path"], each["digest"], number)
    book, pages = merge_packets(make_front(asked), list_chapters(folder, packets))
    write_whole(folder / asked["path"], book)
    return {
        "path": asked["path"],
        "digest": hashlib.sha256(book).hexdigest(),
        "size": len(book),
        "pages": pages,
        "number": asked["number"],
    }


def _read_signing(asked: dict[str, Any]) -> Signing | None:
    """Return with what a book is signed; None where there is no key, and it is sealed."""
    from review.adapters.packet_keys import read_key
    from review.adapters.packet_signature import Signing

    key = read_key(Path(asked["signing_key"])) if "signing_key" in asked else None
    return None if key is None else Signing(key, datetime.fromisoformat(asked["made_at"]))


def make_front(asked: dict[str, Any], paper: Paper = A4) -> Front:
    """Return all that a book has beside its packets."""
    from review.adapters.book_merge import Front

    content = write_content(asked)
    told = translations_of(paper).gettext("What is in this book")
    cover, sample = print_front(asked, paper).pdf, print_sample(paper).pdf
    dated = datetime.fromisoformat(asked["made_at"]).astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    return Front(cover, sample, say_line(asked, paper), content, told, dated, _read_signing(asked))


def write_content(asked: dict[str, Any]) -> bytes:
    """Return what a book says of itself as data: whose it is, and which prints it holds."""
    named = {key: asked[key] for key in ("committee", "cycle", "company", "reader", "number", "made_at", "zone")}
    packets = [
        {"case": each["case_code"], "print": each["digest"], "pages": each["pages"]} for each in asked["packets"]
    ]
    return canonical_json({"book": 1, **named, "packets": packets})


def say_line(asked: dict[str, Any], paper: Paper = A4) -> str:
    """Return what stands in the margin of every page: which book it is, whose, and when it was made."""
    translations, name = translations_of(paper), clean_line(asked["reader"])
    words, number = words_for(paper.language, translations), asked["number"]
    told = {
        "name": name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…",
        "when": words.moment(datetime.fromisoformat(asked["made_at"]), asked["zone"]),
    }
    if number is None:
        return translations.gettext("Book for {name}, {when}").format(**told)
    return translations.gettext("Book {number} for {name}, {when}").format(number=number, **told)


def list_chapters(folder: Path, packets: Sequence[dict[str, Any]]) -> list[Chapter]:
    """Return what is merged: each print with its name in the outline and its number on the pages."""
    from review.adapters.book_merge import Chapter

    return [
        Chapter(folder / each["path"], f"{number}. {clean_line(each['candidate'])}, {_move(each)}", f"{number:03}")
        for number, each in enumerate(packets, 1)
    ]


def _require_whole(file: Path, expected: str, number: int) -> None:
    if not file.is_file():
        raise ValueError(f"the print of packet {number} is gone")
    if hashlib.sha256(file.read_bytes()).hexdigest() != expected:
        raise ValueError(f"packet {number} is not the file that was printed")


def print_front(asked: dict[str, Any], paper: Paper = A4) -> Printed:
    """Print cover and contents; the pages they take themselves are counted in, whatever they come to."""
    packets: Sequence[dict[str, Any]] = asked["packets"]
    own = 1 + -(-max(len(packets) - 1, 1) // ROWS)  # a guess; where it is right, once is enough
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
    return BookPage(
        digest=digest(write_content(asked)),
        words=words_for(paper.language, translations_of(paper)),
        committee=asked["committee"],
        cycle=asked["cycle"],
        company=asked["company"],
        reader=asked["reader"],
        made_on=datetime.fromisoformat(asked["made_at"]).astimezone(ZoneInfo(asked["zone"])).date(),
        entries=tuple(entries),
        pages=page - 1,
    )
