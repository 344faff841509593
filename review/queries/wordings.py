"""The words of mails and of the letter: those in force, what is proposed, and every version with who wrote it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.values import dataclass
from review.domain.wording import Piece
from review.domain.wording_letter import PARTS
from review.domain.wording_list import PIECES, Changed, keep_fit, words_of
from review.models import Person, Wording, WordingVersion

log = logging.getLogger(__name__)
STATE = (WordingVersion.published_at, WordingVersion.discarded_at)
saver, publisher = aliased(Person), aliased(Person)


@dataclass(frozen=True)
class PieceRow:
    """A mail or a part of the letter in the list: its words in force, and how they stand.

    `is_unfit`: changed words that cannot be said any more since an upgrade; the shipped ones are sent. `is_behind`:
    the shipped words are newer than those that were changed.
    """

    piece: Piece
    words: Mapping[str, str]
    is_changed: bool
    is_proposed: bool
    is_unfit: bool
    is_behind: bool


@dataclass(frozen=True)
class WordsRow:
    """One version of the words; `words` is complete, also where it went back to the shipped ones."""

    id: int
    number: int
    words: Mapping[str, str]
    is_shipped: bool
    shipped_digest: str
    saved_at: datetime
    saved_by_id: int
    saved_by: str
    published_at: datetime | None
    published_by: str
    discarded_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Tell whether it waits for a second person."""
        return self.published_at is None and self.discarded_at is None


def load_changed(session: Session) -> Changed:
    """Return the changed words that are in force now, one statement.

    Words that cannot be said any more since an upgrade are left out, with a warning: the shipped ones are said.
    """
    fit, unfit = keep_fit(_read_changed(session))
    if unfit:
        log.warning("changed words no longer fit, the shipped ones are used: %s", ", ".join(unfit))
    return fit


def list_pieces(session: Session) -> tuple[PieceRow, ...]:
    """Return every mail and part of the letter, two statements."""
    kept = _read_changed(session)
    fit, unfit = keep_fit(kept)
    columns = WordingVersion.piece, WordingVersion.shipped_digest, *STATE
    rows = session.execute(sa.select(*columns).order_by(WordingVersion.number)).all()
    newest = {row.piece: row for row in rows}
    in_force = {row.piece: row for row in rows if row.published_at is not None}
    return tuple(
        PieceRow(
            piece,
            words_of(piece, fit),
            is_changed=piece.id in kept,
            is_proposed=piece.id in newest and _is_open(newest[piece.id]),
            is_unfit=piece.id in unfit,
            is_behind=piece.id in kept and in_force[piece.id].shipped_digest != piece.shipped_digest,
        )
        for piece in PIECES.values()
    )


def list_versions(session: Session, piece: Piece) -> tuple[WordsRow, ...]:
    """Return every version of a piece's words, the newest first."""
    rows = session.execute(
        sa.select(WordingVersion, saver.name.label("saved_by"), publisher.name.label("published_by"))
        .join(saver, saver.id == WordingVersion.saved_by_id)
        .outerjoin(publisher, publisher.id == WordingVersion.published_by_id)
        .where(WordingVersion.piece == piece.id)
        .order_by(WordingVersion.number.desc())
        .execution_options(populate_existing=True)
    )
    return tuple(_row(piece, version, saved_by, published_by or "") for version, saved_by, published_by in rows)


def load_saved_letter(session: Session) -> Changed:
    """Return the changed words of the letter as they are saved, those that wait for a second person included."""
    parts = [piece.id for piece in PARTS]
    rows = session.execute(
        sa.select(WordingVersion.piece, WordingVersion.words)
        .where(WordingVersion.piece.in_(parts), WordingVersion.discarded_at.is_(None))
        .order_by(WordingVersion.number)
    )
    newest: Changed = {piece: words for piece, words in rows}  # noqa: C416 - rows are no pairs to mypy
    return keep_fit({piece: words for piece, words in newest.items() if words})[0]


def find_words_at(session: Session, piece: Piece, moment: datetime) -> Changed:
    """Return the changed words of a piece that were in force at a moment; of a letter those that it was drafted in."""
    words = session.scalar(
        sa.select(WordingVersion.words)
        .where(WordingVersion.piece == piece.id, WordingVersion.published_at <= moment)
        .order_by(WordingVersion.number.desc())
        .limit(1)
    )
    return keep_fit({piece.id: words})[0] if words else {}


def _read_changed(session: Session) -> Changed:
    rows = session.execute(sa.select(Wording.piece, Wording.words).order_by(Wording.id))
    return {piece: words for piece, words in rows if words}


def _is_open(row: Any) -> bool:
    return row.published_at is None and row.discarded_at is None


def _row(piece: Piece, version: WordingVersion, saved_by: str, published_by: str) -> WordsRow:
    return WordsRow(
        id=version.id,
        number=version.number,
        words=words_of(piece, {piece.id: version.words}),
        is_shipped=not version.words,
        shipped_digest=version.shipped_digest,
        saved_at=version.saved_at,
        saved_by_id=version.saved_by_id,
        saved_by=saved_by,
        published_at=version.published_at,
        published_by=published_by,
        discarded_at=version.discarded_at,
    )
