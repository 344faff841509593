"""What each reader's packet holds: the whole, less every field whose own row of the grid denies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from review.domain.access import Right, Role, granted
from review.domain.errors import NotAllowed
from review.domain.packet import (
    Criterion,
    Evidence,
    Feedback,
    MutualVoices,
    PacketContent,
    Rating,
    RatingKind,
    UnansweredKind,
)
from review.domain.packet_anchors import anchors_of, find_anchors
from review.domain.phase import Phase


class View(StrEnum):
    """A version of the packet; each is rendered once for all of its readers."""

    COMMITTEE = "committee"
    HR = "hr"
    MANAGER = "manager"
    CANDIDATE = "candidate"
    EXECUTIVE = "executive"
    SKIP_LEVEL = "skip_level"
    APPEALS = "appeals"


READERS: Mapping[View, Role] = MappingProxyType(
    {
        View.COMMITTEE: Role.MEMBER,
        View.HR: Role.HR,
        View.MANAGER: Role.MANAGER,
        View.CANDIDATE: Role.CANDIDATE,
        View.EXECUTIVE: Role.EXECUTIVE,
        View.SKIP_LEVEL: Role.SKIP_LEVEL,
        View.APPEALS: Role.APPEALS,
    }
)
"""Whose rights decide what a view holds. A chair reads the committee's."""


class Part(StrEnum):
    """A part of the packet that has a row of its own in the grid."""

    PACKET = "packet.sealed"
    SELF_REVIEW = "self_review.submitted"
    SOURCES = "evidence.attachment"
    FIRST_VIEW = "first_view.locked"
    FINAL = "rating.final"
    SECOND = "second_rating.others"
    FEEDBACK = "feedback.text"
    AUTHORS = "feedback.author"
    COVERAGE = "feedback.count"
    PRIOR_GAPS = "decision.rationale"


OWN_WORDS = frozenset({Part.PACKET, Part.SELF_REVIEW, Part.SOURCES, Part.FINAL})
"""All that the candidate's own view may hold, whatever else the candidate may read elsewhere."""

KNOW_MUTUAL = frozenset({View.COMMITTEE, View.HR, View.EXECUTIVE, View.APPEALS})
"""Views that say how many voices are mutual; who works with the candidate every day could tell the pair."""

PART_OF_RATING: Mapping[RatingKind, Part] = MappingProxyType(
    {RatingKind.FINAL: Part.FINAL, RatingKind.FIRST_VIEW: Part.FIRST_VIEW, RatingKind.SECOND: Part.SECOND}
)
PART_OF_UNANSWERED: Mapping[UnansweredKind, Part] = MappingProxyType(
    {
        UnansweredKind.SELF_REVIEW: Part.SELF_REVIEW,
        UnansweredKind.EVIDENCE: Part.SELF_REVIEW,
        UnansweredKind.FEEDBACK: Part.COVERAGE,
        UnansweredKind.FIRST_VIEW: Part.FIRST_VIEW,
        UnansweredKind.RATING: Part.FINAL,
        UnansweredKind.SECOND_RATING: Part.SECOND,
        UnansweredKind.GAP: Part.PRIOR_GAPS,
    }
)


def parts_in(view: View, phase: Phase) -> frozenset[Part]:
    """Return the parts that a view holds in a phase; none where the packet itself may not be read.

    Who was heard is for who may know authors: where a function has one giver, it tells who has answered. Gaps come
    from an earlier case that is closed, so their row is read in that phase.
    """
    role = READERS[view]
    if granted(Part.PACKET, role, phase) is Right.NONE:
        return frozenset()
    parts = frozenset(
        part
        for part in Part
        if granted(part, role, Phase.CLOSED if part is Part.PRIOR_GAPS else phase) in (Right.READ, Right.WRITE)
    )
    if Part.AUTHORS not in parts:
        parts -= {Part.COVERAGE}
    return parts & OWN_WORDS if view is View.CANDIDATE else parts


def view_of(content: PacketContent, view: View, phase: Phase) -> PacketContent:
    """Return the packet as this reader may have it in this phase.

    Anchors keep their numbers. Where somebody's reasons lean on feedback that the reader may not see, the words are
    withheld and the rating says so. Raises NotAllowed where the reader may have no packet at all.
    """
    parts = parts_in(view, phase)
    if not parts:
        raise NotAllowed()
    cut = replace(
        content,
        view=str(view),
        feedback=_feedback(content, parts),
        coverage=content.coverage if Part.COVERAGE in parts else (),
        mutual=_mutual(content, view, parts),
        second_rater=content.second_rater if Part.SECOND in parts else None,
        panel=content.panel if Part.SECOND in parts else (),
        prior_gaps=content.prior_gaps if Part.PRIOR_GAPS in parts else (),
        role_fit=content.role_fit if Part.SELF_REVIEW in parts else None,
        evidence=_evidence(content, parts),
        unanswered=tuple(one for one in content.unanswered if PART_OF_UNANSWERED[one.kind] in parts),
        criteria=tuple(_criterion(one, parts) for one in content.criteria),
    )
    return _without_dangling(cut, anchors_of(content) - anchors_of(cut))


def _evidence(content: PacketContent, parts: frozenset[Part]) -> tuple[Evidence, ...]:
    if Part.SELF_REVIEW not in parts:
        return ()
    if Part.SOURCES in parts:
        return content.evidence
    return tuple(replace(one, links=(), files=()) for one in content.evidence)


def _feedback(content: PacketContent, parts: frozenset[Part]) -> tuple[Feedback, ...]:
    if Part.FEEDBACK not in parts:
        return ()
    if Part.AUTHORS in parts:
        return content.feedback
    return tuple(replace(one, giver=None) for one in content.feedback if not one.is_named_only)


def _mutual(content: PacketContent, view: View, parts: frozenset[Part]) -> MutualVoices | None:
    """Leave the number out where it would count a voice that this reader does not find."""
    if view not in KNOW_MUTUAL or Part.FEEDBACK not in parts:
        return None
    finds_all = Part.AUTHORS in parts or not any(one.is_named_only for one in content.feedback)
    return content.mutual if finds_all else None


def _criterion(criterion: Criterion, parts: frozenset[Part]) -> Criterion:
    has_words = Part.SELF_REVIEW in parts
    return replace(
        criterion,
        self_review=criterion.self_review if has_words else "",
        evidence=criterion.evidence if has_words else (),
        ratings=tuple(
            one if Part.FIRST_VIEW in parts else replace(one, change=None)
            for one in criterion.ratings
            if PART_OF_RATING[one.kind] in parts
        ),
    )


def _without_dangling(cut: PacketContent, gone: frozenset[str]) -> PacketContent:
    """Take out citations of what is no longer there, and words that lean on hidden feedback."""
    if not gone:
        return cut
    return replace(
        cut,
        criteria=tuple(
            replace(one, ratings=tuple(_rating(rating, gone) for rating in one.ratings)) for one in cut.criteria
        ),
        prior_gaps=tuple(replace(one, answered_by=_kept(one.answered_by, gone)) for one in cut.prior_gaps),
    )


def _rating(rating: Rating, gone: frozenset[str]) -> Rating:
    words = " ".join((rating.justification, rating.reason, rating.change.reason if rating.change else ""))
    cited = _kept(rating.cited, gone)
    if any(anchor.startswith("F") and anchor in gone for anchor in (*rating.cited, *find_anchors(words))):
        return replace(rating, cited=cited, justification="", reason="", change=None, is_withheld=True)
    return replace(rating, cited=cited)


def _kept(anchors: tuple[str, ...], gone: frozenset[str]) -> tuple[str, ...]:
    return tuple(anchor for anchor in anchors if anchor not in gone)
