"""Cycles: one promotion round each, with its dates, tracks and required functions."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Cycle(Numbered, Versioned, Base):
    """One promotion round; what it pins is frozen when it opens."""

    __tablename__ = "cycle"

    code: Mapped[str] = mapped_column(unique=True)  # short, in case codes, e.g. 2026A
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")  # draft, open, closed
    zone: Mapped[str] = mapped_column(default="UTC")
    country: Mapped[str | None]  # whose public holidays are no working days
    ladder_version_id: Mapped[int] = mapped_column(sa.ForeignKey("ladder_version.id"))
    required_functions: Mapped[list[Any]]  # names of functions; at least so many must be heard as the workflow asks
    policy: Mapped[dict[str, Any]]  # conflict kinds, ballot, thresholds, switches, as in workflows/policy.yaml
    date_rules: Mapped[dict[str, Any]] = mapped_column(default=dict)  # name -> rule, see domain.date_rules
    eligibility: Mapped[dict[str, Any]] = mapped_column(default=dict)  # see domain.eligibility_rules
    opened_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    case_count: Mapped[int] = mapped_column(default=0)  # also numbers the cases


class CycleDate(Numbered, Base):
    """A named day of a cycle, e.g. calibration_date."""

    __tablename__ = "cycle_date"
    __table_args__ = (sa.UniqueConstraint("cycle_id", "name"),)

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"))
    name: Mapped[str]
    on_day: Mapped[date]


class CycleWorkflow(Numbered, Base):
    """Which workflow version the cases of a track follow in a cycle."""

    __tablename__ = "cycle_workflow"
    __table_args__ = (sa.UniqueConstraint("cycle_id", "track_id"),)

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"))
    track_id: Mapped[str]  # track of the target level on the ladder
    workflow_version_id: Mapped[int] = mapped_column(sa.ForeignKey("workflow_version.id"))


class OptOut(Numbered, Base):
    """An eligible person said "not now"; the reason is for the manager's manager."""

    __tablename__ = "opt_out"
    __table_args__ = (sa.UniqueConstraint("cycle_id", "person_id"),)

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    at: Mapped[datetime]


class EligibilityRuling(Numbered, Base):
    """HR lets somebody into a cycle, or leaves them out, whatever its rules say; the reason is for HR."""

    __tablename__ = "eligibility_ruling"
    __table_args__ = (sa.UniqueConstraint("cycle_id", "person_id"),)

    cycle_id: Mapped[int] = mapped_column(sa.ForeignKey("cycle.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    ruling: Mapped[str]  # in, out
    reason: Mapped[str]
    ruled_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    ruled_at: Mapped[datetime]
