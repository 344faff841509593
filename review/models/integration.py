"""What other programs are let do and told: tokens of the API, hooks that are called, and each call."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, index_some


class ApiToken(Numbered, Base):
    """A token by which a program acts as its owner, within its scopes; only its hash is kept."""

    __tablename__ = "api_token"

    name: Mapped[str]
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    made_at: Mapped[datetime]
    until_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    counted_minute: Mapped[int | None]  # since 1970; the minute that `counted` is about
    counted: Mapped[int] = mapped_column(default=0, server_default="0")  # calls that processes took in that minute


class Hook(Numbered, Base):
    """An address that is called when something happens; the secret that signs is derived from `salt`, never kept."""

    __tablename__ = "hook"

    name: Mapped[str]
    form: Mapped[str]  # events, slack or teams
    address: Mapped[str]
    kinds: Mapped[list[Any]]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    salt: Mapped[str]
    made_at: Mapped[datetime]
    seen_seq: Mapped[int] = mapped_column(default=0)  # events of the record up to this one have been looked at
    told_on: Mapped[date | None]  # the day of the last digest
    off_at: Mapped[datetime | None]
    off_why: Mapped[str] = mapped_column(default="")


class HookDelivery(Numbered, Base):
    """One message to one address, with the same key however often it is tried."""

    __tablename__ = "hook_delivery"
    __table_args__ = (
        index_some("ix_hook_delivery_open", "due_at", rows="ended_at IS NULL"),
        sa.UniqueConstraint("hook_id", "occasion"),
    )

    key: Mapped[str] = mapped_column(unique=True)
    hook_id: Mapped[int] = mapped_column(sa.ForeignKey("hook.id"))
    occasion: Mapped[str]  # what it is about: an event's number, the day of a digest, a test
    kind: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    about_id: Mapped[int | None]  # the number of the cycle or of the batch of letters
    happened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[int | None]  # the last status that the address answered with
    error: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")  # sent, dropped or given_up, once it has ended
