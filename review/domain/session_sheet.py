"""The report of a committee's session for print: who was there and what became of each case, for one reader."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from pydantic import TypeAdapter

from review.domain.canonical_json import canonical_json, digest
from review.domain.packet_json import plain, read_checked
from review.domain.packet_terms import Level
from review.domain.values import dataclass

REPORT_FORMAT = "session/1"


@dataclass(frozen=True)
class SheetMember:
    """Somebody on the committee; `role` is member, chair or deputy."""

    name: str
    function: str
    role: str


@dataclass(frozen=True)
class SheetTally:
    """The votes on one criterion in the last round: how many gave 1, 2, 3, 4, 5, and how many could not tell."""

    criterion: str
    counts: tuple[int, ...]
    unable: int = 0


@dataclass(frozen=True)
class SheetChange:
    """A rating that the committee changed; `code` is the kind of reason."""

    criterion: str
    before: int | None
    value: int | None
    code: str
    reason: str
    who: str


@dataclass(frozen=True)
class SheetGap:
    """Something that is missing, by when it is looked at again."""

    criterion: str
    sentence: str
    missing: str
    review_on: date


@dataclass(frozen=True)
class SheetCase:
    """A decided case, in the order in which the committee came to it.

    `on_at` is when it came on in a led session; `is_together`: decided with others that all votes agreed on. What is
    None the reader may not know: `split` (how often promote, not yet and defer were given), `present` (who was in the
    room), `out` (who was out of the case), `reasons`.
    """

    code: str
    candidate: str
    function: str
    to_level: Level
    outcome: str
    decided_at: datetime
    state: str
    from_level: Level | None = None
    on_at: datetime | None = None
    is_together: bool = False
    split: tuple[int, ...] | None = None
    tallies: tuple[SheetTally, ...] = ()
    present: tuple[str, ...] | None = None
    out: tuple[str, ...] | None = None
    reasons: str | None = None
    changes: tuple[SheetChange, ...] = ()
    gaps: tuple[SheetGap, ...] = ()


@dataclass(frozen=True)
class OpenCase:
    """A case of the committee that is not decided yet, and where it stands."""

    code: str
    candidate: str
    state: str


@dataclass(frozen=True)
class SessionSheet:
    """The whole report, for one reader."""

    committee: str
    cycle: str
    company: str
    reader: str
    time_zone: str
    quorum: int
    members: tuple[SheetMember, ...] = ()
    cases: tuple[SheetCase, ...] = ()
    open: tuple[OpenCase, ...] = ()
    announced_on: date | None = None
    effective_on: date | None = None
    format: str = REPORT_FORMAT

    @property
    def outcomes(self) -> dict[str, int]:
        """Return how many cases came to each outcome."""
        found = [each.outcome for each in self.cases]
        return {each: found.count(each) for each in dict.fromkeys(found)}

    @property
    def began_at(self) -> datetime | None:
        """Return when the first case came on, or was decided where none was led."""
        return min((each.on_at or each.decided_at for each in self.cases), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """Return when the last case was decided."""
        return max((each.decided_at for each in self.cases), default=None)


def write_sheet(sheet: SessionSheet) -> bytes:
    """Return the report's canonical JSON."""
    return canonical_json(plain(sheet))


def read_sheet(sheet_json: bytes) -> SessionSheet:
    """Read a report back from its JSON; raises Invalid with every fault at once."""
    return read_checked(_sheets(), sheet_json)


def sheet_path(committee_id: int, reader_id: int, sheet_json: bytes) -> str:
    """Return where a printed report is kept below the files folder: other content or another reader, another place."""
    return f"reports/{committee_id}/{reader_id}-{digest(sheet_json)[:16]}.pdf"


@cache
def _sheets() -> TypeAdapter[SessionSheet]:
    return TypeAdapter(SessionSheet)
