"""People and groups as a company's directory sees them here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.values import dataclass
from review.models import Person, ScimGroup, ScimMember, ScimToken, ScimUser

manager = aliased(Person)


@dataclass(frozen=True)
class UserRow:
    """A person, with what the directory sent last; `groups`: number and name."""

    id: int
    user_name: str
    external_id: str | None
    name: str
    email: str | None
    title: str
    function: str
    manager_id: int | None
    manager_name: str | None
    is_active: bool
    document: Mapping[str, Any]
    made_at: datetime | None
    changed_at: datetime | None
    groups: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class GroupRow:
    """A group with its members: number and name."""

    id: int
    name: str
    external_id: str | None
    made_at: datetime
    changed_at: datetime
    members: tuple[tuple[int, str], ...] = ()


def find_token(session: Session, token_hash: str) -> ScimToken | None:
    """Return the token with this hash, unless it was revoked."""
    return session.scalar(
        sa.select(ScimToken).where(ScimToken.token_hash == token_hash, ScimToken.revoked_at.is_(None))
    )


def count_users(session: Session) -> int:
    """Count the people whom the directory sees."""
    return session.scalar(_users().with_only_columns(sa.func.count(Person.id)).order_by(None)) or 0


def list_users(
    session: Session, *, wanted: tuple[str, str] | None = None, offset: int = 0, limit: int | None = None
) -> tuple[UserRow, ...]:
    """List the people whom the directory sees, by number.

    Args:
        wanted: only those of whom `id`, `userName` or `externalId` is this, in any capitals.
    """
    statement = _users().offset(offset).limit(limit)
    if wanted is not None:
        statement = statement.where(_is(*wanted))
    rows = session.execute(statement).all()
    groups = _find_groups(session, [row[0] for row in rows])
    return tuple(_row(row, tuple(groups[row[0]])) for row in rows)


def _row(row: Sequence[Any], groups: tuple[tuple[int, str], ...]) -> UserRow:
    *known, document, made_at, changed_at = row
    values: tuple[Any, ...] = (*known, document or {}, made_at, changed_at, groups)
    return UserRow(*values)


def list_groups(session: Session, *, group_id: int | None = None) -> tuple[GroupRow, ...]:
    """List the groups with their members, by number; or one of them."""
    statement = sa.select(ScimGroup).order_by(ScimGroup.id)
    if group_id is not None:
        statement = statement.where(ScimGroup.id == group_id)
    groups = session.scalars(statement.execution_options(populate_existing=True)).all()
    members: dict[int, list[tuple[int, str]]] = defaultdict(list)
    in_groups = sa.select(ScimMember.group_id, Person.id, Person.name).join(Person, Person.id == ScimMember.person_id)
    if group_id is not None:
        in_groups = in_groups.where(ScimMember.group_id == group_id)
    for group, person_id, name in session.execute(in_groups.order_by(Person.id)):
        members[group].append((person_id, name))
    return tuple(
        GroupRow(each.id, each.name, each.external_id, each.made_at, each.changed_at, tuple(members[each.id]))
        for each in groups
    )


def _users() -> sa.Select[Any]:
    columns = (
        Person.id,
        _user_name(),
        sa.case((ScimUser.person_id.is_not(None), ScimUser.external_id), else_=Person.external_id),
        Person.name,
        Person.email,
        Person.title,
        Person.function,
        Person.manager_id,
        manager.name,
        Person.is_active,
        ScimUser.document,
        ScimUser.made_at,
        ScimUser.changed_at,
    )
    is_seen = sa.or_(ScimUser.person_id.is_not(None), Person.is_active)
    return (
        sa.select(*columns)
        .select_from(Person)
        .outerjoin(ScimUser, ScimUser.person_id == Person.id)
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(is_seen, ~Person.is_external)
        .order_by(Person.id)
    )


def _user_name() -> sa.ColumnElement[str]:
    return sa.func.coalesce(ScimUser.user_name, Person.email, Person.external_id)


def _is(attribute: str, value: str) -> sa.ColumnElement[bool]:
    if attribute == "id":
        return Person.id == (int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0)
    if attribute == "externalId":
        return sa.or_(ScimUser.external_id == value, Person.external_id == value)
    of_directory = sa.func.lower(sa.func.coalesce(Person.email, Person.external_id)) == value.lower()
    return sa.or_(ScimUser.user_key == value.casefold(), sa.and_(ScimUser.person_id.is_(None), of_directory))


def _find_groups(session: Session, ids: Sequence[int]) -> Mapping[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    if not ids:
        return found
    rows = sa.select(ScimMember.person_id, ScimGroup.id, ScimGroup.name).join(
        ScimGroup, ScimGroup.id == ScimMember.group_id
    )
    for person_id, group_id, name in session.execute(rows.where(ScimMember.person_id.in_(ids)).order_by(ScimGroup.id)):
        found[person_id].append((group_id, name))
    return found
