"""Where a committee's session is, as one member may see it, and whether anything is new since they looked."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.meeting import Place, TimeBox, find_place, read_time_box
from review.domain.values import dataclass
from review.models import AuditEvent, Case, CommitteeMember, Meeting
from review.queries.agenda import AgendaPage
from review.queries.fixed_words import fixed
from review.queries.reading_list import AT_WORK

QUIET = (
    "discussion.note",
    "packet.open",
    "packet.copy",
    "seat.mark_read",
    "seat.cast",
    "seat.change_vote",
    "vote.draft",
)
"""What is written often and changes no line of the agenda."""
OF_COMMITTEE = ("agenda.off", "agenda.confirm", "committee.set_member", "committee.remove_member")
"""What is recorded of a committee as a whole and changes its agenda; all else stands with a case of it."""


@dataclass(frozen=True)
class NowOn:
    """The case that is on: its place in the reader's own count, the criterion, and the time box."""

    case_id: int
    place: Place
    criterion_id: str
    criteria: tuple[tuple[str, str], ...]
    time_box: TimeBox

    @property
    def criterion(self) -> str:
        """Return the name of the criterion that is on; empty for the case as a whole."""
        return dict(self.criteria).get(self.criterion_id, "")


@dataclass(frozen=True)
class MeetingView:
    """A session as one member sees it. `is_out`: what is on now is not for them, not even which case it is.

    `version` goes with every press of who leads.
    """

    version: int
    is_out: bool
    on: NowOn | None


def load_meeting(session: Session, committee_id: int, page: AgendaPage, *, now: datetime) -> MeetingView:
    """Return where the session of a committee is, for the reader of this agenda; one statement."""
    row = session.execute(
        sa.select(Meeting, Case).outerjoin(Case, Case.id == Meeting.case_id).where(Meeting.committee_id == committee_id)
    ).first()
    if row is None:
        return MeetingView(0, is_out=False, on=None)
    meeting, case = row
    if case is None or case.committee_id != committee_id or case.closed_at is not None or case.phase not in AT_WORK:
        return MeetingView(meeting.version, is_out=False, on=None)
    if case.id not in page.rows:
        return MeetingView(meeting.version, is_out=True, on=None)
    return MeetingView(meeting.version, is_out=False, on=_read_on(meeting, case, page, now))


def find_newest(session: Session, committee_id: int, actor: Actor) -> int | None:
    """Return the number of the newest event that may change an agenda for a member; None for everybody else.

    One statement. Every change is in the record, numbered in the order of commits. The number must not leave the server
    as it is: from how it grows one could count the votes.
    """
    asked = {"committee": committee_id, "person": actor.person_id}
    is_member, *numbers = session.connection().execute(_newest(), asked).one()
    return max(number or 0 for number in numbers) if is_member else None


@cache
def _newest() -> sa.Select[bool, int, int, int]:
    """Return the statement, built once: every open screen asks it every two seconds.

    Each number is found with an index of its own, so that a long record costs nothing.
    """
    committee, person = sa.bindparam("committee", type_=sa.Integer), sa.bindparam("person", type_=sa.Integer)
    member = sa.exists().where(CommitteeMember.committee_id == committee, CommitteeMember.person_id == person)
    of_case = _highest(AuditEvent.case_id == Case.id, AuditEvent.kind.not_in(fixed(QUIET))).scalar_subquery()
    of_cases = sa.select(sa.func.max(of_case)).where(Case.committee_id == committee)
    of_committee = _highest(
        AuditEvent.kind.in_(fixed(OF_COMMITTEE)),
        AuditEvent.subject_type == "committee",
        AuditEvent.subject_id == committee,
    )
    of_people = _highest(AuditEvent.kind == "people.import")
    return sa.select(member, of_cases.scalar_subquery(), of_committee.scalar_subquery(), of_people.scalar_subquery())


def _highest(*where: sa.ColumnElement[bool]) -> sa.Select[int]:
    return sa.select(sa.func.max(AuditEvent.seq)).where(*where)


def _read_on(meeting: Meeting, case: Case, page: AgendaPage, now: datetime) -> NowOn:
    rated = page.rows[case.id].ladder.rated_criteria(case.to_level_id)
    return NowOn(
        case_id=case.id,
        place=find_place(case.id, page.done, page.agenda.order),
        criterion_id=meeting.criterion_id,
        criteria=tuple((each.id, each.name_for(case.track_id)) for each in rated),
        time_box=read_time_box(
            meeting.since_at or now,
            meeting.paused_at,
            meeting.paused_seconds,
            minutes=page.minutes_a_case,
            now=now,
        ),
    )
