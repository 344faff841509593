"""Who could have been nominated when a cycle opened and was not, counted by group and level."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.eligibility_rules import Rules, Ruling, read_rules
from review.domain.insight.facts import EligibleFact
from review.domain.ladder import Ladder, Level
from review.models import Case, Cycle, EligibilityRuling, Person
from review.queries.eligibility import promotions_within_track
from review.queries.many_numbers import is_among
from review.queries.own_part import is_part_of, select_line
from review.queries.past_answers import find_promotion, select_told_between


def count_eligible(
    session: Session, cycle: Cycle, ladder: Ladder, group: Any, *, taken: Collection[int], actor: Actor
) -> tuple[EligibleFact, ...]:
    """Return how many people the cycle's rules and HR's rulings let in on the day it opened; one statement.

    As judge_people() has it person by person, told by the database: a hundred thousand of them. Those of the cases
    `taken` are counted by their cases. Whoever is above, below or the actor is left out, with a case or without.
    """
    if cycle.opened_at is None:
        return ()
    ruled = sa.and_(EligibilityRuling.person_id == Person.id, EligibilityRuling.cycle_id == cycle.id)
    by_hand = sa.func.coalesce(EligibilityRuling.ruling, "")
    by_rules = sa.and_(by_hand != Ruling.OUT, *_is_let_in(cycle, ladder, actor, cycle.opened_at))
    mine = sa.select(Case.candidate_id).where(Case.cycle_id == cycle.id, is_among(Case.id, taken))
    rows = session.execute(
        sa.select(group.label("of_group"), Person.level_id, sa.func.count())
        .select_from(Person)
        .outerjoin(EligibilityRuling, ruled)
        .where(Person.is_active, Person.is_external.is_(False), Person.id.not_in(mine))
        .where(Person.level_id.in_([level.id for level in _list_levels(ladder)]))
        .where(sa.or_(by_hand == Ruling.IN, by_rules))
        .where(Person.id.not_in(select_line(actor.person_id)))
        .group_by(sa.text("of_group"), Person.level_id)
    ).all()
    names = {level.id: level.code or level.name for level in ladder.levels}
    return tuple(EligibleFact(name, names[level], count) for name, level, count in rows)


def _list_levels(ladder: Ladder) -> list[Level]:
    """Return the levels from which a promotion leads on."""
    return [level for level in ladder.levels if promotions_within_track(ladder, level.id)]


def _is_let_in(cycle: Cycle, ladder: Ladder, actor: Actor, opened_at: datetime) -> list[sa.ColumnElement[bool]]:
    """Return what find_obstacles() asks of somebody on whom HR has not ruled, as conditions."""
    rules, zone = read_rules(cycle.eligibility), ZoneInfo(cycle.zone)
    on = opened_at.astimezone(zone).date()
    asked = [_has_served(level, rules, on) for level in _list_levels(ladder) if _is_asked(level, rules)]
    found: list[sa.ColumnElement[bool]] = [sa.or_(sa.false(), *asked)]
    if rules.functions:
        found.append(Person.function.in_(rules.functions))
    if months := int(cycle.policy["months_between_cases"]):
        last = months_before(on, months)
        found.append(Person.id.not_in(_answered_since(last, opened_at, actor, zone)))
        found.append(Person.id.not_in(select_told_between(actor, last, on)))
    return found


def _is_asked(level: Level, rules: Rules) -> bool:
    """Tell whether the cycle is for people of a level."""
    if rules.level_ids and level.id not in rules.level_ids:
        return False
    return not rules.track_ids or bool(set(level.tracks) & set(rules.track_ids))


def _has_served(level: Level, rules: Rules, on: date) -> sa.ColumnElement[bool]:
    """Return the condition that somebody is of a level, and has been for as long as is asked."""
    months = max(level.min_months or 0, rules.min_months)
    here = Person.level_id == level.id
    since = sa.func.coalesce(Person.level_since_on, find_promotion(Person.id, Person.level_id))
    return sa.and_(here, since <= months_before(on, months)) if months else here


def _answered_since(day: date, opened_at: datetime, actor: Actor, zone: ZoneInfo) -> sa.Select[Any]:
    """Return whose last "not yet" came after a day and before the opening; what the actor is part of is not theirs."""
    after = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    found = sa.select(Case.candidate_id).where(
        Case.outcome == "not_yet", Case.closed_at >= after, Case.closed_at < opened_at
    )
    return found if actor.is_system else found.where(sa.not_(is_part_of(actor.person_id)))


def months_before(on: date, months: int) -> date:
    """Return the last day from which so many whole months have passed by a day."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    day = on.day
    while True:
        try:
            return date(year, month + 1, day)
        except ValueError:
            day -= 1
