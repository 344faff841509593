"""Due dates as a calendar file (RFC 5545): one event on each day, with an alarm the day before."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from review.domain.values import dataclass

LONGEST_LINE = 75
"""Octets of a line, its end not counted (RFC 5545, section 3.1)."""
REFRESH = "PT6H"
"""How often a program that follows a calendar should ask for it again."""
_ESCAPED = re.compile(r"([\\;,])")


@dataclass(frozen=True)
class DueDay:
    """What is due on a day. `uid` stays the same, so that a later file moves the event instead of adding one.

    `summary` and `words` name nobody whom it is about: calendars are shared and shown on locked screens.
    """

    uid: str
    summary: str
    words: str
    link: str
    on_day: date
    stamped_at: datetime


def write_calendar(dues: Iterable[DueDay], *, name: str = "") -> str:
    """Return the file: CRLF line ends, lines folded, text escaped, stamps in UTC.

    Args:
        name: what a program that follows the calendar calls it.
    """
    followed = [f"X-WR-CALNAME:{escape(name)}", f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}"] if name else []
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Dualtrack//Due dates//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *followed,
        *(line for due in dues for line in _event(due)),
        "END:VCALENDAR",
    ]
    return "".join(f"{fold(line)}\r\n" for line in lines)


def _event(due: DueDay) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{escape(due.uid)}",
        f"DTSTAMP:{due.stamped_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{due.on_day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{due.on_day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{escape(due.summary)}",
        f"DESCRIPTION:{escape(due.words)}",
        f"URL:{escape_uri(due.link)}",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT15H",
        f"DESCRIPTION:{escape(due.summary)}",
        "END:VALARM",
        "END:VEVENT",
    ]


def escape(words: str) -> str:
    """Return text as RFC 5545, section 3.3.11 writes it; control characters are dropped, line ends become \\n."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    return _ESCAPED.sub(r"\\\1", kept).replace("\n", "\\n")


def escape_uri(link: str) -> str:
    """Return an address without anything that could end its line."""
    return "".join(c for c in link if unicodedata.category(c) not in ("Cc", "Cs", "Zs", "Zl", "Zp"))


def fold(line: str) -> str:
    """Return a line in parts of at most 75 octets, each next one behind a space; no character is cut in two."""
    parts, part, room = [], "", LONGEST_LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            parts.append(part)
            part, room = "", LONGEST_LINE - 1
        part, room = part + character, room - size
    return "\r\n ".join([*parts, part])
