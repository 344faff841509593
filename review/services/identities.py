"""Who people are at an identity provider: the first sign-in, links made by an administrator, a logout from there."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor
from review.domain.errors import Fault, Invalid, NotFound
from review.domain.identity import LONGEST_SUBJECT, LogoutNotice, Origin, Proof, TokenRefused, find_link
from review.domain.text import text
from review.models import Identity, Person, SignIn, SpentToken
from review.services import audit
from review.services.first_writes import insert_once
from review.services.messages import enqueue_message
from review.services.people.rights import role_keeper
from review.services.sign_ins import SignInResult, open_sign_in

STATE_KEPT = timedelta(hours=1)


def spend(session: Session, token: str, *, until_at: datetime, now: datetime) -> bool:
    """Use up what may come once; False when it has come before. What has expired is swept away."""
    session.execute(sa.delete(SpentToken).where(SpentToken.until_at < now))
    values = {"digest": hashlib.sha256(token.encode()).hexdigest(), "until_at": until_at}
    spent = insert_once(session, SpentToken, values, unique=("digest",)).returning(SpentToken.id)
    return session.scalar(spent) is not None


def sign_in_with(session: Session, origin: Origin, *, link_claim: str, now: datetime) -> SignInResult:
    """Open a sign-in for whom a provider's proof means; without a token when that is nobody who is here.

    Somebody comes for the first time only by the claim that the settings name, and never when they are known there
    by another subject; an administrator links everybody else. Raises TokenRefused without a proof.
    """
    if origin.proof is None:
        raise TokenRefused("there is no proof")
    person = _find_known(session, origin.proof) or _link_by_claim(session, origin.proof, link_claim, now=now)
    if person is None:
        return SignInResult(None)
    if not person.is_active or person.is_external:
        return SignInResult(None, person.id)
    return SignInResult(open_sign_in(session, person.id, now=now, origin=origin), person.id)


def confirm_with(session: Session, sign_in_id: int, proof: Proof, *, actor: Actor, now: datetime) -> None:
    """Note that the person at a browser has just proved who they are; raise TokenRefused for anybody else."""
    person = _find_known(session, proof)
    if person is None or person.id != actor.person_id or proof.confirmed_at is None:
        raise TokenRefused("somebody else has signed in at the provider")
    moment = min(proof.confirmed_at, now)
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(confirmed_at=moment))
    audit.record(session, "sign_in.confirm", actor=actor, now=now, subject_type="person", subject_id=actor.person_id)


def link_identity(
    session: Session, person_id: int, issuer: str, subject: str, *, actor: Actor, now: datetime
) -> Identity:
    """Say who a person is at the provider; they are told by mail.

    Raises NotAllowed for who does not run the installation, NotFound, and Invalid for oneself, for a subject that is
    no name, and for one that is taken or a person who is known there already.
    """
    acting = role_keeper(actor)
    person = session.get(Person, person_id, with_for_update={"key_share": True})
    if person is None or person.is_external:
        raise NotFound
    if person_id == actor.person_id:
        raise Invalid(
            [Fault(text("You cannot change how you sign in yourself; somebody else has to"), field="subject")]
        )
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise Invalid(
            [Fault(text("This is no subject"), text("the provider’s own name of the person"), field="subject")]
        )
    is_same = sa.or_(Identity.subject == subject, Identity.person_id == person_id)
    if session.scalar(sa.select(Identity.id).where(Identity.issuer == issuer, is_same).limit(1)) is not None:
        what = text("This subject, or this person, is linked already")
        mend = text("unlink that first: dualtrack people identity PERSON --unlink")
        raise Invalid([Fault(what, mend, field="subject")])
    return _link(session, person, issuer, subject, actor=acting, now=now)


def unlink_identity(session: Session, person_id: int, issuer: str, *, actor: Actor, now: datetime) -> None:
    """Forget who a person is at the provider, and end the sign-ins that came from there; raise as link_identity()."""
    acting = role_keeper(actor)
    row = session.scalar(sa.select(Identity).where(Identity.person_id == person_id, Identity.issuer == issuer))
    if row is None:
        raise NotFound
    if person_id == actor.person_id:
        raise Invalid(
            [Fault(text("You cannot change how you sign in yourself; somebody else has to"), field="subject")]
        )
    session.delete(row)
    _end(session, SignIn.person_id == person_id, SignIn.issuer == issuer, now=now)
    audit.record(session, "identity.unlink", actor=acting, now=now, subject_type="person", subject_id=person_id)


def end_by_notice(session: Session, notice: LogoutNotice, *, now: datetime) -> int:
    """End the sign-ins that a provider's logout is about, and return how many; raise TokenRefused the second time."""
    if not spend(session, f"logout {notice.issuer} {notice.token_id}", until_at=notice.until_at, now=now):
        raise TokenRefused("this has come before")
    meant = [SignIn.issuer == notice.issuer]
    if notice.session_id is not None:
        meant.append(SignIn.provider_session == notice.session_id)
    if notice.subject is not None:
        meant.append(SignIn.subject == notice.subject)
    people = session.scalars(sa.select(SignIn.person_id).where(*meant, SignIn.ended_at.is_(None)).distinct()).all()
    count = _end(session, *meant, now=now)
    for person_id in sorted(people):
        about = {"subject_type": "person", "subject_id": person_id}
        audit.record(session, "sign_in.end_by_provider", actor=SYSTEM, now=now, **about)  # type: ignore[arg-type]
    return count


def _find_known(session: Session, proof: Proof) -> Person | None:
    known = sa.select(Identity.person_id).where(Identity.issuer == proof.issuer, Identity.subject == proof.subject)
    return session.scalar(sa.select(Person).where(Person.id == known.scalar_subquery()))


def _link_by_claim(session: Session, proof: Proof, claim: str, *, now: datetime) -> Person | None:
    value = find_link(proof, claim)
    if value is None:
        return None
    meant = Person.email == value.lower() if claim == "email" else Person.external_id == value
    person = session.scalar(
        sa.select(Person).where(meant, Person.is_active, ~Person.is_external).with_for_update(key_share=True)
    )
    if person is None:
        return None
    known = sa.select(Identity.subject).where(Identity.issuer == proof.issuer, Identity.person_id == person.id)
    subject = session.scalar(known)
    if subject is not None:
        return person if subject == proof.subject else None
    _link(session, person, proof.issuer, proof.subject, actor=SYSTEM, now=now)
    return person


def _link(session: Session, person: Person, issuer: str, subject: str, *, actor: Actor, now: datetime) -> Identity:
    row = Identity(issuer=issuer, subject=subject, person_id=person.id, linked_by_id=actor.person_id, linked_at=now)
    session.add(row)
    session.flush()
    audit.record(session, "identity.link", actor=actor, now=now, subject_type="person", subject_id=person.id)
    key = f"identity_linked-{row.id}-{now.isoformat()}"
    params = {"place": "preferences"}
    enqueue_message(
        session, key=key, to_person_id=person.id, template="identity_linked", params=params, case_id=None, now=now
    )
    return row


def _end(session: Session, *meant: sa.ColumnElement[bool], now: datetime) -> int:
    ended = sa.update(SignIn).where(*meant, SignIn.ended_at.is_(None)).values(ended_at=now)
    return session.execute(ended.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined, no-any-return]
