"""Mentors for a growth plan: suggested by grade, or found by words; never the directory as a list."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Right
from review.domain.mentors import find_mentor_levels, is_too_near, mentor_reason
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import Person
from review.queries.growth import PARTIES, THING
from review.queries.people import may
from review.queries.people_words import match_words
from review.queries.standing import Standing

MOST_FOUND = 8
MOST_SUGGESTED = 6
SPREAD = 1009
"""A prime: the remainder sorts people of one grade differently for each case, so that not all plans name the same."""


@dataclass(frozen=True)
class MentorRow:
    """Somebody who could be the mentor, or why not: what they are in words."""

    id: int
    name: str
    words: Text | str
    obstacle: Text | None = None


@dataclass(frozen=True)
class Mentors:
    """The people found or suggested; `has_more` when the words fit still others."""

    people: tuple[MentorRow, ...] = ()
    has_more: bool = False


def find_mentors(session: Session, standing: Standing, *, words: str) -> Mentors:
    """Return who fits the words, or without words who is suggested; nobody for who does not write the plan.

    One statement. Suggested are people of the candidate's function first, then the nearer grade; what is found by words
    tells name, title and function alone, as the directory does.
    """
    is_writer = standing.may_write(THING) and not standing.workflow_roles.isdisjoint(PARTIES)
    if not is_writer or not may(standing.actor, Right.READ, "directory"):
        return Mentors()
    return _search(session, standing, words) if words.strip() else _suggest(session, standing)


def name_mentor(session: Session, standing: Standing, person_id: int) -> str | None:
    """Return how a plan names somebody as the mentor; None for who cannot be it."""
    person = session.execute(_people().where(Person.id == person_id)).first()
    if person is None or _is_near(standing, person_id):
        return None
    return ", ".join(part for part in (person.name, person.title) if part)


def _suggest(session: Session, standing: Standing) -> Mentors:
    candidate = standing.candidate
    levels = find_mentor_levels(standing.ladder, candidate.level_id)
    near = {person for person in standing.conflicts if _is_near(standing, person)}
    parties = standing.parties
    near |= {candidate.id, standing.case.manager_id or candidate.id}
    near |= parties.skip_level_ids | parties.former_manager_ids
    spread = (Person.id * 31 + standing.case.id * 17) % SPREAD
    grades_up = sa.case(levels, value=Person.level_id) if levels else sa.literal(0)
    rows = session.execute(
        _people()
        .where(Person.level_id.in_(levels), Person.id.not_in(near))
        .order_by(Person.function != candidate.function, grades_up, spread, Person.id)
        .limit(MOST_SUGGESTED)
    )
    return Mentors(
        tuple(MentorRow(row.id, row.name, mentor_reason(row.title, row.function, levels[row.level_id])) for row in rows)
    )


def _search(session: Session, standing: Standing, words: str) -> Mentors:
    found = _people().where(*match_words(words)).order_by(Person.name, Person.id).limit(MOST_FOUND + 1)
    rows = session.execute(found).all()
    people = tuple(
        MentorRow(row.id, row.name, ", ".join(part for part in (row.title, row.function) if part), _why(standing, row))
        for row in rows[:MOST_FOUND]
    )
    return Mentors(people, len(rows) > MOST_FOUND)


def _why(standing: Standing, row: sa.Row[int, str, str, str, str | None]) -> Text | None:
    if row.id == standing.case.candidate_id:
        return text("This is the candidate")
    if _is_near(standing, row.id):
        return text("In the line of reports, or was the manager during the case")
    return None


def _is_near(standing: Standing, person_id: int) -> bool:
    return is_too_near(standing.parties, standing.conflicts.get(person_id, {}), person_id)


def _people() -> sa.Select[int, str, str, str, str | None]:
    return sa.select(Person.id, Person.name, Person.title, Person.function, Person.level_id).where(
        Person.is_active, sa.not_(Person.is_external)
    )
