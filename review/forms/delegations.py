"""Letting somebody act for somebody else."""

from __future__ import annotations

from datetime import date

from wtforms import DateField
from wtforms.validators import InputRequired

from review.domain.delegation import REASON_LENGTH
from review.domain.values import dataclass
from review.forms.base import HouseForm, LineField, _


@dataclass(frozen=True)
class DelegationRequest:
    """Who is to act, for whom (empty: for oneself), on which days, and why."""

    delegate: str
    person: str
    from_on: date
    until_on: date
    reason: str


class DelegationForm(HouseForm):
    """Who is to act, from which day to which; HR may name for whom."""

    delegate = LineField(_("Who acts for you"), is_required=True)
    person = LineField(_("For whom, if not for you"))
    from_on = DateField(_("First day"), validators=[InputRequired(_("Please give a day"))])
    until_on = DateField(_("Last day"), validators=[InputRequired(_("Please give a day"))])
    reason = LineField(_("Reason"), longest=REASON_LENGTH)

    def to_command(self) -> DelegationRequest:
        """Return what was filled in; call after validation."""
        if self.from_on.data is None or self.until_on.data is None:
            raise ValueError("an unvalidated form has no command")
        return DelegationRequest(
            delegate=str(self.delegate.data),
            person=str(self.person.data or ""),
            from_on=self.from_on.data,
            until_on=self.until_on.data,
            reason=str(self.reason.data or ""),
        )
