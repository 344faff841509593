"""The pictures of the documents: each is taken of an address that there is."""

from __future__ import annotations

import re

from flask import Flask

from docs.shots import PAGES

PLACES = {"cycle": "/cycles/1", "ladder": "/ladders/1", "feedback": "/cases/1/feedback/1"}


def fill(path: str) -> str:
    """Put a number where the walk through the demo puts one; a name without a kind is somebody's case."""
    return re.sub(r"\{([^}]+)\}", lambda found: PLACES.get(found[1].partition(":")[0], "/cases/1"), path)


def test_every_picture_has_an_address(app: Flask) -> None:
    routes = app.url_map.bind("")
    assert [name for name, _who, path in PAGES if not routes.test(fill(path), "GET")] == []
