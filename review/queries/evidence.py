"""Reading what the candidate wrote: the self-review and the evidence, as far as each reader may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.domain.evidence_draft import Tag, is_safe_url
from review.domain.level_text import LevelText, describe_level
from review.domain.packet_anchors import evidence_anchor
from review.domain.phase import Phase
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.domain.writing import count_words
from review.models import Evidence, EvidenceTag, SelfReview
from review.queries.ready import Ready
from review.queries.standing import Standing

REGION = "packet"
NEVER_SUBMITTED = frozenset({"withdrawn", "ineligible"})
"""Outcomes after which nobody can say that the self-review was ever sent."""


@dataclass(frozen=True)
class PacketStage:
    """Whether the self-review is still being written, and whether it has been sent."""

    is_open: bool
    is_submitted: bool


@dataclass(frozen=True)
class EvidenceRow:
    """One piece of evidence; `criteria` are ids of what it speaks to, `tags` also name signals."""

    id: int
    anchor: str
    title: str
    done: str
    effect: str
    links: tuple[tuple[str, str], ...]
    measure: str
    baseline: str
    target: str
    actual: str
    is_late: bool
    added_on: date
    version: int
    tags: tuple[Tag, ...]

    @property
    def criteria(self) -> frozenset[str]:
        """Return the ids of the criteria that it speaks to."""
        return frozenset(tag.criterion_id for tag in self.tags)


@dataclass(frozen=True)
class CriterionStep:
    """One criterion of the self-review: how far it is."""

    id: str
    name: str
    words: int
    evidence: int


@dataclass(frozen=True)
class RoleFitLine:
    """One question of the role-fit sheet with its answer."""

    question: str
    answer: str


@dataclass(frozen=True)
class SelfReviewPage:
    """The self-review of one criterion; `body` is None for who may not read it (yet)."""

    criterion_id: str
    name: str
    description: str
    start: LevelText | None
    target: LevelText | None
    role_fit: tuple[RoleFitLine, ...]
    body: str | None
    words: int
    version: int
    can_edit: bool
    can_add_evidence: bool
    evidence: tuple[EvidenceRow, ...]
    steps: tuple[CriterionStep, ...]
    stage: PacketStage

    @property
    def place(self) -> int:
        """Return which of the steps this is, from 0."""
        return next(place for place, step in enumerate(self.steps) if step.id == self.criterion_id)

    @property
    def previous(self) -> CriterionStep | None:
        """Return the criterion before this one."""
        return self.steps[self.place - 1] if self.place else None

    @property
    def next(self) -> CriterionStep | None:
        """Return the criterion after this one."""
        return self.steps[self.place + 1] if self.place + 1 < len(self.steps) else None


def find_packet_stage(standing: Standing) -> PacketStage:
    """Tell from where the case stands how far its self-review is."""
    if standing.phase not in (Phase.DRAFT, Phase.COLLECTING):
        return PacketStage(is_open=False, is_submitted=standing.case.outcome not in NEVER_SUBMITTED)
    tokens = standing.facts.tokens
    machine = standing.definition.states[tokens[MAIN]].regions.get(REGION)
    is_open = machine is None or tokens[REGION] == machine.initial
    return PacketStage(is_open, not is_open)


def may_read_self_review(standing: Standing) -> bool:
    """Tell whether the actor may read the self-review as it is now: a draft is its writer's alone."""
    is_sent = find_packet_stage(standing).is_submitted
    return standing.may_read("self_review.draft") or (is_sent and standing.may_read("self_review.submitted"))


def may_read_evidence(standing: Standing) -> bool:
    """Tell whether the actor may read the evidence as it is now."""
    return standing.may_read("packet.draft") or standing.may_read("evidence.attachment")


def load_self_review(session: Session, standing: Standing, criterion_id: str) -> SelfReviewPage:
    """Return the page of one criterion; raise NotFound for an unknown one and for who may read nothing of it."""
    criterion = next((each for each in standing.criteria if each.id == criterion_id), None)
    can_read = may_read_self_review(standing)
    if criterion is None or not (can_read or may_read_evidence(standing)):
        raise NotFound
    bodies = _load_bodies(session, standing.case.id)
    evidence = list_evidence(session, standing)
    body, version = bodies.get(criterion_id, ("", 0))
    case, stage = standing.case, find_packet_stage(standing)
    return SelfReviewPage(
        criterion_id=criterion_id,
        name=criterion.name_for(case.track_id),
        description=criterion.description_for(case.track_id),
        start=describe_level(standing.ladder, criterion_id, case.from_level_id),
        target=describe_level(standing.ladder, criterion_id, case.to_level_id),
        role_fit=_role_fit(standing) if can_read else (),
        body=body if can_read else None,
        words=count_words(body) if can_read else 0,
        version=version,
        can_edit=stage.is_open and standing.may_write("self_review.draft"),
        can_add_evidence=standing.may_write("evidence.attachment"),
        evidence=tuple(row for row in evidence if criterion_id in row.criteria),
        steps=tuple(
            CriterionStep(
                each.id,
                each.name_for(case.track_id),
                count_words(bodies.get(each.id, ("", 0))[0]) if can_read else 0,
                sum(each.id in row.criteria for row in evidence),
            )
            for each in standing.criteria
        ),
        stage=stage,
    )


def list_evidence(session: Session, standing: Standing) -> tuple[EvidenceRow, ...]:
    """Return the evidence of a case by its numbers, in one statement; nothing for who may not read it."""
    if not may_read_evidence(standing):
        return ()
    session.flush()
    tags: dict[int, list[Tag]] = defaultdict(list)
    found: dict[int, _Stored] = {}
    for *columns, criterion_id, signal_id in _STORED.rows(session.connection(), {"case_id": standing.case.id}):
        evidence = _Stored(*columns)
        found[evidence.id] = evidence
        if criterion_id is not None:
            tags[evidence.id].append(Tag(criterion_id, signal_id))
    zone = ZoneInfo(standing.cycle.zone)
    return tuple(_row(evidence, tuple(tags[number]), zone) for number, evidence in found.items())


class _Stored(NamedTuple):
    """The columns of a piece of evidence, named as in Evidence."""

    id: int
    position: int
    title: str
    done: str
    effect: str
    links: Sequence[Mapping[str, Any]]
    measure: str
    baseline: str
    target: str
    actual: str
    is_late: bool
    created_at: datetime
    version: int


def _stored() -> sa.Select[Any]:
    columns = [getattr(Evidence, name) for name in _Stored._fields]
    return (
        sa.select(*columns, EvidenceTag.criterion_id, EvidenceTag.signal_id)
        .outerjoin(EvidenceTag, EvidenceTag.evidence_id == Evidence.id)
        .where(Evidence.case_id == sa.bindparam("case_id", type_=sa.Integer), Evidence.removed_at.is_(None))
        .order_by(Evidence.position, EvidenceTag.criterion_id, EvidenceTag.signal_id)
    )


_STORED = Ready(_stored)


def load_evidence(session: Session, standing: Standing, evidence_id: int) -> EvidenceRow:
    """Return one piece of evidence of the case; raise NotFound."""
    found = next((row for row in list_evidence(session, standing) if row.id == evidence_id), None)
    if found is None:
        raise NotFound
    return found


def read_self_reviews(session: Session, standing: Standing) -> dict[str, str]:
    """Return the candidate's words by criterion; nothing for who may not read them now."""
    if not may_read_self_review(standing):
        return {}
    return {criterion: body for criterion, (body, _) in _load_bodies(session, standing.case.id).items()}


def _load_bodies(session: Session, case_id: int) -> dict[str, tuple[str, int]]:
    session.flush()
    rows = _BODIES.rows(session.connection(), {"case_id": case_id})
    return {criterion: (body, version) for criterion, body, version in rows}


def _bodies() -> sa.Select[str, str, int]:
    of_case = SelfReview.case_id == sa.bindparam("case_id", type_=sa.Integer)
    return sa.select(SelfReview.criterion_id, SelfReview.body, SelfReview.version).where(of_case)


_BODIES = Ready(_bodies)


def _role_fit(standing: Standing) -> tuple[RoleFitLine, ...]:
    if standing.case.kind != "entry":
        return ()
    answers: dict[str, Any] = standing.case.role_fit
    return tuple(
        RoleFitLine(question.question, str(answers.get(question.id, ""))) for question in standing.ladder.role_fit
    )


def _row(evidence: _Stored, tags: tuple[Tag, ...], zone: ZoneInfo) -> EvidenceRow:
    links = ((str(link.get("label", "")), str(link.get("url", ""))) for link in evidence.links)
    return EvidenceRow(
        id=evidence.id,
        anchor=evidence_anchor(evidence.position),
        title=evidence.title,
        done=evidence.done,
        effect=evidence.effect,
        links=tuple((label, url) for label, url in links if is_safe_url(url)),
        measure=evidence.measure,
        baseline=evidence.baseline,
        target=evidence.target,
        actual=evidence.actual,
        is_late=evidence.is_late,
        added_on=evidence.created_at.astimezone(zone).date(),
        version=evidence.version,
        tags=tags,
    )
