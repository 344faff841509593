"""Shapes of the demo company: people, roles, cast, cycles and committees, as the content files have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)

Words = Annotated[str, Field(min_length=1)]
Day = int
"""Days from the demo's today, negative is past; `place_day` turns it into a date."""
DaysAgo = Annotated[int, Field(gt=0)]
PersonId = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z]+$")]
"""A person's external id; also the local part of the e-mail."""
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
CriterionId = Key
LevelId = Key


class GlobalRole(StrEnum):
    """Roles outside a case."""

    HR = "hr"
    AUDITOR = "auditor"
    IT_ADMIN = "it_admin"
    EXECUTIVE = "executive"
    APPEALS = "appeals"


@dataclass(frozen=True, slots=True, config=STRICT)
class Company:
    """The company's name and the domain of its e-mail addresses."""

    name: Words
    domain: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class Person:
    """Somebody in the directory, as before the first demo cycle; cases change level and manager from there.

    `id`: the external id. `function`: one of the nine. `manager`: external id, None for the chief executive alone.
    `level` and `since` (days since the level was reached) are set for product people only.
    """

    id: PersonId
    name: Words
    title: Words
    function: Words
    manager: PersonId | None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    zone: Words
    joined: DaysAgo
    level: LevelId | None = None
    since: DaysAgo | None = None

    def joined_on(self, today: date) -> date:
        """Return the first day in the company."""
        return place_day(today, -self.joined)

    def level_since_on(self, today: date) -> date | None:
        """Return the day since which the person holds the level."""
        return None if self.since is None else place_day(today, -self.since)


@dataclass(frozen=True, slots=True, config=STRICT)
class CastMember:
    """A person of the sign-in page and what can be seen as them, in one line."""

    person: PersonId
    can_show: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class CastGroup:
    """The cast of one role, in the order of the sign-in page."""

    group: Words
    members: tuple[CastMember, ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class LadderRef:
    """The ladder and version that both cycles pin."""

    id: Key
    version: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class OptOut:
    """Somebody eligible who said "not now", and why; there is no case then."""

    person: PersonId
    day: Day
    reason: Words


@dataclass(frozen=True, slots=True, config=STRICT)
class Cycle:
    """One promotion round. `key`: what cases refer to. `code`: short, in case codes. `dates`: by the workflow's names.

    `opened_by`: the HR partner who opened it. `closed`: None while it runs.
    """

    key: Key
    code: Words
    name: Words
    is_closed: bool
    opened: Day
    closed: Day | None
    zone: Words
    country: Words
    required_functions: tuple[str, ...]
    dates: Mapping[str, Day]
    opened_by: PersonId
    opt_outs: tuple[OptOut, ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class CommitteeMember:
    """A person on a committee."""

    person: PersonId
    role: Literal["chair", "deputy", "member"]


@dataclass(frozen=True, slots=True, config=STRICT)
class Committee:
    """A committee of one cycle. `meets`: the day of its last session; early cases were decided in earlier ones."""

    key: Key
    cycle: Key
    name: Words
    meets: Day
    members: tuple[CommitteeMember, ...]

    @property
    def chair(self) -> str:
        """Return the chair's external id."""
        return next(member.person for member in self.members if member.role == "chair")

    @property
    def deputy(self) -> str:
        """Return the deputy's external id."""
        return next(member.person for member in self.members if member.role == "deputy")


def place_day(today: date, day: int) -> date:
    """Return the date of a day; a weekend moves away from today: a past day to Friday, a coming one to Monday."""
    on = today + timedelta(days=day)
    if on.weekday() < 5:
        return on
    return on - timedelta(days=on.weekday() - 4) if day <= 0 else on + timedelta(days=7 - on.weekday())
