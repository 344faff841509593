"""Whose turn it is in each case of a list: where it stands and who is who in it, as columns beside the case."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
import sqlalchemy.orm

from review.domain.board import CaseParts, Holder, Party, find_turns
from review.domain.feedback_request import PEER
from review.domain.workflow import MAIN, Definition, Tokens
from review.models import Case, CaseToken, Feedback, PanelScore, Person, Seat
from review.queries.fixed_words import fixed
from review.queries.packed_rows import ListOfRows, NamedWords, read_words
from review.queries.parties import HEARD_STATES
from review.queries.recipients import ACTIVE_SEATS

AWAITED = ("asked", "writing")
MANY = 100_000
"""More than are asked about one case: two counts in one number, so that the requests are gone through once."""
MANAGER, SECOND = sa.orm.aliased(Person), sa.orm.aliased(Person)
IS_ALSO = {"chair": ("member", "chair")}
"""Whoever has a seat is a member."""
OWN_ROLES = ("candidate", "manager", "second_rater")
"""Roles that one person has in each case."""
SHARED = 4
"""How many of the columns tell where a case stands; who has the roles of its own follows."""


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """What cases that stand alike share: where, who of committee and panel is in them, and the roles whose turn it is.

    The people of committee and panel stand with their roles; who else has a role, each case knows itself.
    """

    tokens: Tokens
    people: Mapping[str, tuple[Party, ...]]
    holders: tuple[Holder, ...]


class CaseTurn(NamedTuple):
    """Where a case stands and who is who in it."""

    stand: Stand
    candidate: Party
    manager: Party | None
    second_rater: Party | None

    @property
    def people(self) -> dict[str, tuple[Party, ...]]:
        """Return who has which role, as far as somebody has it."""
        own = {role: getattr(self, role) for role in OWN_ROLES}
        return {**{role: (who,) for role, who in own.items() if who}, **self.stand.people}

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Return whose turn it is, each role with its people."""
        return tuple(each._replace(people=self.find_people(each)) for each in self.stand.holders)

    def find_people(self, holder: Holder) -> tuple[Party, ...]:
        """Return who has the role of one of the holders where the case stands."""
        who = self.find_own(holder)
        return (who,) if who else holder.people

    def find_own(self, holder: Holder) -> Party | None:
        """Return who has the role of one of the holders, where it is one that each case has for itself."""
        who: Party | None = getattr(self, holder.role) if holder.role in OWN_ROLES else None
        return who


def add_turns(statement: sa.Select[Any]) -> sa.Select[Any]:
    """Add what tells whose turn it is to a statement of cases with their candidates, as its next columns.

    Who may read them is the caller's to know: these are columns for HR without a part in the cases.
    """
    joined = statement.outerjoin(MANAGER, MANAGER.id == Case.manager_id)
    joined = joined.outerjoin(SECOND, SECOND.id == Case.second_rater_id)
    return add_stands(joined).add_columns(
        *(Person.id, Person.name, Person.is_active),
        *(MANAGER.id, MANAGER.name, MANAGER.is_active),
        *(SECOND.id, SECOND.name, SECOND.is_active),
    )


def add_stands(statement: sa.Select[Any]) -> sa.Select[Any]:
    """Add where each case stands to a statement of cases, as its next columns, for read_stand()."""
    return statement.add_columns(*_columns())


def join_stands(statement: sa.Select[Any], cycle_id: Any) -> sa.Select[Any]:
    """Add the same columns to a statement of all cases of a cycle: who has a seat is gathered once for all of them."""
    gathered = [_gather(told, case_id, cycle_id) for told, case_id in _people()]
    for one in gathered:
        statement = statement.outerjoin(one, one.c.case_id == Case.id)
    return statement.add_columns(*_columns()[:2], *(one.c.told for one in gathered))


def make_turn_reader() -> Callable[[Definition, Sequence[Any]], CaseTurn | None]:
    """Return what reads the columns of add_turns(); what many cases share, where they stand or a person, is read once.

    Nothing is returned for a case that stands nowhere.
    """
    stands: dict[Sequence[Any], Stand | None] = {}

    @cache
    def find_party(number: int | None, name: str, is_here: bool) -> Party | None:
        return None if number is None else Party(number, name, is_here)

    def read(definition: Definition, row: Sequence[Any]) -> CaseTurn | None:
        alike = id(definition), *row[:SHARED]
        if alike not in stands:
            stands[alike] = read_stand(definition, row[:SHARED])
        stand, candidate, manager, second = stands[alike], row[SHARED:7], row[7:10], row[10:13]
        if stand is None:
            return None
        return CaseTurn(stand, Party(*candidate), find_party(*manager), find_party(*second))

    return read


def read_stand(definition: Definition, row: Sequence[Any]) -> Stand | None:
    """Return where a case stands, from the columns of add_stands(); None where it stands nowhere."""
    written, answers, seats, panel = row
    tokens, (heard, awaited) = read_words(written), divmod(answers, MANY)
    if MAIN not in tokens:
        return None
    people: dict[str, tuple[Party, ...]] = {}
    for role, number, name, is_here, state in sorted(json.loads(seats or "[]"), key=itemgetter(1)):
        for each in IS_ALSO.get(role, (role,)):
            people[each] = (*people.get(each, ()), Party(number, name, bool(is_here), state))
    if panel:
        scorers = sorted(json.loads(panel))
        people["panelist"] = tuple(Party(number, name, bool(is_here)) for number, name, is_here in scorers)
    return Stand(tokens, people, find_turns(definition, CaseParts(tokens, people, heard, awaited)))


@cache
def _columns() -> tuple[Any, ...]:
    """Return them, the same for every statement: what stands for a table there is large, and made once."""
    place = sa.orm.aliased(CaseToken)
    places = sa.select(NamedWords(place.region, place.state)).where(place.case_id == Case.id)
    people = (_beside(told.where(case_id == Case.id)) for told, case_id in _people())
    return _beside(places), _beside(_count_answers()), *people


@cache
def _people() -> tuple[tuple[sa.Select[Any], Any], ...]:
    """Return the statements of who has a seat and who has still to score, each with the column of the case."""
    role = sa.case((Seat.role == "chair", "chair"), else_="member")
    sat, scorer = sa.orm.aliased(Person), sa.orm.aliased(Person)
    seats = sa.select(ListOfRows(role, sat.id, sat.name, sat.is_active, Seat.state).label("told")).join_from(
        Seat, sat, sat.id == Seat.person_id
    )
    panel = sa.select(ListOfRows(scorer.id, scorer.name, scorer.is_active).label("told")).join_from(
        PanelScore, scorer, scorer.id == PanelScore.person_id
    )
    return (
        (seats.where(Seat.state.in_(fixed(ACTIVE_SEATS)), Seat.role != "deputy"), Seat.case_id),
        (panel.where(PanelScore.scored_at.is_(None)), PanelScore.case_id),
    )


def _count_answers() -> sa.Select[Any]:
    """Return the statement of how many have been heard, times MANY, and how many are still awaited."""
    heard = sa.func.count().filter(Feedback.state.in_(fixed(HEARD_STATES)))
    awaited = sa.func.count().filter(Feedback.state.in_(fixed(AWAITED)), Feedback.kind == PEER)
    return sa.select(heard * MANY + awaited).select_from(Feedback).where(Feedback.case_id == Case.id)


def _beside(statement: sa.Select[Any]) -> Any:
    """Return a statement about one case as a column beside it."""
    return statement.correlate(Case).scalar_subquery()


def _gather(statement: sa.Select[Any], case_id: Any, cycle_id: Any) -> Any:
    """Return a statement of people as a table of those cases of the cycle that have any."""
    case = sa.orm.aliased(Case)
    of_cycle = statement.where(case_id.in_(sa.select(case.id).where(case.cycle_id == cycle_id)))
    return of_cycle.add_columns(case_id.label("case_id")).group_by(case_id).subquery()
