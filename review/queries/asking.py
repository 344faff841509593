"""Whom to ask for feedback: the requests as each may see them, coverage, and people who could be asked."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Role
from review.domain.checks import ItemFacts
from review.domain.coverage import Coverage, count_in_batches, measure_balance, plan_coverage
from review.domain.errors import NotFound
from review.domain.feedback_request import (
    LEFT,
    LIVE,
    UPWARD,
    find_decisions,
    request_tag,
    request_words,
    shows_due,
)
from review.domain.feedback_sight import read_switches
from review.domain.parcel import ParcelStep
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import Option
from review.models import Feedback, Invite, Person
from review.queries.askable import (
    DECIDERS,
    REGION,
    find_obstacles_to_asking,
    find_obstacles_to_reports,
    find_reports,
    is_visible,
)
from review.queries.items import giver_conflict
from review.queries.mutual import count_mutual
from review.queries.parcel import track_requests
from review.queries.people import PersonCard
from review.queries.people_to_ask import Found, Listing, find_askable
from review.queries.request_states import counts_no_more
from review.queries.standing import Standing


@dataclass(frozen=True)
class AskRow:
    """One request as the actor may see it; `decline` is filled for HR alone.

    `organisation` and `worked_together` of somebody outside the company are what those who look the list over go by.
    `is_live` while it covers a function; `has_left` where the giver has left, and a state that could go on tells more.
    """

    id: int
    name: str
    function: str
    organisation: str
    worked_together: str
    words: Text
    tag: str
    due_on: date | None
    proposed_by: str
    note: str
    criteria: tuple[str, ...]
    refusal: str
    substitute: PersonCard | None
    decline: Text | None
    is_hidden_from_manager: bool
    is_proposed: bool
    is_live: bool
    has_left: bool
    is_changed: bool
    steps: tuple[ParcelStep, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Reports:
    """Direct reports of a people manager: how many there are, how many are asked; reasons why they cannot be now."""

    count: int
    asked: int
    reasons: tuple[Text, ...]

    @property
    def can_ask(self) -> bool:
        """Tell whether they can be asked now."""
        return not self.reasons


@dataclass(frozen=True)
class AskPage:
    """The page of whom to ask. `count` is None where the number of answers may not be shown.

    Unless `is_exact`, it is a number of whole batches: at least so many are in.
    """

    rows: tuple[AskRow, ...]
    coverage: Coverage
    count: int | None
    is_exact: bool
    balance: float | None
    mutual: tuple[int, int] | None
    answers_needed: int
    functions_needed: int
    reports: Reports | None
    found: Found
    is_candidate: bool
    decides: bool
    can_hide: bool
    obstacles: tuple[Text, ...]
    options: tuple[Option, ...]
    today: date


def load_ask_page(session: Session, standing: Standing, *, words: str, now: datetime) -> AskPage:
    """Return the page for this actor; raise NotFound for who may not see the requests.

    Args:
        words: what to look for in the directory, empty for nothing.
    """
    if not standing.may_read("feedback.proposals"):
        raise NotFound
    records = [record for record in _load_requests(session, standing.case.id) if is_visible(standing, record[0])]
    peers = [record for record in records if record[0].kind != UPWARD]
    tracked = track_requests(session, standing, [row for row, *_ in peers])
    rows = tuple(_row(session, standing, record, tracked[record[0].id]) for record in peers)
    reports = find_reports(session, standing.case.candidate_id)
    coverage = plan_coverage(standing.cycle.required_functions, ((r.function, r.name) for r in rows if r.is_live))
    decides = bool(standing.roles & DECIDERS)
    facts = standing.facts
    return AskPage(
        rows=rows,
        coverage=coverage,
        count=_count(standing),
        is_exact=facts.may_count,
        balance=_balance(standing) if decides and facts.may_count else None,
        mutual=count_mutual(session, standing),
        answers_needed=_needed(standing, "feedback_count"),
        functions_needed=min(_needed(standing, "functions_covered"), len(standing.cycle.required_functions)),
        reports=_reports(standing, reports) if reports else None,
        found=find_askable(session, standing, _list(records, coverage, reports), words=words),
        is_candidate=Role.CANDIDATE in standing.roles,
        decides=decides,
        can_hide=Role.HR in standing.roles,
        obstacles=find_obstacles_to_asking(standing),
        options=tuple(option for option in standing.options() if option.region == REGION),
        today=now.astimezone(ZoneInfo(standing.cycle.zone)).date(),
    )


def _load_requests(session: Session, case_id: int) -> list[Any]:
    return [tuple(record) for record in session.execute(_requests(), {"case_id": case_id})]


@cache
def _requests() -> sa.Select[Feedback, Person, str, Person, str]:
    proposer, substitute = aliased(Person), aliased(Person)
    return (
        sa.select(Feedback, Person, proposer.name, substitute, Invite.worked_together)
        .join(Person, Person.id == Feedback.giver_id)
        .outerjoin(proposer, proposer.id == Feedback.proposed_by_id)
        .outerjoin(substitute, substitute.id == Feedback.substitute_id)
        .outerjoin(Invite, Invite.feedback_id == Feedback.id)
        .where(Feedback.case_id == sa.bindparam("case_id", type_=sa.Integer))
        .order_by(Person.name, Feedback.id)
    )


def _row(session: Session, standing: Standing, record: Any, steps: tuple[ParcelStep, ...]) -> AskRow:
    row, giver, proposer, substitute, worked_together = record
    is_gone = standing.phase is Phase.COLLECTING and not giver.is_active and not giver.is_external
    state = LEFT if is_gone and row.state == "asked" else row.state
    names = {criterion.id: criterion.name_for(standing.case.track_id) for criterion in standing.criteria}
    zone = ZoneInfo(standing.cycle.zone)
    return AskRow(
        id=row.id,
        name=giver.name,
        function=row.function,
        organisation=giver.title if giver.is_external else "",
        worked_together=worked_together or "",
        words=request_words(state, standing.phase),
        tag=request_tag(state, standing.phase),
        due_on=_day(row.due_at, zone) if shows_due(state) and standing.phase is Phase.COLLECTING else None,
        proposed_by=proposer or "",
        note=row.note,
        criteria=tuple(names[criterion] for criterion in row.criteria if criterion in names),
        refusal=row.refusal,
        substitute=PersonCard(substitute.id, substitute.name, substitute.title, substitute.function)
        if substitute
        else None,
        decline=_decline(row) if Role.HR in standing.roles and row.state == "declined" else None,
        is_hidden_from_manager=row.is_hidden_from_manager,
        is_proposed=row.state == "proposed",
        is_live=row.state in LIVE and not (is_gone and counts_no_more(state, may_count=standing.facts.may_count)),
        has_left=is_gone and row.state in LIVE,
        is_changed=row.changed_by_id is not None,
        steps=tuple(step for step in steps if step.on_day is not None) if is_gone else steps,
        options=_options(session, standing, row),
    )


def _options(session: Session, standing: Standing, row: Feedback) -> tuple[Option, ...]:
    """Return what the actor can decide on a request, with what is missing. The giver is in the session already."""
    roles = frozenset(str(role) for role in standing.roles & DECIDERS)
    offered = find_decisions(row.state, row.kind, can_see_authors=Role.HR in standing.roles)
    if not roles or not offered or not standing.may_write("feedback.proposals"):
        return ()
    facts = ItemFacts(giver_conflict=giver_conflict(session, standing, row.giver_id))
    options = standing.item_options("feedback", row.state, roles, facts)
    return tuple(option for option in options if option.id in offered)


DECLINE_WORDS = {
    "no_time": text("No time"),
    "unfamiliar": text("Does not know the work well enough"),
    "conflict": text("Has a conflict"),
}


def _decline(row: Feedback) -> Text:
    kind = DECLINE_WORDS.get(row.decline_kind or "", text("No reason given"))
    return text("%(kind)s: %(words)s", kind=kind, words=row.decline_text) if row.decline_text else kind


def _list(records: list[Any], coverage: Coverage, reports: frozenset[int]) -> Listing:
    named = [
        (substitute.id, giver.name)
        for row, giver, _, substitute, _ in records
        if substitute is not None and row.state == "declined" and row.kind != UPWARD
    ]
    return Listing({row.giver_id: row for row, *_ in records}, named, coverage.missing, reports)


def _count(standing: Standing) -> int | None:
    """Return how many answers are in as the actor may know it: in batches, but for who may know who wrote."""
    facts = standing.facts
    if not standing.may_read("feedback.count"):
        return None
    return facts.heard if facts.may_count else count_in_batches(facts.heard, read_switches(standing.cycle.policy).floor)


def _reports(standing: Standing, reports: frozenset[int]) -> Reports:
    asked = sum(fact.kind == UPWARD for fact in standing.facts.feedback)
    return Reports(len(reports), asked, find_obstacles_to_reports(standing, len(reports)))


def _balance(standing: Standing) -> float | None:
    heard = [each.function for each in standing.facts.requests if each.is_answered]
    return measure_balance([heard.count(function) for function in standing.cycle.required_functions])


def _needed(standing: Standing, check: str) -> int:
    """Return the most that any action of the workflow asks of a check that counts, direct reports apart."""
    asked = [
        int(guard.params.get("at_least", 0))
        for _, machine in standing.definition.machines()
        for action in machine.actions.values()
        for condition in action.when
        for guard in condition.walk()
        if guard.name == check and guard.params.get("kind") != UPWARD
    ]
    return max(asked, default=0)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()
