"""What was decided, the gaps named, the letter, its release, an appeal, and the growth plan after it."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Decision(Numbered, Versioned, Base):
    """A committee's decision; a reopened discussion replaces it and keeps the old row."""

    __tablename__ = "decision"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    outcome: Mapped[str]  # promote, not_yet, defer
    rationale: Mapped[str] = mapped_column(default="")
    dissent: Mapped[list[Any]] = mapped_column(
        default=list
    )  # {person_id, overall, reason} of votes against the outcome
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]  # reopened, or an appeal was granted
    signed_off_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    signed_off_at: Mapped[datetime | None]


class Gap(Numbered, Versioned, Base):
    """What is missing in one criterion, with the day it will be looked at again; it binds the next committee."""

    __tablename__ = "gap"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    criterion_id: Mapped[str]
    sentence: Mapped[str]  # words of the ladder at the target level
    seen: Mapped[str]
    missing: Mapped[str]
    review_on: Mapped[date]
    activity: Mapped[str] = mapped_column(default="")
    named_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    named_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class GapAnswer(Numbered, Versioned, Base):
    """How a later case answers an open gap of an earlier one: met or not met, with an anchor."""

    __tablename__ = "gap_answer"
    __table_args__ = (sa.UniqueConstraint("gap_id", "case_id"),)

    gap_id: Mapped[int] = mapped_column(sa.ForeignKey("gap.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    is_met: Mapped[bool]
    anchor: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")


class Letter(Numbered, Versioned, Base):
    """The answer to the candidate, assembled from the record and edited by people; one that went out stays as it was.

    After a granted appeal the new decision has a letter of its own.
    """

    __tablename__ = "letter"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decision.id"), unique=True)
    body: Mapped[str]  # Markdown
    edited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    updated_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    ready_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_at: Mapped[datetime | None]


class Release(Numbered, Versioned, Base):
    """A batch of letters: one HR partner prepares it, another approves, then all go out together."""

    __tablename__ = "release"

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"), index=True)
    prepared_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    prepared_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class ReleaseRun(Numbered, Base):
    """How far a worker has come with the letters of an approved batch that is too large to go out in one request."""

    __tablename__ = "release_run"

    release_id: Mapped[int] = mapped_column(sa.ForeignKey("release.id"), unique=True)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, running, done, stopped, failed
    ended_at: Mapped[datetime | None]
    total: Mapped[int]  # letters that were approved
    sent: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)  # that could not go out after all, and wait for another batch


class ReleaseItem(Numbered, Base):
    """A case in a batch, and the decision whose letter goes out; of an older one nothing is released."""

    __tablename__ = "release_item"
    __table_args__ = (sa.UniqueConstraint("release_id", "case_id"),)

    release_id: Mapped[int] = mapped_column(sa.ForeignKey("release.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"))


class Appeal(Numbered, Versioned, Base):
    """The candidate's appeal, once, on listed grounds."""

    __tablename__ = "appeal"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    ground: Mapped[str]  # procedure, evidence, conflict
    body: Mapped[str]
    filed_at: Mapped[datetime]
    result: Mapped[str | None]  # granted, dismissed
    reason: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]


class GrowthPlan(Numbered, Versioned, Base):
    """What happens after "not yet", agreed by candidate and manager."""

    __tablename__ = "growth_plan"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), unique=True)
    mentor: Mapped[str] = mapped_column(default="")
    training_budget: Mapped[str] = mapped_column(default="")
    agreed_by_candidate_at: Mapped[datetime | None]
    agreed_by_manager_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class GrowthItem(Numbered, Versioned, Base):
    """One line of a growth plan: an activity, self-rated, maybe with a goal that answers a gap."""

    __tablename__ = "growth_item"

    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("growth_plan.id"), index=True)
    position: Mapped[int]
    gap_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gap.id"))
    activity: Mapped[str]
    skill: Mapped[int | None]  # 1..5, self-rated, as experience and interest
    experience: Mapped[int | None]
    interest: Mapped[int | None]
    goal: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]


class CheckIn(Numbered, Versioned, Base):
    """A dated look at an agreed growth plan: what was done for its activities, in its author's words."""

    __tablename__ = "check_in"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    held_on: Mapped[date]
    lines: Mapped[list[Any]]  # {item, activity, words}: the activity as it was called, whatever becomes of the plan
    next_on: Mapped[date | None]
    written_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    written_at: Mapped[datetime]
    updated_at: Mapped[datetime]
