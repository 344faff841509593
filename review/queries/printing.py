"""What is printed, what waits and what failed, for HR and whoever runs the installation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.printing import BOOK, PACKET, cause_of, minutes_left, typical_seconds
from review.domain.values import dataclass
from review.models import Book, Case, Committee, PacketFile, Person, PrintJob
from review.queries.own_part import is_part_of

PAGE_SIZE = 50
MEASURED = 60
"""How many of the last prints tell how long one takes."""
MOST_RUNNING = 100
OPEN = ("waiting", "printing", "failed")


@dataclass(frozen=True)
class PrintFilter:
    """Which prints; page 0 is the whole list."""

    state: str = "failed"
    kind: str = ""
    page: int = 1


@dataclass(frozen=True)
class PrintRow:
    """A print. Code, candidate, view, committee and error are empty for whoever only runs the installation."""

    id: int
    kind: str
    state: str
    case_id: int | None
    code: str
    candidate: str
    view: str
    committee: str
    is_batch: bool
    tries: int
    worker: str
    error: str
    cause: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class PrintBoard:
    """What is printed now, what waits by kind, and a page of the list that was asked for."""

    running: tuple[PrintRow, ...]
    waiting: Mapping[str, int]
    failed: int
    oldest_at: datetime | None
    minutes: int
    seconds: Mapping[str, float]

    @property
    def waits(self) -> int:
        """Return how many prints wait."""
        return sum(self.waiting.values())

    @property
    def is_stuck(self) -> bool:
        """True while prints wait and nobody prints."""
        return bool(self.waits) and not self.running


@dataclass(frozen=True)
class PrintList:
    """A page of prints, and how many there are."""

    rows: tuple[PrintRow, ...]
    total: int


@dataclass(frozen=True)
class FailedPrint:
    """A print that failed, by its number, with its case: to lock that first."""

    id: int
    case_id: int | None


def load_board(session: Session, actor: Actor, *, processes: int) -> PrintBoard:
    """Return what is printed and what waits; three statements. Raises NotFound for all but HR and IT admins.

    Args:
        processes: how many prints run at once where it cannot be seen from those that do.
    """
    seen = _scope(actor)
    counted = session.execute(
        sa.select(PrintJob.state, PrintJob.kind, sa.func.count(), sa.func.min(PrintJob.asked_at))
        .outerjoin(Case, Case.id == PrintJob.case_id)
        .where(PrintJob.state.in_(OPEN), *seen)
        .group_by(PrintJob.state, PrintJob.kind)
        .order_by(PrintJob.kind)
    ).all()
    ended = session.execute(
        sa.select(PrintJob.kind, PrintJob.started_at, PrintJob.ended_at)
        .where(PrintJob.state == "done", PrintJob.started_at.is_not(None))
        .order_by(PrintJob.ended_at.desc())
        .limit(MEASURED)
    )
    seconds = typical_seconds((kind, begun, end) for kind, begun, end in ended if begun and end)
    statement = _rows(seen).where(PrintJob.state == "printing").order_by(PrintJob.worker, PrintJob.started_at)
    running = tuple(_row(row, actor) for row in session.execute(statement.limit(MOST_RUNNING)))
    waiting = {kind: count for state, kind, count, _at in counted if state == "waiting"}
    return PrintBoard(
        running=running,
        waiting=waiting,
        failed=sum(count for state, _kind, count, _at in counted if state == "failed"),
        oldest_at=min((at for state, _kind, _count, at in counted if state == "waiting"), default=None),
        minutes=minutes_left(waiting, seconds, max(len(running), processes)),
        seconds=seconds,
    )


def list_prints(session: Session, actor: Actor, wanted: PrintFilter) -> PrintList:
    """Return a page of the prints in one state, or the whole list; two statements. Raises as load_board does."""
    seen = [*_scope(actor), PrintJob.state == wanted.state]
    if wanted.kind:
        seen.append(PrintJob.kind == wanted.kind)
    counts = sa.select(sa.func.count()).select_from(PrintJob).outerjoin(Case, Case.id == PrintJob.case_id)
    total = session.scalar(counts.where(*seen)) or 0
    is_over = wanted.state in ("failed", "done", "given_up")
    order = (PrintJob.ended_at.desc(), PrintJob.id.desc()) if is_over else (PrintJob.asked_at, PrintJob.id)
    statement = _rows(seen).order_by(*order)
    if wanted.page:
        statement = statement.limit(PAGE_SIZE).offset((wanted.page - 1) * PAGE_SIZE)
    return PrintList(tuple(_row(row, actor) for row in session.execute(statement)), total)


def list_failed(session: Session, actor: Actor, *, only: int | None, limit: int) -> tuple[FailedPrint, ...]:
    """Return the prints that failed, those asked for first at the front. Raises as load_board does."""
    seen = [*_scope(actor), PrintJob.state == "failed"]
    if only is not None:
        seen.append(PrintJob.id == only)
    statement = sa.select(PrintJob.id, PrintJob.case_id).outerjoin(Case, Case.id == PrintJob.case_id).where(*seen)
    return tuple(FailedPrint(*row) for row in session.execute(statement.order_by(PrintJob.id).limit(limit)))


def _scope(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Return which prints there are for this actor: for HR, none of cases that they are part of or close to."""
    if actor.has(Role.HR):
        return [sa.or_(PrintJob.case_id.is_(None), sa.not_(is_part_of(actor.person_id)))]
    if actor.has(Role.IT_ADMIN):
        return []
    raise NotFound


def _rows(seen: list[sa.ColumnElement[bool]]) -> sa.Select[PrintJob, str, str, str, str]:
    is_file = sa.and_(PrintJob.kind == PACKET, PacketFile.id == PrintJob.subject_id)
    is_book = sa.and_(PrintJob.kind == BOOK, Book.id == PrintJob.subject_id)
    return (
        sa.select(
            PrintJob,
            sa.func.coalesce(Case.code, "").label("code"),
            sa.func.coalesce(Person.name, "").label("candidate"),
            sa.func.coalesce(PacketFile.view, "").label("view"),
            sa.func.coalesce(Committee.name, "").label("committee"),
        )
        .outerjoin(Case, Case.id == PrintJob.case_id)
        .outerjoin(Person, Person.id == Case.candidate_id)
        .outerjoin(PacketFile, is_file)
        .outerjoin(Book, is_book)
        .outerjoin(Committee, Committee.id == Book.committee_id)
        .where(*seen)
    )


def _row(row: Any, actor: Actor) -> PrintRow:
    print_job, knows_cases = row.PrintJob, actor.has(Role.HR)
    error = print_job.error or ""
    return PrintRow(
        id=print_job.id,
        kind=print_job.kind,
        state=print_job.state,
        case_id=print_job.case_id if knows_cases else None,
        code=row.code if knows_cases else "",
        candidate=row.candidate if knows_cases else "",
        view=row.view if knows_cases else "",
        committee=row.committee if knows_cases else "",
        is_batch=bool(print_job.share),
        tries=print_job.tries,
        worker=print_job.worker,
        error=error if knows_cases else "",
        cause=str(cause_of(error)),
        asked_at=print_job.asked_at,
        started_at=print_job.started_at,
        ended_at=print_job.ended_at,
    )
