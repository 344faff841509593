"""Asking for one's own data: the day of the answer, what can be done with a request, and what is wrong with a form."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from review.domain.bundle import Entry, Rule, Section, find_words
from review.domain.errors import Fault
from review.domain.text import Text, text

LONGEST_REASON = 1_000
LONGEST_WORDS = 2_000


class State(StrEnum):
    """Where a request stands."""

    GATHERING = "gathering"
    REVIEW = "review"
    RELEASING = "releasing"
    RELEASED = "released"
    REMOVED = "removed"


OPEN = frozenset({State.GATHERING, State.REVIEW, State.RELEASING})
"""Not answered yet."""
RUNNING = frozenset({State.GATHERING, State.RELEASING})
"""A job is at work."""

SECTION_NAMES: Mapping[Section, Text] = {
    Section.RECORD: text("What the directory says of you"),
    Section.HISTORY: text("What was true when: title, function, level"),
    Section.ACCESS: text("Roles and sign-ins"),
    Section.CASES: text("Your cases"),
    Section.OWN_WORDS: text("What you wrote"),
    Section.RESULTS: text("What you were told: ratings, letters, gaps, growth plan"),
    Section.PARTS: text("Your parts in other people's cases"),
    Section.MAILS: text("Mails that were sent to you"),
    Section.ACTS: text("What you did here, and what was done to your record"),
    Section.PRIVACY: text("Your earlier requests"),
}
RULE_WORDS: Mapping[Rule, Text] = {
    Rule.FEEDBACK: text(
        "Feedback about you: neither the words nor who wrote them. Colleagues were told who reads it before they "
        "wrote; you read the summary."
    ),
    Rule.VOTES: text("Votes and the notes of a committee, whether there are any or not."),
    Rule.RATINGS: text("Ratings of you other than the final one, and the final one before your decision is told."),
    Rule.DECISION: text("A decision, its reasons and its letter before they are told, whether there are any or not."),
    Rule.DRAFTS: text("Other people's drafts."),
    Rule.NAMES: text("Names of other people, other than in texts that you wrote yourself about something else."),
    Rule.OFFICE: text("What you wrote in an office about somebody else's case, beside your feedback and ratings."),
    Rule.CONFLICTS: text("Conflicts that others declared or set."),
    Rule.RECORD: text("Who did what in the record, and its details; what you did yourself is there."),
    Rule.SECRETS: text("Passwords and keys: only what cannot be turned back is kept of them."),
}


def add_months(day: date, months: int) -> date:
    """Return the same day some months later; the last day of a month that is too short."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def find_faults(entry: Entry, words: str, reason: str) -> list[Fault]:
    """Return what is wrong with taking words, or all, out of an entry."""
    faults = []
    if words and not find_words(entry, words):
        faults.append(Fault(text("These words do not stand in the entry, sign for sign"), field="words"))
    if len(words) > LONGEST_WORDS:
        faults.append(
            Fault(text("This is too long"), text("at most %(count)s signs", count=LONGEST_WORDS), field="words")
        )
    if not reason.strip():
        faults.append(Fault(text("Please fill this in"), field="reason"))
    elif len(reason) > LONGEST_REASON:
        expected = text("at most %(count)s signs", count=LONGEST_REASON)
        faults.append(Fault(text("This is too long"), expected, field="reason"))
    return faults
