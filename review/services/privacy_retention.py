"""The end of keeping: approved by an HR partner, done by the sweep, kind by kind, with what was removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor, Role
from review.domain.checks.facts import ANSWERED
from review.domain.errors import NotAllowed, TransitionRefused
from review.domain.privacy_file import Kind
from review.domain.text import text
from review.models import (
    Book,
    CaseNote,
    DiscussionNote,
    ExampleRating,
    Feedback,
    FeedbackAnswer,
    HookDelivery,
    Message,
    PacketCopy,
    PastCase,
    PulledCase,
    Rating,
    RatingLine,
    RequestKey,
    RetentionRun,
    SignIn,
    SignInAttempt,
    Vote,
)
from review.queries.privacy_retention import list_due, select_due
from review.queries.privacy_rules import load_privacy_rules
from review.services import audit
from review.services.privacy_clear import (
    clear_answers,
    clear_cases,
    clear_invites,
    clear_vote_lines,
    delete_messages,
    drop_books,
    drop_copies,
    make_pseudonyms,
)
from review.services.privacy_reseal import strip_feedback
from review.services.request_keys import claim

BATCH = 200
"""Rows that are removed in one part."""
A_CASE = 20
WEIGHTS = dict.fromkeys((Kind.VOTES_AND_NOTES, Kind.FEEDBACK_TEXT, Kind.DRAFTS, Kind.CLOSED_CASES), A_CASE)
"""How many rows a case counts for: all that belongs to it is gone through."""
Ids = Sequence[int]


def approve_run(session: Session, *, actor: Actor, now: datetime, request_key: str | None = None) -> int | None:
    """Let what is due by now be removed by the next sweep; return the run's number.

    Raises NotAllowed for who is no HR partner, TransitionRefused while a run waits and where nothing is due. None when
    this form was sent before.
    """
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner can approve this"))
    if not claim(session, request_key, actor=actor, now=now):
        return None
    if session.scalar(_waiting().limit(1)) is not None:
        raise TransitionRefused([text("A run that was approved has not been done yet")])
    planned = {row.kind.value: row.count for row in list_due(session, load_privacy_rules(), now=now) if row.count}
    if not planned:
        raise TransitionRefused([text("Nothing has been kept long enough")])
    run = RetentionRun(planned=planned, approved_by_id=actor.person_id, approved_at=now, removed={})
    session.add(run)
    session.flush()
    audit.record(session, "retention.approve", actor=actor, now=now, detail={"run": run.id, **planned})
    return run.id


def do_in_parts(session: Session, *, now: datetime) -> Iterator[bool]:
    """Remove what approved runs are about, a part at a time; yield whether a run is done with that part.

    The caller may end its transaction after each part: on SQLite nobody else saves while one is removed. Each part has
    its event. What has been put on hold since the run was approved stays. A run that somebody else goes on with
    meanwhile is left to them; one that was broken off is gone on with by the next call.
    """
    for number in session.scalars(_waiting().order_by(RetentionRun.id)).all():
        yield from _do_run(session, number, now)


def _do_run(session: Session, number: int, now: datetime) -> Iterator[bool]:
    run = _take_run(session, number)
    part: Counter[str] = Counter()
    for kind in Kind:
        last = 0
        while run and (ids := _list_next(session, kind, run, last)):
            REMOVERS[kind](session, ids, _folder(session))
            part[kind.value] += len(ids)
            last = ids[-1]
            if sum(count * WEIGHTS.get(Kind(name), 1) for name, count in part.items()) >= BATCH:
                _note(session, run, part, now)
                removed = dict(run.removed)
                yield False
                run, part = _take_run(session, number, removed), Counter()
    if run:
        run.done_at = now
        _note(session, run, part, now)
        yield True


def _take_run(session: Session, number: int, removed: Mapping[str, int] | None = None) -> RetentionRun | None:
    """Lock a run; None where it is done, somebody else has it, or has removed more than was removed here."""
    run = session.scalar(
        _waiting(RetentionRun)
        .where(RetentionRun.id == number)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return run if run is None or removed in (None, run.removed) else None


def _list_next(session: Session, kind: Kind, run: RetentionRun, last: int) -> Ids:
    """Return the next rows of a kind, as many as go in one part."""
    due = select_due(kind, load_privacy_rules(), now=run.approved_at).subquery()
    most = BATCH // WEIGHTS.get(kind, 1)
    return session.scalars(sa.select(due.c.id).where(due.c.id > last).order_by(due.c.id).limit(most)).all()


def _note(session: Session, run: RetentionRun, part: Mapping[str, int], now: datetime) -> None:
    """Add a part to what a run has removed, with its event."""
    run.removed = dict(Counter(run.removed) + Counter(part))
    session.flush()
    audit.record(session, "retention.run", actor=SYSTEM, now=now, detail={"run": run.id, **part})


def _waiting(what: Any = RetentionRun.id) -> sa.Select[Any]:
    return sa.select(what).where(RetentionRun.done_at.is_(None))


def _folder(session: Session) -> Path:
    return Path(str(session.connection().get_execution_options()["files_dir"]))


def _votes_and_notes(session: Session, ids: Ids, _folder: Path) -> None:
    for table in (Vote, PulledCase):
        _do(session, sa.update(table).where(table.case_id.in_(ids)).values(reason=""))
    for notes in (DiscussionNote, CaseNote):
        _do(session, sa.delete(notes).where(notes.case_id.in_(ids)))
    clear_vote_lines(session, ids)


def _feedback_text(session: Session, ids: Ids, folder: Path) -> None:
    values = {"note": "", "decline_text": "", "refusal": ""}
    _do(session, sa.update(Feedback).where(Feedback.case_id.in_(ids)).values(values))
    clear_answers(session, Feedback.case_id.in_(ids))
    clear_invites(session, Feedback.case_id.in_(ids))
    strip_feedback(session, ids, folder)


def _drafts(session: Session, ids: Ids, _folder: Path) -> None:
    mine = (Feedback.case_id.in_(ids), Feedback.state.not_in(ANSWERED))
    _do(session, sa.delete(FeedbackAnswer).where(FeedbackAnswer.feedback_id.in_(sa.select(Feedback.id).where(*mine))))
    open_ones = sa.select(Rating.id).where(Rating.case_id.in_(ids), Rating.locked_at.is_(None))
    _do(session, sa.delete(RatingLine).where(RatingLine.rating_id.in_(open_ones)))


def _mails(session: Session, ids: Ids, _folder: Path) -> None:
    delete_messages(session, Message.__table__.c.id.in_(ids))


def _copies(session: Session, ids: Ids, folder: Path) -> None:
    drop_copies(session, PacketCopy.id.in_(ids), folder)


def _books(session: Session, ids: Ids, folder: Path) -> None:
    drop_books(session, Book.id.in_(ids), folder)


def _closed_cases(session: Session, ids: Ids, folder: Path) -> None:
    clear_cases(session, ids, folder)
    make_pseudonyms(session, ids)


def _rows_of(table: Any) -> Callable[[Session, Ids, Path], None]:
    def remove(session: Session, ids: Ids, _folder: Path) -> None:
        _do(session, sa.delete(table).where(table.id.in_(ids)))

    return remove


REMOVERS: Mapping[Kind, Callable[[Session, Ids, Path], None]] = {
    Kind.VOTES_AND_NOTES: _votes_and_notes,
    Kind.FEEDBACK_TEXT: _feedback_text,
    Kind.DRAFTS: _drafts,
    Kind.MAILS: _mails,
    Kind.SIGN_INS: _rows_of(SignIn),
    Kind.FAILED_SIGN_INS: _rows_of(SignInAttempt),
    Kind.FORM_KEYS: _rows_of(RequestKey),
    Kind.PRINT_COPIES: _copies,
    Kind.BOOKS: _books,
    Kind.CLOSED_CASES: _closed_cases,
    Kind.PAST_CASES: _rows_of(PastCase),
    Kind.EXAMPLE_RATINGS: _rows_of(ExampleRating),
    Kind.HOOK_CALLS: _rows_of(HookDelivery),
}


def _do(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
