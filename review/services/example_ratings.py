"""Rating an example profile: once, whole, and for nobody but oneself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.calibration import SCALE
from review.domain.errors import Fault, Invalid, NotFound, TransitionRefused
from review.domain.example_rating import Given
from review.domain.text import text
from review.models import ExampleRating
from review.queries.example_profiles import find_profile, is_asked_to_rate
from review.services import audit
from review.services.first_writes import insert_once


def rate_example(
    session: Session, ladder_key: str, profile_id: str, given: Given, *, actor: Actor, now: datetime
) -> None:
    """Keep somebody's ratings of a profile. The trail says that they rated it, not what they gave.

    Raises NotFound for who rates nobody, Invalid where a criterion has no answer, TransitionRefused a second time.
    """
    profile = find_profile(ladder_key, profile_id)
    if not is_asked_to_rate(session, actor):
        raise NotFound
    wrong = [name for name in profile.readings if name not in given or given[name] not in (None, *SCALE)]
    if wrong:
        raise Invalid([Fault(text("Choose a rating, or say that you cannot tell"), field=name) for name in wrong])
    values = {
        "person_id": actor.person_id,
        "ladder": ladder_key,
        "profile": profile.id,
        "title": profile.title,
        "digest": profile.digest,
        "ratings": {name: given[name] for name in profile.readings},
        "rated_at": now,
    }
    statement = insert_once(session, ExampleRating, values, unique=("person_id", "digest"))
    number = session.scalar(statement.returning(ExampleRating.id))
    if number is None:
        raise TransitionRefused([text("You have rated this profile; what you gave stands")])
    audit.record(
        session,
        "example.rate",
        actor=actor,
        now=now,
        subject_type="example_rating",
        subject_id=number,
        detail={"profile": profile.title},
    )
