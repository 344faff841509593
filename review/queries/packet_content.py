"""The whole packet of a case, gathered from its rows to be frozen; nobody reads it whole, each reader gets a view."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain import packet
from review.domain.ladder import Expectation, Ladder
from review.domain.ladder_parts import CellKind
from review.domain.outside import OUTSIDE
from review.domain.packet_anchors import evidence_anchor
from review.models import (
    Case,
    Committee,
    CycleDate,
    Evidence,
    EvidenceTag,
    Feedback,
    FeedbackAnswer,
    PanelScore,
    Person,
    SelfReview,
)
from review.queries.feedback import find_read, given, number_answers
from review.queries.mutual import find_mutual
from review.queries.packet_gaps import gather_prior_gaps
from review.queries.packet_ratings import gather_ratings
from review.queries.standing import Standing

CELLS = {
    CellKind.FILLED: packet.CellKind.STATED,
    CellKind.NOT_DEFINED: packet.CellKind.NOT_DEFINED,
    CellKind.BLANK: packet.CellKind.BLANK,
    CellKind.ABSENT: packet.CellKind.ABSENT,
}
UPWARD = "upward"
People = Mapping[int, packet.Person]


def gather_packet(session: Session, standing: Standing, *, company: str, sealed_at: datetime) -> packet.PacketContent:
    """Return everything the packet of a case holds now; who may read which part is decided by the views."""
    case, cycle = standing.case, standing.cycle
    answers = _answers(session, standing)
    marks = number_answers(answers, case.shuffle_seed)
    evidence = _evidence(session, standing)
    anchors = {f"e:{number}": each.anchor for number, each in evidence.items()}
    anchors |= {f"f:{number}": anchor for number, anchor in marks.items()}
    people = _people(session, standing)
    ratings = gather_ratings(session, standing, anchors, people)
    words = dict(
        session.execute(sa.select(SelfReview.criterion_id, SelfReview.body).where(SelfReview.case_id == case.id)).all()
    )
    candidate = people[case.candidate_id]
    content = packet.PacketContent(
        case=_case(session, standing, company, sealed_at),
        candidate=candidate,
        ladder=packet.Ladder(standing.ladder.id, standing.ladder.name, standing.ladder.version),
        criteria=tuple(
            _criterion(standing, criterion.id, words.get(criterion.id, ""), evidence, ratings[criterion.id])
            for criterion in standing.criteria
        ),
        manager=people.get(case.manager_id or 0),
        former_managers=tuple(
            people[number] for number in sorted(standing.parties.former_manager_ids) if number in people
        ),
        second_rater=people.get(case.second_rater_id or 0),
        evidence=tuple(evidence.values()),
        feedback=_feedback(session, standing, answers, marks, people),
        coverage=_coverage(tuple(cycle.required_functions), [row for row in answers if row.id in marks]),
        mutual=_mutual(session, standing),
        panel=_panel(session, case, people),
        prior_gaps=gather_prior_gaps(session, standing, evidence),
        role_fit=_role_fit(standing, candidate.title),
    )
    return _with_unanswered(content)


def _answers(session: Session, standing: Standing) -> list[Feedback]:
    return list(
        session.scalars(sa.select(Feedback).where(Feedback.case_id == standing.case.id, given()).order_by(Feedback.id))
    )


def _mutual(session: Session, standing: Standing) -> packet.MutualVoices | None:
    found = find_mutual(session, standing)
    return None if found is None else packet.MutualVoices(*found)


def _case(session: Session, standing: Standing, company: str, sealed_at: datetime) -> packet.Case:
    case, cycle, ladder = standing.case, standing.cycle, standing.ladder
    committee = session.get(Committee, case.committee_id) if case.committee_id else None
    meets_on = session.scalar(
        sa.select(CycleDate.on_day).where(CycleDate.cycle_id == cycle.id, CycleDate.name == "calibration_date")
    )
    return packet.Case(
        code=case.code,
        kind=packet.CaseKind(case.kind),
        cycle=cycle.name,
        track=ladder.track(case.track_id).name,
        to_level=_level(ladder, case.to_level_id),
        committee=committee.name if committee else "",
        sealed_at=sealed_at,
        from_level=_level(ladder, case.from_level_id) if case.from_level_id else None,
        company=company,
        session_on=meets_on,
        time_zone=cycle.zone,
    )


def _level(ladder: Ladder, level_id: str) -> packet.Level:
    level = ladder.level(level_id)
    return packet.Level(level.id, level.code or level.name, level.name, level.grade, ladder.leads_people(level_id))


def _people(session: Session, standing: Standing) -> dict[int, packet.Person]:
    """Return everybody whose name the packet may hold."""
    case = standing.case
    panel = sa.select(PanelScore.person_id).where(PanelScore.case_id == case.id)
    givers = sa.select(Feedback.giver_id).where(Feedback.case_id == case.id)
    named = {case.candidate_id, case.manager_id or 0, case.second_rater_id or 0, *standing.parties.former_manager_ids}
    rows = session.scalars(
        sa.select(Person).where(sa.or_(Person.id.in_(named), Person.id.in_(panel), Person.id.in_(givers)))
    )
    return {row.id: packet.Person(row.name, row.title, row.title if row.is_external else row.function) for row in rows}


def _criterion(
    standing: Standing,
    criterion_id: str,
    words: str,
    evidence: Mapping[int, packet.Evidence],
    ratings: tuple[packet.Rating, ...],
) -> packet.Criterion:
    case, ladder = standing.case, standing.ladder
    criterion = ladder.criterion(criterion_id)
    current = ladder.expectation(criterion_id, case.from_level_id) if case.from_level_id else None
    return packet.Criterion(
        id=criterion_id,
        name=criterion.name_for(case.track_id),
        description=criterion.description_for(case.track_id) or "",
        target=_expectation(ladder.expectation(criterion_id, case.to_level_id)),
        current=_expectation(current) if current else None,
        self_review=words,
        evidence=tuple(
            each.anchor for each in evidence.values() if any(tag.criterion == criterion_id for tag in each.tags)
        ),
        ratings=ratings,
    )


def _expectation(cell: Expectation) -> packet.Expectation:
    return packet.Expectation(
        kind=CELLS[cell.kind],
        summary=cell.summary,
        signals=tuple(packet.Signal(signal.id, signal.text) for signal in (*cell.base, *cell.signals)),
        measures=tuple(packet.Measure(m.name, m.op, str(m.value), m.unit) for m in cell.measures),
    )


def _evidence(session: Session, standing: Standing) -> dict[int, packet.Evidence]:
    case, zone = standing.case, ZoneInfo(standing.cycle.zone)
    tags: dict[int, list[packet.Tag]] = defaultdict(list)
    for tag in session.scalars(
        sa.select(EvidenceTag)
        .join(Evidence, Evidence.id == EvidenceTag.evidence_id)
        .where(Evidence.case_id == case.id)
        .order_by(EvidenceTag.id)
    ):
        tags[tag.evidence_id].append(packet.Tag(tag.criterion_id, tag.signal_id))
    rows = session.scalars(
        sa.select(Evidence)
        .where(Evidence.case_id == case.id, Evidence.removed_at.is_(None))
        .order_by(Evidence.position)
    )
    return {
        row.id: packet.Evidence(
            anchor=evidence_anchor(row.position),
            title=row.title,
            done=row.done,
            effect=row.effect,
            result=packet.Result(row.measure, row.baseline, row.target, row.actual) if row.measure else None,
            links=tuple(packet.Link(link["label"], link["url"]) for link in row.links),
            tags=tuple(tags[row.id]),
            added_on=row.created_at.astimezone(zone).date(),
            is_late=row.is_late,
        )
        for row in rows
    }


def _feedback(
    session: Session, standing: Standing, answers: Sequence[Feedback], marks: Mapping[int, str], people: People
) -> tuple[packet.Feedback, ...]:
    """Return the answers in mixed order; those of direct reports carry no name, whoever reads them."""
    order = [criterion.id for criterion in standing.criteria]
    remarks: dict[int, list[FeedbackAnswer]] = defaultdict(list)
    for row in session.scalars(sa.select(FeedbackAnswer).where(FeedbackAnswer.feedback_id.in_(marks))):
        remarks[row.feedback_id].append(row)
    rows = {row.id: row for row in answers}
    in_set = find_read(answers)
    return tuple(
        packet.Feedback(
            anchor=anchor,
            remarks=tuple(
                _remark(row)
                for row in sorted(remarks[number], key=lambda r: order.index(r.criterion_id))
                if row.criterion_id in order
            ),
            giver=None if rows[number].kind == UPWARD else _giver(rows[number], people),
            is_named_only=number not in in_set,
        )
        for number, anchor in marks.items()
    )


def _giver(row: Feedback, people: People) -> packet.Giver:
    giver = people[row.giver_id]
    if row.function == OUTSIDE:
        return packet.Giver(giver.name, giver.function, packet.GiverKind.EXTERNAL)
    return packet.Giver(giver.name, row.function, packet.GiverKind(row.kind))


def _remark(row: FeedbackAnswer) -> packet.Remark:
    return packet.Remark(
        criterion=row.criterion_id,
        situation=row.situation,
        did=row.done,
        effect=row.effect,
        link=row.link,
        rating=row.value,
        is_unjudged=row.cannot_judge,
    )


def _coverage(required: tuple[str, ...], answers: Sequence[Feedback]) -> tuple[packet.FunctionHeard, ...]:
    heard: dict[str, int] = defaultdict(int)
    for row in answers:
        heard[row.function] += 1
    names = dict.fromkeys([*required, *sorted(heard)])
    return tuple(packet.FunctionHeard(name, 1 if name in required else 0, heard[name]) for name in names)


def _panel(session: Session, case: Case, people: People) -> tuple[packet.PanelScore, ...]:
    rows = session.scalars(
        sa.select(PanelScore)
        .where(PanelScore.case_id == case.id, PanelScore.scored_at.is_not(None))
        .order_by(PanelScore.id)
    )
    return tuple(packet.PanelScore(people[row.person_id], row.value, row.reason) for row in rows)


def _role_fit(standing: Standing, title: str) -> packet.RoleFit | None:
    if standing.case.kind != "entry":
        return None
    given = standing.case.role_fit
    answers = (packet.RoleFitAnswer(each.question, str(given.get(each.id, ""))) for each in standing.ladder.role_fit)
    return packet.RoleFit(title, tuple(answers))


def _with_unanswered(content: packet.PacketContent) -> packet.PacketContent:
    """Name what was asked and is not there."""
    kinds = packet.UnansweredKind
    open_ = [packet.Unanswered(kinds.SELF_REVIEW, c.id) for c in content.criteria if not c.self_review.strip()]
    open_ += [packet.Unanswered(kinds.EVIDENCE, c.id) for c in content.criteria if not c.evidence]
    open_ += [packet.Unanswered(kinds.FEEDBACK, f.function) for f in content.coverage if f.heard < f.required]
    for kind, rating in (
        (kinds.FIRST_VIEW, packet.RatingKind.FIRST_VIEW),
        (kinds.RATING, packet.RatingKind.FINAL),
        (kinds.SECOND_RATING, packet.RatingKind.SECOND),
    ):
        open_ += [
            packet.Unanswered(kind, c.id) for c in content.criteria if all(r.kind is not rating for r in c.ratings)
        ]
    open_ += [packet.Unanswered(kinds.GAP, gap.id) for gap in content.prior_gaps if not gap.answered_by]
    return replace(content, unanswered=tuple(open_))
