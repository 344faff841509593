"""How a people file is read, and how far a look at it, or the taking in, may be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, PersonField
from review.domain.values import dataclass


class ImportState(StrEnum):
    """Where a people file is; all but the first three are the end.

    One that is looked at is LOOKING and then LOOKED; one that is confirmed begins anew, and is taken in.
    """

    LOOKING = "looking"
    WAITING = "waiting"
    RUNNING = "running"
    LOOKED = "looked"
    DONE = "done"
    MOVED = "moved"
    GONE = "gone"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Reading:
    """A file by its digest and name, and how it is to be read."""

    digest: str
    name: str
    mapping: Mapping[PersonField, str]
    order: DateOrder
    scope: Scope

    def as_data(self) -> dict[str, Any]:
        """Return how it is read as values that JSON can hold."""
        mapping = {field.value: column for field, column in self.mapping.items()}
        return {"mapping": mapping, "order": self.order.value, "scope": self.scope.value}

    @classmethod
    def from_data(cls, digest: str, name: str, data: Mapping[str, Any]) -> Reading:
        """Return a reading that was kept."""
        mapping = {PersonField(field): str(column) for field, column in data["mapping"].items()}
        return cls(digest, name, mapping, DateOrder(data["order"]), Scope(data["scope"]))
