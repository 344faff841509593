"""What is typed into a search for people, as conditions that the database can answer."""

from __future__ import annotations

import string
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from review.models import Case, Person

MOST_WORDS = 6
MOST_SEARCHED = 300
"""Signs of a search that are looked at; no name is longer, and no database takes a pattern of any length."""
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_MEANT_OTHERWISE = frozenset("%_\\")
"""The signs that stand for others in a pattern."""


def is_here(person: Any) -> sa.ColumnElement[bool]:
    """Match who works here among a few people that are found by something else.

    SQLite takes the plain column for the best way to them, and goes through everybody who is here.

    Args:
        person: Person, or an alias of it.
    """
    return sa.func.coalesce(person.is_active, sa.false())


def match_words(words: str) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which somebody fits what is typed: each word is in their name, title or function."""
    return [has_word(word) for word in split_words(words)]


def split_words(words: str) -> list[str]:
    """Return the words to look for; what is typed beyond the limits is left out."""
    return words[:MOST_SEARCHED].split()[:MOST_WORDS]


def has_word(word: str) -> sa.ColumnElement[bool]:
    """Match one word in any capitals in what people are found by."""
    everything = Person.name + " " + Person.title + " " + Person.function
    return sa.or_(*(_holds_in_any_capitals(everything, spelling) for spelling in _spell(word)))


def names_case(word: str) -> sa.ColumnElement[bool]:
    """Match one word in any capitals in what a case is found by: its code, and its candidate as has_word() does."""
    return sa.or_(*(_holds(Case.sought, spelling) for spelling in _spell(word)))


def _holds(column: InstrumentedAttribute[str], spelling: str) -> sa.ColumnElement[bool]:
    """Match what stands in a column as it is spelt.

    Where no sign means another in a pattern, a whole one goes along: PostgreSQL would put its parts together anew for
    each row. It is cast, since SQLite plans a statement anew for each pattern that is a mere parameter.
    """
    if not _MEANT_OTHERWISE.isdisjoint(spelling):
        return column.contains(spelling, autoescape=True)
    return column.like(sa.cast(f"%{spelling}%", sa.Text))


def _holds_in_any_capitals(words: sa.ColumnElement[str], spelling: str) -> sa.ColumnElement[bool]:
    """Match what stands in words in any capitals, as _holds() does."""
    if not _MEANT_OTHERWISE.isdisjoint(spelling):
        return words.icontains(spelling, autoescape=True)
    return sa.func.lower(words).like(sa.func.lower(sa.cast(f"%{spelling}%", sa.Text)))


def _spell(word: str) -> list[str]:
    """Return a word as databases may have folded it: SQLite folds only ASCII, so the usual spellings of others, too."""
    return sorted({each.translate(_ASCII_LOWER) for each in (word, word.lower(), word.upper(), word.capitalize())})
