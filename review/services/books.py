"""Books: asked for by a member, put together by a job once their packets are printed, given up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.book import merge_to_file
from review.adapters.jobs import job
from review.domain.access import Actor
from review.domain.errors import NotFound, TransitionRefused
from review.domain.packet_json import read_packet
from review.domain.text import text
from review.models import Book, BookPart, Committee, Cycle, Packet, PacketFile, Person
from review.queries.books import RUNNING, Bookable, BookRow, find_book, list_bookable
from review.queries.cases import lock_cases
from review.services import audit, printing
from review.services.book_turns import MERGE, advance_book, move_book, record_book
from review.services.packets import LONGEST_ERROR, ask_for_file, files_folder, note_opened, print_anew
from review.services.request_keys import claim


def request_book(
    session: Session, committee_id: int, *, actor: Actor, now: datetime, request_key: str | None = None
) -> int:
    """Ask for the actor's book of a committee and return its number; what is printed already is used again.

    Asking opens every packet in it, which is kept as for one opened by hand. One that is being made and holds the same
    goes on; one that does not is given up.

    Raises:
        NotFound: the actor is not on this committee.
        TransitionRefused: there is no packet that they may have.
    """
    listed = list_bookable(session, committee_id, actor)
    to_open = sorted(each.case_id for each in listed if each.must_open)
    lock_cases(session, to_open)
    for case_id in to_open:
        note_opened(session, case_id, actor=actor, now=now)
    session.scalar(sa.select(Committee.id).where(Committee.id == committee_id).with_for_update(key_share=True))
    is_repeat = not claim(session, request_key, actor=actor, now=now)
    last = find_book(session, committee_id, actor)
    if last is not None and (is_repeat or (last.is_latest(listed) and _is_kept(session, last))):
        return last.id
    if not listed:
        raise TransitionRefused([text("No sealed packet of this committee is for you now")])
    return make_book(session, committee_id, listed, last, reader=actor, actor=actor, now=now)


def make_book(
    session: Session,
    committee_id: int,
    listed: Sequence[Bookable],
    last: BookRow | None,
    *,
    reader: Actor,
    actor: Actor,
    now: datetime,
) -> int:
    """Begin a book for a reader, who may be somebody else than who asks, and give up the last one if it is being made.

    Args:
        listed: what the reader may have.
    """
    if last is not None and last.is_running:
        _give_up(session, last.id, actor=actor, now=now)
    book = Book(committee_id=committee_id, person_id=reader.person_id, state="printing", asked_at=now)
    session.add(book)
    session.flush()
    for position, each in enumerate(listed, 1):
        file = _ask_for_whole(session, each, share=f"book-{committee_id}", now=now)
        session.add(BookPart(book_id=book.id, position=position, packet_file_id=file.id))
    detail: dict[str, object] = {"committee": committee_id, "packets": len(listed)}
    if reader.person_id != actor.person_id:
        detail["person"] = reader.person_id
    audit.record(session, "book.ask", actor=actor, now=now, subject_type="book", subject_id=book.id, detail=detail)
    advance_book(session, book.id, now=now)
    return book.id


def _is_kept(session: Session, book: BookRow) -> bool:
    """Tell whether a book goes on, or is there already because somebody had it prepared."""
    return book.is_running or (book.state == "ready" and (files_folder(session) / (book.path or "")).is_file())


def cancel_book(session: Session, committee_id: int, *, actor: Actor, now: datetime) -> None:
    """Give up the actor's book that is being made; prints that were asked for stay and are used by the next one.

    Raises NotFound for who has none, TransitionRefused where it is not being made any more.
    """
    book = find_book(session, committee_id, actor)
    if book is None:
        raise NotFound
    if not book.is_running or not _give_up(session, book.id, actor=actor, now=now):
        raise TransitionRefused([text("The book is not being made any more")])


def _give_up(session: Session, book_id: int, *, actor: Actor, now: datetime) -> bool:
    audit.record(session, "book.cancel", actor=actor, now=now, subject_type="book", subject_id=book_id)
    return move_book(session, book_id, RUNNING, state="cancelled")


def _ask_for_whole(session: Session, each: Bookable, *, share: str, now: datetime) -> PacketFile:
    """Ask for a packet's print; one that is not, byte for byte, what was printed is printed anew."""
    file = ask_for_file(session, session.get_one(Packet, each.packet_id), each.view, share=share, now=now)
    if file.state == "ready":
        content = (files_folder(session) / (file.path or "")).read_bytes()
        if hashlib.sha256(content).hexdigest() != file.digest:
            print_anew(session, file, share=share, now=now)
    return file


def read_for_merge(session: Session, book_id: int) -> dict[str, Any]:
    """Return what a render process needs to put a book together; nothing where it was given up."""
    book = session.get_one(Book, book_id)
    if book.state != "merging":
        return {}
    committee = session.get_one(Committee, book.committee_id)
    cycle = session.get_one(Cycle, committee.cycle_id)
    reader = session.get_one(Person, book.person_id)
    files = session.execute(
        sa.select(PacketFile, Packet)
        .join(Packet, Packet.id == PacketFile.packet_id)
        .join(BookPart, BookPart.packet_file_id == PacketFile.id)
        .where(BookPart.book_id == book_id)
        .order_by(BookPart.position)
    )
    return {
        "folder": str(files_folder(session)),
        "path": f"books/{book.committee_id}/{book.id}.pdf",
        "number": _number(session, book),
        "reader": reader.name,
        "made_at": book.asked_at.isoformat(),
        "zone": reader.zone or cycle.zone,
        **describe_committee(session, committee),
        "packets": [describe_packet(file, packet) for file, packet in files],
    }


def _number(session: Session, book: Book) -> int:
    """Return which book of its committee it is, from 1."""
    earlier = sa.select(sa.func.count()).where(Book.committee_id == book.committee_id, Book.id <= book.id)
    return session.scalars(earlier).one()


def describe_committee(session: Session, committee: Committee) -> dict[str, str]:
    """Return what the cover says of a committee, and where the key is that signs its books."""
    options = session.connection().get_execution_options()
    cycle = session.get_one(Cycle, committee.cycle_id)
    told = {"committee": committee.name, "cycle": cycle.name, "company": options.get("company", "")}
    return {**told, "signing_key": str(options["signing_key"])}


def describe_packet(file: PacketFile, packet: Packet) -> dict[str, Any]:
    """Return what a book says of a packet, in the words that were sealed, and where its print lies."""
    content = read_packet(packet.content.encode())
    levels = (content.case.from_level, content.case.to_level)
    return {
        "path": file.path,
        "digest": file.digest,
        "pages": file.page_count,
        "candidate": content.candidate.name,
        "levels": [level.code for level in levels if level],
        "case_code": content.case.code,
    }


def _reopen(session: Session, book_id: int) -> bool:
    """Let a book be put together again, unless its reader has asked for another one since."""
    book = session.get_one(Book, book_id)
    mine = (Book.committee_id == book.committee_id, Book.person_id == book.person_id)
    is_last = session.scalar(sa.select(sa.func.max(Book.id)).where(*mine)) == book_id
    return is_last and move_book(session, book_id, ("failed",), state="merging", error=None)


def _note_failure(session: Session, error: BaseException | str, book_id: int, *, now: datetime) -> None:
    printing.note_end(session, MERGE, book_id, error=str(error), now=now)
    record_book(session, "book.failed", session.get_one(Book, book_id), now=now)
    move_book(session, book_id, ("merging",), state="failed", error=str(error)[:LONGEST_ERROR], made_at=now)


@job(
    MERGE,
    read=read_for_merge,
    compute=merge_to_file,
    fail=_note_failure,
    begin=partial(printing.begin, MERGE),
    reopen=_reopen,
)
def keep_book(session: Session, result: dict[str, Any], book_id: int, *, now: datetime) -> None:
    """Keep the book that a render process has put together, and remove the reader's earlier ones."""
    printing.note_end(session, MERGE, book_id, now=now)
    if not result:
        return
    folder, book = files_folder(session), session.get_one(Book, book_id)
    made = {"path": result["path"], "digest": result["digest"], "page_count": result["pages"]}
    record_book(session, "book.made", book, now=now, number=result["number"], digest=result["digest"])
    if not move_book(session, book_id, ("merging",), state="ready", size_bytes=result["size"], made_at=now, **made):
        (folder / result["path"]).unlink(missing_ok=True)
        return
    for path in _older_paths(session, book):
        (folder / path).unlink(missing_ok=True)


def _older_paths(session: Session, book: Book) -> list[str]:
    mine = (Book.committee_id == book.committee_id, Book.person_id == book.person_id, Book.id < book.id)
    return [path for path in session.scalars(sa.select(Book.path).where(*mine)) if path]
