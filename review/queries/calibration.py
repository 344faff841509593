"""The calibration grid as one reader may see it: rows of cases without a conflict, cells by the rights of each phase.

A fixed number of statements, however many cases, criteria and voters; rows and values come as columns, not entities.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.calibration import SCALE, Cell, Changed, Given, GridRow, Round
from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.phase import Phase
from review.models import (
    Appeal,
    Case,
    Committee,
    CommitteeMember,
    Cycle,
    Person,
    Rating,
    RatingChange,
    RatingLine,
)
from review.queries.pinned import load_definition, load_ladder
from review.queries.sights import Sight, load_sights
from review.queries.vote_rounds import load_rounds

SHOWN = tuple(str(phase) for phase in Phase if Phase.SEALED.rank <= phase.rank <= Phase.ANNOUNCED.rank)
THINGS = {"first": "first_view.locked", "final": "rating.final", "second": "second_rating.others"}
CHANGES = "discussion.notes"
Key = tuple[int, str]
GIVEN = {value: Given(value) for value in (None, *SCALE)}
"""One value for each rating: a grid holds thousands."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change of a rating with its reason, as committee and HR read it."""

    case_id: int
    criterion_id: str
    before: int | None
    value: int | None
    code: str
    sentence: str
    reason: str
    anchors: tuple[str, ...]
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Grid:
    """All rows that the reader may see, before they are narrowed; `criteria` are those of any row, with their names."""

    title: str
    cycle_id: int
    rows: tuple[GridRow, ...]
    criteria: Mapping[str, str]
    changes: tuple[ChangeRow, ...]


def load_committee_grid(session: Session, committee_id: int, actor: Actor) -> Grid:
    """Return a committee's grid for its members and for HR; raise NotFound for everybody else."""
    committee = session.get(Committee, committee_id)
    if committee is None:
        raise NotFound
    is_member = sa.select(CommitteeMember.id).where(
        CommitteeMember.committee_id == committee_id, CommitteeMember.person_id == actor.person_id
    )
    grid = _load(session, committee.cycle_id, Case.committee_id == committee_id, committee.name, actor)
    if not (grid.rows or actor.has(Role.HR) or session.scalar(is_member)):
        raise NotFound
    return grid


def load_cycle_grid(session: Session, cycle_id: int, actor: Actor) -> Grid:
    """Return the grid of a whole cycle, for HR; raise NotFound where there is no such cycle."""
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound
    return _load(session, cycle_id, sa.true(), cycle.name, actor)


def list_changes(session: Session, case_ids: Collection[int]) -> tuple[ChangeRow, ...]:
    """Return every change of ratings of some cases, whoever asks, in the order in which they were made.

    What a committee changed whose decision an appeal has set aside counts no more, as its gaps do not.
    """
    set_aside = sa.exists().where(
        Appeal.case_id == RatingChange.case_id,
        Appeal.result == "granted",
        Appeal.decided_at >= RatingChange.changed_at,
    )
    rows = session.execute(
        sa.select(
            RatingChange.case_id,
            RatingChange.criterion_id,
            RatingChange.before,
            RatingChange.value,
            RatingChange.code,
            RatingChange.sentence,
            RatingChange.reason,
            RatingChange.anchors,
            Person.name,
            RatingChange.changed_at,
        )
        .join(Person, Person.id == RatingChange.changed_by_id)
        .where(RatingChange.case_id.in_(case_ids), ~set_aside)
        .order_by(RatingChange.case_id, RatingChange.criterion_id, RatingChange.n)
    )
    return tuple(
        ChangeRow(case_id, criterion, before, value, code, sentence, reason, tuple(anchors), who, at)
        for case_id, criterion, before, value, code, sentence, reason, anchors, who, at in rows
    )


def _load(session: Session, cycle_id: int, scope: sa.ColumnElement[bool], title: str, actor: Actor) -> Grid:
    cycle = session.get_one(Cycle, cycle_id)
    ladder = load_ladder(session, cycle.ladder_version_id)
    records = _records(session, cycle_id, scope)
    sights = load_sights(session, [row[0] for row in records], {cycle_id: cycle.policy["conflicts"]}, actor)
    records = [row for row in records if sights[row[0].id].may_read("packet.sealed")]
    cases = [row[0] for row in records]
    names = {each.id: each.name for each in ladder.criteria}
    asked = {case.id: {each.id for each in ladder.rated_criteria(case.to_level_id)} for case in cases}
    ratings = _ratings(session, cases, sights)
    revealed = [case for case in cases if sights[case.id].may_read("vote.others")]
    votes, splits = load_rounds(session, revealed, sights)
    changes = list_changes(session, [case.id for case in cases if sights[case.id].may_read(CHANGES)])
    changed = {(row.case_id, row.criterion_id): Changed(row.value) for row in changes}
    criteria = {each: name for each, name in names.items() if any(each in ids for ids in asked.values())}
    return Grid(
        title=title,
        cycle_id=cycle_id,
        rows=tuple(
            _row(
                session,
                record,
                ladder,
                cells={
                    each: _cell(case_id, each, ratings, votes, changed, last_round=last_round)
                    if each in asked[case_id]
                    else Cell(is_asked=False)
                    for each in criteria
                },
                split=splits.get(case_id, {}),
            )
            for record in records
            for case_id, last_round in ((record[0].id, record[0].vote_round),)
        ),
        criteria=criteria,
        changes=changes,
    )


def _records(session: Session, cycle_id: int, scope: sa.ColumnElement[bool]) -> Sequence[Any]:
    return session.execute(
        sa.select(Case, Person.name, Person.function, sa.func.coalesce(Committee.name, ""))
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(Committee, Committee.id == Case.committee_id)
        .where(Case.cycle_id == cycle_id, scope, Case.phase.in_(SHOWN), Case.closed_at.is_(None))
        .order_by(Case.id)
    ).all()


def _row(
    session: Session, record: Any, ladder: Ladder, *, cells: Mapping[str, Cell], split: Mapping[str, int]
) -> GridRow:
    case, candidate, function, committee = record
    target = ladder.level(case.to_level_id)
    return GridRow(
        case_id=case.id,
        code=case.code,
        candidate=candidate,
        function=function,
        from_level=ladder.level(case.from_level_id).code if case.from_level_id else "",
        to_level=target.code,
        grade=target.grade or 0,
        committee=committee,
        state=load_definition(session, case.workflow_version_id).states[case.state].title,
        cells=cells,
        split=split,
    )


def _cell(
    case_id: int,
    criterion: str,
    ratings: Mapping[tuple[int, str, str], Given],
    votes: Mapping[tuple[int, str, int], Round],
    changed: Mapping[Key, Changed],
    *,
    last_round: int,
) -> Cell:
    return Cell(
        first_view=ratings.get((case_id, criterion, "first")),
        final=ratings.get((case_id, criterion, "final")),
        second=ratings.get((case_id, criterion, "second")),
        first=votes.get((case_id, criterion, 1)),
        last=votes.get((case_id, criterion, last_round)) if last_round > 1 else None,
        changed=changed.get((case_id, criterion)),
    )


def _ratings(session: Session, cases: Sequence[Case], sights: Mapping[int, Sight]) -> dict[tuple[int, str, str], Given]:
    """Return what was handed in, by case, criterion and round; what a manager of now rated counts before a former's."""
    readable = {(case.id, name) for case in cases for name, thing in THINGS.items() if sights[case.id].may_read(thing)}
    holders = {case.id: case.manager_id for case in cases}
    found: dict[tuple[int, str, str], Given] = {}
    held: set[tuple[int, str, str]] = set()
    rating, line = sa.inspect(Rating).local_table.c, sa.inspect(RatingLine).local_table.c
    rows = session.execute(
        sa.select(
            rating.case_id,
            rating.round,
            sa.func.coalesce(rating.on_behalf_of_id, rating.rater_id),
            line.criterion_id,
            line.value,
            line.cannot_judge,
        )
        .join(line.id.table, line.rating_id == rating.id)
        .where(rating.case_id.in_(list(holders)), rating.locked_at.is_not(None))
        .order_by(rating.id)
    ).all()
    for case_id, name, holder, criterion, value, cannot_judge in rows:
        key = (case_id, criterion, name)
        if (case_id, name) not in readable or (key in held and holder != holders[case_id]):
            continue
        if value is not None or cannot_judge:
            found[key] = GIVEN[value]
        if holder == holders[case_id]:
            held.add(key)
    return found
