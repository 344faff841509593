"""Asking somebody from outside the company, who answers by a link: inviting, taking links back, sending new ones.

Whoever is asked from outside has a row among the people, so that every list of givers holds them, but is never active
and marked as external: nobody finds them in the directory, an import knows nothing of them, they can never sign in.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.evidence_draft import too_long
from review.domain.feedback_request import PEER
from review.domain.outside import MOST_OUTSIDE, OUTSIDE, Outsider, find_faults
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.writing import clean, clean_line
from review.models import Feedback, Invite, Person
from review.queries.askable import find_obstacles_to_asking, is_visible
from review.queries.cases import lock_case
from review.queries.outside import OpenLink, find_open_link, shows_link
from review.queries.standing import Standing, lock_standing
from review.services.feedback import MOST_NOTE, lock_for_asking, open_request, refuse_for
from review.services.feedback_link_rate import count_write
from review.services.invite_links import end_links, hash_token, record_link
from review.services.messages import enqueue_message
from review.services.request_keys import claim

LINK_ACTIONS = frozenset({"revoke", "renew"})


@dataclass(frozen=True)
class Invitation:
    """Somebody from outside to ask, a line to them, the criteria (none: all), their language and zone (None: ours)."""

    name: str
    email: str
    organisation: str
    worked_together: str
    note: str = ""
    criteria: tuple[str, ...] = ()
    locale: str | None = None
    zone: str | None = None
    is_hidden_from_manager: bool = False


def invite_outsider(
    session: Session,
    case_id: int,
    invitation: Invitation,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Feedback | None:
    """Propose somebody from outside as the candidate, or ask them at once as manager or HR; None for a repeat.

    Raises NotFound, NotAllowed, TransitionRefused when nobody can be asked now, Invalid with every fault.
    """
    standing = lock_for_asking(session, case_id, actor, now)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    refuse_for(find_obstacles_to_asking(standing))
    outsider = Outsider(
        clean_line(invitation.name),
        clean_line(invitation.email).lower(),
        clean_line(invitation.organisation),
        clean_line(invitation.worked_together),
    )
    note = clean(invitation.note).strip()
    faults = [*find_faults(outsider), *_faults_of_form(standing, invitation, note)]
    faults += [] if faults else _faults_in_case(session, standing, outsider)
    if faults:
        raise Invalid(faults)
    person = _write_person(session, outsider, invitation)
    request = Feedback(
        giver_id=person.id,
        kind=PEER,
        function=OUTSIDE,
        note=note,
        criteria=list(invitation.criteria),
        is_hidden_from_manager=invitation.is_hidden_from_manager,
    )
    row = open_request(session, standing, request, now)
    invite = Invite(feedback_id=row.id, email=outsider.email, worked_together=outsider.worked_together)
    session.add(invite)
    session.flush()
    record_link(session, invite, "outside.invite", actor=actor, now=now)
    return row


def change_link(
    session: Session,
    case_id: int,
    feedback_id: int,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Take back every link of a request (revoke), or mail a new one and end the others (renew), as manager or HR.

    Raises NotFound for a request that the actor does not see, NotAllowed, TransitionRefused when it is over.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    row = session.get(Feedback, feedback_id, populate_existing=True)
    if row is None or row.case_id != case_id or not is_visible(standing, row) or action not in LINK_ACTIONS:
        raise NotFound
    invite = session.scalar(sa.select(Invite).where(Invite.feedback_id == feedback_id))
    if invite is None:
        raise NotFound
    if not standing.may_act("link.revoke"):
        raise NotAllowed(text("Only the manager or HR takes back a link"), is_known=True)
    if not claim(session, request_key, actor=actor, now=now):
        return
    if not shows_link(standing, row):
        raise TransitionRefused([text("After a yes only HR decides about the link, until the answer is sent")])
    end_links(session, invite.id, now=now)
    invite.revoked_at = now if action == "revoke" else None
    record_link(session, invite, f"outside.{action}", actor=actor, now=now)
    if action == "renew":
        _mail_again(session, row, now)


def use_link(session: Session, token: str, *, now: datetime) -> OpenLink:
    """Lock the case behind a link that is about to change something, count it, and record the first time.

    Side effect: older links of the same invitation end; from the first word on the newest link used is the only one
    that opens, beside those in mails that came after it.

    Raises:
        NotFound: the link opens nothing, for whatever reason.
        TooOften: it was used more often than anybody writes.
    """
    found = find_open_link(session, hash_token(token), now=now)
    if found is None:
        raise NotFound
    lock_case(session, found.case_id)
    link = find_open_link(session, hash_token(token), now=now)
    if link is None:
        raise NotFound
    count_write(session, link.id, now=now)
    end_links(session, link.invite_id, now=now, before=link.id)
    if link.is_first_use:
        invite = session.get_one(Invite, link.invite_id)
        invite.opened_at = now
        record_link(session, invite, "outside.open", actor=link.actor, now=now, link_id=link.id)
    return link


def _faults_of_form(standing: Standing, invitation: Invitation, note: str) -> list[Fault]:
    faults = []
    if len(note) > MOST_NOTE:
        faults.append(too_long("note", note, MOST_NOTE))
    if set(invitation.criteria) - {criterion.id for criterion in standing.criteria}:
        faults.append(Fault(text("The target level asks nothing of this name"), field="criteria"))
    if invitation.zone is not None and invitation.zone not in available_timezones():
        faults.append(Fault(text("There is no such time zone"), field="zone"))
    if invitation.is_hidden_from_manager and Role.HR not in standing.roles:
        faults.append(Fault(text("Only HR may ask somebody without the manager"), field="is_hidden"))
    return faults


def _faults_in_case(session: Session, standing: Standing, outsider: Outsider) -> list[Fault]:
    """Say why this address cannot be asked; one on the list that the actor does not see is refused without a reason."""
    works_here = sa.select(Person.id).where(Person.email == outsider.email, Person.is_active)
    if session.scalar(works_here) is not None:
        return [Fault(text("This person works here; find them by name instead"), field="email")]
    asked = session.execute(
        sa.select(Feedback, Invite.email)
        .join(Invite, Invite.feedback_id == Feedback.id)
        .where(Feedback.case_id == standing.case.id)
    ).all()
    for row, email in asked:
        if email == outsider.email:
            is_seen = is_visible(standing, row)
            what = (
                text("On the list already") if is_seen else text("Cannot be asked in this case; choose somebody else")
            )
            return [Fault(what, field="email")]
    if len(asked) >= MOST_OUTSIDE:
        return [Fault(text("At most %(most)s people from outside in one case", most=MOST_OUTSIDE), field="email")]
    return []


def _write_person(session: Session, outsider: Outsider, invitation: Invitation) -> Person:
    """Write somebody from outside; the e-mail stands with the invitation, so that it is no sign-in and no clash."""
    person = Person(
        external_id=f"outside-{secrets.token_hex(16)}",
        name=outsider.name,
        title=outsider.organisation,
        function=OUTSIDE,
        locale=invitation.locale,
        zone=invitation.zone,
        is_active=False,
        is_external=True,
    )
    session.add(person)
    session.flush()
    return person


def _mail_again(session: Session, row: Feedback, now: datetime) -> None:
    enqueue_message(
        session,
        key=f"outside_asked-{row.id}-again-{secrets.token_hex(8)}",
        to_person_id=row.giver_id,
        template="outside_asked",
        params={"place": f"feedback:{row.id}"},
        case_id=row.case_id,
        now=now,
    )
