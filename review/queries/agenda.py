"""A committee's agenda as one member sees it: cases in order, what the votes agree on, what is still missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Right, Role, can
from review.domain.agenda import Agenda, AgendaCase, find_missing, order_cases
from review.domain.ballot import CountedVote, Overall, Tally, count_votes
from review.domain.errors import NotFound
from review.domain.phase import Phase
from review.domain.text import Text
from review.domain.values import dataclass
from review.models import Case, Committee, CommitteeMember, Cycle, Gap, GapAnswer, PulledCase, Seat, Vote, VoteLine
from review.queries.closeness import barred_from_voting, is_out
from review.queries.facts import ABLE_TO_VOTE
from review.queries.first_speakers import find_first_speakers
from review.queries.reading_list import ReadingRow, list_reading
from review.queries.sights import Sight, load_sights
from review.queries.told import binds
from review.queries.votes import rules_of

SEALED = (Phase.SEALED, Phase.VOTING)
NOTES = "discussion.notes"


@dataclass(frozen=True)
class Agreed:
    """What all votes on a case say, and what has to be done before it can be decided."""

    outcome: Overall
    votes: int
    missing: tuple[Text, ...]


@dataclass(frozen=True)
class AgendaPage:
    """A committee's cases in order, as one member sees them; a case that the member is out of is nowhere in it.

    `agreed` holds what can be confirmed together or waits for something, `pulled` why a case was taken off that list,
    `speakers` who speaks first on a case to discuss, `led` the cases that the reader leads, `done` those decided.
    """

    committee: str
    agenda: Agenda
    rows: Mapping[int, ReadingRow]
    minutes_a_case: int
    agreed: Mapping[int, Agreed]
    pulled: Mapping[int, str]
    speakers: Mapping[int, str]
    led: frozenset[int]
    can_pull: tuple[int, ...]
    done: tuple[int, ...]

    @property
    def numbers(self) -> Mapping[int, int]:
        """Return the number of each case in the order; those that are decided come before."""
        return {each: number for number, each in enumerate(self.agenda.order, len(self.done) + 1)}

    @property
    def to_confirm(self) -> tuple[int, ...]:
        """Return the cases that the reader can decide with one confirmation."""
        return tuple(each for each in self.agenda.consent if each in self.led)


def load_agenda(session: Session, committee_id: int, actor: Actor) -> AgendaPage:
    """Return a committee's agenda for one of its members; raise NotFound for everybody else.

    A case that the member is out of is not there; a case whose votes are sealed stands where its votes say nothing.
    """
    listed = [row for row in list_reading(session, actor) if row.committee_id == committee_id]
    on = set(session.scalars(_members_of(committee_id)))
    committee = session.get(Committee, committee_id)
    if committee is None or (actor.person_id not in on and not listed):
        raise NotFound
    cycle = session.get_one(Cycle, committee.cycle_id)
    found = session.scalars(sa.select(Case).where(Case.id.in_([row.case_id for row in listed])).order_by(Case.id)).all()
    sights = load_sights(session, found, {cycle.id: cycle.policy["conflicts"]}, actor)
    cases = [case for case in found if not sights[case.id].is_recused]
    rows = {row.case_id: row for row in listed if not sights[row.case_id].is_recused}
    running = [case for case in cases if case.phase != Phase.DECIDED]
    tallies = _tallies(session, running, rows, sights, cycle)
    missing = _missing(session, tallies)
    pulled = _pulled(session, running, sights)
    items = [
        AgendaCase(
            case.id,
            frozenset(person for person in on if is_out(sights[case.id].conflicts, person)),
            tallies.get(case.id),
            case.id in pulled,
            missing.get(case.id, ()),
        )
        for case in running
    ]
    agreed = {item.case_id: _agree(item.tally, item.missing) for item in items if item.is_agreed and item.tally}
    agenda = order_cases(items)
    return AgendaPage(
        committee=committee.name,
        agenda=agenda,
        rows=rows,
        minutes_a_case=cycle.policy["ballot"]["minutes_a_case"],
        agreed=agreed,
        pulled=pulled,
        speakers=find_first_speakers(session, committee_id, agenda.discuss, sights),
        led=frozenset(case.id for case in cases if Role.CHAIR in sights[case.id].roles),
        can_pull=tuple(each for each in agreed if _may_write(NOTES, sights[each])),
        done=tuple(case.id for case in cases if case.phase == Phase.DECIDED),
    )


def _members_of(committee_id: int) -> sa.Select[int]:
    return sa.select(CommitteeMember.person_id).where(CommitteeMember.committee_id == committee_id)


def _may_write(thing: str, sight: Sight) -> bool:
    return can(Right.WRITE, thing, sight.roles, sight.phase)


def _agree(tally: Tally, missing: tuple[Text, ...]) -> Agreed:
    return Agreed(tally.outcome or Overall.DEFER, sum(tally.split.values()), missing)


def _tallies(
    session: Session,
    cases: Sequence[Case],
    rows: Mapping[int, ReadingRow],
    sights: Mapping[int, Sight],
    cycle: Cycle,
) -> dict[int, Tally]:
    """Count the votes of the cases whose votes the reader may see; two statements."""
    revealed = [each for each in cases if each.phase not in SEALED and sights[each.id].may_read("vote.others")]
    votes, rules = _counted_votes(session, revealed, sights), rules_of(cycle.policy)
    tallies = {}
    for case in revealed:
        rated = rows[case.id].ladder.rated_criteria(case.to_level_id)
        criteria = {each.id: each.name_for(case.track_id) for each in rated}
        tallies[case.id] = count_votes(votes[case.id], criteria, rules)
    return tallies


def _counted_votes(
    session: Session, cases: Sequence[Case], sights: Mapping[int, Sight]
) -> dict[int, list[CountedVote]]:
    """Read the votes that count of several revealed cases; two statements."""
    records = session.execute(
        sa.select(Vote.id, Vote.case_id, Vote.person_id, Vote.overall)
        .join(Seat, Seat.id == Vote.seat_id)
        .join(Case, Case.id == Vote.case_id)
        .where(
            Vote.case_id.in_([case.id for case in cases]),
            Vote.round == Case.vote_round,
            Vote.cast_at.is_not(None),
            Vote.voided_at.is_(None),
            Seat.state.in_(ABLE_TO_VOTE),
            Seat.opened_at.is_not(None),
        )
        .order_by(Vote.id)
    ).all()
    values = _values(session, [number for number, *_ in records])
    able = {case.id: set(case.present_ids) - barred_from_voting(sights[case.id].conflicts) for case in cases}
    counted: dict[int, list[CountedVote]] = {case.id: [] for case in cases}
    for number, case_id, person_id, overall in records:
        if person_id in able[case_id]:
            counted[case_id].append(CountedVote(person_id, overall or "", values[number]))
    return counted


def _values(session: Session, vote_ids: Collection[int]) -> dict[int, dict[str, int | None]]:
    """Read what votes gave on each criterion, in one statement: numbers alone, there are hundreds of lines."""
    found: dict[int, dict[str, int | None]] = {each: {} for each in vote_ids}
    lines = sa.select(VoteLine.vote_id, VoteLine.criterion_id, VoteLine.value).where(VoteLine.vote_id.in_(vote_ids))
    for vote_id, criterion_id, value in session.execute(lines.order_by(VoteLine.id)).all():
        found[vote_id][criterion_id] = value
    return found


def _missing(session: Session, tallies: Mapping[int, Tally]) -> dict[int, tuple[Text, ...]]:
    """Return what unanimous cases still need before they can be decided; two statements."""
    outcomes = {each: tally.outcome for each, tally in tallies.items() if tally.is_unanimous and tally.outcome}
    named, unanswered = _count_gaps(session, outcomes), _count_unanswered(session, outcomes)
    return {
        each: find_missing(outcome, gaps_named=named.get(each, 0), gaps_unanswered=unanswered.get(each, 0))
        for each, outcome in outcomes.items()
    }


def _count_gaps(session: Session, case_ids: Collection[int]) -> dict[int, int]:
    rows = session.execute(
        sa.select(Gap.case_id, sa.func.count())
        .where(Gap.case_id.in_(case_ids), Gap.removed_at.is_(None))
        .group_by(Gap.case_id)
    )
    return {row[0]: row[1] for row in rows}


def _count_unanswered(session: Session, case_ids: Collection[int]) -> dict[int, int]:
    """Count the gaps of earlier cases that are open and have no answer in this one."""
    earlier = sa.orm.aliased(Case)
    answer = sa.select(GapAnswer.id).where(
        GapAnswer.gap_id == Gap.id, sa.or_(GapAnswer.case_id == Case.id, GapAnswer.is_met)
    )
    rows = session.execute(
        sa.select(Case.id, sa.func.count(Gap.id))
        .join(earlier, sa.and_(earlier.candidate_id == Case.candidate_id, earlier.id < Case.id))
        .join(Gap, Gap.case_id == earlier.id)
        .where(Case.id.in_(case_ids), binds(earlier), ~answer.exists())
        .group_by(Case.id)
    )
    return {row[0]: row[1] for row in rows}


def _pulled(session: Session, cases: Sequence[Case], sights: Mapping[int, Sight]) -> dict[int, str]:
    """Return which cases a member of the committee of now took off the list, and why; never who."""
    rows = session.execute(
        sa.select(PulledCase.case_id, PulledCase.reason)
        .join(Case, sa.and_(Case.id == PulledCase.case_id, Case.committee_id == PulledCase.committee_id))
        .where(PulledCase.case_id.in_([case.id for case in cases if sights[case.id].may_read(NOTES)]))
    )
    return {row[0]: row[1] for row in rows}
