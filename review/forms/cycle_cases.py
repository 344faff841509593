"""Narrowing the cases of a cycle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, SelectField
from wtforms.validators import Optional

from review.domain.numbers import find_number
from review.forms.base import HouseForm, LineField, WholeNumberField, _, choices
from review.queries.cycle_cases import CaseSearch


class CaseSearchForm(HouseForm):
    """Words, stage, committee, late and page, from the address."""

    words = LineField(_("Name, case, title or function"), longest=200)
    stage = SelectField(_("Stage"), validate_choice=False)
    committee = SelectField(_("Committee"), validate_choice=False)
    late = BooleanField(_("Late only"))
    page = WholeNumberField(validators=[Optional()])

    def offer(self, stages: Iterable[tuple[str, str]], committees: Iterable[tuple[int, str]]) -> None:
        """Fill in what can be chosen."""
        self.stage.choices = choices([("", gettext("All stages")), *stages])
        named = ((str(number), name) for number, name in committees)
        self.committee.choices = choices([("", gettext("All committees")), *named])

    def to_command(self) -> CaseSearch:
        """Return which cases are wanted; the page is 1 where none is given."""
        committee = str(self.committee.data or "")
        return CaseSearch(
            words=self.words.data or "",
            state=str(self.stage.data or ""),
            committee_id=find_number(committee),
            is_late=bool(self.late.data),
            page=min(max(self.page.data or 1, 1), 10_000),
        )

    def address(self) -> dict[str, Any]:
        """Return the narrowing as parts of an address, without the page."""
        parts = {"words": self.words.data, "stage": self.stage.data, "committee": self.committee.data}
        return {key: value for key, value in parts.items() if value} | ({"late": "y"} if self.late.data else {})
