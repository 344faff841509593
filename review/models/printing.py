"""What is to be printed: one row for each packet view, letter and book, from the asking to the end."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered


class PrintJob(Numbered, Base):
    """A print that was asked for: whose turn it is, who prints it, and how it ended."""

    __tablename__ = "print_job"
    __table_args__ = (
        sa.UniqueConstraint("kind", "subject_id"),
        sa.Index("ix_print_job_state_ended_at", "state", "ended_at"),
    )

    kind: Mapped[str]  # render_packet, render_letter, merge_book: the name of the job
    subject_id: Mapped[int]  # of the packet_file, the letter or the book
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)  # none: a book, of many cases
    share: Mapped[str] = mapped_column(default="")  # of whose batch it is; '': a person waits for it
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, printing, done, failed, given_up
    round: Mapped[int] = mapped_column(default=1)  # how often it was asked for
    tries: Mapped[int] = mapped_column(default=0)  # how often it was begun in this round
    run: Mapped[str] = mapped_column(default="")  # key of the job that has begun it: no other one prints it
    worker: Mapped[str] = mapped_column(default="")
    error: Mapped[str | None]  # why it failed
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
