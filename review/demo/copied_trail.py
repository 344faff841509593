"""The trail of the copies: what happened to the pattern's cases is recorded for each copy, through the one writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.demo.pattern import Copy, Pattern
from review.domain.access import SYSTEM, Actor
from review.domain.values import dataclass
from review.models import AuditEvent, Packet
from review.queries.event_details import read_details
from review.services import audit

WITHOUT = ("packet.rendered", "outside.link", "outside.open")
"""Kinds about what copies do not have: printed files and links of givers from outside."""
DRAFTS = "%.draft"
AT_ONCE = 5_000
TABLES = {
    "appeal": "appeal",
    "check_in": "check_in",
    "committee": "committee",
    "decision": "decision",
    "evidence": "evidence",
    "feedback": "feedback",
    "gap": "gap",
    "growth_plan": "growth_plan",
    "letter": "letter",
    "note": "discussion_note",
    "packet": "packet",
    "panel_score": "panel_score",
    "release": "release",
    "seat": "seat",
}
"""Kind of subject → its table."""
PEOPLE = frozenset({"person", "delegate", "from", "to", "present"})
CASES, COMMITTEE = "cases", ("before", "after")


@dataclass(frozen=True)
class PatternEvent:
    """An event of the pattern with its detail."""

    at: datetime
    kind: str
    actor_id: int | None
    on_behalf_of_id: int | None
    case_id: int | None
    subject_type: str | None
    subject_id: int | None
    detail: Mapping[str, Any]


class CopiedTrail:
    """Records the events of all copies: many at once."""

    def __init__(self, session: Session, pattern: Pattern) -> None:
        self._session, self._pattern = session, pattern
        self._events = _read_events(session)
        self._steps = [
            list(step) for _, step in groupby(self._events, key=lambda e: (e.at, e.actor_id, e.on_behalf_of_id))
        ]

    def record(self, copies: Sequence[Copy], *, now: datetime, tell: Callable[[int, int], None]) -> None:
        """Record everything, in the order in which it happened; what the whole company's people did, in one go."""
        digests = dict(self._session.execute(sa.select(Packet.id, Packet.digest)).all())
        entries: list[audit.Entry] = []
        for done, step in enumerate(self._steps, 1):
            for copy in copies:
                entries += [entry for event in step if (entry := self._copy(event, copy, digests))]
            if len(entries) >= AT_ONCE or done == len(self._steps):
                audit.record_all(self._session, entries, actor=SYSTEM, now=now)
                entries = []
                tell(done, len(self._steps))

    def _copy(self, event: PatternEvent, copy: Copy, digests: Mapping[int, str]) -> audit.Entry | None:
        if event.case_id in copy.dropped:
            return None
        number = self._pattern.number
        case_id = None if event.case_id is None else number("case", event.case_id, copy.number)
        subject = event.subject_id
        if event.subject_type == "person" and subject is not None:
            subject = copy.people[subject]
        elif event.subject_type in TABLES and subject is not None:
            subject = number(TABLES[event.subject_type], subject, copy.number)
        detail = dict(self._detail(event, copy))
        if event.kind == "packet.seal" and subject is not None:
            detail["digest"] = digests[subject]
        return audit.Entry(event.kind, case_id, event.subject_type, subject, detail, _find_actor(event, copy), event.at)

    def _detail(self, event: PatternEvent, copy: Copy) -> Iterator[tuple[str, Any]]:
        number = self._pattern.number
        for key, value in event.detail.items():
            if key in PEOPLE and not isinstance(value, str):
                yield key, [copy.people[each] for each in value] if isinstance(value, list) else copy.people.get(value)
            elif key == CASES:
                yield key, [number("case", each, copy.number) for each in value if each not in copy.dropped]
            elif event.kind == "case.assign_committee" and key in COMMITTEE and value is not None:
                yield key, number("committee", value, copy.number)
            else:
                yield key, value


def _find_actor(event: PatternEvent, copy: Copy) -> Actor:
    """Return who acts in a copy, and for whom."""
    if event.actor_id is None:
        return SYSTEM
    return Actor(
        copy.people[event.actor_id],
        on_behalf_of=None if event.on_behalf_of_id is None else copy.people[event.on_behalf_of_id],
    )


def _read_events(session: Session) -> list[PatternEvent]:
    """Read what happened to cases and committees; drafts and what belongs to the whole company are left out."""
    wanted = (
        sa.or_(AuditEvent.case_id.is_not(None), AuditEvent.subject_type.in_(("committee", "release"))),
        AuditEvent.kind.not_in(WITHOUT),
        AuditEvent.kind.not_like(DRAFTS),
    )
    columns = (
        AuditEvent.at,
        AuditEvent.kind,
        AuditEvent.actor_id,
        AuditEvent.on_behalf_of_id,
        AuditEvent.case_id,
        AuditEvent.subject_type,
        AuditEvent.subject_id,
    )
    rows = session.execute(sa.select(*columns).where(*wanted).order_by(AuditEvent.seq)).all()
    details = read_details(session, *wanted)
    return [PatternEvent(*row, detail=detail.value) for row, detail in zip(rows, details, strict=True)]
