"""What is on record of decided cases of a committee, for its report: one statement for each kind of thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.ballot import Overall
from review.domain.calibration import Round
from review.domain.ladder import Ladder
from review.domain.phase import Phase
from review.domain.session_sheet import SheetChange, SheetGap
from review.domain.values import dataclass
from review.models import AuditEvent, Case, CycleDate, Decision, Gap, Person, Seat
from review.queries.calibration import list_changes
from review.queries.earlier_seats import is_of_earlier_committee
from review.queries.event_details import SEALED, SealedRow, make_opener, with_keys
from review.queries.sights import Sight
from review.queries.vote_rounds import load_rounds

DECIDED = (Phase.DECIDED, Phase.ANNOUNCED, Phase.CLOSED)
OUTCOME, REASONS, VOTES, PRESENCE, OUT, NOTES, SEATS = (
    "decision.outcome",
    "decision.rationale",
    "vote.others",
    "vote.turnout",
    "conflict.list",
    "discussion.notes",
    "committee.seats",
)


@dataclass(frozen=True)
class SessionRecord:
    """What is kept of the committee's cases, no more of each than the reader may know.

    `people` holds name and function; `began` when a case first came on; `together` which cases were decided with one
    confirmation, and when.
    """

    ladder: Ladder
    sights: Mapping[int, Sight]
    people: Mapping[int, tuple[str, str]]
    on: Collection[int]
    recused: Mapping[int, set[int]]
    decisions: Mapping[int, Decision]
    began: Mapping[int, datetime]
    together: Collection[tuple[int, datetime]]
    rounds: Mapping[tuple[int, str, int], Round]
    splits: Mapping[int, Mapping[str, int]]
    changes: Mapping[int, Sequence[SheetChange]]
    gaps: Mapping[int, Sequence[SheetGap]]

    def names(self, ids: Collection[int]) -> tuple[str, ...]:
        """Return the names of people, in their order."""
        return tuple(sorted(self.people[each][0] for each in ids))


def read_record(
    session: Session,
    committee_id: int,
    cases: Sequence[Case],
    *,
    ladder: Ladder,
    sights: Mapping[int, Sight],
    on: Collection[int],
    actor: Actor,
) -> SessionRecord:
    """Read what is on record of the cases.

    Args:
        on: who is on the committee.
    """
    told = [case for case in cases if Phase(case.phase) in DECIDED and sights[case.id].may_read(OUTCOME)]
    decisions = _decisions(session, [case.id for case in told])
    decided = [case for case in told if case.id in decisions]
    counted = [case for case in decided if sights[case.id].may_read(VOTES)]
    rounds, splits = load_rounds(session, counted, sights, [each.id for each in ladder.criteria])
    recused = _recused(session, decisions)
    named = {*on, *(case.candidate_id for case in cases), actor.person_id or 0}
    named |= {person for each in recused.values() for person in each}
    named |= {person for case in decided for person in case.present_ids}
    return SessionRecord(
        ladder=ladder,
        sights=sights,
        people=_people(session, named),
        on=on,
        recused=recused,
        decisions=decisions,
        began=_began(session, decisions),
        together=_together(session, committee_id),
        rounds=rounds,
        splits=splits,
        changes=_changes(session, [case for case in decided if sights[case.id].may_read(NOTES)], ladder),
        gaps=_gaps(session, [case for case in decided if sights[case.id].may_read(REASONS)], decisions, ladder),
    )


def read_dates(session: Session, cycle_id: int) -> dict[str, date]:
    """Return the days of a cycle by their names."""
    rows = session.execute(sa.select(CycleDate.name, CycleDate.on_day).where(CycleDate.cycle_id == cycle_id))
    return {row.name: row.on_day for row in rows}


def name_of(ladder: Ladder, criterion_id: str, track_id: str) -> str:
    """Return the name of a criterion on a track."""
    return next((each.name_for(track_id) for each in ladder.criteria if each.id == criterion_id), criterion_id)


def _decisions(session: Session, case_ids: Collection[int]) -> dict[int, Decision]:
    rows = session.scalars(
        sa.select(Decision).where(Decision.case_id.in_(case_ids), Decision.replaced_at.is_(None)).order_by(Decision.id)
    )
    return {row.case_id: row for row in rows}


def _people(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = session.execute(sa.select(Person.id, Person.name, Person.function).where(Person.id.in_(ids)))
    return {number: (name, function) for number, name, function in rows}


def _recused(session: Session, case_ids: Collection[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    seats = sa.select(Seat.case_id, Seat.person_id).where(
        Seat.case_id.in_(case_ids), Seat.state == "recused", ~is_of_earlier_committee()
    )
    for case_id, person in session.execute(seats):
        found[case_id].add(person)
    return found


def _began(session: Session, case_ids: Collection[int]) -> dict[int, datetime]:
    """Return when each case came on for the first time in a led session."""
    first = sa.func.min(AuditEvent.seq)
    seqs = sa.select(first).where(AuditEvent.kind == "agenda.now", AuditEvent.case_id.in_(case_ids))
    rows = session.execute(
        sa.select(AuditEvent.case_id, AuditEvent.at).where(AuditEvent.seq.in_(seqs.group_by(AuditEvent.case_id)))
    )
    return {case_id: at for case_id, at in rows if case_id is not None}


def _together(session: Session, committee_id: int) -> set[tuple[int, datetime]]:
    """Return which cases were decided with one confirmation, and when."""
    opener = make_opener(session)
    rows = session.execute(
        with_keys(sa.select(AuditEvent.at, *SEALED)).where(
            AuditEvent.kind == "agenda.confirm",
            AuditEvent.subject_type == "committee",
            AuditEvent.subject_id == committee_id,
        )
    )
    told = [(at, opener.open(SealedRow(*sealed)).value) for at, *sealed in rows]
    return {(int(case_id), at) for at, detail in told for case_id in detail.get("cases", ())}


def _changes(session: Session, cases: Sequence[Case], ladder: Ladder) -> dict[int, list[SheetChange]]:
    tracks = {case.id: case.track_id for case in cases}
    found: dict[int, list[SheetChange]] = defaultdict(list)
    for row in list_changes(session, list(tracks)):
        name = name_of(ladder, row.criterion_id, tracks[row.case_id])
        found[row.case_id].append(SheetChange(name, row.before, row.value, row.code, row.reason, row.who))
    return found


def _gaps(
    session: Session, cases: Sequence[Case], decisions: Mapping[int, Decision], ladder: Ladder
) -> dict[int, list[SheetGap]]:
    """Return the gaps of each "not yet"."""
    tracks = {case.id: case.track_id for case in cases if _is_not_yet(decisions.get(case.id))}
    found: dict[int, list[SheetGap]] = defaultdict(list)
    gaps = sa.select(Gap).where(Gap.case_id.in_(tracks), Gap.removed_at.is_(None)).order_by(Gap.id)
    for gap in session.scalars(gaps):
        name = name_of(ladder, gap.criterion_id, tracks[gap.case_id])
        found[gap.case_id].append(SheetGap(name, gap.sentence, gap.missing, gap.review_on))
    return found


def _is_not_yet(decision: Decision | None) -> bool:
    return decision is not None and decision.outcome == Overall.NOT_YET
