"""The cases on HR's page of committees as rows of its table: what those that are alike share is written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from flask import get_template_attribute
from flask_babel import gettext
from markupsafe import Markup

from review.queries.committee_cases import AssignRow
from review.queries.committees import CommitteeRow
from review.web.row_patterns import find_pattern
from review.web.words import tr

OWN_WORDS = ("candidate", "code", "case_id", "to_level", "out", "proposed", "reason")
"""What each row has of its own."""


class _Alike(NamedTuple):
    """What decides how a row is written."""

    can_assign: bool
    committee_id: int | None
    committee: str
    has_proposal: bool
    is_proposed: bool
    unknown: str | None


def write_rows(
    cases: Sequence[AssignRow],
    committees: Sequence[CommitteeRow],
    assign_url: str,
    labels: Mapping[int, str],
    unknown: Mapping[int, str],
) -> Markup:
    """Return the rows of the table; where a case can be given to a committee, each has the form for that.

    Args:
        labels: the committees by what is written for them, where they are too many to choose from a list.
        unknown: what was written for a case and is no committee.
    """
    write = get_template_attribute("committees/_case_line.html", "line")

    @cache
    def find_row(alike: _Alike) -> Callable[..., Markup]:
        return find_pattern(lambda row: write(row, alike, committees, assign_url, labels), OWN_WORDS)

    def tell(row: AssignRow) -> Markup:
        found, is_proposed = row.proposal, row.proposal is not None and row.proposal.committee_id is not None
        given = unknown.get(row.case_id)
        alike = _Alike(row.can_assign, row.committee_id, row.committee, found is not None, is_proposed, given)
        return find_row(alike)(
            candidate=row.candidate,
            code=row.code,
            case_id=row.case_id,
            to_level=row.to_level,
            out=", ".join(row.out) or gettext("nobody"),
            proposed=found.name if found is not None else "",
            reason=tr(found.reason) if found is not None else "",
        )

    return Markup().join(map(tell, cases))
