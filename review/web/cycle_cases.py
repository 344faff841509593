"""The cases of a cycle in the reader's words: whatever many rows share is said once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import NamedTuple

from flask import get_template_attribute, url_for
from markupsafe import Markup

from review.domain.ladder import Ladder
from review.queries.cycle_cases import CaseLine
from review.web.words import tr

PARTS = "cycles/_case_parts.html"
CASE = -1
"""A number that no case has: in an address it stands where a row's own goes."""


class ShownCase(NamedTuple):
    """A row of the list: where it leads, who, which move, where it stands, until when, and before whom."""

    href: str
    candidate: str
    about: str
    move: Markup
    stage: str
    due: Markup
    committee: str


def show_cases(lines: Iterable[CaseLine], ladder: Ladder, today: date) -> tuple[ShownCase, ...]:
    """Return the rows of the list, as its template shows them."""
    address = url_for("cases.detail", case_id=CASE)
    write_move, write_due = (get_template_attribute(PARTS, name) for name in ("move", "due"))

    @cache
    def tell_move(start: str | None, target: str) -> Markup:
        levels = [(ladder.level(each), ladder.leads_people(each)) for each in (start, target) if each]
        moved: Markup = write_move([(level.code or level.name, leads) for level, leads in levels])
        return moved

    @cache
    def tell_due(on: date | None) -> Markup:
        until: Markup = write_due(on, today)
        return until

    tell_stage = cache(tr)
    return tuple(
        ShownCase(
            address.replace(str(CASE), str(line.id)),
            line.candidate,
            f"{line.code} · {line.function}",
            tell_move(line.from_level_id, line.to_level_id),
            tell_stage(line.state),
            tell_due(line.due_on),
            line.committee,
        )
        for line in lines
    )
