"""The cases of a cycle in the reader's words: whatever many rows share is said once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import get_template_attribute, request, url_for
from flask_babel import gettext
from markupsafe import Markup, escape

from review.domain.board import Holder, Party
from review.domain.bulk import Step
from review.domain.ladder import Ladder
from review.domain.values import dataclass
from review.extensions import db
from review.forms.bulk import STEP_WORDS
from review.forms.cycle_cases import CaseSearchForm
from review.queries.case_table import TableRow, read_case_table
from review.queries.cycle_cases import (
    CaseLine,
    CycleCases,
    load_cycle_cases,
    read_cycle_cases,
)
from review.queries.cycle_narrowing import SORTS
from review.queries.cycle_pages import MOST_ON_ONE_PAGE, PAGE_SIZE
from review.queries.cycle_turns import CaseTurn
from review.queries.cycles import CycleDetail
from review.queries.pinned import find_ladder
from review.web.guards import current_actor, current_now
from review.web.words import tr

PARTS = "cycles/_case_parts.html"
CASE = -1
"""A number that no case has: in an address it stands where a row's own goes."""
MARK = "\x1a"
"""A sign that nobody can type: in a row that is written once it stands where each case's own words go."""
NOBODYS = '<span class="muted">–</span>'
SORT = "0"
"""What no list is sorted by: in an address it stands where a column's own goes."""


@dataclass(frozen=True)
class ShownList:
    """A page of the list with the addresses around it: of the other pages, and of each order by its column."""

    found: CycleCases
    body: Markup  # of the table
    form: CaseSearchForm
    first: int
    last: int
    previous_url: str | None
    next_url: str | None
    orders: dict[str, tuple[str, str]]  # column → (address, aria-sort)
    whole_url: str | None  # all on one page, where they are on several
    pages_url: str | None  # page by page, where they are on one
    most: int  # as many as one page can hold
    step_words: Mapping[Step, str]


def show_list(cycle: CycleDetail) -> ShownList:
    """Return the page of the list that the address asks for."""
    form = CaseSearchForm(formdata=request.args)
    found = find_cases(cycle, form)
    form.offer(
        ((row.state_id, tr(row.title)) for row in found.stages), ((row.id, row.name) for row in cycle.committees)
    )
    place: dict[str, Any] = {"cycle_id": cycle.id, **form.address(), "_anchor": "cases"}
    is_whole, first = bool(form.whole.data), (found.page - 1) * PAGE_SIZE
    last = first + len(found.lines)
    has_pages = first > 0 or last < found.total
    return ShownList(
        found,
        write_cases(found.lines, ladder_of(cycle), today_in(cycle)),
        form,
        first + 1,
        last,
        url_for("cycles.detail", page=found.page - 1, **place) if first else None,
        url_for("cycles.detail", page=found.page + 1, **place) if last < found.total and not is_whole else None,
        _orders({**place, "whole": "y"} if is_whole else place),
        url_for("cycles.detail", whole="y", **place) if has_pages and not is_whole else None,
        url_for("cycles.detail", **place) if is_whole and found.total > PAGE_SIZE else None,
        MOST_ON_ONE_PAGE,
        STEP_WORDS,
    )


def find_cases(cycle: CycleDetail, form: CaseSearchForm) -> CycleCases:
    """Load the page that the address names."""
    return load_cycle_cases(db.session(), cycle.id, current_actor(), form.to_command(), **_ground(cycle))


def read_cases(cycle: CycleDetail, form: CaseSearchForm, *, only: tuple[int, ...] | None = None) -> Iterator[CaseLine]:
    """Read the whole list that the address names, or as much of it as is named."""
    wanted = replace(form.to_command(), only=only)
    return read_cycle_cases(db.session(), cycle.id, current_actor(), wanted, **_ground(cycle))


def read_table(cycle: CycleDetail, form: CaseSearchForm) -> Iterator[TableRow]:
    """Read the whole list that the address names, for a table to take along."""
    return read_case_table(db.session(), cycle.id, current_actor(), form.to_command(), **_ground(cycle))


def _ground(cycle: CycleDetail) -> dict[str, Any]:
    levels = [level.id for level in ladder_of(cycle).levels]
    return {"today": today_in(cycle), "zone": ZoneInfo(cycle.zone), "levels": levels}


def ladder_of(cycle: CycleDetail) -> Ladder:
    """Return the ladder of a cycle."""
    return find_ladder(db.session(), cycle.ladder_version_id, cycle.ladder_digest)


def today_in(cycle: CycleDetail) -> date:
    """Return the day that it is where the cycle is."""
    return current_now().astimezone(ZoneInfo(cycle.zone)).date()


def _orders(place: dict[str, object]) -> dict[str, tuple[str, str]]:
    """Return for each column where its head leads, the other way round at a second press, and how it is sorted now."""
    now = str(place.get("sort", ""))
    address = url_for("cycles.detail", **{**place, "sort": SORT})  # type: ignore[arg-type]
    found = {}
    for name in SORTS:
        states = {name: "ascending", f"-{name}": "descending"}
        wanted = f"-{name}" if now == name else name
        found[name] = (address.replace(f"sort={SORT}", f"sort={wanted}"), states.get(now, "none"))
    return found


def write_cases(lines: Iterable[CaseLine], ladder: Ladder, today: date) -> Markup:
    """Return the rows of the list, written as in the template; what rows share, and the row itself, is written once."""
    write_row = get_template_attribute(PARTS, "row")
    row = str(write_row(*[MARK] * 8)).replace("%", "%%").replace(MARK, "%s")
    address = str(escape(url_for("cases.detail", case_id=CASE))).replace("%", "%%").replace(str(CASE), "%s")
    choose = str(escape(gettext("Choose %(name)s")))
    tell_place, tell_turn, tell_rest = _make_place_writer(ladder), _make_turn_writer(), _make_rest_writer(today)

    def write(line: CaseLine) -> str:
        days = (today - line.entered_on).days if line.entered_on else 0
        name = str(escape(line.candidate))
        return row % (
            line.id,
            choose % {"name": name},
            address % line.id,
            name,
            escape(f"{line.code} · {line.function}"),
            tell_place(line.from_level_id, line.to_level_id, line.state, line.is_stalled, days),
            tell_turn(line.turn),
            tell_rest(line.due_on, line.committee),
        )

    return Markup("".join(map(write, lines)))  # noqa: S704 - what people wrote is escaped


def _make_place_writer(ladder: Ladder) -> Callable[[str | None, str, str, bool, int], str]:
    """Return what writes the cells of a move, of a stage and of how long a case is in it."""
    write = get_template_attribute(PARTS, "place")

    @cache
    def tell(start: str | None, target: str, stage: str, is_stalled: bool, days: int) -> str:
        levels = [(ladder.level(each), ladder.leads_people(each)) for each in (start, target) if each]
        codes = [(level.code or level.name, leads) for level, leads in levels]
        return str(write(codes, stage, is_stalled, days))

    return tell


def _make_rest_writer(today: date) -> Callable[[date | None, str], str]:
    """Return what writes the cells of the day and of the committee."""
    write = get_template_attribute(PARTS, "rest")
    return cache(lambda on, committee: str(write(on, today, committee)))


def _make_turn_writer() -> Callable[[CaseTurn | None], str]:
    """Return what writes whose turn it is; a person whom each case has for itself takes the place of a mark."""
    write = get_template_attribute(PARTS, "turn")

    @cache
    def tell_shared(holder: Holder) -> str:
        return str(write(() if holder.words else holder.people, holder.role, holder.words))

    @cache
    def tell_own(role: str, is_here: bool) -> str:
        return str(write((Party(0, MARK, is_here),), role, None)).replace("%", "%%").replace(MARK, "%s")

    def tell(turn: CaseTurn | None) -> str:
        if turn is None:
            return NOBODYS
        written = []
        for holder in turn.stand.holders:
            who = None if holder.words else turn.find_own(holder)
            written.append(tell_own(holder.role, who.is_here) % escape(who.name) if who else tell_shared(holder))
        return "".join(written) or NOBODYS

    return tell
