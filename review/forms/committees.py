"""Forms of committees: a name, a member with a role, a case to be decided, a conflict."""

from __future__ import annotations

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from review.domain.conflicts import DECLARABLE, ConflictKind
from review.domain.numbers import whole_number
from review.domain.seating import BelowReason
from review.forms.base import LineField, TextField, VersionedForm, _, choices

LONGEST_SENT = 4_000_000
ROLE_WORDS = {"chair": _("Chair"), "deputy": _("Deputy"), "member": _("Member")}
BELOW_WORDS = {
    BelowReason.FEW: _("Too few people stand that high and are free of conflicts"),
    BelowReason.FIELD: _("Knows the field of this work better than those above"),
    BelowReason.VIEW: _("Brings the view of a function or track that is missing"),
}
KIND_WORDS = {
    ConflictKind.CLOSE_PERSONAL: _("Family, partner or close friend"),
    ConflictKind.FORMER_MANAGER: _("I was their manager, or they were mine"),
    ConflictKind.DISPUTE: _("We are or were in a dispute"),
    ConflictKind.OTHER: _("Something else"),
}


class CommitteeForm(VersionedForm):
    """The name of a new committee."""

    name = LineField(_("Name"), longest=LONGEST_SENT)


class MemberForm(VersionedForm):
    """Somebody and their role on a committee."""

    person = LineField(_("Who"), longest=LONGEST_SENT)
    role = SelectField(_("As"), choices=choices(ROLE_WORDS.items()), default="member", validators=[InputRequired()])


class AssignForm(VersionedForm):
    """Which committee decides on a case."""

    case = SelectField(_("Case"), coerce=whole_number, validate_choice=False)
    committee = SelectField(_("Committee"), coerce=whole_number, validate_choice=False, validators=[Optional()])


class BelowForm(VersionedForm):
    """Somebody who stands below a target level is to judge it all the same, and why."""

    accept_below = BooleanField(_("Do it all the same"))
    why_below = RadioField(
        _("Why?"), choices=choices((str(kind), words) for kind, words in BELOW_WORDS.items()), validate_choice=False
    )

    def to_command(self) -> str:
        """Return the reason, nothing without the tick."""
        return str(self.why_below.data or "") if self.accept_below.data else ""


class ConflictForm(VersionedForm):
    """What makes somebody too close to a case."""

    kind = RadioField(
        _("What makes you too close?"), choices=choices((str(kind), KIND_WORDS[kind]) for kind in DECLARABLE),
        validate_choice=False,
    )  # fmt: skip
    reason = TextField(_("In a sentence or two"), longest=LONGEST_SENT)


class SetConflictForm(VersionedForm):
    """Who is too close to a case, as HR sees it."""

    person = SelectField(_("Who"), coerce=whole_number, validate_choice=False)
    reason = TextField(_("Why"), longest=LONGEST_SENT)
