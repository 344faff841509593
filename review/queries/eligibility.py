"""Who may be a candidate in a cycle and who not, person by person, with the reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.eligibility import Nominee, find_obstacles, months_between
from review.domain.eligibility_rules import Rules, Ruling, read_rules
from review.domain.ladder import Ladder
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import Case, Cycle, EligibilityRuling, Person
from review.queries.own_part import is_part_of
from review.queries.past_answers import find_promotion, select_not_yet
from review.queries.pinned import load_ladder

PAGE_SIZE = 50
NO_LEVEL = text("This person has no level on this ladder")
TOP = text("No promotion leads on from this level")


@dataclass(frozen=True, slots=True)
class Judged:
    """One person: to which levels they may be nominated, or why to none; what HR ruled by hand, and why."""

    person_id: int
    name: str
    function: str
    manager_id: int | None
    level_id: str | None
    target_ids: tuple[str, ...]
    reasons: tuple[Text, ...]
    ruling: Ruling | None
    why: str

    @property
    def is_in(self) -> bool:
        """Tell whether this person may be a candidate."""
        return bool(self.target_ids)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """One page of the people who fit some words, and how many of all are in and out."""

    rows: tuple[Judged, ...]
    total: int
    count_in: int
    count_out: int
    page: int


def judge_people(
    session: Session,
    cycle: Cycle,
    *,
    actor: Actor,
    now: datetime,
    rules: Rules | None = None,
    months: int | None = None,
    only: Collection[int] | None = None,
) -> tuple[Judged, ...]:
    """Return everybody who works here, by name, with what the rules make of them; four statements.

    An earlier case that the actor is part of, or close to, counts for nothing here: its end is not theirs to know.

    Args:
        rules: to be looked at instead of the cycle's own.
        months: between two cases, instead of the cycle's own.
        only: these people alone, by number.
    """
    ladder = load_ladder(session, cycle.ladder_version_id)
    ground = _Ground(
        ladder=ladder,
        nexts={level.id: promotions_within_track(ladder, level.id) for level in ladder.levels},
        rules=read_rules(cycle.eligibility) if rules is None else rules,
        today=now.astimezone(ZoneInfo(cycle.zone)).date(),
        months=int(cycle.policy["months_between_cases"]) if months is None else months,
        ended=_list_last_not_yet(session, actor),
    )
    people = _people(cycle.id)
    rows = session.execute(people if only is None else people.where(Person.id.in_(only)))
    return tuple(_judge(row, ground) for row in rows)


def select_ruling(cycle_id: int, person_id: int | None) -> sa.Select[str]:
    """Return the statement of what HR ruled about one person in a cycle."""
    return sa.select(EligibilityRuling.ruling).where(
        EligibilityRuling.cycle_id == cycle_id, EligibilityRuling.person_id == person_id
    )


def narrow(judged: Iterable[Judged], *, words: str, show: str, page: int) -> Narrowed:
    """Return a page of those whose name or function has all words in it, who is in first; page 0 is the whole list.

    Args:
        show: in, out, or hand for those whom HR ruled on; anything else shows all.
    """
    everybody = sorted(judged, key=lambda row: (not row.is_in, row.reasons == (NO_LEVEL,)))
    wanted = words.casefold().split()
    fits = [
        row
        for row in everybody
        if all(word in f"{row.name} {row.function}".casefold() for word in wanted) and _is_shown(row, show)
    ]
    most = max(1, -(-len(fits) // PAGE_SIZE))
    page = min(max(page, 0), most)
    rows = fits if page == 0 else fits[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    count_in = sum(row.is_in for row in everybody)
    return Narrowed(tuple(rows), len(fits), count_in, len(everybody) - count_in, page)


def promotions_within_track(ladder: Ladder, level_id: str) -> tuple[str, ...]:
    """Return the levels that a promotion without a change of track leads to."""
    here = set(ladder.level(level_id).tracks)
    nexts = ladder.next_levels(level_id)
    return tuple(level.id for level in nexts if not here or here & set(level.tracks))


def _is_shown(row: Judged, show: str) -> bool:
    if show == "hand":
        return row.ruling is not None
    return show not in ("in", "out") or row.is_in == (show == "in")


def _people(cycle_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Return everybody who works here, by name, beside what HR ruled about them."""
    ruled = sa.and_(EligibilityRuling.person_id == Person.id, EligibilityRuling.cycle_id == cycle_id)
    return (
        sa.select(
            Person.id,
            Person.name,
            Person.function,
            Person.manager_id,
            Person.level_id,
            sa.func.coalesce(Person.level_since_on, find_promotion(Person.id, Person.level_id)).label("level_since_on"),
            EligibilityRuling.ruling,
            sa.func.coalesce(EligibilityRuling.reason, "").label("why"),
        )
        .outerjoin(EligibilityRuling, ruled)
        .where(Person.is_active, Person.is_external.is_(False))
        .order_by(Person.name, Person.id)
    )


def _list_last_not_yet(session: Session, actor: Actor) -> dict[int, date]:
    """Return when each was last told "not yet": in a case here, or in one before Dualtrack."""
    ended = sa.func.max(Case.closed_at)
    found = sa.select(Case.candidate_id, ended).where(Case.outcome == "not_yet").group_by(Case.candidate_id)
    here = found if actor.is_system else found.where(sa.not_(is_part_of(actor.person_id)))
    days = {person: at.date() for person, at in session.execute(here) if at is not None}
    for person, day in session.execute(select_not_yet(actor)):
        days[person] = max(day, days.get(person, day))
    return days


@dataclass(frozen=True, slots=True)
class _Ground:
    """What everybody is judged by: ladder, rules, day, and when each last ended without a promotion.

    `nexts`: the levels that a promotion leads to, by each level.
    """

    ladder: Ladder
    nexts: Mapping[str, tuple[str, ...]]
    rules: Rules
    today: date
    months: int
    ended: Mapping[int, date]

    def months_since(self, person_id: int) -> int | None:
        """Return the whole months since somebody's last case ended with "not yet"; None where there was none."""
        ended = self.ended.get(person_id)
        return None if ended is None else months_between(ended, self.today)


def _judge(row: Any, ground: _Ground) -> Judged:
    ruling = Ruling(row.ruling) if row.ruling else None
    reasons: dict[Text, None] = {}
    targets = []
    nexts = ground.nexts.get(row.level_id, ())
    for target in nexts:
        nominee = Nominee(
            is_active=True,
            level_id=row.level_id,
            level_since_on=row.level_since_on,
            kind="promotion",
            from_level_id=row.level_id,
            to_level_id=target,
            months_since_last=ground.months_since(row.id),
            function=row.function,
            ruling=ruling,
        )
        found = find_obstacles(ground.ladder, nominee, ground.today, months_between=ground.months, rules=ground.rules)
        if found:
            reasons |= dict.fromkeys(found)
        else:
            targets.append(target)
    if not nexts:
        reasons[TOP if row.level_id in ground.nexts else NO_LEVEL] = None
    why = () if targets else tuple(reasons)
    return Judged(row.id, row.name, row.function, row.manager_id, row.level_id, tuple(targets), why, ruling, row.why)
