"""Every address there is: all routes of the app, each with all that its parts can be, and with what may be asked."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from review.models import (
    Case,
    CheckIn,
    Committee,
    Cycle,
    Delegation,
    EmergencyAccess,
    Evidence,
    Feedback,
    Gap,
    GrowthItem,
    LadderDraft,
    LadderVersion,
    Letter,
    Message,
    Release,
    WorkflowVersion,
)
from review.models.base import Numbered

NOWHERE = 999_999
FIRST = (1, NOWHERE)
"""What a part that is a number can be, where nothing is said of it: the first row of whatever it numbers, and none."""
ANY_WORD = ("a-word",)
LINKS = "word"
"""The part of an address that stands for a link of a text; which there are says the story."""
ROWS: Mapping[str, type[Numbered]] = {
    "case_id": Case,
    "feedback_id": Feedback,
    "evidence_id": Evidence,
    "gap_id": Gap,
    "item_id": GrowthItem,
    "check_in_id": CheckIn,
    "committee_id": Committee,
    "cycle_id": Cycle,
    "release_id": Release,
    "letter_id": Letter,
    "delegation_id": Delegation,
    "access_id": EmergencyAccess,
    "message_id": Message,
    "old_id": WorkflowVersion,
    "draft_id": LadderDraft,
}
"""Which rows a part of an address numbers; `version_id` hangs on the room."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "criterion_id": ("leadership", "hard-skills"),
    "level_id": ("pm-1",),
    "filename": ("icon.svg",),
    "name": ("ic.yaml",),
    "role": ("hr",),
    "guide": ("member",),
    "picture": ("ballot",),
    "action": ("approve", "reject", "cancel"),
    "step": ("remind", "extend", "replace"),
    "on": ("2026-11-16",),
    "key": ("1",),
    "rest": ("Users", "Groups"),
    "number": ("1",),
    "ladder_key": ("product-management",),
    "profile_id": ("quiet",),
    "piece": ("notify_giver", "letter_decision"),
    "page": ("case", "self-review", "rating", "second-rating", "ballot", "packet", "letter", "session", "growth-plan"),
}
OF_MANY_CASES = frozenset(
    {
        "home.todo", "cycles.list_all", "lists.cycles", "lists.messages", "lists.roles",
        "cycles.detail", "cycle_board.table", "committees.reading", "agenda.show",
        "bulk_steps.plan", "bulk_steps.result", "bulk_steps.table",
        "agenda.live", "calibration.committee", "calibration.committee_table", "calibration.compare",
        "calibration.cycle", "calibration.cycle_table", "chasing.board", "chasing.table", "team.show",
        "chasing_team.board", "letters.release", "letters.new_levels", "inbox.show", "feedback.asked", "feedback.find",
        "session_reports.page", "session_reports.csv",
        "insight.page", "insight.csv", "audit.show", "printing.board", "emergency.show", "lists.emergency",
        "people.roles",
        "people.search", "outside.show", "outside.check", "api.list_todo", "api.list_cases", "api.export_cases",
        "api.list_decisions", "api.list_cycle_committees", "api.list_people",
    }
)  # fmt: skip
"""Lists that tell of cases: a short crossing looks at them, and at pages of the case, at every stage."""
QUERIES: Mapping[str, tuple[str, ...]] = {
    "agenda.live": ("case=1&out=0&list=x", "seen=x"),
    "api.list_cases": ("words={word}", "late=true", "limit=1"),
    "api.list_decisions": ("limit=1",),
    "api.list_people": ("words={word}", "words=Erin", "limit=1"),
    "audit.show": ("kind=case.seal", "kind=feedback.submit", "before=40"),
    "bulk_steps.plan": ("step=nudge&all=y", "step=reassign&case=1&part=manager&to={word}"),
    "calibration.committee": ("order=spread", "only=split", "level=staff-pm"),
    "calibration.committee_table": ("order=spread&only=split",),
    "calibration.compare": ("case=1", "case=1&case=2"),
    "calibration.cycle": ("order=spread", "only=split", "committee=1"),
    "calibration.cycle_table": ("order=spread", "committee=1"),
    "chasing.board": ("state=submitted", "late=y", "sort=giver", "page=1", "step=remind&only=1"),
    "chasing.table": ("state=submitted", "sort=giver"),
    "cycles.dates": ("name=packet_deadline&on_day=2026-12-07",),
    "cycles.detail": ("words={word}", "stage=reading", "committee=1", "late=y", "stalled=y", "sort=-stage", "page=1"),
    "cycle_board.table": ("words={word}", "stage=voting", "late=y"),
    "evidence.edit": ("criterion=leadership",),
    "evidence.new": ("criterion=leadership",),
    "feedback.ask": ("q={word}", "q=Erin"),
    "feedback.give": ("criterion=leadership",),
    "growth.detail": ("q={word}",),
    "growth.edit": ("gap=1",),
    "growth.new": ("gap=1",),
    "inbox.show": ("before=5",),
    "insight.page": ("by=country",),
    "insight.csv": ("by=country", "table=sessions"),
    "ladder_drafts.ask": ("source=version-1",),
    "ladders.changes": ("since=1",),
    "ladders.compare": ("from=pm-1&to=pm-2",),
    "ladders.show": ("show=all",),
    "make_up.propose": ("committees=1",),
    "nominations.choose": ("candidate=6",),
    "outside.show": ("criterion=leadership",),
    "people.table": ("words={word}", "words=Erin"),
    "eligibility.table": ("words={word}",),
    "people.search": ("words={word}", "words=Erin", "function=Product", "page=1"),
    "printing.board": ("state=done", "kind=render_packet", "page=1"),
    "printing.live": ("seen=x",),
    "printing.table": ("state=done",),
    "ratings.show": ("criterion=leadership",),
    "sign_in.show": ("next=/cases/1",),
    "votes.live": ("seen=x&phase=voting&told=1", "seen=x&phase=revealed"),
    "wordings.pdf": ("outcome=not_yet",),
    "wordings.listing": ("words={word}", "only=changed"),
    "workflows.detail": ("base=1",),
}
"""What may be asked of a page; {word} is what somebody looks for."""


@dataclass(frozen=True, slots=True)
class Address:
    """A route with all its parts filled in."""

    endpoint: str
    path: str
    parts: tuple[tuple[str, object], ...]

    @property
    def case_id(self) -> object:
        """Return the case that the address names, if it names one."""
        return dict(self.parts).get("case_id")

    @property
    def is_of_cases(self) -> bool:
        """Tell whether the address is one of a case, or of a list that tells of cases."""
        return self.case_id is not None or self.endpoint in OF_MANY_CASES


def ids_of(session: Session, link: str, case_id: int) -> dict[str, tuple[object, ...]]:
    """Return all that each part of an address can be in this database; the last number is one that does not exist."""
    numbers: dict[str, tuple[object, ...]] = {
        name: (*session.scalars(sa.select(model.id).order_by(model.id)), NOWHERE) for name, model in ROWS.items()
    }
    versions = {
        f"{room}/version_id": (*session.scalars(sa.select(model.id)), NOWHERE)
        for room, model in (("ladders", LadderVersion), ("workflows", WorkflowVersion))
    }
    token = {"token": (link.removeprefix("/outside/"), "x" * 43)}
    return {**numbers, **versions, **WORDS, **token, "case_id": (case_id, NOWHERE), "person_id": (5, 6, 27, NOWHERE)}


def few_of(ids: Mapping[str, tuple[object, ...]], *, more: Mapping[str, int]) -> dict[str, tuple[object, ...]]:
    """Return one of each part, and of some as many as are said; none of those that do not exist."""
    return {name: values[: more.get(name, 1)] for name, values in ids.items()}


def find_addresses(app: Flask, ids: Mapping[str, tuple[object, ...]], method: str) -> list[Address]:
    """Return every address that answers to a method, once for each way to fill in its parts."""
    found = []
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if method in (rule.methods or ()):
                for parts in _fill(rule, ids):
                    path = adapter.build(rule.endpoint, dict(parts), method=method)
                    found.append(Address(rule.endpoint, path, parts))
    return found


def find_unknown(app: Flask, ids: Mapping[str, tuple[object, ...]]) -> list[str]:
    """Return the parts of addresses, other than numbers, of which nothing is known that they can be."""
    return sorted(
        f"{name} of {rule.rule}"
        for rule in app.url_map.iter_rules()
        for name in rule.arguments
        if name not in (*ids, *(rule.defaults or ()), "version_id")
        and not isinstance(rule._converters[name], AnyConverter | IntegerConverter)
    )


def _fill(rule: Rule, ids: Mapping[str, tuple[object, ...]]) -> Iterator[tuple[tuple[str, object], ...]]:
    names = sorted(rule.arguments)
    choices = [_values(rule, name, ids) for name in names]
    for values in product(*choices):
        yield tuple(zip(names, values, strict=True))


def _values(rule: Rule, name: str, ids: Mapping[str, tuple[object, ...]]) -> tuple[object, ...]:
    given = rule.defaults or {}
    if name in given:
        return (given[name],)
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return tuple(sorted(converter.items))
    if name == "version_id":
        return ids[f"{rule.endpoint.split('.')[0]}/{name}"]
    return ids.get(name, FIRST if isinstance(converter, IntegerConverter) else ANY_WORD)


@cache
def asks_of(view: object) -> bool:
    """Tell whether a view reads what stands behind the question mark."""
    return "request.args" in inspect.getsource(inspect.unwrap(view))  # type: ignore[arg-type]
