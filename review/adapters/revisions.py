"""The newest revision of the database that this version of the program knows, without loading the migrations."""

from __future__ import annotations

from review.config import ROOT


def newest_revision() -> str:
    """Return the number that the newest migration's file begins with, which is its revision."""
    return max(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("[0-9]*_*.py"))
