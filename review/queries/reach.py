"""How far lists are read that consist of several kinds of rows, each in its own order."""

from __future__ import annotations


def find_reach(page: int) -> int:
    """Return how many pages of each kind are read for a page: at most twice as many as there are up to it.

    The number is written into the statement, of which there is one for 1, 2, 4, 8 pages and so on: of a parameter
    PostgreSQL thinks that a tenth of all rows is wanted, and goes through all.
    """
    return 1 << (page - 1).bit_length()
