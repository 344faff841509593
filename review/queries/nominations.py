"""Whom somebody may nominate in a cycle, and for which moves."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.eligibility import KINDS, Nominee, find_obstacles
from review.domain.eligibility_rules import Ruling, read_rules
from review.domain.errors import NotFound
from review.domain.ladder import Ladder, Level
from review.domain.ladder_parts import Question
from review.domain.text import Text
from review.domain.values import dataclass
from review.models import Case, OptOut, Person
from review.queries.cycles import CycleDetail, load_cycle
from review.queries.eligibility import select_ruling
from review.queries.past_answers import find_promotion
from review.queries.people_words import is_here, match_words
from review.queries.pinned import load_ladder

MOST_OFFERED = 200


@dataclass(frozen=True)
class Nominable:
    """Somebody who may be nominated, with the name and title that the choice shows."""

    id: int
    label: str


@dataclass(frozen=True)
class MoveChoice:
    """A move that somebody can be nominated for; `remarks` say what HR would find missing today."""

    kind: str
    level: Level
    is_people_track: bool
    remarks: tuple[Text, ...]


@dataclass(frozen=True)
class ChosenPerson:
    """Who is to be nominated, with the moves that the ladder has for them."""

    id: int
    name: str
    title: str
    level: Level | None
    is_self: bool
    moves: tuple[MoveChoice, ...]


@dataclass(frozen=True)
class NominationPage:
    """What the nomination page offers to one reader; `chosen` is None until somebody is chosen.

    `has_more`: there are more people than are offered at once.
    """

    cycle: CycleDetail
    people: tuple[Nominable, ...]
    chosen: ChosenPerson | None
    role_fit: tuple[Question, ...]
    has_own_case: bool
    opt_out: str | None
    has_more: bool


def load_nomination_page(
    session: Session, cycle_id: int, actor: Actor, *, chosen_id: int | None, now: datetime, words: str = ""
) -> NominationPage:
    """Return whom the actor may nominate: themselves, direct reports (also for a delegator), as HR everybody.

    Not more than MOST_OFFERED at once, narrowed by words. Somebody alone in the list is chosen at once.
    Raises NotFound for a chosen person who is not in it.
    """
    cycle = load_cycle(session, cycle_id, actor)
    ladder = load_ladder(session, cycle.ladder_version_id)
    me = actor.person_id
    taken = sa.select(Case.candidate_id).where(Case.cycle_id == cycle_id)
    statement = sa.select(Person).where(Person.id.not_in(taken))
    if actor.has(Role.HR):
        statement = statement.where(Person.is_active)
    else:
        near = sa.or_(Person.id == me, Person.manager_id.in_([me, *actor.delegators]))
        statement = statement.where(is_here(Person), near)
    offered = _offer(statement, words, chosen_id)
    people = {row.id: row for row in session.scalars(offered)}
    chosen = people.get(chosen_id or 0)
    if chosen_id is not None and chosen is None:
        raise NotFound
    has_more = len(people) > MOST_OFFERED
    if chosen is None and len(people) == 1:
        chosen = next(iter(people.values()))
    shown = sorted(list(people.values())[:MOST_OFFERED], key=lambda row: (row.name, row.id))
    wanted = chosen.id if chosen else None
    own = sa.exists().where(Case.cycle_id == cycle_id, Case.candidate_id == me)
    out = sa.select(OptOut.reason).where(OptOut.cycle_id == cycle_id, OptOut.person_id == me).scalar_subquery()
    ruled = select_ruling(cycle_id, wanted).scalar_subquery()
    promoted = find_promotion(wanted, chosen.level_id if chosen else None)
    has_case, opt_out, ruling, since = session.execute(sa.select(own, out, ruled, promoted)).one()
    return NominationPage(
        cycle=cycle,
        people=tuple(Nominable(row.id, ", ".join(filter(None, (row.name, row.title)))) for row in shown),
        chosen=None if chosen is None else _choose(ladder, cycle, chosen, actor, now, ruling=ruling, since=since),
        role_fit=ladder.role_fit,
        has_own_case=has_case,
        opt_out=opt_out,
        has_more=has_more,
    )


def _offer(statement: sa.Select[Person], words: str, chosen_id: int | None) -> sa.Select[Person]:
    """Narrow people by words; who is chosen comes first, so that they are there however many others are."""
    fits = sa.and_(sa.true(), *match_words(words))
    if chosen_id is not None:
        fits = sa.or_(fits, Person.id == chosen_id)
    is_other = sa.case((Person.id == chosen_id, 0), else_=1) if chosen_id is not None else sa.literal(1)
    return statement.where(fits).order_by(is_other, Person.name, Person.id).limit(MOST_OFFERED + 1)


def _choose(
    ladder: Ladder,
    cycle: CycleDetail,
    person: Person,
    actor: Actor,
    now: datetime,
    *,
    ruling: str | None,
    since: date | None,
) -> ChosenPerson:
    known = {level.id: level for level in ladder.levels}
    level = known.get(person.level_id or "")
    found = ladder.moves_from(level.id) if level else tuple(move for move in ladder.moves if move.from_level is None)
    kinds = {move_kind: kind for kind, move_kinds in KINDS.items() for move_kind in move_kinds}
    today = now.astimezone(ZoneInfo(cycle.zone)).date()
    moves, rules = [], read_rules(cycle.eligibility)
    for move in found:
        if move.kind in kinds:
            nominee = Nominee(
                is_active=person.is_active,
                level_id=person.level_id,
                level_since_on=person.level_since_on or since,
                kind=kinds[move.kind],
                from_level_id=move.from_level,
                to_level_id=move.to_level,
                function=person.function,
                ruling=Ruling(ruling) if ruling else None,
            )
            remarks = find_obstacles(ladder, nominee, today, rules=rules)
            target = known[move.to_level]
            moves.append(MoveChoice(kinds[move.kind], target, ladder.leads_people(target.id), remarks))
    return ChosenPerson(person.id, person.name, person.title, level, person.id == actor.person_id, tuple(moves))
