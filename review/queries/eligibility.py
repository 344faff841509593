"""Who may be a candidate in a cycle and who not, person by person, with the reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
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
Verdict = tuple[tuple[str, ...], tuple[Text, ...]]
"""The levels to which somebody may be nominated, and why to none."""
UNPLACED: Verdict = ((), (NO_LEVEL,))


class Judged(NamedTuple):
    """One person: to which levels they may be nominated, or why to none; what HR ruled by hand, and why.

    A tuple, as there are as many of them as people in the company.
    """

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


@dataclass(frozen=True)
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
) -> tuple[Judged, ...]:
    """Return everybody who works here, by name, with what the rules make of them; four statements.

    An earlier case that the actor is part of, or close to, counts for nothing here: its end is not theirs to know.

    Args:
        rules: to be looked at instead of the cycle's own.
        months: between two cases, instead of the cycle's own.
    """
    ground = load_ground(session, cycle, actor, now, rules=rules, months=months)
    return tuple(judge_rows(session.execute(select_people(cycle.id)).all(), ground))


def list_eligible(
    session: Session, cycle: Cycle, *, actor: Actor, now: datetime, only: Collection[int] | None = None
) -> tuple[Judged, ...]:
    """Return whom judge_people() finds in, by name; who has no level that leads on is not read. Four statements.

    Args:
        only: of these people alone, by number.
    """
    ground = load_ground(session, cycle, actor, now)
    leading = [level for level, nexts in ground.nexts.items() if nexts]
    placed = select_people(cycle.id).where(Person.level_id.in_(leading))
    rows = session.execute(placed if only is None else placed.where(Person.id.in_(only))).all()
    return tuple(row for row in judge_rows(rows, ground) if row.is_in)


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
    everybody = _arrange(judged)
    wanted = words.casefold().split()
    shown = [row for row in everybody if _is_shown(row, show)]
    fits = [row for row in shown if _has_words(row, wanted)] if wanted else shown
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


def _arrange(judged: Iterable[Judged]) -> list[Judged]:
    """Return who is in first, and who has no level on the ladder last, each part in the order given."""
    first: list[Judged] = []
    then: list[Judged] = []
    last: list[Judged] = []
    for row in judged:
        part = first if row.target_ids else last if row.reasons == UNPLACED[1] else then
        part.append(row)
    return first + then + last


def _has_words(row: Judged, wanted: Collection[str]) -> bool:
    words = f"{row.name} {row.function}".casefold()
    return all(word in words for word in wanted)


def load_ground(
    session: Session,
    cycle: Cycle,
    actor: Actor,
    now: datetime,
    *,
    rules: Rules | None = None,
    months: int | None = None,
) -> Ground:
    """Return what everybody is judged by in a cycle; rules and months are the cycle's own unless others are given."""
    ladder, zone = load_ladder(session, cycle.ladder_version_id), ZoneInfo(cycle.zone)
    return Ground(
        ladder=ladder,
        nexts={level.id: promotions_within_track(ladder, level.id) for level in ladder.levels},
        rules=read_rules(cycle.eligibility) if rules is None else rules,
        today=now.astimezone(zone).date(),
        months=int(cycle.policy["months_between_cases"]) if months is None else months,
        ended=_list_last_not_yet(session, actor, zone),
    )


def _is_shown(row: Judged, show: str) -> bool:
    if show == "hand":
        return row.ruling is not None
    return show not in ("in", "out") or row.is_in == (show == "in")


def select_people(cycle_id: int) -> sa.Select[*tuple[Any, ...]]:
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


def _list_last_not_yet(session: Session, actor: Actor, zone: ZoneInfo) -> dict[int, date]:
    """Return when each was last told "not yet", by the days of a zone: in a case here, or in one before Dualtrack."""
    ended = sa.func.max(Case.closed_at)
    found = sa.select(Case.candidate_id, ended).where(Case.outcome == "not_yet").group_by(Case.candidate_id)
    here = found if actor.is_system else found.where(sa.not_(is_part_of(actor.person_id)))
    days = {person: at.astimezone(zone).date() for person, at in session.execute(here) if at is not None}
    for person, day in session.execute(select_not_yet(actor)):
        days[person] = max(day, days.get(person, day))
    return days


@dataclass(frozen=True)
class Ground:
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


def judge_rows(rows: Iterable[Any], ground: Ground) -> Iterator[Judged]:
    """Yield everybody with what the rules make of them, worked out once for all who are alike in what is asked."""
    verdicts: dict[tuple[Any, ...], Verdict] = {}
    months: dict[date | None, int | None] = {None: None}  # of many people alike
    for person_id, name, function, manager_id, level_id, since, by_hand, why in rows:
        ruling = Ruling(by_hand) if by_hand else None
        verdict = UNPLACED
        if level_id in ground.nexts:
            if since not in months:
                months[since] = months_between(since, ground.today)
            told = ground.months_since(person_id)
            alike = (level_id, months[since], told, function if ground.rules.functions else "", ruling)
            if alike not in verdicts:
                verdicts[alike] = _judge(_nominee(level_id, since, told, function, ruling), ground)
            verdict = verdicts[alike]
        yield Judged(person_id, name, function, manager_id, level_id, *verdict, ruling, why)


def _nominee(level_id: str, since: date | None, told: int | None, function: str, ruling: Ruling | None) -> Nominee:
    """Return somebody as eligibility looks at them, for no certain level yet."""
    return Nominee(
        is_active=True,
        level_id=level_id,
        level_since_on=since,
        kind="promotion",
        from_level_id=level_id,
        to_level_id="",
        months_since_last=told,
        function=function,
        ruling=ruling,
    )


def _judge(nominee: Nominee, ground: Ground) -> Verdict:
    """Return the levels to which somebody may be nominated, and why to none where there is none."""
    reasons: dict[Text, None] = {}
    targets = []
    nexts = ground.nexts[nominee.level_id or ""]
    for target in nexts:
        meant = replace(nominee, to_level_id=target)
        found = find_obstacles(ground.ladder, meant, ground.today, months_between=ground.months, rules=ground.rules)
        if found:
            reasons |= dict.fromkeys(found)
        else:
            targets.append(target)
    if not nexts:
        reasons[TOP] = None
    return tuple(targets), () if targets else tuple(reasons)
