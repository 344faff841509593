"""Books: which packets a member may have in one, how far theirs is, and whether it may still be handed out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.packet_view import View
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Book, BookPart, Case, Committee, CommitteeMember, Cycle, Packet, PacketFile, Person
from review.queries.agenda import load_agenda
from review.queries.facts import TO_OPEN
from review.queries.packets import name_view
from review.queries.sights import load_sights

RUNNING = ("printing", "merging")
ON_COMMITTEE = frozenset({Role.MEMBER, Role.CHAIR})
SECONDS_A_PACKET = 3.0
"""How long a packet takes to print where none was printed since the book was asked for."""
SECONDS_A_MERGE = 0.2


@dataclass(frozen=True)
class Bookable:
    """A case on the agenda whose packet its reader may have printed; `must_open`: they have not opened it yet."""

    case_id: int
    packet_id: int
    view: str
    code: str
    candidate: str
    from_level_id: str | None
    to_level_id: str
    ladder: Ladder
    must_open: bool


@dataclass(frozen=True)
class PartRow:
    """A packet in a book, and how far its printing is."""

    case_id: int
    packet_id: int
    view: str
    state: str
    error: str | None
    rendered_at: datetime | None
    candidate: str
    code: str


@dataclass(frozen=True)
class BookRow:
    """The book that a reader asked for last, with its packets in order."""

    id: int
    state: str
    asked_at: datetime
    path: str | None
    size_bytes: int | None
    page_count: int | None
    error: str | None
    made_at: datetime | None
    parts: tuple[PartRow, ...]

    @property
    def is_running(self) -> bool:
        """True while packets are printed or put together."""
        return self.state in RUNNING

    @property
    def printed(self) -> int:
        """Return how many packets are printed."""
        return sum(part.state == "ready" for part in self.parts)

    @property
    def steps(self) -> int:
        """Return how many steps it takes: a print of each packet, and putting them together."""
        return len(self.parts) + 1

    @property
    def megabytes(self) -> str:
        """Return the size of the file in megabytes, as one reads it."""
        return f"{(self.size_bytes or 0) / 1e6:.1f}"

    @property
    def failed(self) -> tuple[PartRow, ...]:
        """Return the packets that could not be printed."""
        return tuple(part for part in self.parts if part.state == "failed")

    def holds_only(self, bookable: Sequence[Bookable]) -> bool:
        """Tell whether its reader may still have every word of it: the same sealed packets, and no view that is more.

        What was printed before the votes were revealed holds less than what is printed now, and is for them too.
        """
        allowed = {each.packet_id: (each.view, str(View.COMMITTEE)) for each in bookable if not each.must_open}
        return all(part.view in allowed.get(part.packet_id, ()) for part in self.parts)

    def is_latest(self, bookable: Sequence[Bookable]) -> bool:
        """Tell whether a book made now would hold the same in the same order."""
        return [(each.packet_id, each.view) for each in bookable] == [(p.packet_id, p.view) for p in self.parts]

    def minutes_left(self, *, now: datetime) -> int:
        """Return about how long it will take, by how fast packets were printed since it was asked for."""
        left = sum(part.state == "waiting" for part in self.parts)
        since = [part for part in self.parts if part.rendered_at is not None and part.rendered_at > self.asked_at]
        passed = (now - self.asked_at).total_seconds()
        pace = passed / len(since) if since else SECONDS_A_PACKET
        return max(ceil((left * pace + len(self.parts) * SECONDS_A_MERGE) / 60), 1)


@dataclass(frozen=True)
class BookPlan:
    """How much there is to do to prepare all members' books."""

    members: int
    packets: int
    to_print: int

    @property
    def minutes(self) -> int:
        """Return about how long it takes."""
        merging = self.members * self.packets * SECONDS_A_MERGE
        return max(ceil((self.to_print * SECONDS_A_PACKET + merging) / 60), 1)


def list_bookable(session: Session, committee_id: int, actor: Actor) -> tuple[Bookable, ...]:
    """Return what a member's book would hold now, in the order of their agenda; raise NotFound for everybody else.

    The cases are those of the agenda: one that the member is out of is not there, and leaves no gap.
    """
    page = load_agenda(session, committee_id, actor)
    order = (*page.done, *page.agenda.order)
    cycle = session.scalars(sa.select(Cycle).join(Committee).where(Committee.id == committee_id)).one()
    cases = {case.id: case for case in session.scalars(sa.select(Case).where(Case.id.in_(order)).order_by(Case.id))}
    sights = load_sights(session, tuple(cases.values()), {cycle.id: cycle.policy["conflicts"]}, actor)
    packets = _find_packets(session, order)
    found = []
    for case_id in order:
        sight, row = sights[case_id], page.rows[case_id]
        if case_id not in packets or not sight.roles & ON_COMMITTEE or not sight.may_read("packet.pdf"):
            continue
        found.append(
            Bookable(
                case_id=case_id,
                packet_id=packets[case_id],
                view=name_view(View.COMMITTEE, Phase(cases[case_id].phase)),
                code=row.code,
                candidate=row.candidate,
                from_level_id=row.from_level_id,
                to_level_id=row.to_level_id,
                ladder=row.ladder,
                must_open=row.seat in TO_OPEN and not row.has_opened,
            )
        )
    return tuple(found)


def require_lead(session: Session, committee_id: int, actor: Actor) -> None:
    """Raise NotFound for who leads no case of the committee."""
    if not load_agenda(session, committee_id, actor).led:
        raise NotFound


def plan_books(session: Session, committee_id: int, actor: Actor) -> BookPlan:
    """Return what it takes to prepare the books of all members; raise NotFound for who does not lead them.

    Counted are the packets that the reader may have, so the numbers tell nobody of a case that they are out of.
    """
    require_lead(session, committee_id, actor)
    listed = list_bookable(session, committee_id, actor)
    files = sa.select(PacketFile.packet_id, PacketFile.view).where(
        PacketFile.packet_id.in_([each.packet_id for each in listed]), PacketFile.state == "ready"
    )
    ready = {(row[0], row[1]) for row in session.execute(files)}
    members = sa.select(sa.func.count()).where(CommitteeMember.committee_id == committee_id)
    return BookPlan(
        members=session.scalars(members).one(),
        packets=len(listed),
        to_print=sum((each.packet_id, each.view) not in ready for each in listed),
    )


def find_book(session: Session, committee_id: int, actor: Actor) -> BookRow | None:
    """Return the book that the actor asked for last in this committee; two statements."""
    book = session.scalar(
        sa.select(Book)
        .where(Book.committee_id == committee_id, Book.person_id == actor.person_id)
        .order_by(Book.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if book is None:
        return None
    rows = session.execute(
        sa.select(
            Packet.case_id,
            Packet.id,
            PacketFile.view,
            PacketFile.state,
            PacketFile.error,
            PacketFile.rendered_at,
            Person.name,
            Case.code,
        )
        .join(BookPart, BookPart.packet_file_id == PacketFile.id)
        .join(Packet, Packet.id == PacketFile.packet_id)
        .join(Case, Case.id == Packet.case_id)
        .join(Person, Person.id == Case.candidate_id)
        .where(BookPart.book_id == book.id)
        .order_by(BookPart.position)
    )
    return BookRow(
        id=book.id,
        state=book.state,
        asked_at=book.asked_at,
        path=book.path,
        size_bytes=book.size_bytes,
        page_count=book.page_count,
        error=book.error,
        made_at=book.made_at,
        parts=tuple(PartRow(*row) for row in rows),
    )


def _find_packets(session: Session, case_ids: Sequence[int]) -> dict[int, int]:
    """Return the sealed packet that counts of each case."""
    rows = session.execute(
        sa.select(Packet.case_id, Packet.id)
        .where(Packet.case_id.in_(case_ids), Packet.unsealed_at.is_(None))
        .order_by(Packet.number)
    )
    return {row[0]: row[1] for row in rows}
