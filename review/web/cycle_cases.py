"""The cases of a cycle in the reader's words: whatever many rows share is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import get_template_attribute, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from review.domain.board import Holder, Party
from review.domain.bulk import Step
from review.domain.ladder import Ladder
from review.domain.text import Text
from review.extensions import db
from review.forms.bulk import STEP_WORDS
from review.forms.cycle_cases import CaseSearchForm
from review.queries.case_table import TableRow, read_case_table
from review.queries.cycle_cases import PAGE_SIZE, CaseLine, CycleCases, load_cycle_cases, read_cycle_cases
from review.queries.cycle_narrowing import SORTS
from review.queries.cycles import CycleDetail
from review.queries.pinned import find_ladder
from review.web.guards import current_actor, current_now
from review.web.words import tr

PARTS = "cycles/_case_parts.html"
CASE = -1
"""A number that no case has: in an address it stands where a row's own goes."""
SORT = "0"
"""What no list is sorted by: in an address it stands where a column's own goes."""


class ShownTurn(NamedTuple):
    """A line of whose turn it is: people of the case by name, and after them, or for them, the words of the role."""

    people: tuple[Party, ...]
    words: Markup


class ShownCase(NamedTuple):
    """A row of the list: where it leads, who, and its cells: move, stage and age, whose turn, day and committee."""

    id: int
    href: str
    choose: str
    candidate: str
    about: str
    place: Markup
    turn: tuple[ShownTurn, ...]
    rest: Markup


@dataclass(frozen=True, slots=True)
class ShownList:
    """A page of the list with the addresses around it: of the other pages, and of each order by its column."""

    found: CycleCases
    rows: tuple[ShownCase, ...]
    form: CaseSearchForm
    first: int
    last: int
    previous_url: str | None
    next_url: str | None
    orders: dict[str, tuple[str, str]]  # column → (address, aria-sort)
    step_words: Mapping[Step, str]


def show_list(cycle: CycleDetail) -> ShownList:
    """Return the page of the list that the address asks for."""
    form = CaseSearchForm(formdata=request.args)
    found = find_cases(cycle, form)
    form.offer(
        ((row.state_id, tr(row.title)) for row in found.stages), ((row.id, row.name) for row in cycle.committees)
    )
    first, place = (found.page - 1) * PAGE_SIZE, {"cycle_id": cycle.id, **form.address(), "_anchor": "cases"}
    last = first + len(found.lines)
    return ShownList(
        found,
        show_cases(found.lines, ladder_of(cycle), today_in(cycle)),
        form,
        first + 1,
        last,
        url_for("cycles.detail", page=found.page - 1, **place) if first else None,
        url_for("cycles.detail", page=found.page + 1, **place) if last < found.total else None,
        _orders(place),
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


def show_cases(lines: Iterable[CaseLine], ladder: Ladder, today: date) -> tuple[ShownCase, ...]:
    """Return the rows of the list, as its template shows them; the cells that rows share are written once."""
    address, choose = url_for("cases.detail", case_id=CASE), gettext("Choose %(name)s")
    write_place, write_rest, write_role = (get_template_attribute(PARTS, name) for name in ("place", "rest", "role"))

    @cache
    def tell_place(start: str | None, target: str, stage: str, is_stalled: bool, days: int) -> Markup:
        levels = [(ladder.level(each), ladder.leads_people(each)) for each in (start, target) if each]
        codes = [(level.code or level.name, leads) for level, leads in levels]
        cells: Markup = write_place(codes, stage, is_stalled, days)
        return cells

    @cache
    def tell_rest(on: date | None, committee: str) -> Markup:
        cells: Markup = write_rest(on, today, committee)
        return cells

    @cache
    def tell_role(role: str, words: Text | None, is_named: bool) -> Markup:
        told: Markup = write_role(role, words, is_named)
        return told

    def tell_turn(holder: Holder) -> ShownTurn:
        people = () if holder.words else holder.people
        return ShownTurn(people, tell_role(holder.role, holder.words, bool(people)))

    def tell(line: CaseLine) -> ShownCase:
        days = (today - line.entered_on).days if line.entered_on else 0
        return ShownCase(
            line.id,
            address.replace(str(CASE), str(line.id)),
            choose % {"name": line.candidate},
            line.candidate,
            f"{line.code} · {line.function}",
            tell_place(line.from_level_id, line.to_level_id, line.state, line.is_stalled, days),
            tuple(map(tell_turn, line.turn.holders)) if line.turn else (),
            tell_rest(line.due_on, line.committee),
        )

    return tuple(map(tell, lines))
