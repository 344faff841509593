"""The one place that reads the clock; the floors above hand the moment down as `now`."""

from __future__ import annotations

from datetime import UTC, datetime


def read_clock() -> datetime:
    """Return the moment it is, aware, in UTC."""
    return datetime.now(UTC)
