"""Decided cases by the hundred, each with its own letter, as like one another as copies are."""

from __future__ import annotations

from bench.many_cases import copy_cases, copy_row
from review.models import Decision, Letter
from tests.committee_room import Room


def copy_letters(room: Room, count: int, *, first: int = 1, is_ready: bool = True) -> list[int]:
    """Copy a decided case whose letter is ready so many times, with decision and letter; return the copies' numbers.

    Their codes are 2026A-X001 … from `first` on, so that they come after every other one.
    """
    session = room.session
    codes = [{"code": f"2026A-X{number:03d}"} for number in range(first, first + count)]
    copied = copy_cases(session, room.case, "Extra", codes, first=first)
    decisions = copy_row(session, Decision, Decision.case_id == room.case_id, [{"case_id": each} for each in copied])
    letters = [
        {"case_id": case_id, "decision_id": decision, **({} if is_ready else {"ready_at": None})}
        for case_id, decision in zip(copied, decisions, strict=True)
    ]
    copy_row(session, Letter, Letter.case_id == room.case_id, letters)
    session.commit()
    return copied
