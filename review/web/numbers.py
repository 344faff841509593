"""Numbers in addresses: one that no row can hold is nobody's, and answers like an id that does not exist."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from review.domain.numbers import MOST


class RowNumber(IntegerConverter):
    """`<int:…>` up to what an integer column holds."""

    def __init__(self, url_map: Map, **limits: Any) -> None:
        super().__init__(url_map, **{"max": MOST, **limits})


def init_app(app: Flask) -> None:
    """Take it for every `<int:…>` of the routes that are added from now on."""
    app.url_map.converters["int"] = RowNumber
