"""Links of givers from outside the company: what a link opens now, and the invitations of a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NotFound
from review.domain.feedback_request import request_words
from review.domain.outside import find_end
from review.domain.phase import Phase
from review.domain.request_key import fold_key
from review.domain.text import Text
from review.domain.values import dataclass
from review.models import Case, Cycle, Feedback, Invite, InviteLink, Person, RequestKey
from review.queries.askable import find_obstacles_to_asking, is_visible
from review.queries.standing import Standing

OPEN_STATES = ("asked", "writing")
"""States of a request in which its link opens; in every other it answers like a link that never was."""


@dataclass(frozen=True)
class OpenLink:
    """What a link opens now: one request, for the one person whom it was mailed to, until `until_at`."""

    id: int
    invite_id: int
    case_id: int
    feedback_id: int
    actor: Actor
    organisation: str
    locale: str | None
    zone: str
    until_at: datetime
    is_first_use: bool

    @property
    def until_on(self) -> date:
        """Return the last day in the reader's zone."""
        return self.until_at.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class InviteRow:
    """Somebody from outside who is asked, for those who ask; `until_on` is None where no link opens."""

    feedback_id: int
    name: str
    organisation: str
    email: str
    worked_together: str
    words: Text
    until_on: date | None
    can_revoke: bool
    can_renew: bool


@dataclass(frozen=True)
class InvitePage:
    """The page for asking somebody from outside: why nobody can be asked now, and who is."""

    rows: tuple[InviteRow, ...]
    obstacles: tuple[Text, ...]


def find_open_link(session: Session, token_hash: str, *, now: datetime) -> OpenLink | None:
    """Return what a link opens now; None for one that is wrong, used, revoked, too old, or of a sealed case."""
    row = session.execute(_select_open(token_hash)).first()
    if row is None or find_end(row.due_at, row.created_at) < now:
        return None
    return OpenLink(
        id=row.id,
        invite_id=row.invite_id,
        case_id=row.case_id,
        feedback_id=row.feedback_id,
        actor=Actor(row.person_id, row.name, is_external=True),
        organisation=row.title,
        locale=row.locale,
        zone=row.zone,
        until_at=find_end(row.due_at, row.created_at),
        is_first_use=row.opened_at is None,
    )


def _select_open(token_hash: str) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            InviteLink.id,
            InviteLink.invite_id,
            InviteLink.created_at,
            Invite.opened_at,
            Feedback.id.label("feedback_id"),
            Feedback.case_id,
            Feedback.due_at,
            Person.id.label("person_id"),
            Person.name,
            Person.title,
            Person.locale,
            sa.func.coalesce(Person.zone, Cycle.zone).label("zone"),
        )
        .join(Invite, Invite.id == InviteLink.invite_id)
        .join(Feedback, Feedback.id == Invite.feedback_id)
        .join(Person, Person.id == Feedback.giver_id)
        .join(Case, Case.id == Feedback.case_id)
        .join(Cycle, Cycle.id == Case.cycle_id)
        .where(
            InviteLink.token_hash == token_hash,
            InviteLink.ended_at.is_(None),
            Feedback.state.in_(OPEN_STATES),
            Case.phase == Phase.COLLECTING,
        )
    )


def has_taken_effect(session: Session, token_hash: str, request_key: str | None) -> bool:
    """Tell whether this form was sent by this link before: whoever holds both sees the same thanks again."""
    if not request_key:
        return False
    statement = (
        sa.select(RequestKey.id)
        .join(Feedback, Feedback.giver_id == RequestKey.person_id)
        .join(Invite, Invite.feedback_id == Feedback.id)
        .join(InviteLink, InviteLink.invite_id == Invite.id)
        .where(InviteLink.token_hash == token_hash, RequestKey.key == fold_key(request_key))
    )
    return session.scalar(statement) is not None


def shows_link(standing: Standing, row: Feedback) -> bool:
    """Tell whether the actor may know and decide about the link of a request.

    After a yes only for who may see authors: a link that ends would tell everybody else who has finished.
    """
    return row.state == "asked" or (row.state in OPEN_STATES and standing.may_read("feedback.author"))


def load_invite_page(session: Session, standing: Standing) -> InvitePage:
    """Return who is asked from outside, as far as the actor sees the requests; raise NotFound for all others."""
    if not standing.may_write("feedback.proposals"):
        raise NotFound
    newest = (
        sa.select(sa.func.max(InviteLink.created_at))
        .where(InviteLink.invite_id == Invite.id, InviteLink.ended_at.is_(None))
        .scalar_subquery()
    )
    records = session.execute(
        sa.select(Feedback, Person, Invite, newest)
        .join(Person, Person.id == Feedback.giver_id)
        .join(Invite, Invite.feedback_id == Feedback.id)
        .where(Feedback.case_id == standing.case.id)
        .order_by(Person.name, Feedback.id)
    ).all()
    rows = tuple(_row(standing, *record) for record in records if is_visible(standing, record[0]))
    return InvitePage(rows, find_obstacles_to_asking(standing))


def _row(standing: Standing, row: Feedback, person: Person, invite: Invite, mailed_at: datetime | None) -> InviteRow:
    is_open = shows_link(standing, row) and standing.phase is Phase.COLLECTING
    decides = is_open and standing.may_act("link.revoke")
    end = find_end(row.due_at, mailed_at) if is_open and mailed_at is not None else None
    return InviteRow(
        feedback_id=row.id,
        name=person.name,
        organisation=person.title,
        email=invite.email,
        worked_together=invite.worked_together,
        words=request_words(row.state, standing.phase),
        until_on=end.astimezone(ZoneInfo(standing.cycle.zone)).date() if end is not None else None,
        can_revoke=decides and end is not None,
        can_renew=decides,
    )
