"""What people send in around feedback: whom to ask, an answer, a no.

Lengths and addresses are judged by the services; their faults come back beside the fields.
"""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, RadioField, SelectMultipleField, StringField

from review.domain.numbers import find_number
from review.forms.base import HouseForm, LineField, TextField, VersionedForm, _, choices
from review.queries.feedback import AnswerRow
from review.services.feedback import Proposal
from review.services.feedback_answers import AnswerDraft, Decline

LONGEST_SENT = 4_000_000
"""What a field lets through to be judged and given back whole; the app refuses larger requests itself."""


class SearchForm(HouseForm):
    """Words to look for in the directory, in the address of the page."""

    q = LineField(_("Name, function, title, or a piece of evidence"))


class ProposalForm(HouseForm):
    """People found, a line to them, and the criteria to ask about."""

    people = SelectMultipleField(_("Whom to ask"), validate_choice=False)
    note = TextField(_("A line to them"), longest=LONGEST_SENT)
    criteria = SelectMultipleField(_("What they are asked about"), validate_choice=False)
    is_hidden = BooleanField(_("Do not show this to the manager"))
    asks_full = BooleanField(_("Ask those who are full all the same"))
    request_key = StringField()

    def to_command(self) -> Proposal:
        """Return whom to ask; what is no number names nobody and is left out."""
        return Proposal(
            giver_ids=tuple(number for value in self.people.data or () if (number := find_number(value)) is not None),
            note=str(self.note.data or ""),
            criteria=tuple(self.criteria.data or ()),
            is_hidden_from_manager=bool(self.is_hidden.data),
            asks_full=bool(self.asks_full.data),
        )


class AnswerForm(VersionedForm):
    """What a giver saw in one criterion; `rating` 0 says that they cannot judge."""

    situation = TextField(_("The situation"), longest=LONGEST_SENT)
    done = TextField(_("What they did"), longest=LONGEST_SENT)
    effect = TextField(_("What came of it"), longest=LONGEST_SENT)
    link = LineField(_("How could someone check it?"), longest=LONGEST_SENT)
    rating = StringField(_("Where was this work?"))

    def to_command(self) -> AnswerDraft:
        """Return the answer."""
        rating = str(self.rating.data or "").strip()
        return AnswerDraft(
            situation=str(self.situation.data or ""),
            done=str(self.done.data or ""),
            effect=str(self.effect.data or ""),
            link=str(self.link.data or ""),
            value=_whole(rating) if rating not in ("", "0") else None,
            cannot_judge=rating == "0",
        )

    @property
    def chosen(self) -> int | None:
        """Return the rating that is chosen: 1 to 5, 0 for cannot judge, None for none."""
        rating = str(self.rating.data or "").strip()
        return _whole(rating) if rating else None


class DeclineForm(HouseForm):
    """Why somebody says no, and who could answer instead."""

    kind = RadioField(
        _("Why not?"),
        validate_choice=False,
        choices=choices(
            [
                ("no_time", _("I have no time for it")),
                ("unfamiliar", _("I do not know this work well enough")),
                ("conflict", _("I am too close, or have a conflict")),
            ]
        ),
    )
    words = TextField(_("In your own words"), longest=LONGEST_SENT)
    substitute = LineField(_("Who could answer instead?"), longest=LONGEST_SENT)
    request_key = StringField()

    def to_command(self) -> Decline:
        """Return the no."""
        return Decline(str(self.kind.data or ""), str(self.words.data or ""), str(self.substitute.data or ""))


def answer_data(answer: AnswerRow) -> dict[str, Any]:
    """Return the form's data for what is stored."""
    rating = "0" if answer.cannot_judge else str(answer.value or "")
    names = ("situation", "done", "effect", "link", "version")
    return {name: getattr(answer, name) for name in names} | {"rating": rating}


def _whole(value: str) -> int:
    """Return a number; what is none becomes one that no scale has."""
    return int(value) if value.isdecimal() and len(value) < 4 else -1
