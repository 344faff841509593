"""What a company's directory says of a person or a group, and how what it says may be refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from review.domain.errors import ReviewError
from review.domain.values import dataclass


class Taken(ReviewError):
    """Somebody, or some group, has this name or number already."""


@dataclass(frozen=True)
class DirectoryPerson:
    """A person as the directory has them; `document` is all that it sent, `manager_id` a person's number here.

    `is_active` is None where it says nothing of it: who is here stays, who has left stays away.
    """

    user_name: str
    external_id: str | None
    name: str
    email: str | None
    title: str
    function: str
    manager_id: int | None
    is_active: bool | None
    document: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class DirectoryGroup:
    """A group as the directory has it, with the numbers of its members."""

    name: str
    external_id: str | None
    member_ids: tuple[int, ...] = ()
