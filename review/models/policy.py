"""The installation's own policy: what new cycles begin with, proposed by one person and published by another."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class PolicyVersion(Numbered, Base):
    """One version of the installation's policy: only what differs from the shipped one."""

    __tablename__ = "policy_version"

    version: Mapped[int] = mapped_column(unique=True)
    said: Mapped[dict[str, Any]]  # laid over workflows/policy.yaml; empty: as shipped
    digest: Mapped[str]  # SHA-256 of the canonical JSON of `said`, hex
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    published_at: Mapped[datetime | None]  # None until a second person approves
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
