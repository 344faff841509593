"""Reading the token's owner, what waits for them, the directory, and cycles with their committees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from pydantic import BaseModel

from review.adapters.mail_text import find_place
from review.api.callers import Call
from review.api.problems import say
from review.api.room import operations
from review.api.shapes import (
    Committee,
    CommitteeMember,
    Committees,
    CycleRow,
    CycleWhole,
    Me,
    Page,
    PageAsked,
    PeopleAsked,
    PersonRecord,
    PersonRow,
    PersonWhole,
    Todo,
    Todos,
)
from review.domain.access import Role
from review.domain.api_scope import Scope
from review.domain.errors import NotFound
from review.domain.text import Text
from review.domain.worklist import TodoRow
from review.queries.api_lists import count_cases, list_people_after
from review.queries.committees import list_committees
from review.queries.cycles import list_cycles, load_cycle
from review.queries.people import find_person
from review.queries.worklist import load_home

TASK_PAGES = {
    "case": "",
    "rating": "/rate",
    "second_rater": "/second-rater",
    "panel": "/panel",
    "ask": "/ask",
    "packet": "/packet",
    "ballot": "/ballot",
    "conflict": "/conflict",
    "decision": "/decision",
    "appeal": "/appeal",
    "letter": "/letter",
}
"""Where each kind of task is done, below its case."""
Row = TypeVar("Row")
Told = TypeVar("Told", bound=BaseModel)


def make_page(
    call: Call, rows: Sequence[Row], asked: PageAsked, number: Callable[[Row], int], tell: Callable[[Row], Told]
) -> Page[Told]:
    """Return a page of rows of which one more was asked for, and the address of the next."""
    shown = rows[: asked.limit]
    following = None
    if len(rows) > asked.limit:
        parts = {**request.args.to_dict(), "after": str(number(shown[-1]))}
        following = f"{call.public_url}{request.path}?{urlencode(parts)}"
    return Page[Told](data=[tell(row) for row in shown], next=following)


@operations.get("/me", None, answer=Me)
def show_me(call: Call) -> Me:
    """Tell whose token this is, and what it may do."""
    actor, token = call.actor, call.token
    return Me(
        person_id=token.person_id,
        name=actor.name,
        roles=sorted(actor.roles),
        token=token.name,
        scopes=sorted(token.scopes),
        until=token.until_at,
    )


@operations.get("/todo", Scope.READ_TODO, answer=Todos)
def list_todo(call: Call) -> Todos:
    """List what waits for the owner, the most urgent first."""
    rows = load_home(call.session, call.actor, now=call.now).todo
    return Todos(data=[_tell_todo(call, row) for row in rows])


@operations.get("/people", Scope.READ_PEOPLE, query=PeopleAsked, answer=Page[PersonRow])
def list_people(call: Call, asked: PeopleAsked) -> Page[PersonRow]:
    """List people of the directory who are here, by number."""
    rows = list_people_after(
        call.session, call.actor, words=asked.words, function=asked.function, after=asked.after, limit=asked.limit + 1
    )
    return make_page(call, rows, asked, lambda row: row.id, lambda row: PersonRow(**_card(row)))


@operations.get("/people/<int:person_id>", Scope.READ_PEOPLE, answer=PersonWhole)
def show_person(call: Call, person_id: int) -> PersonWhole:
    """Tell about one person, as much as the owner may know."""
    found = find_person(call.session, call.actor, person_id)
    if found is None:
        raise NotFound
    record = None
    if found.record is not None:
        known = found.record
        record = PersonRecord(
            external_id=known.external_id,
            email=known.email,
            level=known.level,
            level_since=known.level_since_on,
            joined=known.joined_on,
            left=known.left_on,
            country=known.country,
            zone=known.zone,
            manager_id=next((link.id for link in known.chain if link.distance == 1), None),
        )
    roles = None if found.roles is None else list(found.roles)
    return PersonWhole(**_card(found.card), is_active=found.card.is_active, record=record, roles=roles)


@operations.get("/cycles", Scope.READ_CYCLES, query=PageAsked, answer=Page[CycleRow])
def list_all_cycles(call: Call, asked: PageAsked) -> Page[CycleRow]:
    """List the cycles, by number; drafts, and how many cases there are, for HR alone."""
    rows = sorted(list_cycles(call.session, call.actor), key=lambda row: row.id)
    counts = count_cases(call.session, call.actor)
    fitting = [row for row in rows if row.id > asked.after][: asked.limit + 1]
    return make_page(
        call,
        fitting,
        asked,
        lambda row: row.id,
        lambda row: CycleRow(
            id=row.id,
            code=row.code,
            name=row.name,
            state=row.state,
            cases=None if counts is None else counts.get(row.id, 0),
            first=row.first_on,
            last=row.last_on,
        ),
    )


@operations.get("/cycles/<int:cycle_id>", Scope.READ_CYCLES, answer=CycleWhole)
def show_cycle(call: Call, cycle_id: int) -> CycleWhole:
    """Tell about one cycle: its calendar and what it pins."""
    cycle = load_cycle(call.session, cycle_id, call.actor)
    return CycleWhole(
        id=cycle.id,
        code=cycle.code,
        name=cycle.name,
        state=cycle.state,
        zone=cycle.zone,
        country=cycle.country,
        ladder=cycle.ladder,
        dates=dict(cycle.dates),
        required_functions=list(cycle.required_functions),
        url=f"{call.public_url}/cycles/{cycle.id}",
    )


@operations.get("/cycles/<int:cycle_id>/committees", Scope.READ_CYCLES, answer=Committees)
def list_cycle_committees(call: Call, cycle_id: int) -> Committees:
    """List the committees of a cycle with their members; for HR."""
    load_cycle(call.session, cycle_id, call.actor)
    if not call.actor.has(Role.HR):
        raise NotFound
    return Committees(
        data=[
            Committee(
                id=row.id,
                name=row.name,
                open_cases=row.load,
                members=[
                    CommitteeMember(person_id=one.person_id, name=one.name, function=one.function, role=one.role)
                    for one in row.members
                ],
            )
            for row in list_committees(call.session, cycle_id, call.actor.person_id)
        ]
    )


def _find_page(row: TodoRow) -> str:
    """Return where something is done, as the home page leads there."""
    if row.case_id is None:
        return find_place(row.page) or "/"
    if row.page == "feedback":
        return f"/cases/{row.case_id}/feedback/{row.item_id}"
    return f"/cases/{row.case_id}{TASK_PAGES[row.page]}"


def _card(row: Any) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "title": row.title, "function": row.function}


def _tell_todo(call: Call, row: TodoRow) -> Todo:
    def words(value: Text | str) -> str:
        return say(value) if isinstance(value, Text) else value

    return Todo(
        verb=words(row.verb),
        about=row.about,
        context=words(row.context),
        due=row.due_at,
        minutes=row.minutes,
        case_id=row.case_id,
        url=call.public_url + _find_page(row),
    )
