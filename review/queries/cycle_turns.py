"""Whose turn it is in many cases at once: where they stand and who is who in them, in one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from review.domain.board import CaseParts, Party
from review.domain.feedback_request import PEER
from review.domain.workflow import MAIN
from review.models import Case, CaseToken, Feedback, PanelScore, Person, Seat
from review.queries.parties import HEARD_STATES
from review.queries.recipients import ACTIVE_SEATS

AWAITED = ("asked", "writing")
NO_WORD = sa.literal_column("''", sa.String)
NOTHING: Mapping[str, Any] = {"n": sa.literal_column("0", sa.Integer), "is_here": sa.true()}
PARTY: Mapping[str, Any] = {"n": Person.id, "is_here": Person.is_active}
ROLES: Mapping[str, InstrumentedAttribute[Any]] = {
    "candidate": Case.candidate_id,
    "manager": Case.manager_id,
    "second_rater": Case.second_rater_id,
}


IS_ALSO = {"chair": ("member", "chair")}
"""Whoever has a seat is a member."""


@dataclass(frozen=True, slots=True)
class CaseTurn:
    """Where a case stands and who is who in it."""

    parts: CaseParts


@dataclass(slots=True)
class _Found:
    """The same while its rows are read."""

    tokens: dict[str, str] = field(default_factory=dict)
    people: dict[str, tuple[Party, ...]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def load_turns(session: Session, case_ids: Collection[int] | None, *, cycle_id: int) -> dict[int, CaseTurn]:
    """Return how these cases stand, all of the cycle without numbers; whose turn it is follows from it.

    Who may read them is the caller's to know: these are rows for HR without a part in the cases.
    """
    if case_ids is not None and not case_ids:
        return {}
    values = {"cycle_id": cycle_id} if case_ids is None else {"case_ids": list(case_ids)}
    found: dict[int, _Found] = defaultdict(_Found)
    for case_id, what, a, b, n, is_here in session.execute(_statement(is_whole=case_ids is None), values).all():
        case = found[case_id]
        if what == "token":
            case.tokens[a] = b
        elif what == "count":
            case.counts[a] = n
        else:
            for role in IS_ALSO.get(what, (what,)):
                case.people[role] = (*case.people.get(role, ()), Party(n, a, is_here, b))
    return {
        case_id: CaseTurn(
            CaseParts(case.tokens, case.people, case.counts.get("heard", 0), case.counts.get("awaited", 0))
        )
        for case_id, case in found.items()
        if MAIN in case.tokens
    }


@cache
def _statement(*, is_whole: bool) -> sa.CompoundSelect[Any]:
    """Return the one statement, built once; its parameter is a cycle, or the numbers of cases."""
    in_cycle = sa.select(Case.id).where(Case.cycle_id == sa.bindparam("cycle_id", type_=sa.Integer))
    scope: Any = in_cycle if is_whole else sa.bindparam("case_ids", type_=sa.Integer, expanding=True)
    seat_role = sa.case((Seat.role == "chair", "chair"), else_="member")
    seats = _pick(Seat.case_id, seat_role, Person.name, Seat.state, **PARTY)
    panel = _pick(PanelScore.case_id, sa.literal("panelist"), Person.name, **PARTY)
    return sa.union_all(
        _pick(CaseToken.case_id, sa.literal("token"), CaseToken.region, CaseToken.state).where(
            CaseToken.case_id.in_(scope)
        ),
        *(
            _pick(Case.id, sa.literal(role), Person.name, **PARTY)
            .join(Person, Person.id == column)
            .where(Case.id.in_(scope))
            for role, column in ROLES.items()
        ),
        seats.join(Person, Person.id == Seat.person_id).where(
            Seat.case_id.in_(scope), Seat.state.in_(ACTIVE_SEATS), Seat.role != "deputy"
        ),
        panel.join(Person, Person.id == PanelScore.person_id).where(
            PanelScore.case_id.in_(scope), PanelScore.scored_at.is_(None)
        ),
        _count("heard", scope, Feedback.state.in_(HEARD_STATES)),
        _count("awaited", scope, Feedback.state.in_(AWAITED), Feedback.kind == PEER),
    )


def _pick(case_id: Any, what: Any, a: Any, b: Any = NO_WORD, **more: Any) -> sa.Select[Any]:
    """Return a select of one kind of rows; the first of a union gives the columns their types."""
    columns = {"case_id": case_id, "what": what, "a": a, "b": b, **NOTHING, **more}
    return sa.select(*(column.label(name) for name, column in columns.items()))


def _count(name: str, scope: Any, *conditions: Any) -> sa.Select[Any]:
    counted = _pick(Feedback.case_id, sa.literal("count"), sa.literal(name), n=sa.func.count())
    return counted.where(Feedback.case_id.in_(scope), *conditions).group_by(Feedback.case_id)
