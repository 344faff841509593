"""Workflow versions: proposed by one person, published by another, then immutable and pinned by cases; drafts."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class WorkflowVersion(Numbered, Base):
    """One version of one track's workflow, resolved (overlays merged) and as written."""

    __tablename__ = "workflow_version"
    __table_args__ = (sa.UniqueConstraint("key", "version"),)

    key: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    # file name -> YAML, the overlay and what it extends; the entry file is `<key>.yaml`. Long: read only to be parsed
    sources: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    digest: Mapped[str] = mapped_column(index=True)  # SHA-256 of the resolved definition's canonical JSON, hex
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    published_at: Mapped[datetime | None]  # None until a second person approves
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class WorkflowDraft(Numbered, Versioned, Base):
    """A workflow file while HR writes it, kept between visits until it is proposed or thrown away."""

    __tablename__ = "workflow_draft"

    base_id: Mapped[int | None] = mapped_column(sa.ForeignKey("workflow_version.id"), unique=True)  # what it began from
    title: Mapped[str]
    source: Mapped[str] = mapped_column(deferred=True)
    started_at: Mapped[datetime]
    started_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
