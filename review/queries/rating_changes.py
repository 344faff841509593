"""A case as the calibration looks at it: what was rated and voted, what the ladder says, what can be cited."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.domain.level_text import LevelText, describe_level
from review.domain.text import Text
from review.domain.values import dataclass
from review.queries.calibration import ChangeRow, list_changes
from review.queries.cited import titles_of
from review.queries.decisions import list_sentences
from review.queries.evidence import list_evidence
from review.queries.feedback import read_feedback
from review.queries.ratings import LineRow, list_ratings
from review.queries.standing import Standing
from review.queries.votes import Result, anchors_of, load_result

WRITE = "decision.outcome"
"""Whoever records the decision while the votes are open, the chair, also changes a rating."""
READ = "discussion.notes"


@dataclass(frozen=True)
class CriterionView:
    """A criterion with all that was said on it, as far as the reader may see it."""

    id: str
    name: str
    target: LevelText | None
    sentences: tuple[str, ...]
    ratings: tuple[LineRow, ...]
    changes: tuple[ChangeRow, ...]

    @property
    def final(self) -> LineRow | None:
        """Return the manager's rating."""
        return next((line for line in reversed(self.ratings) if line.round == "final"), None)

    @property
    def stands(self) -> int | None:
        """Return the rating that stands: the last change, else the manager's."""
        if self.changes:
            return self.changes[-1].value
        return self.final.value if self.final else None


@dataclass(frozen=True)
class CaseView:
    """A case as it is compared with another. `anchors` maps E1 to `e:12`; `result` is None until the reveal."""

    criteria: tuple[CriterionView, ...]
    result: Result | None
    anchors: Mapping[str, str]
    titles: Mapping[str, str | Text]
    can_change: bool

    @property
    def names(self) -> Mapping[str, str]:
        """Return the printed name of each anchor."""
        return {key: anchor for anchor, key in self.anchors.items()}


def load_case_view(session: Session, standing: Standing) -> CaseView:
    """Return a case for the calibration; raise NotFound for who has no part in the committee's work on it."""
    has_left = standing.facts.is_actor_recused and standing.actor.person_id not in standing.parties.muted
    if has_left or not (standing.may_read("packet.sealed") and standing.may_read("committee.seats")):
        raise NotFound
    evidence, feedback = list_evidence(session, standing), read_feedback(session, standing)
    anchors = anchors_of(evidence, feedback)
    lines = list_ratings(session, standing)
    changes = list_changes(session, [standing.case.id]) if standing.may_read(READ) else ()
    said = {each.id: each for each in list_sentences(standing)}
    return CaseView(
        criteria=tuple(
            CriterionView(
                id=each.id,
                name=each.name_for(standing.case.track_id),
                target=describe_level(standing.ladder, each.id, standing.case.to_level_id),
                sentences=tuple(words for _, words in said[each.id].sentences),
                ratings=tuple(line for line in lines if line.criterion_id == each.id),
                changes=tuple(row for row in changes if row.criterion_id == each.id),
            )
            for each in standing.criteria
        ),
        result=load_result(session, standing, anchors=anchors),
        anchors=anchors,
        titles=titles_of(evidence, feedback),
        can_change=standing.may_write(WRITE),
    )


def find_criterion(view: CaseView, criterion_id: str) -> CriterionView:
    """Return one criterion; raise NotFound where it is not rated at the target level."""
    for each in view.criteria:
        if each.id == criterion_id:
            return each
    raise NotFound
