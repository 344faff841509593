"""Forms around a cycle: set-up, nomination, opting out, moving a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from wtforms import DateField, RadioField, SelectField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from review.domain.cycle_dates import DATE_NAMES
from review.domain.eligibility import KINDS
from review.domain.numbers import whole_number
from review.forms.base import LineField, TextField, VersionedForm, WholeNumberField, _, choices
from review.queries.cycles import CycleDetail
from review.services.cases import MAX_REASON, Nomination
from review.services.cycles import CyclePlan

DATE_WORDS = {name: _(words.one) for name, words in DATE_NAMES.items()}
CHOOSE_DAY = _("Choose a day")
KIND_WORDS = {
    "promotion": _("Promotion to the next level"),
    "track_change": _("Change of track at the same grade"),
    "entry": _("Entry from another discipline"),
}


class CycleForm(VersionedForm):
    """What HR sets up; workflows by track and the required functions come as plain fields beside it."""

    code = LineField(_("Short code"), longest=20, is_required=True, description=_("Stands in every case's number"))
    name = LineField(_("Name"), longest=120, is_required=True)
    zone = LineField(_("Time zone"), longest=60, is_required=True, description=_("A name like Europe/Berlin"))
    country = LineField(_("Country"), longest=2, description=_("Two letters; its public holidays are no working days"))
    ladder = SelectField(_("Ladder"), coerce=whole_number, validators=[InputRequired()])
    nomination_deadline = DateField(DATE_WORDS["nomination_deadline"], validators=[InputRequired(CHOOSE_DAY)])
    packet_deadline = DateField(DATE_WORDS["packet_deadline"], validators=[InputRequired(CHOOSE_DAY)])
    feedback_deadline = DateField(DATE_WORDS["feedback_deadline"], validators=[InputRequired(CHOOSE_DAY)])
    calibration_date = DateField(DATE_WORDS["calibration_date"], validators=[InputRequired(CHOOSE_DAY)])
    announcement_date = DateField(DATE_WORDS["announcement_date"], validators=[InputRequired(CHOOSE_DAY)])
    effective_date = DateField(DATE_WORDS["effective_date"], validators=[InputRequired(CHOOSE_DAY)])
    functions = LineField(
        _("Functions to be heard"), longest=400, description=_("Names with commas between, as in the directory")
    )

    def to_command(self, workflows: Mapping[str, int], policy: Mapping[str, Any]) -> CyclePlan:
        """Return the plan that was typed."""
        names = str(self.functions.data or "").split(",")
        return CyclePlan(
            code=str(self.code.data),
            name=str(self.name.data),
            zone=str(self.zone.data),
            country=str(self.country.data).upper() or None,
            ladder_version_id=int(self.ladder.data),
            workflows=workflows,
            dates={name: _day(self[name].data) for name in DATE_WORDS},
            required_functions=tuple(dict.fromkeys(name.strip() for name in names if name.strip())),
            policy=policy,
        )


def cycle_data(cycle: CycleDetail) -> dict[str, Any]:
    """Return a cycle as the form shows it."""
    return {
        "code": cycle.code,
        "name": cycle.name,
        "zone": cycle.zone,
        "country": cycle.country,
        "ladder": cycle.ladder_version_id,
        **dict(cycle.dates),
        "functions": ", ".join(cycle.required_functions),
        "version": cycle.version,
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

    reason = TextField(_("Why not now"), longest=MAX_REASON, is_required=True)


def _day(value: date | None) -> date:
    if value is None:
        raise ValueError("the form has been validated: every date is there")
    return value
