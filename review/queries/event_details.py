"""The one way to read the detail of events: the sealed columns come with the key in the reader's own statement."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.sealed_detail import Sealed, derive_keys, open_detail, unwrap_key
from review.domain.values import dataclass
from review.models import AuditEvent, PersonKey


class DetailState(StrEnum):
    """Whether a detail can be read; `changed` is for one whose key is there and does not open it."""

    OPEN = "open"
    ERASED = "erased"
    CHANGED = "changed"


@dataclass(frozen=True)
class Detail:
    """The detail of an event; empty where it cannot be read."""

    state: DetailState
    value: Mapping[str, Any]

    @property
    def is_open(self) -> bool:
        """Tell whether the detail could be read."""
        return self.state is DetailState.OPEN


Events = sa.Select[*tuple[Any, ...]]
ERASED, CHANGED = Detail(DetailState.ERASED, {}), Detail(DetailState.CHANGED, {})


class SealedRow(NamedTuple):
    """What a detail is opened from, in the order of SEALED."""

    seq: int
    kind: str
    key_person_id: int | None
    wrapped: bytes | None
    blob: bytes
    hash: str


SEALED = (
    AuditEvent.seq,
    AuditEvent.kind,
    AuditEvent.key_person_id,
    PersonKey.wrapped,
    AuditEvent.sealed_detail,
    AuditEvent.detail_hash,
)
"""The columns that a statement takes along; it goes through `with_keys`."""


def with_keys(statement: Events) -> Events:
    """Join the keys of people to a statement on events."""
    return statement.outerjoin(PersonKey, PersonKey.person_id == AuditEvent.key_person_id)


class Opener:
    """Opens details with the keys of one installation; rows of one person that follow each other share a key."""

    def __init__(self, audit_key: str) -> None:
        self._keys = derive_keys(audit_key)
        self._last: tuple[int, bytes, bytes | None] | None = None

    def open(self, row: SealedRow) -> Detail:
        """Return the detail of an event, or why it cannot be read."""
        if row.key_person_id is None:
            key: bytes | None = self._keys.installation
        elif row.wrapped is None:
            return ERASED
        else:
            key = self._unwrap(row.key_person_id, row.wrapped)
        found = None if key is None else open_detail(Sealed(row.blob, row.hash), key=key, seq=row.seq, kind=row.kind)
        return CHANGED if found is None else Detail(DetailState.OPEN, found)

    def _unwrap(self, person_id: int, wrapped: bytes) -> bytes | None:
        if self._last is None or self._last[:2] != (person_id, wrapped):
            self._last = (person_id, wrapped, unwrap_key(wrapped, person_id=person_id, wrapping=self._keys.wrapping))
        return self._last[2]


def make_opener(session: Session) -> Opener:
    """Return what opens the details of this session's installation."""
    return Opener(session.connection().get_execution_options()["audit_key"])


def read_details(session: Session, *where: sa.ColumnElement[bool]) -> list[Detail]:
    """Return the details of events, in the order of the trail; one statement, however many they are."""
    opener = make_opener(session)
    rows = session.execute(with_keys(sa.select(*SEALED)).where(*where).order_by(AuditEvent.seq))
    return [opener.open(SealedRow(*row)) for row in rows]
