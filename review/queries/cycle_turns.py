"""Whose turn it is in each case of a list: where it stands and who is who in it, as columns beside the case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from review.domain.board import CaseParts, Party
from review.domain.feedback_request import PEER
from review.domain.workflow import MAIN
from review.models import Case, CaseToken, Feedback, PanelScore, Person, Seat
from review.queries.parties import HEARD_STATES
from review.queries.recipients import ACTIVE_SEATS

AWAITED = ("asked", "writing")
MANAGER, SECOND = sa.orm.aliased(Person), sa.orm.aliased(Person)
IS_ALSO = {"chair": ("member", "chair")}
"""Whoever has a seat is a member."""


class _ListOfRows(FunctionElement[Any]):
    """All rows of a group as one JSON list of lists, nothing where there are none."""

    name = "list_of_rows"
    type = sa.JSON(none_as_null=True)
    inherit_cache = True


@compiles(_ListOfRows, "sqlite")
def _write_for_sqlite(element: _ListOfRows, compiler: Any, **kw: Any) -> str:
    return f"nullif(json_group_array(json_array({compiler.process(element.clauses, **kw)})), '[]')"


@compiles(_ListOfRows, "postgresql")
def _write_for_postgresql(element: _ListOfRows, compiler: Any, **kw: Any) -> str:
    return f"json_agg(json_build_array({compiler.process(element.clauses, **kw)}))"


@dataclass(frozen=True, slots=True)
class CaseTurn:
    """Where a case stands and who is who in it."""

    parts: CaseParts


def add_turns(statement: sa.Select[Any]) -> sa.Select[Any]:
    """Add what tells whose turn it is to a statement of cases with their candidates, as its next columns.

    Who may read them is the caller's to know: these are columns for HR without a part in the cases.
    """
    joined = statement.outerjoin(MANAGER, MANAGER.id == Case.manager_id)
    joined = joined.outerjoin(SECOND, SECOND.id == Case.second_rater_id)
    return joined.add_columns(*_columns())


def make_turn_reader() -> Callable[[Sequence[Any]], CaseTurn | None]:
    """Return what reads the columns of add_turns(); what many rows share, a place or a person, is read once."""
    party, read_tokens = cache(Party), cache(_read_tokens)

    def read(row: Sequence[Any]) -> CaseTurn | None:
        tokens, heard, awaited, seats, panel, *people = row
        if not tokens:
            return None
        found: dict[str, tuple[Party, ...]] = {}
        for role, place in (("candidate", 0), ("manager", 3), ("second_rater", 6)):
            number, name, is_here = people[place : place + 3]
            if number is not None:
                found[role] = (party(number, name, is_here),)
        for role, number, name, is_here, state in seats or ():
            for each in IS_ALSO.get(role, (role,)):
                found[each] = (*found.get(each, ()), Party(number, name, bool(is_here), state))
        if panel:
            found["panelist"] = tuple(Party(number, name, bool(is_here)) for number, name, is_here in panel)
        places = read_tokens(tokens)
        return CaseTurn(CaseParts(places, found, heard, awaited)) if MAIN in places else None

    return read


def _read_tokens(written: str) -> dict[str, str]:
    return dict(sorted(each.split(" ") for each in written.split(",")))


def _columns() -> tuple[Any, ...]:
    role = sa.case((Seat.role == "chair", "chair"), else_="member")
    sat, scorer, place = sa.orm.aliased(Person), sa.orm.aliased(Person), sa.orm.aliased(CaseToken)
    seats = sa.select(_ListOfRows(role, sat.id, sat.name, sat.is_active, Seat.state)).join_from(
        Seat, sat, sat.id == Seat.person_id
    )
    panel = sa.select(_ListOfRows(scorer.id, scorer.name, scorer.is_active)).join_from(
        PanelScore, scorer, scorer.id == PanelScore.person_id
    )
    tokens = sa.func.aggregate_strings(place.region + " " + place.state, ",")
    return (
        _beside(sa.select(tokens).where(place.case_id == Case.id)),
        _beside(_count().where(Feedback.state.in_(HEARD_STATES))),
        _beside(_count().where(Feedback.state.in_(AWAITED), Feedback.kind == PEER)),
        _beside(seats.where(Seat.case_id == Case.id, Seat.state.in_(ACTIVE_SEATS), Seat.role != "deputy")),
        _beside(panel.where(PanelScore.case_id == Case.id, PanelScore.scored_at.is_(None))),
        *(Person.id, Person.name, Person.is_active),
        *(MANAGER.id, MANAGER.name, MANAGER.is_active),
        *(SECOND.id, SECOND.name, SECOND.is_active),
    )


def _count() -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(Feedback).where(Feedback.case_id == Case.id)


def _beside(statement: sa.Select[Any]) -> Any:
    """Return a statement about one case as a column beside it."""
    return statement.correlate(Case).scalar_subquery()
