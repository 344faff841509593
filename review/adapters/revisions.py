"""Which revisions of the database this version of the program works on, without loading the migrations."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Engine

from review.config import ROOT


def newest_revision() -> str:
    """Return the number that the newest migration's file begins with, which is its revision."""
    return max(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("[0-9]*_*.py"))


def can_serve(revision: str | None) -> bool:
    """Tell whether this version works on a database at a revision: at its own, or at that of the next release.

    A release adds to the tables what it needs and takes away only what the release before it does not use any more.
    """
    return revision is not None and revision >= newest_revision()


def read_revision(engine: Engine) -> str | None:
    """Return the revision of a database, None where there are no tables."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)
