"""The words of mails and of the letter, changed by HR: a mail's at once, the letter's by a second person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.proposals import Kind, Proposal, accept_reason
from review.domain.text import text
from review.domain.wording import Piece, check_piece, unify_ends
from review.domain.wording_list import NONE_CHANGED, PIECES, words_of
from review.models import Person, Wording, WordingVersion
from review.services import audit
from review.services.first_writes import insert_once
from review.services.messages import enqueue_message
from review.services.proposals import is_own, tell_agreed, tell_partners, tell_replaced, tell_returned


def save_words(
    session: Session, piece_id: str, words: Mapping[str, str], *, version: int, actor: Actor, now: datetime
) -> int:
    """Keep the words of a mail, in force at once, or propose those of a part of the letter; return the new number.

    The words as they are shipped are kept as such: those of a later upgrade take their place.

    Args:
        words: every text of the piece.
        version: the newest number that whoever wrote had seen, 0 where there is none.

    Raises NotFound, NotAllowed for everybody but HR, Conflict when somebody saved first, Invalid with every fault.
    """
    acting, piece = _as_hr(actor), _find(piece_id)
    given = {name: unify_ends(value).strip() for name, value in words.items()}
    faults = check_piece(piece, given)
    if faults:
        raise Invalid(faults)
    return _keep(session, piece, given, version=version, actor=acting, now=now)


def reset_words(session: Session, piece_id: str, *, version: int, actor: Actor, now: datetime) -> int:
    """Go back to the shipped words: of a mail at once, of the letter as a proposal.

    Raises as save_words does, but TransitionRefused when somebody saved first.
    """
    acting, piece = _as_hr(actor), _find(piece_id)
    with _refuse_stale():
        return _keep(session, piece, words_of(piece, NONE_CHANGED), version=version, actor=acting, now=now)


def restore_words(session: Session, piece_id: str, number: int, *, version: int, actor: Actor, now: datetime) -> int:
    """Go back to the words of an earlier version; raise as reset_words, and NotFound for no such version."""
    _as_hr(actor)
    piece = _find(piece_id)
    row = session.scalar(_of(piece).where(WordingVersion.number == number))
    if row is None:
        raise NotFound
    words = words_of(piece, {piece.id: row.words})
    with _refuse_stale():
        return save_words(session, piece_id, words, version=version, actor=actor, now=now)


def publish_words(session: Session, piece_id: str, number: int, *, actor: Actor, now: datetime) -> None:
    """Put a proposal for the letter in force, for letters that are drafted from now on.

    Raises NotFound, NotAllowed for who proposed it, TransitionRefused when another has taken its place, Invalid when
    an upgrade has made its words unfit.
    """
    acting, piece = _as_hr(actor), _find(piece_id)
    wording = _lock(session, piece)
    row = _open_proposal(session, piece, number)
    if is_own(session, _proposal(row), row.saved_by_id, acting):
        raise NotAllowed(text("You proposed these words; somebody else in HR must publish them."), is_known=True)
    faults = check_piece(piece, words_of(piece, {piece.id: row.words}))
    if faults:
        raise Invalid(faults)
    row.published_at, row.published_by_id = now, acting.person_id
    wording.words = row.words
    session.flush()
    audit.record(session, "words.publish", actor=acting, now=now, **_about(row))
    tell_agreed(session, _proposal(row), row.saved_by_id, actor=acting, now=now)


def discard_words(session: Session, piece_id: str, number: int, why: str, *, actor: Actor, now: datetime) -> None:
    """Take a proposal for the letter away and say why.

    Raises as publish_words, but for who proposed it, who may; Invalid without a reason for everybody else.
    """
    acting, piece = _as_hr(actor), _find(piece_id)
    _lock(session, piece)
    row = _open_proposal(session, piece, number)
    why = accept_reason(why, is_own=row.saved_by_id in (acting.person_id, acting.on_behalf_of))
    row.discarded_at = now
    session.flush()
    audit.record(session, "words.discard", actor=acting, now=now, **_about(row, why))
    tell_returned(session, _proposal(row), row.saved_by_id, why, actor=acting, now=now)


def send_words_test(session: Session, piece_id: str, *, actor: Actor, now: datetime) -> str:
    """Write a mail with made-up values to whoever asks into the outbox; return their address.

    Raises NotFound for a part of the letter, NotAllowed, TransitionRefused for somebody without an address.
    """
    acting, piece = _as_hr(actor), _find(piece_id)
    if piece.is_letter:
        raise NotFound
    address = session.get_one(Person, acting.person_id).email
    if not address or acting.person_id is None:
        raise TransitionRefused([text("Your record has no e-mail address")])
    enqueue_message(
        session,
        key=f"words-test:{piece.id}:{acting.person_id}:{now.isoformat()}",
        to_person_id=acting.person_id,
        template="mail_test",
        params={"place": f"words:{piece.id}", "piece": piece.id},
        case_id=None,
        now=now,
    )
    audit.record(session, "words.test", actor=acting, now=now, detail={"piece": piece.id})
    return address


def _keep(
    session: Session, piece: Piece, words: Mapping[str, str], *, version: int, actor: Actor, now: datetime
) -> int:
    """Write a version, unless the newest says the same and was written against the same shipped words."""
    wording = _lock(session, piece)
    newest = session.scalar(_of(piece).order_by(WordingVersion.number.desc()).limit(1))
    if version != (newest.number if newest else 0):
        raise _conflict(session, piece, newest, words)
    kept = {} if words == words_of(piece, NONE_CHANGED) else dict(words)
    if newest is None and not kept:
        return 0
    if newest is not None and newest.discarded_at is None:
        if newest.words == kept and newest.shipped_digest == piece.shipped_digest:
            return newest.number
        if newest.published_at is None:
            newest.discarded_at = now
            tell_replaced(session, _proposal(newest), newest.saved_by_id, actor=actor, now=now)
    row = WordingVersion(
        piece=piece.id,
        number=version + 1,
        words=kept,
        shipped_digest=piece.shipped_digest,
        saved_at=now,
        saved_by_id=actor.person_id,
    )
    session.add(row)
    if not piece.is_letter:
        row.published_at, row.published_by_id, wording.words = now, actor.person_id, kept
    session.flush()
    kind = "words.propose" if piece.is_letter else "words.change" if kept else "words.reset"
    audit.record(session, kind, actor=actor, now=now, **_about(row))
    if piece.is_letter:
        tell_partners(session, _proposal(row), now=now)
    return row.number


def _conflict(session: Session, piece: Piece, newest: WordingVersion | None, mine: Mapping[str, str]) -> Conflict:
    """Return both words, of the texts that differ."""
    theirs = words_of(piece, {piece.id: newest.words} if newest else NONE_CHANGED)
    other = [name for name in theirs if theirs[name] != mine.get(name)] or list(theirs)
    by = session.get_one(Person, newest.saved_by_id).name if newest else ""
    number = newest.number if newest else 0
    return Conflict({name: theirs[name] for name in other}, {name: mine.get(name, "") for name in other}, number, by)


@contextmanager
def _refuse_stale() -> Iterator[None]:
    """Refuse what was pressed on a page that shows older words: there is no text to choose from."""
    try:
        yield
    except Conflict as error:
        raise TransitionRefused([text("Somebody has saved these words meanwhile; look at them first")]) from error


def _as_hr(actor: Actor) -> Actor:
    acting = acting_as(actor, Role.HR)
    if acting is None or acting.person_id is None:
        raise NotAllowed(text("Only HR changes the words of mails and letters."), is_known=True)
    return acting


def _find(piece_id: str) -> Piece:
    piece = PIECES.get(piece_id)
    if piece is None:
        raise NotFound
    return piece


def _lock(session: Session, piece: Piece) -> Wording:
    """Lock the words of a piece and return them as they are now; make their row where they were never changed."""
    session.execute(insert_once(session, Wording, {"piece": piece.id, "words": {}}, unique=("piece",)))
    statement = sa.select(Wording).where(Wording.piece == piece.id).with_for_update(key_share=True)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _of(piece: Piece) -> sa.Select[WordingVersion]:
    statement = sa.select(WordingVersion).where(WordingVersion.piece == piece.id)
    return statement.execution_options(populate_existing=True)


def _open_proposal(session: Session, piece: Piece, number: int) -> WordingVersion:
    row = session.scalar(_of(piece).where(WordingVersion.number == number))
    if row is None or not piece.is_letter:
        raise NotFound
    if row.published_at is not None or row.discarded_at is not None:
        raise TransitionRefused([text("This proposal is published, taken away, or another one has taken its place")])
    return row


def _proposal(row: WordingVersion) -> Proposal:
    return Proposal(Kind.WORDS, row.id, row.piece, str(row.number))


def _about(row: WordingVersion, why: str = "") -> dict[str, Any]:
    detail = {"piece": row.piece, "number": row.number} | ({"why": why} if why else {})
    return {"subject_type": "wording", "subject_id": row.id, "detail": detail}
