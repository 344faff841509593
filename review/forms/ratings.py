"""Forms of raters: one criterion, and the second rater."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from review.domain.numbers import find_number
from review.forms.base import TextField, VersionedForm, _, clean_sent, clean_text, read_version
from review.queries.ratings import LineRow
from review.services.ratings import RatingDraft

CANNOT_JUDGE = 0
LONGEST_SENT = 4_000_000
"""What a field lets through to be judged by the service and given back whole."""


class RatingForm(VersionedForm):
    """One criterion; `value` is 1 to 5, or 0 for "I cannot tell"; `cites` are keys like e:12."""

    value = RadioField(_("Rating"), choices=[], validate_choice=False)
    cites = SelectMultipleField(_("What do you base it on?"), validate_choice=False)
    sentence = SelectField(_("The sentence of the ladder it turns on"), validate_choice=False)
    justification = TextField(_("Why this rating?"), longest=LONGEST_SENT)
    change_reason = TextField(_("What changed since the first view, and why?"), longest=LONGEST_SENT)

    def to_command(self) -> RatingDraft:
        """Return what was typed."""
        value = find_number(self.value.data)
        return RatingDraft(
            value=value or None,
            cannot_judge=value == CANNOT_JUDGE,
            justification=str(self.justification.data or ""),
            change_reason=str(self.change_reason.data or ""),
            sentence=str(self.sentence.data or ""),
            anchors=tuple(str(key) for key in self.cites.data or ()),
        )


def read_rating(sent: MultiDict[str, str]) -> tuple[RatingDraft, int]:
    """Return what was typed on a criterion and the version it was written from: what RatingForm reads, without one.

    A save that is not refused shows no field, and making them takes longer than all that it decides.
    """
    value, version = find_number(clean_sent(sent.get("value", ""))), clean_sent(sent.get("version", ""))
    draft = RatingDraft(
        value=value or None,
        cannot_judge=value == CANNOT_JUDGE,
        justification=clean_text(sent.get("justification")),
        change_reason=clean_text(sent.get("change_reason")),
        sentence=clean_sent(sent.get("sentence", "")),
        anchors=tuple(clean_sent(key) for key in sent.getlist("cites")),
    )
    return draft, read_version(version)


def rating_data(line: LineRow | None) -> dict[str, Any]:
    """Return the form's data for what is stored."""
    if line is None:
        return {"version": 0}
    return {
        "value": "" if line.choice is None else str(line.choice),
        "cites": list(line.anchors),
        "sentence": line.sentence,
        "justification": line.justification,
        "change_reason": line.change_reason,
        "version": line.version,
    }


class SecondRaterForm(VersionedForm):
    """Who rates blind."""

    person = SelectField(_("Second rater"), coerce=find_number, validators=[InputRequired(_("Choose a person."))])
