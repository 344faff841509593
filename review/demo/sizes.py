"""How large a demo company may be."""

from __future__ import annotations

FEWEST, MOST = 200, 100_000
CASES_A_PERSON = 20
"""How many people there are to a case where nobody says how many cases there are to be."""
PEOPLE_A_CASE = 5
"""At least so many people are needed for a case."""
