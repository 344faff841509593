"""The report of a committee's session, to print: three decided cases and one that is still open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from review.domain.session_sheet import (
    OpenCase,
    SessionSheet,
    SheetCase,
    SheetChange,
    SheetGap,
    SheetMember,
    SheetTally,
)
from tests.packet.samples import SENIOR, STAFF

NAMES = ("Mika Saar", "Omar Haddad", "Ruta Meškauskienė", "Aya Tanaka", "Jonas Weil")
CRITERIA = ("Hard skills", "Cross-functionality", "Leadership", "Accountability")


def _at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 26, hour, minute, tzinfo=UTC)


FIRST = SheetCase(
    "PR-2026-017",
    "Ilse Marchetti",
    "Product",
    STAFF,
    "not_yet",
    _at(9, 41),
    "Letter is written",
    SENIOR,
    on_at=_at(9, 4),
    split=(2, 3, 0),
    tallies=(
        *(SheetTally(name, (0, 0, 2, 3, 0)) for name in CRITERIA[:3]),
        SheetTally(CRITERIA[3], (0, 1, 0, 2, 1), 1),
    ),
    present=NAMES,
    out=("Hana Vranić",),
    reasons="What was *built* convinced us. What we did not see is the second partner.",
    changes=(SheetChange("Leadership", 4, 3, "weaker", "One colleague, followed for half a year.", NAMES[2]),),
    gaps=(
        SheetGap(
            "Cross-functionality",
            "Brings together functions whose goals differ, and the agreement holds.",
            "A plan that two partners signed, and kept for a quarter.",
            date(2027, 6, 1),
        ),
    ),
)
SECOND = SheetCase(
    "PR-2026-021",
    "Wenche Alm",
    "Product",
    STAFF,
    "promote",
    _at(10, 2),
    "Letter is written",
    SENIOR,
    is_together=True,
    split=(5, 0, 0),
    tallies=tuple(SheetTally(name, (0, 0, 0, 4, 1)) for name in CRITERIA),
    present=NAMES,
    out=(),
    reasons="The packet shows what is asked.",
)


def session_sheet() -> SessionSheet:
    """Return the report as its chair reads it."""
    return SessionSheet(
        committee="Product committee",
        cycle="Autumn 2026",
        company="Skarvsund Ferries",
        reader=NAMES[2],
        time_zone="Europe/Stockholm",
        quorum=3,
        members=tuple(
            SheetMember(name, "Product", "chair" if name == NAMES[2] else "member") for name in (*NAMES, "Hana Vranić")
        ),
        cases=(
            FIRST,
            SECOND,
            replace(SECOND, code="PR-2026-030", candidate="Bo Ek", outcome="defer", on_at=_at(9, 50)),
        ),
        open=(OpenCase("PR-2026-031", "Noor Abdi", "Votes are revealed"),),
        announced_on=date(2026, 12, 4),
        effective_on=date(2027, 1, 1),
    )
