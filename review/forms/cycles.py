"""Forms around a cycle: nomination, opting out, moving a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wtforms import DateField, RadioField, SelectField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from review.domain.cycle_dates import DATE_NAMES
from review.domain.eligibility import KINDS
from review.forms.base import TextField, VersionedForm, WholeNumberField, _, choices
from review.services.cases import MAX_REASON, Nomination

DATE_WORDS = {name: _(words.one) for name, words in DATE_NAMES.items()}
CHOOSE_DAY = _("Choose a day")
KIND_WORDS = {
    "promotion": _("Promotion to the next level"),
    "track_change": _("Change of track at the same grade"),
    "entry": _("Entry from another discipline"),
}


class MoveDateForm(VersionedForm):
    """A new day for one date of a cycle."""

    name = SelectField(_("Which date"), validators=[InputRequired()])
    day = DateField(_("New day"), validators=[InputRequired(CHOOSE_DAY)])

    def offer(self, names: Iterable[str]) -> None:
        """Offer the dates of the cycle."""
        self.name.choices = choices((name, DATE_WORDS.get(name, name)) for name in names)


class NominationForm(VersionedForm):
    """Who is nominated for what; `move` is kind:level. A role-fit sheet comes as fields fit-<id> beside it."""

    candidate = WholeNumberField(widget=HiddenInput(), validators=[InputRequired()])
    move = RadioField(_("For what"), choices=[], validators=[InputRequired(_("Choose a level"))], validate_choice=False)
    reason = TextField(_("Why now"), longest=MAX_REASON)

    def to_command(self, role_fit: Mapping[str, str]) -> Nomination:
        """Return the nomination that was typed."""
        kind, _colon, level = str(self.move.data).partition(":")
        return Nomination(
            candidate_id=int(self.candidate.data or 0),
            kind=kind if kind in KINDS else "",
            to_level_id=level,
            reason=str(self.reason.data or ""),
            role_fit=role_fit if kind == "entry" else {},
        )


class OptOutForm(VersionedForm):
    """Why somebody says "not now"."""

    reason = TextField(_("Why not now"), longest=MAX_REASON, is_required=True, id="why-not-now")
