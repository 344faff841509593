"""Cases: one person's promotion in a cycle, where it stands in its workflow, and what is due."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned, index_some


class Case(Numbered, Versioned, Base):
    """One person's promotion in one cycle. Only services/transitions writes state, phase and outcome."""

    __tablename__ = "case"
    __table_args__ = (
        sa.UniqueConstraint("cycle_id", "candidate_id"),
        sa.Index("ix_case_cycle_code", "cycle_id", "code", "id"),
        sa.Index("ix_case_cycle_level", "cycle_id", "to_level_id"),
        sa.Index("ix_case_cycle_stage", "cycle_id", "state", "workflow_version_id"),
        sa.Index(
            *("ix_case_cycle_due", "cycle_id", "due_at", "code", "id", "closed_at", "moved_at", "created_at"),
            *("state", "workflow_version_id", "sought"),
        ),  # all that tells which cases stand on a page, so that none of the others is looked at
        sa.Index("ix_case_cycle_moved", "cycle_id", "moved_at", "created_at", "closed_at", "due_at", "code", "sought"),
        sa.Index("ix_case_cycle_open", "cycle_id", "closed_at", "committee_id", "phase"),
        sa.Index("ix_case_committee_open", "committee_id", "closed_at"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"))
    workflow_version_id: Mapped[int] = mapped_column(sa.ForeignKey("workflow_version.id"), index=True)
    candidate_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[str]  # promotion, track_change, entry
    track_id: Mapped[str]
    from_level_id: Mapped[str | None]  # None for an entry case
    to_level_id: Mapped[str]
    nominated_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    nomination: Mapped[str]  # own, manager, opt_out
    nomination_reason: Mapped[str] = mapped_column(default="")
    role_fit: Mapped[dict[str, Any]] = mapped_column(default=dict)  # entry cases: question id -> answer
    committee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("committee.id"))
    second_rater_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[str]  # of the main machine; also a row of case_token
    phase: Mapped[str]
    outcome: Mapped[str | None]
    moves: Mapped[int] = mapped_column(default=0)  # counts every move of a token, so that no two entries share a number
    due_at: Mapped[datetime | None]  # of the main token, kept by triggers, as `sought`: models/kept_columns
    sought: Mapped[str] = mapped_column(default="", server_default="")  # code, candidate's name, title, function
    moved_at: Mapped[datetime | None]  # the last move of the case, its requests and its seats; None: not since it began
    vote_round: Mapped[int] = mapped_column(default=0)
    present_ids: Mapped[list[Any]] = mapped_column(default=list)  # members in the room, by person id
    shuffle_seed: Mapped[int]  # order of feedback, fixed for good
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CaseToken(Numbered, Base):
    """Where one region of a case stands: `main`, and the regions of its state."""

    __tablename__ = "case_token"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "region"),
        sa.Index("ix_case_token_region_state", "region", "state"),
        sa.Index("ix_case_token_place", "case_id", "region", "state"),  # where a case stands, out of the index alone
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    region: Mapped[str]
    state: Mapped[str]
    entered_at: Mapped[datetime]
    entry: Mapped[int] = mapped_column(default=1)  # the case's move that led here; timers belong to one entry
    due_at: Mapped[datetime | None]
    is_extended: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # HR gave it a later day


class Timer(Numbered, Base):
    """Something to happen by itself: a notice to roles, or an action fired as `system`."""

    __tablename__ = "timer"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "place", "entry", "what", "n"),
        index_some("ix_timer_open", "due_at", rows="done_at IS NULL"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    place: Mapped[str]  # region, or `feedback:12`, `seat:7`
    entry: Mapped[int]
    what: Mapped[str]  # index of the timer in its state and what it does, e.g. `0:notify:packet_reminder`
    n: Mapped[int]  # which repeat, from 1
    spec: Mapped[dict[str, Any]]  # notify, template, fire, every, times as in the definition
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class CaseNote(Numbered, Base):
    """What somebody wrote with an action, e.g. why a self-review went back."""

    __tablename__ = "case_note"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    action: Mapped[str]
    phase: Mapped[str]  # of the case before the action; who may read the note follows from it
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    body: Mapped[str]
    at: Mapped[datetime]


class RequestKey(Numbered, Base):
    """A rendered form's key, kept once its submission took effect, so that a second submission does nothing."""

    __tablename__ = "request_key"

    key: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(index=True)
