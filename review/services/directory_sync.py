"""People and groups kept up to date by the company's directory: the same rules as for a people file, one at a time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.directory_entry import DirectoryGroup, DirectoryPerson, Taken
from review.domain.errors import Fault, Invalid, NotFound
from review.domain.people_changes import Scope
from review.domain.people_file import PersonField, PersonRow, file_of
from review.domain.text import text
from review.models import Person, RoleGrant, ScimGroup, ScimMember, ScimToken, ScimUser
from review.queries.many_numbers import is_among
from review.services import audit
from review.services.people import apply_changes, grant_role, revoke_role
from review.services.sign_ins import TOKEN_BYTES, digest_token

LONGEST_NAME = 100
_FIELDS = (PersonField.EMAIL, PersonField.TITLE, PersonField.FUNCTION, PersonField.MANAGER, PersonField.LEFT_ON)


def make_token(session: Session, name: str, *, now: datetime) -> str:
    """Make a token for a directory and return it; only its hash is kept.

    Raises Invalid where an open one has this name: revoking the old one by it would end the new one, too.
    """
    if session.scalar(sa.select(sa.exists().where(ScimToken.name == name, ScimToken.revoked_at.is_(None)))):
        raise Invalid([Fault(text("there is a token of this name; choose another name"), field="name")])
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(ScimToken(name=name, token_hash=digest_token(token), made_at=now))
    audit.record(session, "scim.token", actor=SYSTEM, now=now, detail={"name": name})
    return token


def revoke_tokens(session: Session, name: str, *, now: datetime) -> int:
    """Let the tokens of this name open nothing any more; return how many there were."""
    rows = session.scalars(sa.select(ScimToken).where(ScimToken.name == name, ScimToken.revoked_at.is_(None))).all()
    for row in rows:
        row.revoked_at = now
    if rows:
        audit.record(session, "scim.revoke", actor=SYSTEM, now=now, detail={"name": name})
    return len(rows)


def take_turn(session: Session, token_hash: str) -> ScimToken | None:
    """Wait until nobody else writes for a directory; return the token with this hash, unless it was revoked.

    A directory sends many changes at once, and each reads a person or group, changes it, and keeps it whole: without
    turns one would undo another that came meanwhile. They queue at the tokens, of which all lock the first one.
    """
    rows = (
        sa.select(ScimToken)
        .where(ScimToken.revoked_at.is_(None))
        .order_by(ScimToken.id)
        .with_for_update(key_share=True)
    )
    return next((row for row in session.scalars(rows).all() if row.token_hash == token_hash), None)


def save_person(
    session: Session, given: DirectoryPerson, *, now: datetime, person_id: int | None = None, roles: Mapping[str, str]
) -> int:
    """Take in what the directory says of a person: a new one, or the one with this number; return the number.

    Everything that a people file does happens here, too: history, handover of cases, sign-ins of leavers, events.
    Raises Taken, NotFound, and Invalid with every fault at once.
    """
    key = given.user_name.casefold()
    if not given.user_name.strip() or len(given.user_name) > LONGEST_NAME:
        raise Invalid([Fault(text("a user name has 1 to 100 signs"), field="userName")])
    person = None if person_id is None else _find(session, person_id)
    if given.is_active is None:
        given = replace(given, is_active=person is None or person.is_active)
    _refuse_taken(session, given, key, person)
    external_id = person.external_id if person is not None else given.external_id or given.user_name
    _apply(session, given, external_id, now)
    if person is None:
        person = session.scalars(sa.select(Person).where(Person.external_id == external_id)).one_or_none()
    if person is None:  # left out by the rules of a people file
        raise Invalid([Fault(text("somebody of this name was erased here"), field="userName")])
    session.refresh(person)
    row = session.get(ScimUser, person.id)
    if row is None:
        row = ScimUser(person_id=person.id, user_name="", user_key="", document={}, made_at=now, changed_at=now)
        session.add(row)
    row.user_name, row.user_key, row.external_id = given.user_name, key, given.external_id
    row.document, row.changed_at = dict(given.document), now
    session.flush()
    sync_roles(session, [person.id], roles, now=now)
    return person.id


def remove_person(session: Session, person_id: int, *, now: datetime) -> None:
    """Let the directory forget a person, who leaves if they are still here; what they wrote stays. Raises NotFound."""
    person = _find(session, person_id)
    row = session.get(ScimUser, person_id)
    if person.is_active:
        state = DirectoryPerson(
            "", None, person.name, person.email, person.title, person.function, person.manager_id, is_active=False
        )
        _apply(session, state, person.external_id, now)
    session.execute(sa.delete(ScimMember).where(ScimMember.person_id == person_id))
    if row is not None:
        session.delete(row)
    _note(session, "scim.forget", person_id, now)


def save_group(
    session: Session, given: DirectoryGroup, *, now: datetime, group_id: int | None = None, roles: Mapping[str, str]
) -> int:
    """Take in a group and its members; return its number. Raises Taken, NotFound, Invalid."""
    key = given.name.strip().casefold()
    if not key or len(given.name) > LONGEST_NAME:
        raise Invalid([Fault(text("a group's name has 1 to 100 signs"), field="displayName")])
    other = session.scalar(sa.select(ScimGroup.id).where(ScimGroup.name_key == key))
    if other is not None and other != group_id:
        raise Taken(text("there is a group of this name"))
    wanted = set(given.member_ids)
    known = set(session.scalars(sa.select(Person.id).where(is_among(Person.id, wanted), ~Person.is_external)))
    if unknown := wanted - known:
        raise Invalid([Fault(text("nobody has the number %(id)s", id=min(unknown)), field="members")])
    group = session.get(ScimGroup, group_id) if group_id is not None else ScimGroup(made_at=now)
    if group is None:
        raise NotFound
    group.name, group.name_key, group.external_id, group.changed_at = given.name, key, given.external_id, now
    session.add(group)
    session.flush()
    before = set(session.scalars(sa.select(ScimMember.person_id).where(ScimMember.group_id == group.id)))
    gone = sa.delete(ScimMember).where(ScimMember.group_id == group.id, is_among(ScimMember.person_id, before - wanted))
    session.execute(gone)
    session.add_all(ScimMember(group_id=group.id, person_id=person_id) for person_id in sorted(wanted - before))
    session.flush()
    detail = {"group": group.id, "joined": sorted(wanted - before), "left": sorted(before - wanted)}
    audit.record(session, "scim.group", actor=SYSTEM, now=now, detail=detail)
    sync_roles(session, sorted(before | wanted), roles, now=now)
    return group.id


def remove_group(session: Session, group_id: int, *, now: datetime, roles: Mapping[str, str]) -> None:
    """Forget a group; the roles that its members held by it alone go. Raises NotFound."""
    group = session.get(ScimGroup, group_id)
    if group is None:
        raise NotFound
    members = session.scalars(sa.select(ScimMember.person_id).where(ScimMember.group_id == group_id)).all()
    session.execute(sa.delete(ScimMember).where(ScimMember.group_id == group_id))
    session.delete(group)
    session.flush()
    audit.record(session, "scim.group", actor=SYSTEM, now=now, detail={"group": group_id, "left": sorted(members)})
    sync_roles(session, members, roles, now=now)


def sync_roles(session: Session, person_ids: Iterable[int], roles: Mapping[str, str], *, now: datetime) -> None:
    """Give and take the roles for which the settings name a group; all others are left alone.

    Args:
        roles: the role of each group, by its name in lower case.
    """
    managed = set(roles.values())
    for person_id in person_ids if managed else ():
        person = session.get_one(Person, person_id)
        names = sa.select(ScimGroup.name_key).join(ScimMember, ScimMember.group_id == ScimGroup.id)
        in_groups = session.scalars(names.where(ScimMember.person_id == person_id))
        wanted = {roles[name] for name in in_groups if name in roles} if person.is_active else set()
        held = set(session.scalars(sa.select(RoleGrant.role).where(RoleGrant.person_id == person_id)))
        for role in sorted(wanted - held):
            grant_role(session, person_id, role, actor=SYSTEM, now=now)
        for role in sorted((held & managed) - wanted):
            revoke_role(session, person_id, role, actor=SYSTEM, now=now)


def _apply(session: Session, given: DirectoryPerson, external_id: str, now: datetime) -> None:
    manager = session.get(Person, given.manager_id) if given.manager_id is not None else None
    if given.manager_id is not None and (manager is None or manager.is_external):
        raise Invalid([Fault(text("nobody has the number %(id)s", id=given.manager_id), field="manager")])
    known = session.scalar(sa.select(Person).where(Person.external_id == external_id))
    left_on = None if given.is_active else (known and not known.is_active and known.left_on) or now.date()
    row = PersonRow(
        1,
        external_id,
        given.name,
        email=given.email,
        title=given.title,
        function=given.function,
        manager=manager.external_id if manager else None,
        left_on=left_on if known is not None else None,
    )
    apply_changes(session, file_of([row], *_FIELDS), actor=SYSTEM, now=now, scope=Scope.PART)
    if known is None and not given.is_active:
        _apply(session, given, external_id, now)  # somebody who joins as having left is taken in, and then leaves


def _refuse_taken(session: Session, given: DirectoryPerson, key: str, person: Person | None) -> None:
    own_id = person.id if person is not None else 0
    same_name = sa.and_(ScimUser.user_key == key, ScimUser.person_id != own_id)
    by_hand = sa.func.lower(sa.func.coalesce(Person.email, Person.external_id)) == given.user_name.lower()
    no_row = ~sa.exists().where(ScimUser.person_id == Person.id)
    if session.scalar(sa.select(ScimUser.person_id).where(same_name)) is not None:
        raise Taken(text("somebody has this userName"))
    if session.scalar(sa.select(Person.id).where(by_hand, no_row, Person.is_active, Person.id != own_id)) is not None:
        raise Taken(text("somebody has this userName"))
    if person is None and given.external_id is not None:
        same = sa.select(Person.id).where(Person.external_id == given.external_id)
        has_row = sa.exists().where(ScimUser.person_id == Person.id)
        if session.scalar(same.where(sa.or_(Person.is_active, has_row))) is not None:
            raise Taken(text("somebody has this externalId"))
    if given.email and session.scalar(sa.select(Person.id).where(Person.email == given.email, Person.id != own_id)):
        raise Taken(text("somebody has this e-mail"))


def _find(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id)
    has_row = session.get(ScimUser, person_id) is not None
    if person is None or person.is_external or not (person.is_active or has_row):
        raise NotFound
    return person


def _note(session: Session, kind: str, person_id: int, now: datetime) -> None:
    audit.record(session, kind, actor=SYSTEM, now=now, subject_type="person", subject_id=person_id)
