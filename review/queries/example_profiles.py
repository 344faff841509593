"""Example profiles: which there are, who is asked to rate them, and what the reader gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Invalid, NotFound
from review.domain.example_file import ExampleProfile, Examples, parse_examples
from review.domain.example_rating import Comparison, compare_ratings
from review.domain.ladder import Ladder
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.models import Case, ExampleRating, Person
from review.queries.directory import list_newest_ladders

FOLDER = Path(__file__).resolve().parent.parent.parent / "workflows" / "examples"
MOST_OTHERS = 500
"""How many others are counted at most: the first ones."""


@dataclass(frozen=True)
class ExampleRow:
    """A profile in the list: with its ladder, and when the reader has rated it."""

    profile: ExampleProfile
    ladder: Ladder
    rated_at: datetime | None


@dataclass(frozen=True)
class ExamplePage:
    """A profile as its reader may see it: how it was meant and what others gave only once they have rated it."""

    profile: ExampleProfile
    ladder: Ladder
    rated_at: datetime | None
    comparison: Comparison | None


@cache
def load_examples() -> tuple[Examples, ...]:
    """Return the profiles of all ladders, read once a process; raise Invalid with every fault of a file."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        read = parse_examples(path.read_text(encoding="utf-8"), path.name)
        if not isinstance(read, Examples):
            raise Invalid(read)
        found.append(read)
    return tuple(found)


def is_asked_to_rate(session: Session, actor: Actor) -> bool:
    """Tell whether somebody rates people here, or for somebody who does; one statement.

    By whom they lead or were chosen for, whom they know: not by a case of which they may not know yet.
    """
    if actor.person_id is None or not actor.is_active or actor.is_external:
        return False
    people = [actor.person_id, *actor.delegators]
    leads = sa.exists().where(Person.manager_id.in_(people), Person.is_active)
    chosen = sa.exists().where(Case.second_rater_id.in_(people), Case.phase != Phase.CLOSED)
    return bool(session.scalar(sa.select(sa.or_(leads, chosen))))


def list_examples(session: Session, actor: Actor) -> tuple[ExampleRow, ...]:
    """Return the profiles of the ladders in use; raise NotFound for who rates nobody."""
    ladders = _find_ladders(session, actor)
    rated = dict(
        session.execute(
            sa.select(ExampleRating.digest, ExampleRating.rated_at).where(ExampleRating.person_id == actor.person_id)
        ).all()
    )
    return tuple(
        ExampleRow(profile, ladders[each.ladder], rated.get(profile.digest))
        for each in load_examples()
        if each.ladder in ladders
        for profile in each.profiles
    )


def load_example(session: Session, ladder_key: str, profile_id: str, actor: Actor) -> ExamplePage:
    """Return one profile; raise NotFound for who rates nobody, and where there is none."""
    ladder = _find_ladders(session, actor).get(ladder_key)
    profile = find_profile(ladder_key, profile_id)
    if ladder is None:
        raise NotFound
    rows = session.execute(
        sa.select(ExampleRating.person_id, ExampleRating.ratings, ExampleRating.rated_at)
        .where(ExampleRating.digest == profile.digest)
        .order_by(ExampleRating.person_id != actor.person_id, ExampleRating.rated_at, ExampleRating.id)
        .limit(MOST_OTHERS + 1)
    ).all()
    own = [row for row in rows if row.person_id == actor.person_id]
    if not own:
        return ExamplePage(profile, ladder, None, None)
    others = [row.ratings for row in rows if row.person_id != actor.person_id]
    return ExamplePage(profile, ladder, own[0].rated_at, compare_ratings(profile, own[0].ratings, others))


def list_own_ratings(session: Session, actor: Actor) -> Sequence[ExampleRating]:
    """Return what the reader gave, the first first; raise NotFound for who rates nobody."""
    if not is_asked_to_rate(session, actor):
        raise NotFound
    own = sa.select(ExampleRating).where(ExampleRating.person_id == actor.person_id)
    return session.scalars(own.order_by(ExampleRating.rated_at, ExampleRating.id)).all()


def find_profile(ladder_key: str, profile_id: str) -> ExampleProfile:
    """Return a profile by its ladder and id; raise NotFound where there is none."""
    for each in load_examples():
        for profile in each.profiles:
            if (each.ladder, profile.id) == (ladder_key, profile_id):
                return profile
    raise NotFound


def _find_ladders(session: Session, actor: Actor) -> dict[str, Ladder]:
    if not is_asked_to_rate(session, actor):
        raise NotFound
    return {ladder.id: ladder for ladder in list_newest_ladders(session)}
