"""What a book does when one of its packets is printed: wait for the others, be put together, or say what failed.

A book changes its state while the end of the audit chain is locked, so that of two packets printed at once the second
one sees the first.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.models import Book, BookPart, PacketFile
from review.services import audit, printing

MERGE = "merge_book"


def move_book(session: Session, book_id: int, before: tuple[str, ...], **values: object) -> bool:
    """Change a book that is in one of these states; False when it is in none of them any more."""
    statement = sa.update(Book).where(Book.id == book_id, Book.state.in_(before))
    done = session.execute(
        statement.values(version=Book.version + 1, **values).execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def record_book(session: Session, kind: str, book: Book, *, now: datetime, **detail: object) -> None:
    """Record what the system did with a book."""
    audit.record(session, kind, actor=SYSTEM, now=now, subject_type="book", subject_id=book.id, detail=detail)


def advance_books(session: Session, file_id: int, *, now: datetime) -> None:
    """Let every book that waits for this print take its next step; called once the print's own event is recorded."""
    waiting = sa.select(Book.id).join(BookPart).where(BookPart.packet_file_id == file_id, Book.state == "printing")
    for book_id in session.scalars(waiting).all():
        advance_book(session, book_id, now=now)


def advance_book(session: Session, book_id: int, *, now: datetime) -> None:
    """Put a book together once all its packets are printed; where one failed and none is waited for, it has failed."""
    parts = sa.select(PacketFile.state).join(BookPart).where(BookPart.book_id == book_id)
    states = Counter(session.scalars(parts))
    if states["waiting"]:
        return
    if states["failed"]:
        record_book(session, "book.failed", session.get_one(Book, book_id), now=now, packets=states["failed"])
        move_book(session, book_id, ("printing",), state="failed")
    elif move_book(session, book_id, ("printing",), state="merging"):
        printing.ask(session, MERGE, book_id, share="books", now=now)
