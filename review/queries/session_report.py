"""The report of a committee's session, as its chair or an HR partner may have it: decided cases, field by field.

Cases that the reader is out of are nowhere in it. The same number of statements for one case and for thirty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.ballot import Overall
from review.domain.calibration import SCALE
from review.domain.conflicts import ConflictLevel, people_at
from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.packet_terms import Level
from review.domain.phase import Phase
from review.domain.session_sheet import OpenCase, SessionSheet, SheetCase, SheetMember, SheetTally
from review.models import Case, Committee, CommitteeMember, Cycle, Person
from review.queries.pinned import load_definition, load_ladder
from review.queries.session_record import (
    OUT,
    PRESENCE,
    REASONS,
    SEATS,
    VOTES,
    SessionRecord,
    name_of,
    read_dates,
    read_record,
)
from review.queries.sights import Sight, load_sights
from review.queries.told import WITHDRAWN

READERS = frozenset({Role.CHAIR, Role.HR})
SEALED = tuple(str(phase) for phase in Phase if phase.rank >= Phase.SEALED.rank)


def load_session_report(session: Session, committee_id: int, actor: Actor) -> SessionSheet:
    """Return the report for the chair of the committee, or an HR partner; raise NotFound for everybody else."""
    committee = session.get(Committee, committee_id)
    if committee is None:
        raise NotFound
    cycle = session.get_one(Cycle, committee.cycle_id)
    members = _members(session, committee_id)
    found = _cases(session, committee_id)
    sights = load_sights(session, found, {cycle.id: cycle.policy["conflicts"]}, actor)
    cases = [case for case in found if _is_for(sights[case.id])]
    if not (cases or (actor.person_id, "chair") in members or actor.has(Role.HR)):
        raise NotFound
    ladder, on = load_ladder(session, cycle.ladder_version_id), {person for person, _ in members}
    record = read_record(session, committee_id, cases, ladder=ladder, sights=sights, on=on, actor=actor)
    dates = read_dates(session, cycle.id)
    return SessionSheet(
        committee=committee.name,
        cycle=cycle.name,
        company=str(session.connection().get_execution_options().get("company", "")),
        reader=record.people.get(actor.person_id or 0, (actor.name, ""))[0],
        time_zone=cycle.zone,
        quorum=cycle.policy["ballot"]["quorum"],
        members=tuple(SheetMember(*record.people[person], role) for person, role in members),
        cases=_decided(session, cases, record),
        open=tuple(_open(session, case, record) for case in cases if case.id not in record.decisions),
        announced_on=dates.get("announcement_date"),
        effective_on=dates.get("effective_date"),
    )


def _cases(session: Session, committee_id: int) -> Sequence[Case]:
    """Return the committee's cases from the seal on; what its candidate has withdrawn is nobody's any more."""
    return session.scalars(
        sa.select(Case)
        .where(Case.committee_id == committee_id, Case.phase.in_(SEALED))
        .where(sa.or_(Case.outcome.is_(None), Case.outcome != WITHDRAWN))
        .order_by(Case.id)
    ).all()


def _is_for(sight: Sight) -> bool:
    return bool(sight.roles & READERS) and sight.may_read(SEATS)


def _members(session: Session, committee_id: int) -> list[tuple[int, str]]:
    rows = session.execute(
        sa.select(CommitteeMember.person_id, CommitteeMember.role)
        .join(Person, Person.id == CommitteeMember.person_id)
        .where(CommitteeMember.committee_id == committee_id)
        .order_by(Person.name, Person.id)
    )
    return [(person, role) for person, role in rows]


def _decided(session: Session, cases: Sequence[Case], record: SessionRecord) -> tuple[SheetCase, ...]:
    """Return the decided cases in the order in which the committee came to them."""

    def came_on(case: Case) -> tuple[datetime, int]:
        return record.began.get(case.id, record.decisions[case.id].recorded_at), case.id

    decided = (case for case in cases if case.id in record.decisions)
    return tuple(_case(session, case, record) for case in sorted(decided, key=came_on))


def _case(session: Session, case: Case, record: SessionRecord) -> SheetCase:
    decision, sight = record.decisions[case.id], record.sights[case.id]
    split = record.splits.get(case.id, {})
    name, function = record.people[case.candidate_id]
    return SheetCase(
        code=case.code,
        candidate=name,
        function=function,
        from_level=_level(record.ladder, case.from_level_id) if case.from_level_id else None,
        to_level=_level(record.ladder, case.to_level_id),
        outcome=decision.outcome,
        decided_at=decision.recorded_at,
        state=_state(session, case),
        on_at=record.began.get(case.id),
        is_together=(case.id, decision.recorded_at) in record.together,
        split=tuple(split.get(each, 0) for each in Overall) if sight.may_read(VOTES) else None,
        tallies=tuple(_tallies(case, record)),
        present=record.names(case.present_ids) if sight.may_read(PRESENCE) else None,
        out=record.names(_out(case, record)) if sight.may_read(OUT) else None,
        reasons=decision.rationale if sight.may_read(REASONS) else None,
        changes=tuple(record.changes.get(case.id, ())),
        gaps=tuple(record.gaps.get(case.id, ())),
    )


def _open(session: Session, case: Case, record: SessionRecord) -> OpenCase:
    return OpenCase(case.code, record.people[case.candidate_id][0], _state(session, case))


def _state(session: Session, case: Case) -> str:
    return str(load_definition(session, case.workflow_version_id).states[case.state].title)


def _level(ladder: Ladder, level_id: str) -> Level:
    level = ladder.level(level_id)
    return Level(level.id, level.code or level.name, level.name, level.grade, ladder.leads_people(level_id))


def _tallies(case: Case, record: SessionRecord) -> Iterator[SheetTally]:
    """Give the last round's votes on each criterion; nothing where the reader may not read votes."""
    for criterion in record.ladder.rated_criteria(case.to_level_id):
        votes = record.rounds.get((case.id, criterion.id, case.vote_round))
        if votes is not None:
            name = name_of(record.ladder, criterion.id, case.track_id)
            yield SheetTally(name, tuple(votes.counts.get(value, 0) for value in SCALE), votes.unable)


def _out(case: Case, record: SessionRecord) -> frozenset[int]:
    """Return who is on the committee and out of the case, or without a vote in it."""
    conflicts = record.sights[case.id].conflicts
    close = people_at(conflicts, ConflictLevel.OUT) | people_at(conflicts, ConflictLevel.NO_VOTE)
    return (close & set(record.on)) | record.recused.get(case.id, set())
