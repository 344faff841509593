"""The public holidays of a country, from the `holidays` package."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

YEARS_AHEAD = 3


def is_known_country(country: str) -> bool:
    """Tell whether the holidays of a country are known; the country by its ISO 3166 alpha-2 code."""
    import holidays  # takes long to load, and only who plans needs it

    return country in holidays.list_supported_countries()


@lru_cache(maxsize=64)
def holidays_of(country: str | None, first_year: int) -> frozenset[date]:
    """Return a country's public holidays from a year on; none without a country or for one that is not known.

    Args:
        country: ISO 3166 alpha-2.
    """
    if not country or not is_known_country(country):
        return frozenset()
    import holidays

    years = range(first_year, first_year + YEARS_AHEAD)
    return frozenset(holidays.country_holidays(country, years=years).keys())
