"""Who could have been nominated: counted by the database as the cycle's rules judge each person by themselves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.insight.facts import EligibleFact
from review.models import Case, Conflict, Cycle, EligibilityRuling, Person
from review.queries.eligibility import judge_people
from review.queries.insight import load_insight
from review.queries.pinned import load_ladder
from tests.announced import Plan, announce
from tests.factories import Scene, open_scene

FUNCTIONS, LEVELS = ("Product", "Data", "Sales"), ("pm-1", "pm-2", "senior-pm", "cpo", None)
MONTHS = (0, 3, 12, 18, 40, None)
RULES: tuple[dict[str, object], ...] = (
    {},
    {"min_months": 18},
    {"levels": ["pm-1", "senior-pm"]},
    {"tracks": ["people"]},
    {"functions": ["Data"]},
    {"min_months": 13, "levels": ["pm-2"], "tracks": ["ic"], "functions": ["Data", "Sales"]},
)

TOTALS = (37, 34, 35, 32, 18, 18, 8, 8, 15, 12, 13, 10)
"""How many each rule lets in, first whatever their last answer was, then half a year after it."""


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with ninety more people, of whom HR has ruled on a dozen, and six earlier answers."""
    scene = open_scene(session, now)
    for number, (function, level, months) in enumerate(product(FUNCTIONS, LEVELS, MONTHS)):
        since = None if months is None else (now - timedelta(days=round(30.5 * months))).date()
        person = Person(external_id=f"E{number}", name=f"Person {number:02}", function=function)
        person.level_id, person.level_since_on = level, since
        session.add(person)
        session.flush()
        if number % 8 == 0:
            session.add(_rule(scene, person, "out" if number % 16 else "in", now))
    cases = announce(session, scene, [Plan("Data", is_promoted=False)] * 6, now)
    earlier = Cycle(code="2020A", name="Earlier", ladder_version_id=1, required_functions=[], policy={}, state="closed")
    session.add(earlier)
    session.flush()
    for case, days in zip(cases, (1, 100, 180, 184, 190, 400), strict=True):
        case.cycle_id, case.closed_at = earlier.id, now - timedelta(days=days)
    session.commit()
    return scene


def _rule(scene: Scene, person: Person, ruling: str, now: datetime) -> EligibilityRuling:
    return EligibilityRuling(
        cycle_id=scene.cycle_id,
        person_id=person.id,
        ruling=ruling,
        reason="",
        ruled_by_id=scene.id("hanna"),
        ruled_at=now,
    )


def _judged(session: Session, cycle: Cycle, actor: Actor, close: set[int]) -> Counter[tuple[str, str | None]]:
    """Count who is in on the day the cycle opened, one person after the other."""
    assert cycle.opened_at is not None
    people = judge_people(session, cycle, actor=actor, now=cycle.opened_at)
    return Counter((each.function, each.level_id) for each in people if each.is_in and each.person_id not in close)


def _counted(session: Session, cycle: Cycle, actor: Actor) -> Counter[tuple[str, str | None]]:
    ladder = load_ladder(session, cycle.ladder_version_id)
    codes = {level.code or level.name: level.id for level in ladder.levels}
    found: tuple[EligibleFact, ...] = load_insight(session, cycle.id, actor).facts.eligible
    return Counter({(each.group, codes[each.level]): each.count for each in found})


@pytest.mark.both_databases
def test_the_count_is_what_the_rules_say_of_each_person(session: Session, scene: Scene, now: datetime) -> None:
    """For every kind of rule, for HR who knows all of the earlier cases and for HR who is close to one of them."""
    cycle, close = session.get_one(Cycle, scene.cycle_id), {scene.id(key) for key in ("hanna", "hugo", "noor")}
    totals = []
    for rules, months in product(RULES, (0, 6)):
        cycle.eligibility, cycle.policy = rules, {**cycle.policy, "months_between_cases": months}
        session.flush()
        judged = _judged(session, cycle, scene.actor("hanna"), close)
        assert _counted(session, cycle, scene.actor("hanna")) == judged, (rules, months)
        totals.append(judged.total())
    assert tuple(totals) == TOTALS
    cycle.eligibility = {}
    latest = session.scalars(sa.select(Case).where(Case.cycle_id != cycle.id).order_by(Case.closed_at.desc())).first()
    assert latest is not None
    hanna = scene.id("hanna")
    session.add(Conflict(case_id=latest.id, person_id=hanna, kind="other", declared_by_id=hanna, declared_at=now))
    session.flush()
    judged = _judged(session, cycle, scene.actor("hanna"), close)
    assert (_counted(session, cycle, scene.actor("hanna")), judged.total()) == (judged, TOTALS[1] + 1)
    cycle.zone, cycle.opened_at = "Pacific/Auckland", datetime(2026, 11, 15, 1, tzinfo=UTC)
    for case in session.scalars(sa.select(Case).where(Case.cycle_id != cycle.id)):
        case.closed_at = datetime(2026, 5, 15, 11 + case.id % 2, tzinfo=UTC)  # there the 15th, or the 16th
    session.flush()
    judged = _judged(session, cycle, scene.actor("hugo"), close)
    assert _counted(session, cycle, scene.actor("hugo")) == judged
