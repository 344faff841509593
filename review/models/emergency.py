"""Emergency access: somebody who is out of a case is let in to read it, by somebody else, for a day."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class EmergencyAccess(Numbered, Versioned, Base):
    """One request, with its answer; nothing of it is deleted."""

    __tablename__ = "emergency_access"

    code: Mapped[str]  # the case as it was named; kept also where there is none of that name
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    is_granted: Mapped[bool | None]  # None until it is answered
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # before its time
