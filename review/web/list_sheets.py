"""Which lists can be taken along, beside those with a narrowing of their own: who may, which columns, which rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import get_locale
from sqlalchemy.orm import Session

from review.adapters.mail_text import say_subject
from review.domain.access import Actor
from review.domain.table import Cell
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.queries.committees import list_committees
from review.queries.cycle_changes import Eligible, find_nominations
from review.queries.cycles import list_cycles, load_cycle
from review.queries.emergency import list_own, list_to_answer
from review.queries.inbox import list_messages
from review.queries.ladders import list_ladders
from review.queries.people import find_role_holders
from review.queries.people_imports import list_latest_imports
from review.queries.pinned import load_ladder
from review.queries.privacy_erasure import list_erasures
from review.queries.privacy_requests import list_requests
from review.queries.privacy_retention import list_due
from review.queries.privacy_rules import load_privacy_rules
from review.queries.sign_ins import list_own_sign_ins
from review.queries.workflows import list_workflows
from review.web.browser_kind import name_browser
from review.web.guards import current_sign_in, load_or_404
from review.web.privacy_words import KIND_WORDS
from review.web.words import role_name, tr

MOST_MESSAGES = 10_000


@dataclass(frozen=True)
class Ask:
    """For whom and when a list is taken along; `number` is what its page is about, such as a cycle."""

    session: Session
    actor: Actor
    now: datetime
    number: int = 0


Column = tuple[Text, Callable[[Any], Cell]]


@dataclass(frozen=True)
class ListSheet:
    """A list as columns of its rows; `roles` as its page requires them, `is_numbered` where the page is of a thing."""

    title: Text
    roles: tuple[str, ...]
    columns: tuple[Column, ...]
    find: Callable[[Ask], Iterable[Any]]
    is_numbered: bool = False


def get(words: Text, name: str) -> Column:
    """Return a column with a field of the row; a moment stands in UTC, without its seconds."""

    def read(row: Any) -> Cell:
        value = row
        for part in name.split("."):
            value = getattr(value, part)
        return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value

    return words, read


def told(words: Text, name: str, said: Mapping[str, Text]) -> Column:
    """Return a column with the words for a field of the row."""
    return words, lambda row: tr(said[getattr(row, name)])


def _find_messages(ask: Ask) -> list[tuple[datetime, str]]:
    page = list_messages(ask.session, ask.actor, now=ask.now, most=MOST_MESSAGES)
    locale, company = str(get_locale() or "en"), current_app.extensions["settings"].company
    return [
        (row.at, say_subject(row.template, locale=locale, company=company, changed=row.changed)) for row in page.rows
    ]


def _find_sign_ins(ask: Ask) -> Iterable[Any]:
    since = ask.now - current_app.extensions["settings"].sign_in.life
    return list_own_sign_ins(ask.session, ask.actor, load_or_404(current_sign_in()).id, since=since)


def _find_members(ask: Ask) -> list[tuple[str, Any]]:
    load_cycle(ask.session, ask.number, ask.actor)
    return [(row.name, member) for row in list_committees(ask.session, ask.number) for member in row.members]


def _find_nominations(ask: Ask) -> list[tuple[Eligible, str, str]]:
    cycle = load_cycle(ask.session, ask.number, ask.actor)
    names = {level.id: level.name for level in load_ladder(ask.session, cycle.ladder_version_id).levels}
    found = find_nominations(ask.session, ask.number, actor=ask.actor, now=ask.now)
    return [(row, names[row.from_level_id], names[row.to_level_id]) for row in found.eligible]


def _find_accesses(ask: Ask) -> list[Any]:
    own = (replace(row, answered_by="") for row in list_own(ask.session, ask.actor, now=ask.now))
    return [*list_to_answer(ask.session, ask.actor, now=ask.now), *own]


NAME, STATE, REASON, VERSION = text("Name"), text("State"), text("Reason"), text("Version")
CYCLE_STATES = {"draft": text("Draft"), "open": text("Open"), "closed": text("Closed")}
MEMBER_ROLES = {"chair": text("Chair"), "deputy": text("Deputy"), "member": text("Member")}
ACCESS_STATES = {
    "waiting": text("waits for an answer"),
    "open": text("open"),
    "over": text("over"),
    "refused": text("refused"),
}
LISTS: Mapping[str, ListSheet] = {
    "cycles": ListSheet(
        text("Cycles"),
        ("signed_in",),
        (
            get(text("Code"), "code"),
            get(NAME, "name"),
            told(STATE, "state", CYCLE_STATES),
            get(text("From"), "first_on"),
            get(text("To"), "last_on"),
        ),
        lambda ask: list_cycles(ask.session, ask.actor),
    ),
    "committees": ListSheet(
        text("Committees"),
        ("hr",),
        (
            (text("Committee"), lambda row: row[0]),
            (text("Member"), lambda row: row[1].name),
            (text("Function"), lambda row: row[1].function),
            (text("Role"), lambda row: tr(MEMBER_ROLES[row[1].role])),
        ),
        _find_members,
        is_numbered=True,
    ),
    "nominations": ListSheet(
        text("Who would be nominated"),
        ("hr",),
        (
            (text("Person"), lambda row: row[0].name),
            (text("Function"), lambda row: row[0].function),
            (text("From"), lambda row: row[1]),
            (text("To"), lambda row: row[2]),
        ),
        _find_nominations,
        is_numbered=True,
    ),
    "messages": ListSheet(
        text("Messages"),
        ("signed_in",),
        (
            (text("When"), lambda row: f"{row[0]:%Y-%m-%d %H:%M}"),
            (text("About"), lambda row: row[1]),
        ),
        _find_messages,
    ),
    "sign-ins": ListSheet(
        text("Where you are signed in"),
        ("signed_in",),
        (
            (text("Browser"), lambda row: name_browser(row.browser)),
            get(text("Since"), "created_at"),
            get(text("Last used"), "last_seen_at"),
            (text("This one"), lambda row: tr(text("yes")) if row.is_here else ""),
        ),
        _find_sign_ins,
    ),
    "roles": ListSheet(
        text("Roles in the company"),
        ("hr", "auditor", "it_admin"),
        (
            (text("Role"), lambda row: role_name(row.role)),
            get(NAME, "person.name"),
            get(text("Title"), "person.title"),
            get(text("Given"), "granted_at"),
            get(text("Given by"), "granted_by"),
        ),
        lambda ask: find_role_holders(ask.session, ask.actor),
    ),
    "people-files": ListSheet(
        text("People files taken in lately"),
        ("hr", "it_admin"),
        (
            get(text("File"), "name"),
            get(text("Asked for"), "asked_at"),
            get(text("Asked for by"), "asked_by"),
        ),
        lambda ask: list_latest_imports(ask.session, ask.actor),
    ),
    "retention": ListSheet(
        text("The end of keeping"),
        ("hr",),
        (
            told(text("What"), "kind", KIND_WORDS),
            get(text("Why so long"), "why"),
            get(text("Kept, days"), "after_days"),
            get(text("Due"), "count"),
            (text("Oldest"), lambda row: f"{row.oldest_at:%Y-%m-%d}" if row.oldest_at else ""),
        ),
        lambda ask: list_due(ask.session, load_privacy_rules(), now=ask.now),
    ),
    "erasures": ListSheet(
        text("Erasing people"),
        ("hr",),
        (
            get(text("Who"), "person"),
            get(REASON, "reason"),
            get(text("Proposed"), "proposed_at"),
            get(text("Proposed by"), "proposed_by"),
            get(text("Approved by"), "approved_by"),
            get(text("Done"), "done_at"),
            get(text("Withdrawn"), "cancelled_at"),
        ),
        lambda ask: list_erasures(ask.session, ask.actor),
    ),
    "data-requests": ListSheet(
        text("Requests for one’s data"),
        ("hr",),
        (
            get(text("Who"), "person"),
            get(text("Asked"), "asked_at"),
            get(text("Due"), "due_on"),
            get(text("Handed out"), "released_at"),
        ),
        lambda ask: list_requests(ask.session, ask.actor),
    ),
    "emergency": ListSheet(
        text("Emergency access"),
        ("hr", "it_admin"),
        (
            get(text("Case"), "code"),
            get(text("Asked by"), "asker"),
            get(REASON, "reason"),
            get(text("Asked"), "asked_at"),
            told(STATE, "state", ACCESS_STATES),
            get(text("Answered by"), "answered_by"),
            get(text("Until"), "until_at"),
        ),
        _find_accesses,
    ),
    "ladders": ListSheet(
        text("Ladders"),
        ("signed_in",),
        (
            get(text("Ladder"), "name"),
            get(VERSION, "version"),
            get(text("Published"), "published_at"),
            get(text("Published by"), "published_by"),
            get(text("Digest"), "digest"),
        ),
        lambda ask: [version for row in list_ladders(ask.session, ask.actor) for version in row.versions],
    ),
    "workflows": ListSheet(
        text("Workflows"),
        ("signed_in",),
        (
            get(text("Workflow"), "title"),
            get(VERSION, "version"),
            get(text("Published"), "published_at"),
            get(text("Published by"), "published_by"),
            get(text("Digest"), "digest"),
        ),
        lambda ask: [version for row in list_workflows(ask.session, ask.actor) for version in row.versions],
    ),
}
"""By the name that stands in the address and in that of the file."""
