"""Narrowing and sorting the cases of a cycle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, SelectField
from wtforms.validators import Optional

from review.domain.numbers import find_number
from review.forms.base import HouseForm, LineField, WholeNumberField, _, choices
from review.queries.cycle_narrowing import SORTS, CaseSearch

SORT_WORDS = {
    "": _("Standing still first"),
    "candidate": _("Candidate"),
    "move": _("Move"),
    "stage": _("Stage"),
    "age": _("In the stage since"),
    "until": _("Until"),
    "committee": _("Committee"),
}


class CaseSearchForm(HouseForm):
    """Words, stage, committee, late, standing still, order, page and whether all are on one, from the address."""

    words = LineField(_("Name, case, title or function"), longest=200)
    stage = SelectField(_("Stage"), validate_choice=False)
    committee = SelectField(_("Committee"), validate_choice=False)
    late = BooleanField(_("Late only"))
    stalled = BooleanField(_("Standing still only"))
    sort = SelectField(_("Sorted by"), validate_choice=False)
    page = WholeNumberField(validators=[Optional()])
    whole = BooleanField()

    def offer(self, stages: Iterable[tuple[str, str]], committees: Iterable[tuple[int, str]]) -> None:
        """Fill in what can be chosen."""
        self.stage.choices = choices([("", gettext("All stages")), *stages])
        named = ((str(number), name) for number, name in committees)
        self.committee.choices = choices([("", gettext("All committees")), *named])
        down = self.to_command().sort  # the other way round is chosen in the table's head, and kept here
        others = [(down, f"{SORT_WORDS[down[1:]]} ↓")] if down.startswith("-") else []
        self.sort.choices = choices([*SORT_WORDS.items(), *others])

    def to_command(self) -> CaseSearch:
        """Return which cases are wanted; the page is 1 where none is given."""
        committee, sort = str(self.committee.data or ""), str(self.sort.data or "")
        return CaseSearch(
            words=self.words.data or "",
            state=str(self.stage.data or ""),
            committee_id=find_number(committee),
            is_late=bool(self.late.data),
            is_stalled=bool(self.stalled.data),
            sort=sort if sort.removeprefix("-") in SORTS else "",
            page=1 if self.whole.data else min(max(self.page.data or 1, 1), 10_000),
            is_on_one_page=bool(self.whole.data),
        )

    def address(self) -> dict[str, Any]:
        """Return narrowing and order as parts of an address, without the page."""
        parts = {
            "words": self.words.data,
            "stage": self.stage.data,
            "committee": self.committee.data,
            "late": "y" if self.late.data else "",
            "stalled": "y" if self.stalled.data else "",
            "sort": self.to_command().sort,
        }
        return {key: value for key, value in parts.items() if value}
