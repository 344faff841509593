"""The packet's content: one case, frozen, as plain values that know nothing of databases or pages.

How to build one: number what can be cited (`packet_anchors`), fill these values in reading order, freeze them with
`packet_json.write_packet`. Texts of people are Markdown as typed; anchors (E3, F2, R1) in them become links.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime

from review.domain.packet_terms import (
    LATER,
    CaseKind,
    CellKind,
    Expectation,
    FunctionHeard,
    GiverKind,
    Ladder,
    Level,
    Measure,
    MutualVoices,
    Person,
    RatingKind,
    Signal,
    UnansweredKind,
)
from review.domain.values import dataclass

__all__ = [
    "FORMAT",
    "WHOLE",
    "AttachedFile",
    "Case",
    "CaseKind",
    "CellKind",
    "Change",
    "Criterion",
    "Evidence",
    "Expectation",
    "Feedback",
    "FunctionHeard",
    "Giver",
    "GiverKind",
    "Ladder",
    "Level",
    "Link",
    "Measure",
    "MutualVoices",
    "PacketContent",
    "PanelScore",
    "Person",
    "PriorGap",
    "Rating",
    "RatingKind",
    "Remark",
    "Result",
    "RoleFit",
    "RoleFitAnswer",
    "Signal",
    "Tag",
    "Unanswered",
    "UnansweredKind",
]

FORMAT = "packet/1"
WHOLE = "whole"


@dataclass(frozen=True)
class Change:
    """How a final rating differs from the first view, and why (`from_value` None: could not judge then)."""

    from_value: int | None
    reason: str


@dataclass(frozen=True)
class Rating:
    """One judgement on one criterion.

    `value` 1 to 5, or None for "can't judge" with its `reason`; `on_behalf_of` where the rater stood in for somebody;
    `sentence` is the ladder's sentence it rests on; `is_withheld` marks words that this reader may not have.
    """

    anchor: str
    kind: RatingKind
    rater: Person
    value: int | None
    reason: str = ""
    on_behalf_of: Person | None = None
    justification: str = ""
    cited: tuple[str, ...] = ()
    sentence: str = ""
    change: Change | None = None
    is_withheld: bool = False


@dataclass(frozen=True)
class Criterion:
    """One chapter: what is asked, what the candidate says of it, how it was rated.

    `current` is None in an entry case; `evidence` are the anchors of what is tagged with it; ratings come final, first
    view, second, and keep more than one final rating where the manager changed.
    """

    id: str
    name: str
    target: Expectation
    current: Expectation | None = None
    description: str = ""
    self_review: str = ""
    evidence: tuple[str, ...] = ()
    ratings: tuple[Rating, ...] = ()


@dataclass(frozen=True)
class PanelScore:
    """What a member of the leadership panel made of a people manager's case as a whole."""

    member: Person
    value: int | None
    reason: str = ""


@dataclass(frozen=True)
class Link:
    """An address that the candidate gave, and what was captured of it when it was added."""

    title: str
    address: str
    captured_at: datetime | None = None
    digest: str = ""


@dataclass(frozen=True)
class AttachedFile:
    """A file kept beside the packet; `size` in bytes, `digest` sha-256 in hex."""

    name: str
    media_type: str
    size: int
    digest: str


@dataclass(frozen=True)
class Result:
    """A measure of an outcome, as typed: before, aimed at, reached."""

    name: str
    baseline: str = ""
    target: str = ""
    actual: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Tag:
    """A criterion, and maybe one of its signals, that evidence speaks to."""

    criterion: str
    signal: str = ""


@dataclass(frozen=True)
class Evidence:
    """An outcome: what was done, its effect, where to see it. `is_late`: added after the day set for it."""

    anchor: str
    title: str
    done: str
    effect: str = ""
    period: str = ""
    result: Result | None = None
    links: tuple[Link, ...] = ()
    files: tuple[AttachedFile, ...] = ()
    tags: tuple[Tag, ...] = ()
    added_on: date | None = None
    is_late: bool = False


@dataclass(frozen=True)
class Giver:
    """Who wrote a piece of feedback; all of it can give the person away, so all of it is the author."""

    name: str
    function: str
    kind: GiverKind = GiverKind.PEER
    worked_together: str = ""


@dataclass(frozen=True)
class Remark:
    """What a giver saw in one criterion; `rating` 1 to 5, or None: not asked, or can't judge."""

    criterion: str
    situation: str = ""
    did: str = ""
    effect: str = ""
    link: str = ""
    rating: int | None = None
    is_unjudged: bool = False


@dataclass(frozen=True)
class Feedback:
    """One answer; `giver` is None where the reader may not know the author; `advice` is for the next level.

    `is_named_only`: it came with too few others to be read without its name.
    """

    anchor: str
    remarks: tuple[Remark, ...]
    giver: Giver | None = None
    advice: str = ""
    is_named_only: bool = field(default=False, metadata=LATER)


@dataclass(frozen=True)
class PriorGap:
    """What an earlier decision found missing; `answered_by` are anchors that the candidate points to."""

    id: str
    case_code: str
    criterion: str
    sentence: str
    seen: str
    missing: str
    due_on: date | None = None
    answered_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unanswered:
    """Something that was asked and is not there; `subject` is a criterion's id, a function or a gap's id."""

    kind: UnansweredKind
    subject: str


@dataclass(frozen=True)
class RoleFitAnswer:
    """One question of the role-fit sheet, with the candidate's answer."""

    question: str
    answer: str


@dataclass(frozen=True)
class RoleFit:
    """An entry case's sheet, in place of a prior level; `from_role` is what the candidate does now."""

    from_role: str
    answers: tuple[RoleFitAnswer, ...] = ()


@dataclass(frozen=True)
class Case:
    """The facts of the case; `from_level` is None in an entry case, `time_zone` an IANA name for the times shown."""

    code: str
    kind: CaseKind
    cycle: str
    track: str
    to_level: Level
    committee: str
    sealed_at: datetime
    from_level: Level | None = None
    company: str = ""
    session_on: date | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True)
class PacketContent:
    """Everything in a packet. `view` is WHOLE as frozen, else the reader's view that `packet_view.view_of` made."""

    case: Case
    candidate: Person
    ladder: Ladder
    criteria: tuple[Criterion, ...]
    manager: Person | None = None
    former_managers: tuple[Person, ...] = ()
    second_rater: Person | None = None
    evidence: tuple[Evidence, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    coverage: tuple[FunctionHeard, ...] = ()
    panel: tuple[PanelScore, ...] = ()
    prior_gaps: tuple[PriorGap, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    role_fit: RoleFit | None = None
    mutual: MutualVoices | None = field(default=None, metadata=LATER)
    view: str = WHOLE
    format: str = FORMAT
