"""The directory as people may see it: search, one person, the report chain, who holds which role."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import COMPANY_ROLES, Actor, Right, Role, can
from review.domain.delegation import acting_as
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.domain.yaml_text import Document, read_yaml
from review.models import Employment, Person, RoleGrant
from review.queries.directory import find_level_titles
from review.queries.people_words import match_words

PAGE_SIZE = 50
CHAIN_LIMIT = 50
CAST_FILE = Path(__file__).parent.parent / "demo" / "content" / "people.yaml"


@dataclass(frozen=True)
class PersonCard:
    """What every employee may see of another: name, title, function."""

    id: int
    name: str
    title: str
    function: str
    is_active: bool = True


@dataclass(frozen=True)
class Directory:
    """One page of the directory and what can be narrowed down by."""

    rows: tuple[PersonCard, ...]
    total: int
    page: int
    pages: int
    functions: tuple[str, ...]


@dataclass(frozen=True)
class ChainLink:
    """Somebody in a report chain; `distance` 0 is the person, 1 the manager."""

    id: int
    name: str
    title: str
    distance: int
    is_active: bool


@dataclass(frozen=True)
class EmploymentRow:
    """What was true of a person in a span of days; `until_on` is the first day on which it no longer was."""

    from_on: date
    until_on: date | None
    title: str
    function: str
    level: str | None
    manager_name: str | None


@dataclass(frozen=True)
class PersonRecord:
    """What HR, or the person, sees beyond the card."""

    external_id: str
    email: str | None
    level: str | None
    level_since_on: date | None
    joined_on: date | None
    left_on: date | None
    country: str | None
    zone: str | None
    chain: tuple[ChainLink, ...]
    history: tuple[EmploymentRow, ...]


@dataclass(frozen=True)
class PersonDetail:
    """One person; `record` and `roles` are None for those who may not see them."""

    card: PersonCard
    record: PersonRecord | None
    roles: tuple[str, ...] | None


@dataclass(frozen=True)
class RoleHolder:
    """Somebody who holds a role in the whole company."""

    role: str
    person: PersonCard
    granted_at: datetime
    granted_by: str | None


@dataclass(frozen=True)
class CastMember:
    """Somebody whom a visitor of the demo may sign in as, and what there is to see."""

    person_id: int
    name: str
    title: str
    group: str
    shows: str


def may(actor: Actor, need: Right, thing: str) -> bool:
    """Tell whether somebody may read or write a thing of the whole company: `directory` or `roles`."""
    if actor.person_id is None or not actor.is_active or actor.is_external:
        return actor.is_system
    roles = {Role.OTHER_EMPLOYEE} | {role for role in COMPANY_ROLES if acting_as(actor, role)}
    return can(need, thing, roles, Phase.DRAFT)


def find_people(session: Session, actor: Actor, *, words: str = "", function: str = "", page: int = 1) -> Directory:
    """Search the people who are here by name, function and title; every word must be found somewhere."""
    if not may(actor, Right.READ, "directory"):
        return Directory((), 0, 1, 1, ())
    conditions = [Person.is_active, *match_words(words)]
    if function:
        conditions.append(Person.function == function)
    everybody = sa.select(sa.func.count()).select_from(Person).where(*conditions).scalar_subquery()
    total = sa.func.count().over() if words.strip() else everybody  # words are looked for once, not twice
    statement = _cards().add_columns(total).where(*conditions).order_by(Person.name, Person.id).limit(PAGE_SIZE)
    rows = session.execute(statement.offset((max(page, 1) - 1) * PAGE_SIZE)).all()
    if not rows and page > 1:  # beyond the last page is the last one
        count = session.scalar(sa.select(everybody)) or 0
        return find_people(session, actor, words=words, function=function, page=max(1, -(-count // PAGE_SIZE)))
    count = rows[0][-1] if rows else 0
    cards = tuple(PersonCard(*row[:-1]) for row in rows)
    return Directory(cards, count, max(page, 1), max(1, -(-count // PAGE_SIZE)), tuple(session.scalars(_functions())))


def list_people(session: Session, actor: Actor, *, words: str = "", function: str = "") -> tuple[PersonCard, ...]:
    """Return all whom the same search finds; nobody for who may not read the directory."""
    is_there = sa.true() if may(actor, Right.READ, "directory") else sa.false()
    found = [is_there, Person.is_active, *match_words(words), *([Person.function == function] if function else [])]
    return tuple(PersonCard(*row) for row in session.execute(_cards().where(*found).order_by(Person.name, Person.id)))


def list_functions(session: Session) -> tuple[str, ...]:
    """Return the functions in which somebody works, by name."""
    return tuple(session.scalars(_functions()))


@cache
def _functions() -> sa.Select[str]:
    """Return the statement of all functions, in their order; each is found by a step in the index from the one before.

    DISTINCT would read everybody to find the few. Source: https://wiki.postgresql.org/wiki/Loose_indexscan
    """

    def least(after: sa.ColumnElement[str] | str) -> sa.Select[str]:
        return sa.select(sa.func.min(Person.function).label("name")).where(Person.is_active, Person.function > after)

    found = least("").cte("functions", recursive=True)
    found = found.union_all(sa.select(least(found.c.name).scalar_subquery()).where(found.c.name.is_not(None)))
    return sa.select(found.c.name).where(found.c.name.is_not(None)).order_by(found.c.name)


def find_person(session: Session, actor: Actor, person_id: int) -> PersonDetail | None:
    """Give one person as this actor may see them; None for nobody, and for a leaver to other employees."""
    if not may(actor, Right.READ, "directory"):
        return None
    person = session.get(Person, person_id)
    if person is None or person.is_external:
        return None
    is_keeper = acting_as(actor, Role.HR) is not None
    is_self = actor.person_id == person_id
    may_see_roles = may(actor, Right.READ, "roles") or is_self
    if not person.is_active and not (is_keeper or may_see_roles):
        return None
    card = PersonCard(person.id, person.name, person.title, person.function, person.is_active)
    record = _record(session, person) if is_keeper or is_self else None
    held = sa.select(RoleGrant.role).where(RoleGrant.person_id == person_id).order_by(RoleGrant.role)
    roles = tuple(session.scalars(held)) if may_see_roles else None
    return PersonDetail(card, record, roles)


def find_report_chain(session: Session, person_id: int) -> tuple[ChainLink, ...]:
    """Give a person and everybody above, nearest first, in one statement.

    For the report chain of people who may see it; callers check that.
    """
    start = sa.select(Person.id, Person.manager_id, sa.literal(0).label("distance")).where(Person.id == person_id)
    chain = start.cte("chain", recursive=True)
    above = aliased(Person)
    step = sa.select(above.id, above.manager_id, chain.c.distance + 1).where(
        above.id == chain.c.manager_id, chain.c.distance < CHAIN_LIMIT
    )
    chain = chain.union_all(step)
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.title, chain.c.distance, Person.is_active)
        .join(chain, chain.c.id == Person.id)
        .order_by(chain.c.distance)
    )
    return tuple(ChainLink(*row) for row in rows)


def find_role_holders(session: Session, actor: Actor) -> tuple[RoleHolder, ...]:
    """List who holds a role in the whole company, by role and name; nobody for those who may not see it."""
    if not may(actor, Right.READ, "roles"):
        return ()
    giver = aliased(Person)
    rows = session.execute(
        sa.select(
            RoleGrant.role,
            Person.id,
            Person.name,
            Person.title,
            Person.function,
            Person.is_active,
            RoleGrant.granted_at,
            giver.name,
        )
        .join(Person, Person.id == RoleGrant.person_id)
        .outerjoin(giver, giver.id == RoleGrant.granted_by_id)
        .order_by(RoleGrant.role, Person.name, Person.id)
    )
    return tuple(RoleHolder(row[0], PersonCard(*row[1:6]), row[6], row[7]) for row in rows)


def find_person_named(session: Session, actor: Actor, words: str) -> PersonCard | None:
    """Find the one active person whom an e-mail, an external id or a whole name means; None for nobody or several."""
    if not may(actor, Right.READ, "directory"):
        return None
    wanted = words.strip()
    meant = sa.or_(Person.email == wanted.lower(), Person.external_id == wanted, Person.name == wanted)
    rows = session.execute(_cards().where(Person.is_active, meant).limit(2)).all()
    return PersonCard(*rows[0]) if len(rows) == 1 else None


def demo_cast(session: Session) -> tuple[CastMember, ...]:
    """Give whom a visitor of the demo may sign in as, in the order of the page; only those who are here."""
    lines = _cast_lines()
    rows = session.execute(
        sa.select(Person.external_id, Person.id, Person.name, Person.title).where(
            Person.external_id.in_([external_id for external_id, _, _ in lines]), Person.is_active
        )
    )
    found = {row[0]: row for row in rows}
    return tuple(
        CastMember(found[external_id][1], found[external_id][2], found[external_id][3], group, shows)
        for external_id, group, shows in lines
        if external_id in found
    )


@cache
def _cast_lines() -> tuple[tuple[str, str, str], ...]:
    document = read_yaml(CAST_FILE.read_text(encoding="utf-8"), CAST_FILE.name)
    groups = document.data["cast"] if isinstance(document, Document) else ()
    return tuple(
        (member["person"], group["group"], member["can_show"]) for group in groups for member in group["members"]
    )


def _cards() -> sa.Select[int, str, str, str, bool]:
    return sa.select(Person.id, Person.name, Person.title, Person.function, Person.is_active)


def _record(session: Session, person: Person) -> PersonRecord:
    manager, titles = aliased(Person), find_level_titles(session)
    history = session.execute(
        sa.select(
            Employment.from_on,
            Employment.until_on,
            Employment.title,
            Employment.function,
            Employment.level_id,
            manager.name,
        )
        .outerjoin(manager, manager.id == Employment.manager_id)
        .where(Employment.person_id == person.id)
        .order_by(Employment.from_on.desc(), Employment.id.desc())
    )
    return PersonRecord(
        external_id=person.external_id,
        email=person.email,
        level=titles.get(person.level_id or "", person.level_id),
        level_since_on=person.level_since_on,
        joined_on=person.joined_on,
        left_on=person.left_on,
        country=person.country,
        zone=person.zone,
        chain=find_report_chain(session, person.id),
        history=tuple(EmploymentRow(*row[:4], titles.get(row[4] or "", row[4]), *row[5:]) for row in history),
    )
