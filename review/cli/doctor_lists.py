"""What `dualtrack doctor` finds about columns kept for lists: a case that a list or a search shows wrongly, or not."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from review.cli.doctor_places import Finding
from review.queries.invariants import check_kept_columns

MEND = "dualtrack db mend-lists"


def find_in_lists(session: Session) -> Iterator[Finding]:
    """Yield how many kept columns are not what they repeat, with the first of them."""
    found = list(check_kept_columns(session))
    if found:
        yield Finding(f"{len(found)} columns kept for lists are wrong: {found[0]}.", MEND)
