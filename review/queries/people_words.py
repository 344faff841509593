"""What is typed into a search for people, as conditions that the database can answer."""

from __future__ import annotations

import string

import sqlalchemy as sa

from review.models import Person

MOST_WORDS = 6
MOST_SEARCHED = 300
"""Signs of a search that are looked at; no name is longer, and no database takes a pattern of any length."""
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def match_words(words: str) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which somebody fits what is typed: each word is in their name, title or function."""
    return [has_word(word) for word in split_words(words)]


def split_words(words: str) -> list[str]:
    """Return the words to look for; what is typed beyond the limits is left out."""
    return words[:MOST_SEARCHED].split()[:MOST_WORDS]


def has_word(word: str) -> sa.ColumnElement[bool]:
    """Match one word in any capitals; SQLite folds only ASCII, so the usual spellings of others are tried as well."""
    spellings = {each.translate(_ASCII_LOWER) for each in (word, word.lower(), word.upper(), word.capitalize())}
    everything = Person.name + " " + Person.title + " " + Person.function
    return sa.or_(*(everything.icontains(spelling, autoescape=True) for spelling in sorted(spellings)))
