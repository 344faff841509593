"""The divisions of a company of any size: each has the demo company's people over again, under other names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.demo.made_up_names import make_address, make_name
from review.domain.values import dataclass
from review.models import Employment, Person, RoleGrant

COPIED_PEOPLE = "D-_______"
"""A pattern that the external id of everybody in a division fits, and of nobody else in the demo."""
HEADS_A_HEAD = 8
"""How many heads of divisions report to one."""
LEAVERS, NEW_MANAGERS = 0.02, 0.04
"""Shares of those who left, and of those whose manager changed, where no cases are."""
CHANGED_WITHIN = range(20, 320)
"""How many days ago they did."""
_CHIEF = re.compile(r"^Chief (.+) Officer$")
Values = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """Somebody of the pattern with what was true of them from when to when; `depth` counts managers above."""

    values: Values
    history: tuple[Values, ...]
    depth: int

    @property
    def id(self) -> int:
        """Return the number in the pattern."""
        return int(self.values["id"])


@dataclass(frozen=True)
class Division:
    """The people of one copy as rows, and how the pattern's people are called in it."""

    number: int
    people: list[Values]
    history: list[Values]
    names: dict[str, str]


class Divisions:
    """Makes the people of one division after the other, the same for the same seed."""

    def __init__(self, session: Session, *, domain: str, today: date, seed: int) -> None:
        self.members = _read_members(session)
        self.stride = max(member.id for member in self.members)
        self.size = sum(not member.values["is_external"] for member in self.members)
        self.holders = frozenset(session.scalars(sa.select(RoleGrant.person_id)))
        self._managers = sorted({m.values["manager_id"] for m in self.members if m.values["manager_id"]})
        self._domain, self._today = domain, today
        self._lots = Random(seed)  # noqa: S311 - a demo's lots, not a secret

    def number(self, person: int, division: int) -> int:
        """Return the number of a person of the pattern in a division."""
        return person + division * self.stride

    def play_parts(self, division: int) -> dict[int, int]:
        """Map the pattern's people to who plays their part in the division's cases; HR and the like are everybody's."""
        return {
            member.id: member.id if member.id in self.holders else self.number(member.id, division)
            for member in self.members
        }

    def make(self, number: int, count: int, *, has_cases: bool) -> Division:
        """Make a division of so many people, from its head down; somebody from outside comes only with cases."""
        here = [member for member in self.members if not member.values["is_external"]][:count]
        outside = [member for member in self.members if member.values["is_external"] and has_cases]
        division = Division(number, [], [], {})
        for member in (*here, *outside):
            self._add(division, member)
        if not has_cases:
            self._let_time_pass(division)
        return division

    def _add(self, division: Division, member: Member) -> None:
        first, last = make_name(self._lots)
        old = member.values
        number, manager = self.number(member.id, division.number), self._manager(old["manager_id"], division.number)
        email = make_address(first, last, number, self._domain) if old["email"] else None
        title = _CHIEF.sub(r"Head of \1, division " + str(division.number), old["title"])
        own = {"external_id": f"D-{number:07d}", "name": f"{first} {last}", "email": email, "title": title}
        division.people.append({**old, **own, "id": number, "manager_id": manager, "version": 1})
        for row in member.history:
            above = self._manager(row["manager_id"], division.number)
            division.history.append({**row, "person_id": number, "manager_id": above, "title": title})
        division.names.setdefault(old["name"], f"{first} {last}")
        division.names.setdefault(old["name"].split()[0], first)

    def _manager(self, manager: int | None, division: int) -> int:
        """Return the manager's number; the head of a division reports to the head of another one."""
        if manager is None:
            return self.number(self.members[0].id, (division - 1) // HEADS_A_HEAD)
        return self.number(manager, division)

    def _let_time_pass(self, division: Division) -> None:
        """Let some of those who lead nobody leave, and some have had another manager before."""
        is_leading = {row["manager_id"] for row in division.people}
        there = {row["id"] for row in division.people}
        managers = [number for each in self._managers if (number := self.number(each, division.number)) in there]
        rows = {row["person_id"]: row for row in division.history}
        for person in division.people:
            lot, day = self._lots.random(), self._today - timedelta(days=self._lots.choice(CHANGED_WITHIN))
            last = rows[person["id"]]
            if person["id"] in is_leading or day <= last["from_on"]:
                continue
            if lot < LEAVERS:
                person.update(is_active=False, left_on=day)
                last["until_on"] = day
            elif lot < LEAVERS + NEW_MANAGERS:
                division.history.append({**last, "manager_id": self._lots.choice(managers), "until_on": day})
                last["from_on"] = day


def _read_members(session: Session) -> list[Member]:
    """Read everybody of the pattern, managers before their reports."""
    people = {row["id"]: dict(row) for row in session.execute(sa.select(Person.__table__)).mappings()}
    history: dict[int, list[Values]] = {}
    for row in session.execute(sa.select(Employment.__table__).order_by(Employment.from_on, Employment.id)).mappings():
        history.setdefault(row["person_id"], []).append({key: value for key, value in row.items() if key != "id"})
    members = [
        Member({**values, "password_hash": None}, tuple(history.get(number, ())), len(list(_above(values, people))))
        for number, values in people.items()
    ]
    return sorted(members, key=lambda member: (member.values["is_external"], member.depth, member.id))


def _above(values: Values, people: dict[int, Values]) -> Iterator[int]:
    while values["manager_id"] is not None:
        values = people[values["manager_id"]]
        yield values["id"]


def shares(people: int, size: int) -> Sequence[int]:
    """Part so many people into divisions of a size, the last one smaller."""
    whole, rest = divmod(people, size)
    return [size] * whole + ([rest] if rest else [])
