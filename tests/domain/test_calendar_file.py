"""Calendar files: every line fits, every text comes back as it was, nothing typed becomes a property."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from review.domain.calendar_file import LONGEST_LINE, DueDay, escape, fold, write_calendar

STAMP = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def unfold(file: str) -> list[str]:
    """Read lines back as RFC 5545 says."""
    return file.replace("\r\n ", "").split("\r\n")[:-1]


def unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def write(summary: str = "Feedback is due", words: str = "Open it.", link: str = "https://x.example/feedback/3") -> str:
    return write_calendar([DueDay("feedback-3@x.example", summary, words, link, date(2026, 11, 23), STAMP)])


def test_the_whole_file() -> None:
    assert write("Feedback; due, now").split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Dualtrack//Due dates//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:feedback-3@x.example",
        "DTSTAMP:20261116T090000Z",
        "DTSTART;VALUE=DATE:20261123",
        "DTEND;VALUE=DATE:20261124",
        "SUMMARY:Feedback\\; due\\, now",
        "DESCRIPTION:Open it.",
        "URL:https://x.example/feedback/3",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT15H",
        "DESCRIPTION:Feedback\\; due\\, now",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])), st.text())
def test_text_comes_back_and_adds_no_line(summary: str, words: str) -> None:
    file = write(summary, words)
    lines = unfold(file)
    assert len(lines) == 22
    assert unescape(lines[10].removeprefix("SUMMARY:")) == summary
    assert all(len(line.encode()) <= LONGEST_LINE for line in file.split("\r\n"))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=400))
def test_a_folded_line_is_the_line(line: str) -> None:
    assert fold(line).replace("\r\n ", "") == line


@given(st.text())
def test_nothing_ends_a_line(words: str) -> None:
    assert not set(escape(words)) & {"\r", "\n", "\0"}


@given(st.text())
def test_an_address_ends_no_line(link: str) -> None:
    assert len(unfold(write(link=link))) == 22
