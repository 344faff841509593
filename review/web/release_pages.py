"""The page of a cycle's letters: what can go out, what waits, what has gone out, each list a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for

from review.domain.values import dataclass
from review.extensions import db
from review.forms.letters import EVERY, ReleaseForm, ReleaseViewForm
from review.queries.cycles import load_cycle
from review.queries.pinned import load_ladder
from review.queries.release_runs import list_runs
from review.queries.releases import MOST_AT_ONCE, Batch, ReleaseRow, list_batches, list_rows, list_sent
from review.services.releases_sending import AT_ONCE
from review.web.guards import current_actor, current_now

PAGE_SIZE, BATCHES = 50, 10
READY, WAITING, SENT, ALL_BATCHES = "ready", "waiting", "sent", "batches"
T = TypeVar("T")


@dataclass(frozen=True)
class Turned(Generic[T]):
    """A list as far as its page shows it; the addresses are those of the pages beside it, where there are any."""

    rows: Sequence[T]
    total: int
    first: int
    last: int
    page: int
    previous_url: str | None
    next_url: str | None

    @property
    def is_whole(self) -> bool:
        """Tell whether all of it is on the page."""
        return len(self.rows) == self.total


def show_release(cycle_id: int, form: ReleaseForm) -> str:
    """Show what can go out, what waits for a second person, and what has gone out."""
    session, actor = db.session(), current_actor()
    cycle = load_cycle(session, cycle_id, actor)
    rows = list_rows(session, cycle_id, actor)
    batches = list_batches(session, cycle_id, rows)
    view, dates = ReleaseViewForm(formdata=request.args), dict(cycle.dates)
    ready = [row for row in rows if row.is_ready and row.batch_id is None]
    waiting = [row for row in rows if not row.is_ready and row.batch_id is None]
    to_approve = (each.id for each in batches if each.prepared_by_id != actor.person_id and each.is_complete)
    shown = _turn(cycle_id, ALL_BATCHES, batches, _page_of_batches(batches, view), size=BATCHES)
    return render_template(
        "releases/page.html",
        cycle=cycle,
        form=form,
        runs=list_runs(session, cycle_id),
        by_worker=AT_ONCE,
        ready=_turn(cycle_id, READY, ready, view.page_of(READY)),
        every=[row.case_id for row in ready[:MOST_AT_ONCE]],
        then=EVERY,
        most=MOST_AT_ONCE,
        waiting=_turn(cycle_id, WAITING, waiting, view.page_of(WAITING)),
        batches=shown,
        cases={each.id: _turn_batch(cycle_id, each, view) for each in shown.rows},
        to_approve=next(to_approve, None),
        sent=_turn(cycle_id, SENT, list_sent(session, cycle_id, actor), view.page_of(SENT)),
        ladder=load_ladder(session, cycle.ladder_version_id),
        announcement_on=dates.get("announcement_date"),
        effective_on=dates.get("effective_date"),
        today=current_now().astimezone(ZoneInfo(cycle.zone)).date(),
        me=actor.person_id,
    )


def _name(batch: Batch) -> str:
    return f"batch-{batch.id}"


def _page_of_batches(batches: Sequence[Batch], view: ReleaseViewForm) -> int:
    """Return which page of the batches to show: the one with the batch whose own pages are turned."""
    turned = (place for place, each in enumerate(batches) if view.part.data == _name(each))
    place = next(turned, None)
    return view.page_of(ALL_BATCHES) if place is None else place // BATCHES + 1


def _turn_batch(cycle_id: int, batch: Batch, view: ReleaseViewForm) -> Turned[ReleaseRow]:
    """Return a page of a batch; of a long one first come those that keep it back: nobody is to turn pages for them."""
    rows = batch.rows
    if len(rows) > PAGE_SIZE:
        rows = tuple(sorted(rows, key=lambda row: row.is_ready and row.case_id not in batch.stale))
    return _turn(cycle_id, _name(batch), rows, view.page_of(_name(batch)))


def _turn(cycle_id: int, part: str, rows: Sequence[T], page: int, *, size: int = PAGE_SIZE) -> Turned[T]:
    """Return the page of a list that is asked for; a page beyond the last one is the first."""
    if (page - 1) * size >= len(rows):
        page = 1
    first = (page - 1) * size
    shown = rows[first : first + size]

    def url_of(number: int) -> str:
        return url_for("letters.release", cycle_id=cycle_id, part=part, page=number, _anchor=part)

    last = first + len(shown)
    previous_url = url_of(page - 1) if page > 1 else None
    return Turned(shown, len(rows), first + 1, last, page, previous_url, url_of(page + 1) if last < len(rows) else None)
