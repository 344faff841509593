"""Reading ratings: one's own draft with everything beside it, and what has been handed in, as rights allow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.level_text import LevelText, describe_level
from review.domain.text import Text
from review.domain.values import dataclass
from review.models import Evidence, Person, Rating, RatingLine
from review.queries.cited import titles_of
from review.queries.evidence import EvidenceRow, list_evidence, read_self_reviews
from review.queries.feedback import AnswerRow, FeedbackRow, may_read_answers, read_feedback
from review.queries.rating_lines import CONTENT
from review.queries.ready import Ready
from review.queries.standing import Standing

READ = {"first": "first_view.locked", "final": "rating.final", "second": "second_rating.others"}
WRITER = sa.func.coalesce(RatingLine.written_by_id, Rating.rater_id)
"""Who wrote a line."""
HOLDER = sa.func.coalesce(Rating.on_behalf_of_id, Rating.rater_id)
"""Whose task the rating is."""


@dataclass(frozen=True)
class LineRow:
    """A rating of one criterion in one round, as somebody else or the rater reads it."""

    round: str
    criterion_id: str
    rater: str
    on_behalf_of: str
    value: int | None
    cannot_judge: bool
    justification: str
    change_reason: str
    sentence: str
    anchors: tuple[str, ...]
    version: int
    is_locked: bool
    on_day: date | None

    @property
    def choice(self) -> int | None:
        """Return the value as the form has it: 0 for "I cannot tell"."""
        return 0 if self.cannot_judge else self.value

    @property
    def is_complete(self) -> bool:
        """Tell whether it counts as rated."""
        return (self.cannot_judge or self.value is not None) and bool(self.justification.strip())


@dataclass(frozen=True)
class CriterionStep:
    """A criterion in the overview of a round, with the rater's lines so far."""

    id: str
    name: str
    first: LineRow | None
    own: LineRow | None
    cites: tuple[str, ...]

    @property
    def is_unexplained(self) -> bool:
        """Tell whether the rating is another than the first view, and nothing says why."""
        if self.first is None or self.own is None or self.own.choice is None:
            return False
        return self.own.choice != self.first.choice and not self.own.change_reason.strip()


@dataclass(frozen=True)
class RatingPage:
    """One criterion to rate, with what it is to be judged by beside it."""

    round: str
    criterion_id: str
    name: str
    steps: tuple[CriterionStep, ...]
    start: LevelText | None
    target: LevelText | None
    words: str
    evidence: tuple[EvidenceRow, ...]
    feedback: tuple[tuple[FeedbackRow, AnswerRow], ...]
    reads_feedback: bool
    first: LineRow | None
    own: LineRow | None
    anchors: dict[str, str]  # E1 → e:12
    titles: dict[str, str | Text]

    @property
    def place(self) -> int:
        """Return which of the steps this is, from 0."""
        return next(place for place, step in enumerate(self.steps) if step.id == self.criterion_id)

    @property
    def sentences(self) -> tuple[tuple[str, str], ...]:
        """Return the ladder's sentences that a rating can turn on, by key."""
        return list_sentences(self.target)

    @property
    def first_cites(self) -> tuple[str, ...]:
        """Return the printed names of what the first view rests on."""
        names = {key: anchor for anchor, key in self.anchors.items()}
        return tuple(names[key] for key in self.first.anchors if key in names) if self.first else ()

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Return the criteria rated otherwise than at first, without a word on what changed."""
        return tuple(step.name for step in self.steps if step.is_unexplained)

    @property
    def next(self) -> CriterionStep | None:
        """Return the criterion after this one."""
        return self.steps[self.place + 1] if self.place + 1 < len(self.steps) else None


@dataclass(frozen=True)
class OwnLine:
    """One criterion of a second rating that is handed in, with the sentence and the evidence that it rests on."""

    name: str
    line: LineRow
    sentence: str
    cites: tuple[str, ...]
    target: LevelText | None


def list_own_second(session: Session, standing: Standing) -> tuple[OwnLine, ...]:
    """Return the second rating that is handed in, by criterion, for who wrote it; nothing for everybody else."""
    if not standing.may_read("second_rating.own"):
        return ()
    case = standing.case
    mine = {
        line.criterion_id: line
        for rater, line in _lines(session, standing)
        if line.round == "second" and rater == case.second_rater_id and line.is_locked
    }
    names = name_anchors(session, standing, ()) if mine else {}
    return tuple(
        OwnLine(
            each.name_for(case.track_id),
            line,
            dict(list_sentences(target)).get(line.sentence, ""),
            tuple(names[anchor] for anchor in line.anchors if anchor in names),
            target,
        )
        for each in standing.criteria
        if (line := mine.get(each.id)) is not None
        for target in [describe_level(standing.ladder, each.id, case.to_level_id)]
    )


def list_sentences(target: LevelText | None) -> tuple[tuple[str, str], ...]:
    """Return the ladder's sentences that a rating can turn on, by key: the target's summary, then its signals."""
    if target is None:
        return ()
    found = [("", target.summary), *((signal.id, signal.text) for signal in target.signals)]
    return tuple((key, words) for key, words in found if words)


def load_rating_pages(
    session: Session, standing: Standing, round_name: str, criterion_ids: Collection[str] | None = None
) -> dict[str, RatingPage]:
    """Read what a round is written on, for who holds it: a page for each criterion, all in the statements of one.

    Args:
        criterion_ids: the criteria whose pages are shown; None for all.
    """
    case, ladder = standing.case, standing.ladder
    evidence = list_evidence(session, standing) if standing.may_read("evidence.attachment") else ()
    feedback = read_feedback(session, standing) if round_name == "final" else ()
    lines = _lines(session, standing)
    holder = case.second_rater_id if round_name == "second" else case.manager_id
    mine = {line.criterion_id: line for rater, line in lines if line.round == round_name and rater == holder}
    first = _first_views(lines, holder) if standing.may_read(READ["first"]) else {}
    names = {f"e:{row.id}": row.anchor for row in evidence} | {f"f:{row.id}": row.anchor for row in feedback}
    shown_first = first if round_name == "final" else {}
    words = read_self_reviews(session, standing)
    steps = tuple(
        CriterionStep(
            c.id,
            c.name_for(case.track_id),
            shown_first.get(c.id),
            mine.get(c.id),
            tuple(names[a] for a in mine[c.id].anchors if a in names) if c.id in mine else (),
        )
        for c in standing.criteria
    )
    return {
        step.id: RatingPage(
            round=round_name,
            criterion_id=step.id,
            name=step.name,
            steps=steps,
            start=describe_level(ladder, step.id, case.from_level_id),
            target=describe_level(ladder, step.id, case.to_level_id),
            words=words.get(step.id, ""),
            evidence=evidence,
            feedback=tuple((row, answer) for row in feedback if (answer := row.on(step.id)) is not None),
            reads_feedback=may_read_answers(standing),
            first=step.first,
            own=step.own,
            anchors={anchor: key for key, anchor in names.items()},
            titles=titles_of(evidence, feedback),
        )
        for step in steps
        if criterion_ids is None or step.id in criterion_ids
    }


def list_ratings(session: Session, standing: Standing) -> tuple[LineRow, ...]:
    """Return what has been handed in and the actor may read, first views, ratings, second ratings; two statements.

    What changed since the first view is told to who reads that view: it says what stood there.
    """
    rounds = [name for name in ("first", "final", "second") if _may_read(standing, name)]
    lines = [line for _, line in _lines(session, standing) if line.is_locked and line.round in rounds]
    return tuple(lines if "first" in rounds else (replace(line, change_reason="") for line in lines))


def list_unexplained(session: Session, standing: Standing) -> tuple[str, ...]:
    """Return the criteria whose final rating is another than the first view, without a word on what changed."""
    holder, lines = standing.case.manager_id, _lines(session, standing)
    mine = {line.criterion_id: line for rater, line in lines if line.round == "final" and rater == holder}
    first, track = _first_views(lines, holder), standing.case.track_id
    steps = (CriterionStep(c.id, c.name_for(track), first.get(c.id), mine.get(c.id), ()) for c in standing.criteria)
    return tuple(step.name for step in steps if step.is_unexplained)


def name_anchors(session: Session, standing: Standing, feedback: tuple[FeedbackRow, ...]) -> dict[str, str]:
    """Return the printed name of each anchor that a rating or a vote may cite: `e:12` → E1."""
    rows = session.execute(sa.select(Evidence.id, Evidence.position).where(Evidence.case_id == standing.case.id))
    return {f"e:{row.id}": f"E{row.position}" for row in rows} | {f"f:{row.id}": row.anchor for row in feedback}


def _first_views(lines: list[tuple[int, LineRow]], holder: int | None) -> dict[str, LineRow]:
    """Return the first view that counts for each criterion: the holder's, else the last one a former manager locked."""
    locked = [(rater, line) for rater, line in lines if line.round == "first" and line.is_locked]
    former = {line.criterion_id: line for rater, line in locked if rater != holder}
    return former | {line.criterion_id: line for rater, line in locked if rater == holder}


def _may_read(standing: Standing, round_name: str) -> bool:
    if round_name == "second" and standing.actor.person_id == standing.case.second_rater_id:
        return standing.may_read("second_rating.own")
    return standing.may_read(READ[round_name])


def _lines(session: Session, standing: Standing) -> list[tuple[int, LineRow]]:
    """Read every line of the case with the person who held the task."""
    zone = ZoneInfo(standing.cycle.zone)
    session.flush()
    rows = _LINES.rows(session.connection(), {"case_id": standing.case.id})
    return [(row[0], _line_row(row[1:], zone)) for row in rows]


def _line_row(columns: Sequence[Any], zone: ZoneInfo) -> LineRow:
    rater, behalf, round_name, locked_at, criterion_id, *content = columns
    value, cannot_judge, justification, change_reason, sentence, anchors, version = content
    return LineRow(
        round=round_name,
        criterion_id=criterion_id,
        rater=rater,
        on_behalf_of=behalf or "",
        value=value,
        cannot_judge=cannot_judge,
        justification=justification,
        change_reason=change_reason,
        sentence=sentence,
        anchors=tuple(anchors),
        version=version,
        is_locked=locked_at is not None,
        on_day=None if locked_at is None else locked_at.astimezone(zone).date(),
    )


def _all_lines() -> sa.Select[Any]:
    other = sa.orm.aliased(Person)
    return (
        sa.select(HOLDER, Person.name, other.name, Rating.round, Rating.locked_at, RatingLine.criterion_id, *CONTENT)
        .select_from(Rating)
        .join(RatingLine, RatingLine.rating_id == Rating.id)
        .join(Person, Person.id == WRITER)
        .outerjoin(other, sa.and_(other.id == HOLDER, HOLDER != WRITER))
        .where(Rating.case_id == sa.bindparam("case_id", type_=sa.Integer))
        .order_by(Rating.id, RatingLine.id)
    )


_LINES = Ready(_all_lines)
