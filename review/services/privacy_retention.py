"""The end of keeping: approved by an HR partner, done by the sweep, kind by kind, with what was removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def do_approved(session: Session, *, now: datetime) -> int:
    """Remove what approved runs are about, in one transaction; return how many runs were done.

    What has been put on hold since it was approved stays.
    """
    runs = session.scalars(_waiting(RetentionRun).with_for_update(key_share=True, skip_locked=True)).all()
    for run in runs:
        removed = {}
        for kind in Kind:
            ids = session.scalars(select_due(kind, load_privacy_rules(), now=run.approved_at).order_by("id")).all()
            if ids:
                for start in range(0, len(ids), BATCH):
                    REMOVERS[kind](session, ids[start : start + BATCH], _folder(session))
                removed[kind.value] = len(ids)
        run.removed, run.done_at = removed, now
        session.flush()
        audit.record(session, "retention.run", actor=SYSTEM, now=now, detail={"run": run.id, **removed})
    return len(runs)


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
