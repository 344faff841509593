"""People, their history in the company, the roles they hold in it, and their sign-ins."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review.models.base import Base, Numbered, Versioned


class Person(Numbered, Versioned, Base):
    """Somebody in the directory; deactivated rather than deleted."""

    __tablename__ = "person"
    __table_args__ = (  # the directory is paged by name, searched in its words, and parted by function
        sa.Index("ix_person_listed", "is_active", "name", "id", "title", "function"),
        sa.Index("ix_person_active_function", "is_active", "function"),
    )

    external_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    email: Mapped[str | None] = mapped_column(unique=True)  # kept in lower case
    title: Mapped[str] = mapped_column(default="")
    function: Mapped[str] = mapped_column(default="", index=True)
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    level_id: Mapped[str | None]  # id of a level on the ladder
    level_since_on: Mapped[date | None]
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]
    is_active: Mapped[bool] = mapped_column(default=True, index=True)
    is_external: Mapped[bool] = mapped_column(default=False)  # a giver from outside: never active, in no directory
    country: Mapped[str | None]  # ISO 3166 alpha-2, for the working-day calendar
    zone: Mapped[str | None]  # IANA name; None means the cycle's
    locale: Mapped[str | None]
    quiet_from: Mapped[int | None]  # full hours in the person's zone between which no mail comes; None: none
    quiet_until: Mapped[int | None]
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)


class Employment(Numbered, Base):
    """What was true of a person from one day to another: manager, title, function, level."""

    __tablename__ = "employment"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(default="")
    function: Mapped[str] = mapped_column(default="")
    level_id: Mapped[str | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # first day on which it no longer holds


class RoleGrant(Numbered, Base):
    """A role in the whole company: hr, auditor, it_admin, executive or appeals."""

    __tablename__ = "role_grant"
    __table_args__ = (sa.UniqueConstraint("person_id", "role"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str]
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    granted_at: Mapped[datetime]


class SignIn(Numbered, Base):
    """One signed-in browser; only the hash of its token is kept, and it is looked up at each request."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]  # when the person last proved who they are; None: when it was opened
    browser: Mapped[str] = mapped_column(default="", server_default="")  # its kind, as “firefox linux”
    issuer: Mapped[str | None]  # the identity provider, its name of the person and of its own session
    subject: Mapped[str | None] = mapped_column(index=True)
    provider_session: Mapped[str | None] = mapped_column(index=True)
    token_before: Mapped[str | None] = mapped_column(index=True)  # the hash that a proof has replaced
    before_until_at: Mapped[datetime | None]  # until then it still opens: for pages that were on their way


class SignInAttempt(Numbered, Base):
    """A failed sign-in, counted for the rate limit and swept away afterwards."""

    __tablename__ = "sign_in_attempt"

    account: Mapped[str] = mapped_column(index=True)  # the e-mail that was typed, in lower case
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
