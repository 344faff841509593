"""The form that discards a proposal."""

from __future__ import annotations

from review.domain.proposals import LONGEST_REASON
from review.forms.base import HouseForm, TextField, _


class ReasonForm(HouseForm):
    """Why a proposal is discarded."""

    why = TextField(_("Why it is not published"), longest=LONGEST_REASON)

    def to_command(self) -> str:
        """Return the reason, empty where none was given."""
        return str(self.why.data or "")
