"""Forms of committees: a name, a member with a role, a case to be decided and the list of them, a conflict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from review.domain.conflicts import DECLARABLE, ConflictKind
from review.domain.numbers import find_number, whole_number
from review.domain.seating import BelowReason
from review.forms.base import HouseForm, LineField, TextField, VersionedForm, WholeNumberField, _, choices
from review.queries.committee_cases import AssignSearch

LONGEST_SENT = 4_000_000
UNASSIGNED, SEALED = "none", "sealed"
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


class AssignSearchForm(HouseForm):
    """Which cases of the list: words, a committee or none or sealed, and the page, from the address.

    `who` and `cards`: which committees are shown above it, where they are many.
    """

    words = LineField(_("Name, case, title or function"), longest=200)
    committee = SelectField(_("Committee"), validate_choice=False)
    page = WholeNumberField(validators=[Optional()])
    who = LineField(_("Committee or member"), longest=200)
    cards = WholeNumberField(validators=[Optional()])

    def offer(self, committees: Iterable[tuple[int, str]]) -> None:
        """Fill in what can be chosen."""
        fixed = [("", gettext("All cases")), (UNASSIGNED, gettext("None yet")), (SEALED, gettext("Packet sealed"))]
        self.committee.choices = choices([*fixed, *((str(number), name) for number, name in committees)])

    def to_command(self) -> AssignSearch:
        """Return which cases are wanted; the page is 1 where none is given."""
        chosen = str(self.committee.data or "")
        return AssignSearch(
            words=self.words.data or "",
            committee_id=find_number(chosen),
            is_unassigned=chosen == UNASSIGNED,
            is_sealed=chosen == SEALED,
            page=min(max(self.page.data or 1, 1), 10_000),
        )

    def address(self) -> dict[str, Any]:
        """Return what is narrowed by as parts of an address, without the page."""
        parts = {"words": self.words.data, "committee": self.committee.data}
        return {key: value for key, value in parts.items() if value}

    def cards_address(self) -> dict[str, Any]:
        """Return which committees are shown as parts of an address."""
        parts = {"who": self.who.data, "cards": self.cards.data if (self.cards.data or 1) > 1 else None}
        return {key: value for key, value in parts.items() if value}


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
