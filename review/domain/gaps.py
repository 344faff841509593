"""Gaps: what a "not yet" must name, and how the gaps of an earlier case bind the next committee."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from review.domain.errors import Fault
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

MAX_WORDS = 4000


@dataclass(frozen=True)
class GapDraft:
    """What is missing in one criterion; `sentence` are the ladder's own words."""

    criterion_id: str
    sentence: str
    seen: str
    missing: str
    review_on: date | None
    activity: str = ""


@dataclass(frozen=True)
class AnswerDraft:
    """How an earlier gap stands in this packet: met or not, by which evidence or feedback, and why."""

    is_met: bool | None
    anchor: str
    reason: str


def may_name_gaps(unanswered: int) -> Text | None:
    """Return why no new gap can be named yet: no goal is moved before the old ones are answered. None if it can."""
    if not unanswered:
        return None
    return plural(
        "First answer the gap of an earlier case",
        "First answer the %(count)s gaps of earlier cases",
        unanswered,
    )


def find_gap_faults(draft: GapDraft, sentences: Mapping[str, Collection[str]], today: date) -> list[Fault]:
    """Return what is wrong with a gap.

    Args:
        sentences: criterion id -> what the ladder asks there at the target level, sentence by sentence.
    """
    faults: list[Fault] = []
    if draft.criterion_id not in sentences:
        faults.append(Fault(text("Choose a criterion of the target level"), field="sentence"))
    elif draft.sentence not in sentences[draft.criterion_id]:
        faults.append(Fault(text("Choose a sentence of the ladder"), field="sentence"))
    for name, words in (("seen", draft.seen), ("missing", draft.missing)):
        if not words.strip():
            faults.append(Fault(text("Please fill this in"), field=name))
    faults += [
        Fault(text("This is too long"), text("at most %(count)s signs", count=MAX_WORDS), field=name)
        for name, words in (("seen", draft.seen), ("missing", draft.missing), ("activity", draft.activity))
        if len(words) > MAX_WORDS
    ]
    if draft.review_on is None:
        faults.append(Fault(text("Say when it is looked at again"), field="review_on"))
    elif draft.review_on <= today:
        faults.append(Fault(text("This day has passed"), text("a day to come"), field="review_on"))
    return faults


def find_answer_faults(draft: AnswerDraft, anchors: Collection[str]) -> list[Fault]:
    """Return what is wrong with an answer to an earlier gap; `anchors` are those of the packet."""
    faults: list[Fault] = []
    if draft.is_met is None:
        faults.append(Fault(text("Say whether it is met"), field="is_met"))
    if draft.anchor not in anchors:
        faults.append(Fault(text("Cite the packet: evidence or feedback"), field="anchor"))
    if len(draft.reason) > MAX_WORDS:
        faults.append(Fault(text("This is too long"), text("at most %(count)s signs", count=MAX_WORDS), field="reason"))
    return faults


def is_new_gap(criterion_id: str, sentence: str, earlier: Iterable[tuple[str, str]]) -> bool:
    """Tell whether no earlier case named this gap: the same sentence of the same criterion."""
    return (criterion_id, sentence) not in set(earlier)
