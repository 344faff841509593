"""What a manager sees of the requests for feedback in their own cases: whom they may follow up, never who has answered.

The manager reads answers without names. So nobody who said yes is told apart from the others, neither by having sent
nor by being late; no number of open answers is shown, for a second look would tell whose came in between; and givers
whom HR hides leave no trace. Who has said neither yes nor no cannot have written: they are named with their day.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Actor, Role
from review.domain.chasing import REPLACEABLE, WAITING
from review.domain.feedback_request import LEFT, PEER, SAID_YES, request_words, shows_due
from review.domain.phase import Phase
from review.domain.text import Text
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.models import Case, Cycle, CycleDate, Feedback, Person
from review.queries.askable import REGION
from review.queries.own_cases import OwnCase, list_own_cases
from review.queries.request_states import has_left, request_state

LAST_DAY = "feedback_deadline"


@dataclass(frozen=True)
class TeamRequest:
    """One request as the manager sees it; `due_on` only while neither a yes nor a no has come.

    `has_left` where somebody who said yes has left, whether they have sent or not.
    """

    id: int
    name: str
    function: str
    words: Text
    has_left: bool
    due_on: date | None
    substitute: str


@dataclass(frozen=True)
class TeamCase:
    """A case in which feedback is being collected: who has to say yes or no, who said yes, who is to be replaced."""

    case_id: int
    code: str
    candidate: str
    cycle: str
    today: date
    last_on: date | None
    asked: tuple[TeamRequest, ...]
    agreed: tuple[TeamRequest, ...]
    ended: tuple[TeamRequest, ...]

    @property
    def can_follow_up(self) -> bool:
        """Tell whether anybody is asked: whether one of them is still waited for is not told."""
        return bool(self.asked or self.agreed)


def list_team_cases(session: Session, actor: Actor, *, now: datetime) -> tuple[TeamCase, ...]:
    """Return the cases of the actor's people in which feedback is collected; as many statements for any number."""
    cases = {case.id: case for case in list_own_cases(session, actor) if _is_collecting(case)}
    if not cases:
        return ()
    found: dict[int, list[Any]] = defaultdict(list)
    for record in session.execute(_statement(list(cases))):
        found[record.case_id].append(record)
    return tuple(_case(cases[number], records, now) for number, records in found.items())


def _is_collecting(case: OwnCase) -> bool:
    machine = case.definition.states[case.tokens[MAIN]].regions.get(REGION)
    return Role.MANAGER in case.roles and machine is not None and case.tokens[REGION] == machine.initial


def _statement(numbers: list[int]) -> sa.Select[*tuple[Any, ...]]:
    substitute = aliased(Person)
    shown = sa.and_(
        Feedback.case_id == Case.id,
        Feedback.kind == PEER,
        Feedback.is_hidden_from_manager.is_(False),
        Feedback.state.in_((*WAITING, *SAID_YES, *REPLACEABLE)),
    )
    last_day = sa.and_(CycleDate.cycle_id == Cycle.id, CycleDate.name == LAST_DAY)
    return (
        sa.select(
            Case.id.label("case_id"),
            Cycle.name.label("cycle"),
            Cycle.zone,
            CycleDate.on_day,
            Feedback,
            request_state().label("state"),
            has_left().label("has_left"),
            Person.name,
            substitute.id.label("substitute_id"),
            substitute.name.label("substitute"),
        )
        .join(Cycle, Cycle.id == Case.cycle_id)
        .outerjoin(CycleDate, last_day)
        .outerjoin(Feedback, shown)
        .outerjoin(Person, Person.id == Feedback.giver_id)
        .outerjoin(substitute, substitute.id == Feedback.substitute_id)
        .where(Case.id.in_(numbers))
        .order_by(Case.id, Person.name, Feedback.id)
    )


def _case(case: OwnCase, records: list[Any], now: datetime) -> TeamCase:
    zone, rows = ZoneInfo(records[0].zone), [record for record in records if record.Feedback is not None]
    listed = {record.Feedback.giver_id for record in rows}

    def pick(*states: str) -> tuple[TeamRequest, ...]:
        return tuple(_request(record, listed, zone) for record in rows if record.state in states)

    return TeamCase(
        case_id=case.id,
        code=case.code,
        candidate=case.candidate,
        cycle=records[0].cycle,
        today=now.astimezone(zone).date(),
        last_on=records[0].on_day,
        asked=pick("asked"),
        agreed=pick(*SAID_YES),
        ended=pick(*REPLACEABLE, LEFT),
    )


def _request(record: Any, listed: set[int], zone: ZoneInfo) -> TeamRequest:
    row = record.Feedback
    has_due = row.due_at is not None and shows_due(record.state)
    can_ask = record.substitute_id is not None and record.substitute_id not in listed
    return TeamRequest(
        id=row.id,
        name=record.name,
        function=row.function,
        words=request_words(record.state, Phase.COLLECTING),
        has_left=record.has_left and record.state in SAID_YES,
        due_on=row.due_at.astimezone(zone).date() if has_due else None,
        substitute=record.substitute if can_ask else "",
    )
