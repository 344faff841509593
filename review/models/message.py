"""Messages: mail to send, written in the transaction that causes it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, index_some


class Message(Numbered, Base):
    """One mail to one person; the key makes it unique, whatever is repeated."""

    __tablename__ = "message"
    __table_args__ = (index_some("ix_message_open", "due_at", rows="sent_at IS NULL"),)

    key: Mapped[str] = mapped_column(unique=True)
    to_person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    template: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    digest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id"), index=True)  # the mail that carries it
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]  # the reader no longer had the right when it was to be sent
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
