"""Forms around a cycle: set-up, nomination, opting out, moving a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from wtforms import DateField, SelectField
from wtforms.validators import InputRequired, Optional

from review.domain.eligibility import KINDS
from review.forms.base import HouseForm, LineField, TextField, VersionedForm, _, choices
from review.services.cases import MAX_REASON, Nomination
from review.services.cycles import CyclePlan

DATE_WORDS = {
    "nomination_deadline": _("Nominations until"),
    "packet_deadline": _("Self-review until"),
    "feedback_deadline": _("Feedback until"),
    "calibration_date": _("Committees meet"),
    "announcement_date": _("Answers go out"),
    "effective_date": _("New levels count from"),
}
KIND_WORDS = {
    "promotion": _("Promotion to the next level"),
    "track_change": _("Change of track at the same grade"),
    "entry": _("Entry from another discipline"),
}


class CycleForm(HouseForm):
    """What HR sets up; workflows by track and the required functions come as plain fields beside it."""

    code = LineField(_("Short code"), longest=20, is_required=True, description=_("Stands in every case's number"))
    name = LineField(_("Name"), longest=120, is_required=True)
    zone = LineField(_("Time zone"), longest=60, is_required=True, description=_("A name like Europe/Berlin"))
    country = LineField(_("Country"), longest=2, description=_("Two letters; its public holidays are no working days"))
    ladder = SelectField(_("Ladder"), coerce=int, validators=[InputRequired()])
    nomination_deadline = DateField(DATE_WORDS["nomination_deadline"], validators=[InputRequired()])
    packet_deadline = DateField(DATE_WORDS["packet_deadline"], validators=[InputRequired()])
    feedback_deadline = DateField(DATE_WORDS["feedback_deadline"], validators=[InputRequired()])
    calibration_date = DateField(DATE_WORDS["calibration_date"], validators=[InputRequired()])
    announcement_date = DateField(DATE_WORDS["announcement_date"], validators=[InputRequired()])
    effective_date = DateField(DATE_WORDS["effective_date"], validators=[InputRequired()])
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


class MoveDateForm(VersionedForm):
    """A new day for one date of a cycle."""

    name = SelectField(_("Date"), validators=[InputRequired()])
    day = DateField(_("New day"), validators=[InputRequired()])

    def offer(self, names: Iterable[str]) -> None:
        """Offer the dates of the cycle."""
        self.name.choices = choices((name, DATE_WORDS.get(name, name)) for name in names)


class NominationForm(VersionedForm):
    """Who is nominated for what; answers of a role-fit sheet come as fields fit-<id> beside it."""

    candidate = SelectField(_("Who"), coerce=int, validators=[InputRequired()])
    kind = SelectField(_("What"), choices=choices(KIND_WORDS.items()), validators=[InputRequired()])
    to_level = SelectField(_("To which level"), validators=[InputRequired()])
    reason = TextField(_("Why now"), longest=MAX_REASON)

    def to_command(self, role_fit: Mapping[str, str]) -> Nomination:
        """Return the nomination that was typed."""
        kind = str(self.kind.data)
        return Nomination(
            candidate_id=int(self.candidate.data),
            kind=kind if kind in KINDS else "",
            to_level_id=str(self.to_level.data),
            reason=str(self.reason.data or ""),
            role_fit=role_fit if kind == "entry" else {},
        )


class OptOutForm(VersionedForm):
    """Why somebody says "not now"."""

    reason = TextField(_("Why not now"), longest=MAX_REASON, is_required=True)


class CommitteeOfCaseForm(VersionedForm):
    """Which committee decides on a case."""

    committee = SelectField(_("Committee"), coerce=int, validators=[Optional()])


def _day(value: date | None) -> date:
    if value is None:
        raise ValueError("the form has been validated: every date is there")
    return value
