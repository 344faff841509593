"""Which events the record shows, from the address; and an anchor that somebody kept."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_wtf.file import FileField
from wtforms import DateField
from wtforms.validators import Optional

from review.domain.trail import Anchor, read_anchor
from review.forms.base import HouseForm, LineField, TextField, WholeNumberField, _
from review.queries.audit import EventFilter

LONGEST_ANCHOR = 1_000


class EventsForm(HouseForm):
    """Kind, person, case, first and last day; `before` is where a page starts."""

    kind = LineField(_("Kind begins with"), longest=60)
    who = LineField(_("Person"), longest=60)
    case = LineField(_("Case"), longest=40)
    first = DateField(_("From"), validators=[Optional()])
    last = DateField(_("Until"), validators=[Optional()])
    before = WholeNumberField(validators=[Optional()])

    def to_command(self, zone: ZoneInfo) -> EventFilter:
        """Return which events are wanted; a day begins at midnight where the reader is."""
        last = self.last.data
        return EventFilter(
            kind=self.kind.data or "",
            who=self.who.data or "",
            case=self.case.data or "",
            since=_begin(self.first.data, zone),
            until=_begin(last + timedelta(days=1) if last is not None and last < date.max else None, zone),
        )

    def address(self) -> dict[str, str]:
        """Return the narrowing as parts of an address, without the page."""
        parts = {field.name: field.data for field in (self.kind, self.who, self.case, self.first, self.last)}
        return {name: str(value) for name, value in parts.items() if value}


class AnchorForm(HouseForm):
    """An anchor, pasted or as the file that holds it; none of both is fine."""

    anchor = TextField(_("An anchor that was kept"), longest=LONGEST_ANCHOR)
    file = FileField(_("Or its file"))

    def to_command(self) -> Anchor | None:
        """Return the anchor, or None where none was given; raise Invalid."""
        words = str(self.anchor.data or "")
        if not words and self.file.data:
            words = self.file.data.read(LONGEST_ANCHOR).decode("utf-8", "replace")
        return read_anchor(words) if words.strip() else None


def _begin(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)
