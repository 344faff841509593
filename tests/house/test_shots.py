"""The pictures of the documents: of addresses that there are; a page without one has a reason."""

from __future__ import annotations

import re
from collections import Counter

from flask import Flask

from docs.shot_list import LARGE, NO_PICTURES, PAGES

PLACES = {"cycle": "/cycles/1", "ladder": "/ladders/1", "feedback": "/cases/1/feedback/1"}
NUMBERS = {"committee", "number", "proposed"}


def fill(path: str) -> str:
    """Put a number where the walk through the demo puts one; a name without a kind is somebody's case."""

    def one(found: re.Match[str]) -> str:
        kind = found[1].partition(":")[0]
        return "1" if kind in NUMBERS else PLACES.get(kind, "/cases/1")

    return re.sub(r"\{([^}]+)\}", one, path).partition("?")[0]


def test_every_picture_has_an_address_and_a_name_of_its_own(app: Flask) -> None:
    routes = app.url_map.bind("")
    assert [name for name, _who, path in (*PAGES, *LARGE) if not routes.test(fill(path), "GET")] == []
    assert [name for name, count in Counter(page[0] for page in (*PAGES, *LARGE)).items() if count > 1] == []


def test_every_page_has_a_picture_or_a_reason_why_not(app: Flask) -> None:
    routes = app.url_map.bind("")
    drawn = {routes.match(fill(path), "GET")[0] for _name, _who, path in PAGES}
    every = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert (every - drawn - NO_PICTURES.keys(), drawn & NO_PICTURES.keys(), NO_PICTURES.keys() - every) == (
        set(),
        set(),
        set(),
    )
