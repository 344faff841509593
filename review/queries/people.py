"""The directory as people may see it: search, one person, the report chain, who holds which role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import COMPANY_ROLES, Actor, Right, Role, can
from review.domain.delegation import acting_as
from review.domain.phase import Phase
from review.domain.yaml_text import Document, read_yaml
from review.models import Employment, Person, RoleGrant
from review.queries.directory import find_level_titles

PAGE_SIZE = 50
CHAIN_LIMIT = 50
MOST_WORDS = 6
MOST_SEARCHED = 300
"""Signs of a search that are looked at; no name is longer, and no database takes a pattern of any length."""
CAST_FILE = Path(__file__).parent.parent / "demo" / "content" / "people.yaml"


@dataclass(frozen=True, slots=True)
class PersonCard:
    """What every employee may see of another: name, title, function."""

    id: int
    name: str
    title: str
    function: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Directory:
    """One page of the directory and what can be narrowed down by."""

    rows: tuple[PersonCard, ...]
    total: int
    page: int
    pages: int
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainLink:
    """Somebody in a report chain; `distance` 0 is the person, 1 the manager."""

    id: int
    name: str
    title: str
    distance: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class EmploymentRow:
    """What was true of a person in a span of days; `until_on` is the first day on which it no longer was."""

    from_on: date
    until_on: date | None
    title: str
    function: str
    level: str | None
    manager_id: int | None
    manager_name: str | None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """One person; `record` and `roles` are None for those who may not see them."""

    card: PersonCard
    record: PersonRecord | None
    roles: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """Somebody who holds a role in the whole company."""

    role: str
    person: PersonCard
    granted_at: datetime
    granted_by: str | None


@dataclass(frozen=True, slots=True)
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
    total = session.scalar(sa.select(sa.func.count()).select_from(Person).where(*conditions)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    statement = _cards().where(*conditions).order_by(Person.name, Person.id)
    rows = session.execute(statement.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    functions = session.scalars(
        sa.select(Person.function).where(Person.is_active, Person.function != "").distinct().order_by(Person.function)
    )
    return Directory(tuple(PersonCard(*row) for row in rows), total, page, pages, tuple(functions))


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


def match_words(words: str) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which somebody fits what is typed: each word is in their name, title or function."""
    return [has_word(word) for word in split_words(words)]


def split_words(words: str) -> list[str]:
    """Return the words to look for; what is typed beyond the limits is left out."""
    return words[:MOST_SEARCHED].split()[:MOST_WORDS]


def has_word(word: str) -> sa.ColumnElement[bool]:
    """Match one word in any capitals; SQLite folds only ASCII, so the usual spellings of others are tried as well."""
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    everything = Person.name + " " + Person.title + " " + Person.function
    return sa.or_(*(everything.icontains(spelling, autoescape=True) for spelling in sorted(spellings)))


def _record(session: Session, person: Person) -> PersonRecord:
    manager, titles = aliased(Person), find_level_titles(session)
    history = session.execute(
        sa.select(
            Employment.from_on,
            Employment.until_on,
            Employment.title,
            Employment.function,
            Employment.level_id,
            Employment.manager_id,
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
