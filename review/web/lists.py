"""Taking lists along: one address for each list of web/list_sheets.py, as CSV or as a workbook."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from review.extensions import db
from review.web.guards import current_actor, current_now, requires
from review.web.list_sheets import LISTS, Ask, ListSheet
from review.web.sheets import KINDS, Sheet, send_sheet
from review.web.words import tr

bp = Blueprint("lists", __name__, url_prefix="/lists")


def _view_of(name: str, sheet: ListSheet) -> Callable[..., Response]:
    """Return a view of its own for a list, open to whom its page is open to."""

    def send(kind: str, number: int = 0) -> Response:
        """Send the list as whoever asks may read it."""
        ask = Ask(db.session(), current_actor(), current_now(), number)
        header = [tr(words) for words, _read in sheet.columns]
        rows = (tuple(read(row) for _words, read in sheet.columns) for row in sheet.find(ask))
        return send_sheet(Sheet(name, tr(sheet.title), header, rows), kind)

    return requires(*sheet.roles)(send)


for _name, _sheet in LISTS.items():
    _place = f"/{_name}/<int:number>.<{KINDS}:kind>" if _sheet.is_numbered else f"/{_name}.<{KINDS}:kind>"
    bp.add_url_rule(_place, endpoint=_name, view_func=_view_of(_name, _sheet))
