"""The calibration grid as one reader may see it: rows of cases without a conflict, cells by the rights of each phase.

A fixed number of statements, however many cases, criteria and voters; rows and values come as columns, not entities.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.calibration import SCALE, Cell, Changed, Given, GridRow, Round
from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.phase import Phase
from review.domain.values import dataclass
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
from review.queries.closeness import CaseColumns
from review.queries.many_numbers import is_among
from review.queries.pinned import load_definition, load_ladder
from review.queries.sights import Sight, load_sights
from review.queries.vote_rounds import load_rounds

SHOWN = tuple(str(phase) for phase in Phase if Phase.SEALED.rank <= phase.rank <= Phase.ANNOUNCED.rank)
THINGS = {"first": "first_view.locked", "final": "rating.final", "second": "second_rating.others"}
CHANGES = "discussion.notes"
Key = tuple[int, str]
Givens = dict[str, Given]
Record = tuple[CaseColumns, str, str, str]
GIVEN = {value: Given(value) for value in (None, *SCALE)}
"""One value for each rating: a grid holds thousands."""
NOTHING: Mapping[str, Given] = {}
NOT_ASKED = Cell(is_asked=False)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
        .where(is_among(RatingChange.case_id, case_ids), ~set_aside)
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
    asked = {level: {each.id for each in ladder.rated_criteria(level)} for level in {row.to_level_id for row in cases}}
    criteria = {each.id: each.name for each in ladder.criteria if any(each.id in ids for ids in asked.values())}
    revealed = [case for case in cases if sights[case.id].may_read("vote.others")]
    votes, splits = load_rounds(session, revealed, sights, tuple(criteria))
    changes = list_changes(session, [case.id for case in cases if sights[case.id].may_read(CHANGES)])
    judged = _Judged(_ratings(session, cases, sights), votes, _last_changes(changes))
    rows = tuple(
        _row(
            session,
            record,
            ladder,
            cells=judged.cells(record[0], criteria, asked[record[0].to_level_id]),
            split=splits.get(record[0].id, {}),
        )
        for record in records
    )
    return Grid(title, cycle_id, rows, criteria, changes)


def _last_changes(changes: Sequence[ChangeRow]) -> dict[Key, Changed]:
    return {(row.case_id, row.criterion_id): Changed(row.value) for row in changes}


def _records(session: Session, cycle_id: int, scope: sa.ColumnElement[bool]) -> list[Record]:
    """Return each case with its candidate's name and function, and its committee's name."""
    beside = (Person.name, Person.function, sa.func.coalesce(Committee.name, ""))
    rows = session.execute(
        sa.select(*(getattr(Case, name) for name in CaseColumns._fields), *beside)
        .select_from(Case)
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(Committee, Committee.id == Case.committee_id)
        .where(Case.cycle_id == cycle_id, scope, Case.phase.in_(SHOWN), Case.closed_at.is_(None))
        .order_by(Case.id)
    ).all()
    return [(CaseColumns(*columns), name, function, committee) for *columns, name, function, committee in rows]


def _row(
    session: Session, record: Record, ladder: Ladder, *, cells: Mapping[str, Cell], split: Mapping[str, int]
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


@dataclass(frozen=True)
class _Judged:
    """What was judged of all cases: ratings by case and round, votes by case, criterion and round, and changes."""

    ratings: Mapping[tuple[int, str], Mapping[str, Given]]
    votes: Mapping[tuple[int, str, int], Round]
    changed: Mapping[Key, Changed]

    def cells(self, case: CaseColumns, criteria: Iterable[str], asked: Collection[str]) -> dict[str, Cell]:
        """Return the cells of a case by criterion."""
        case_id, last_round = case.id, case.vote_round
        first, final, second = (self.ratings.get((case_id, name), NOTHING) for name in THINGS)
        return {
            each: Cell(
                is_asked=True,
                first_view=first.get(each),
                final=final.get(each),
                second=second.get(each),
                first=self.votes.get((case_id, each, 1)),
                last=self.votes.get((case_id, each, last_round)) if last_round > 1 else None,
                changed=self.changed.get((case_id, each)),
            )
            if each in asked
            else NOT_ASKED
            for each in criteria
        }


def _ratings(
    session: Session, cases: Sequence[CaseColumns], sights: Mapping[int, Sight]
) -> dict[tuple[int, str], Givens]:
    """Return what was handed in, by case and round; what a manager of now rated counts before a former's."""
    found: dict[tuple[int, str], Givens] = {
        (case.id, name): {} for case in cases for name, thing in THINGS.items() if sights[case.id].may_read(thing)
    }
    holders = {case.id: case.manager_id for case in cases}
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
        .where(is_among(rating.case_id, holders), rating.locked_at.is_not(None))
        .order_by(rating.id)
    ).all()
    for case_id, name, holder, criterion, value, cannot_judge in rows:
        given, is_held = found.get((case_id, name)), holder == holders[case_id]
        if given is None or (not is_held and (case_id, name, criterion) in held):
            continue
        if value is not None or cannot_judge:
            given[criterion] = GIVEN[value]
        if is_held:
            held.add((case_id, name, criterion))
    return found
