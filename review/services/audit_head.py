"""The end of the trail: locked last of all in a transaction, and with it the key that the next detail goes under."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.sealed_detail import KEY_BYTES, NONCE_BYTES, derive_keys, name_key, unwrap_key, wrap_key
from review.domain.trail import FIRST_MAC
from review.domain.values import dataclass
from review.models import AuditHead, Case, Person, PersonKey
from review.queries.ready import Ready
from review.services.first_writes import insert_once

LOCKED, KEYS = "audit_head", "detail_keys"
AT_ONCE = 1_000


class Subject(NamedTuple):
    """Whom an event is about: the candidate of the case, else the person (the event's own, or who did it)."""

    case_id: int | None
    person_id: int | None


@dataclass(slots=True)
class Head:
    """The end of the chain, as this transaction has it; whoever appends moves it on."""

    id: int
    seq: int
    mac: str


@dataclass(frozen=True)
class DetailKey:
    """The key that a detail goes under; of nobody: the installation's."""

    person_id: int | None
    key: bytes


NOBODY = Subject(None, None)


class KeyDoesNotOpen(Exception):
    """The trail is sealed with another audit key, or a person's key does not open with this one."""


_CANDIDATE = sa.select(Case.candidate_id).where(Case.id == sa.bindparam("case_id", type_=sa.Integer)).scalar_subquery()
_ABOUT = sa.func.coalesce(_CANDIDATE, sa.bindparam("person_id", type_=sa.Integer))
_HEAD = Ready(
    lambda: (
        sa.select(
            *(AuditHead.id, AuditHead.seq, AuditHead.mac, AuditHead.key_mark),
            *(_ABOUT, PersonKey.person_id, PersonKey.wrapped),
        )
        .select_from(AuditHead.__table__)
        .outerjoin(PersonKey.__table__, PersonKey.person_id == _ABOUT)
        .with_for_update(key_share=True, of=AuditHead.__table__)
    )
)
"""Columns, on the connection itself: an entity would take three times as long."""


def audit_key(session: Session) -> str:
    """Return the secret of the installation's trail."""
    key: str = session.connection().get_execution_options()["audit_key"]
    return key


def lock_head(session: Session, subject: Subject = NOBODY) -> Head:
    """Return the end of the chain, locked; a transaction that has locked it before goes on from what it knows.

    The key of the subject comes along in the same statement. Within a savepoint, and after it, the end is read anew:
    rolling back to the savepoint may give up the lock, and takes back what was appended.
    """
    known: tuple[object, Head] | None = session.info.get(LOCKED)
    if known is not None and known[0] is _place(session):
        return known[1]
    connection = session.connection()
    rows = _HEAD.rows(connection, subject._asdict())
    if not rows:  # the first two events of an installation may come at once
        first = {"id": 1, "seq": 0, "mac": FIRST_MAC}
        session.execute(insert_once(session, AuditHead, first, unique=("id",)))
        rows = _HEAD.rows(connection, subject._asdict())
    [(number, seq, mac, mark, about, owner, wrapped)] = rows
    if mark is not None and mark != name_key(audit_key(session)):
        raise KeyDoesNotOpen("AUDIT_KEY was replaced: this process has the one of before")
    head = Head(number, seq, mac)
    session.info[LOCKED] = (_place(session), head)
    _known(session).update(_read(session, {subject: about}, {} if owner is None else {owner: wrapped}))
    return head


def find_keys(session: Session, subjects: Iterable[Subject]) -> dict[Subject, DetailKey]:
    """Return the key of each subject, for whoever holds the lock: one statement for all that are not known yet.

    Who has no key yet gets one; two processes that make one at once agree on the first.
    """
    known = _known(session)
    missing = [subject for subject in dict.fromkeys(subjects) if subject not in known]
    for start in range(0, len(missing), AT_ONCE):
        about, wrapped = _look_up(session, missing[start : start + AT_ONCE])
        known.update(_read(session, about, wrapped))
    return known


def _place(session: Session) -> object:
    return session.get_nested_transaction() or session.get_transaction()


def forget_keys(session: Session) -> None:
    """Forget the keys that this transaction knows, as one of them is erased."""
    session.info.pop(KEYS, None)


def _known(session: Session) -> dict[Subject, DetailKey]:
    """Return the keys that this transaction knows; those of a savepoint, which may be undone, go with it."""
    place = _place(session)
    kept: tuple[object, dict[Subject, DetailKey]] | None = session.info.get(KEYS)
    if kept is None or kept[0] is not place:
        kept = session.info[KEYS] = (place, {})
    return kept[1]


def _look_up(session: Session, subjects: list[Subject]) -> tuple[dict[Subject, int | None], dict[int, bytes | None]]:
    """Return the person whom each subject is, and the keys of those who have one."""
    cases = sa.select(Case.id, Case.candidate_id, PersonKey.person_id, PersonKey.wrapped)
    of_cases = cases.outerjoin(PersonKey, PersonKey.person_id == Case.candidate_id).where(
        Case.id.in_({each.case_id for each in subjects if each.case_id is not None})
    )
    people = sa.select(sa.null(), Person.id, PersonKey.person_id, PersonKey.wrapped)
    of_people = people.outerjoin(PersonKey, PersonKey.person_id == Person.id).where(
        Person.id.in_({each.person_id for each in subjects if each.case_id is None and each.person_id is not None})
    )
    rows: list[Any] = list(session.execute(sa.union_all(of_cases, of_people)))
    candidates = {case_id: person_id for case_id, person_id, _, _ in rows if case_id is not None}
    wrapped = {owner: key for _, _, owner, key in rows if owner is not None}
    return {each: candidates.get(each.case_id, each.person_id) for each in subjects}, wrapped


def _read(
    session: Session, about: dict[Subject, int | None], wrapped: dict[int, bytes | None]
) -> dict[Subject, DetailKey]:
    """Return the key of each subject; makes those that are missing. What was erased stays so: the installation's."""
    new = {person_id for person_id in about.values() if person_id is not None and person_id not in wrapped}
    made = _make(session, new) if new else {}
    secret, found = derive_keys(audit_key(session)), {}
    for subject, person_id in about.items():
        closed = None if person_id is None else made.get(person_id) or wrapped.get(person_id)
        if person_id is None or closed is None:
            found[subject] = DetailKey(None, secret.installation)
            continue
        key = unwrap_key(closed, person_id=person_id, wrapping=secret.wrapping)
        if key is None:
            raise KeyDoesNotOpen(f"AUDIT_KEY does not open the key of person {person_id}: is it the one of before?")
        found[subject] = DetailKey(person_id, key)
    return found


def _make(session: Session, person_ids: Iterable[int]) -> dict[int, bytes | None]:
    """Make keys for people who have none, and return them; where another process was first, what it made."""
    wrapping = derive_keys(audit_key(session)).wrapping
    new = {each: _wrap_new(each, wrapping) for each in sorted(person_ids)}
    rows = [{"person_id": each, "wrapped": wrapped} for each, wrapped in new.items()]
    insert = insert_once(session, PersonKey, rows, unique=("person_id",)).returning(PersonKey.person_id)
    ours = set(session.scalars(insert))
    made: dict[int, bytes | None] = {each: new[each] for each in ours}
    if theirs := new.keys() - ours:
        kept = sa.select(PersonKey.person_id, PersonKey.wrapped).where(PersonKey.person_id.in_(theirs))
        made.update(session.execute(kept).all())
    return made


def _wrap_new(person_id: int, wrapping: bytes) -> bytes:
    key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    return wrap_key(key, person_id=person_id, wrapping=wrapping, nonce=nonce)
