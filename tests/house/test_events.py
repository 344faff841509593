"""Every route that changes something leads to the writer of the trail; every kind that is written has its sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from inspect import isfunction, unwrap
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from flask import Flask

from review.config import ROOT
from review.domain.detail_words import tell_detail
from review.domain.trail_words import KIND_WORDS, tell_kind
from review.services import audit

READING = {"GET", "HEAD", "OPTIONS"}
LOOKS = "shows what would come of it, and changes nothing"
FINDS = "a search whose words are too long or too private for an address"
WRITES_NO_EVENT = {
    "feedback.preview": LOOKS,
    "ladder_cells.check": LOOKS,
    "ladder_texts.check": LOOKS,
    "make_up.ask": LOOKS,
    "make_up.look": LOOKS,
    "outside.preview": LOOKS,
    "past_cases.look": LOOKS,
    "past_cases.preview": "keeps a file for an hour, until it is brought in, which is an event",
    "wordings.preview": LOOKS,
    "workflows.check": LOOKS,
    "workflow_drafts.look": LOOKS,
    "panel.find": FINDS,
    "rehearsals.act_within": "a rehearsal has a trail of its own",
    "scim.search_all": FINDS,
    "scim.search_groups": FINDS,
    "scim.search_people": FINDS,
}
"""Route → why it writes none."""
WRITERS = frozenset({audit.record, audit.record_all})
KIND = re.compile(r'(?:record\(\s*\w+,|Entry\()\s*"([a-z_]+\.[a-z_]+)"')


def codes_of(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code, and that of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_of(constant)


def reached_by(function: FunctionType) -> Iterator[FunctionType]:
    """Yield the project's functions that a function names: its own module's, those it imports, those of modules."""
    names = {name for code in codes_of(function.__code__) for name in code.co_names}
    found: list[Any] = [function.__globals__[name] for name in names if name in function.__globals__]
    found += [import_module(name) for name in names if name.startswith("review.")]
    modules = [each for each in found if isinstance(each, ModuleType) and each.__name__.startswith("review.")]
    found += [getattr(module, name) for module in modules for name in names if hasattr(module, name)]
    for each in found:
        value = unwrap(each.func if isinstance(each, partial) else each) if callable(each) else each
        if isfunction(value) and value.__module__.startswith("review."):
            yield value
        elif isinstance(value, type) and value.__module__.startswith("review."):
            yield from (method for method in vars(value).values() if isfunction(method))


def leads_to_the_trail(view: Callable[..., Any]) -> bool:
    """Tell whether a view reaches the writer of the trail."""
    start = unwrap(view)
    assert isfunction(start)
    waiting, seen = [start], {start}
    while waiting:
        function = waiting.pop()
        if function in WRITERS:
            return True
        for other in reached_by(function):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False


def test_every_route_that_changes_something_writes_an_event(app: Flask) -> None:
    changing = {rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - READING}
    silent = {name for name in changing if not leads_to_the_trail(app.view_functions[name])}
    assert silent == set(WRITES_NO_EVENT)


def test_every_kind_has_its_sentence() -> None:
    """Those that the program names; a workflow's own actions are called as the workflow calls them."""
    written = {
        kind
        for folder in ("services", "cli", "web", "adapters")
        for path in Path(ROOT, "review", folder).rglob("*.py")
        for kind in KIND.findall(path.read_text(encoding="utf-8"))
    }
    assert len(written) > 60
    assert written - KIND_WORDS.keys() == set()
    assert str(tell_kind("case.hold_a_vote")) == "Case: hold a vote"
    assert str(tell_kind("timer")) == "Something on a case: timer"
    assert [(str(name), value) for name, value in tell_detail({"to": [1, 2], "after": {"main": "x"}, "n": None})] == [
        ("after", "main: x"),
        ("to", "1, 2"),
    ]
