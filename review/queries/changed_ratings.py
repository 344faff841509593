"""What the committee changed of the ratings, as far as one reader may know; the sealed packet stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from review.domain.calibration import CODE_WORDS, told_kind
from review.domain.embargo import RATING
from review.domain.text import Text
from review.domain.values import dataclass
from review.queries.calibration import ChangeRow, list_changes
from review.queries.evidence import list_evidence
from review.queries.feedback import read_feedback
from review.queries.standing import Standing
from review.queries.votes import anchors_of

WHOLE = "discussion.notes"
"""Who reads the committee's notes reads a change with its reason and who made it."""
OUTCOME = "decision.outcome"


@dataclass(frozen=True)
class ChangedRating:
    """A rating before and after the committee changed it; `is_last` when the value after it is the one that stands.

    `reason`, `who` and `anchors` (as printed: E1) are empty for who has no part in the committee's work, and so is
    `code` where it speaks of other cases.
    """

    criterion_id: str
    criterion: str
    before: int | None
    value: int | None
    is_last: bool
    code: str
    sentence: str
    reason: str = ""
    anchors: tuple[str, ...] = ()
    who: str = ""
    on_day: date | None = None

    @property
    def kind(self) -> Text | None:
        """Return the kind of reason in words."""
        return CODE_WORDS.get(self.code)


def list_changed(
    session: Session, standing: Standing, *, anchors: Mapping[str, str] | None = None
) -> tuple[ChangedRating, ...]:
    """Return every change of a rating that the reader may know of, criterion by criterion, in the order of time.

    Args:
        anchors: what can be cited, E1 to `e:12`, where the page has read it already.
    """
    is_whole = standing.may_read(WHOLE)
    if not (is_whole or (standing.may_read(OUTCOME) and standing.may_read(RATING))):
        return ()
    changes = list_changes(session, [standing.case.id])
    if not (changes and is_whole):
        return _rows(standing, changes)
    if anchors is None:
        anchors = anchors_of(list_evidence(session, standing), read_feedback(session, standing))
    return _rows(standing, changes, names={key: anchor for anchor, key in anchors.items()})


def _rows(
    standing: Standing, changes: tuple[ChangeRow, ...], *, names: Mapping[str, str] | None = None
) -> tuple[ChangedRating, ...]:
    """Put changes in the order of the criteria; without `names` without what only the committee reads."""
    zone, told, known = ZoneInfo(standing.cycle.zone), names is None, names or {}
    found: list[ChangedRating] = []
    for criterion in standing.criteria:
        own = [each for each in changes if each.criterion_id == criterion.id]
        for place, each in enumerate(own, 1):
            found.append(
                ChangedRating(
                    criterion_id=criterion.id,
                    criterion=criterion.name_for(standing.case.track_id),
                    before=each.before,
                    value=each.value,
                    is_last=place == len(own),
                    code="" if told and told_kind(each.code) is None else each.code,
                    sentence=each.sentence,
                    reason="" if told else each.reason,
                    anchors=tuple(known[key] for key in each.anchors if key in known),
                    who="" if told else each.who,
                    on_day=None if told else each.at.astimezone(zone).date(),
                )
            )
    return tuple(found)
