"""Forms of raters: one criterion, and the second rater."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from review.domain.numbers import find_number
from review.domain.values import dataclass
from review.forms.base import TextField, VersionedForm, _, clean_sent, clean_text, read_version
from review.queries.ratings import LineRow
from review.services.ratings import RatingDraft

CANNOT_JUDGE = 0
LONGEST_SENT = 4_000_000
"""What a field lets through to be judged by the service and given back whole."""


LABELS: Mapping[str, str] = {
    "value": _("Rating"),
    "cites": _("What do you base it on?"),
    "sentence": _("The sentence of the ladder it turns on"),
    "justification": _("Why this rating?"),
    "change_reason": _("What changed since the first view, and why?"),
}
"""What the fields are called: by the form, and by the page that is written without it."""


class RatingForm(VersionedForm):
    """One criterion; `value` is 1 to 5, or 0 for "I cannot tell"; `cites` are keys like e:12."""

    value = RadioField(LABELS["value"], choices=[], validate_choice=False)
    cites = SelectMultipleField(LABELS["cites"], validate_choice=False)
    sentence = SelectField(LABELS["sentence"], validate_choice=False)
    justification = TextField(LABELS["justification"], longest=LONGEST_SENT)
    change_reason = TextField(LABELS["change_reason"], longest=LONGEST_SENT)

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


@dataclass(frozen=True)
class ShownRating:
    """What the fields of a criterion show, and what is wrong with each: its page is shown far more often than refused.

    `value` has 0 for "I cannot tell".
    """

    value: int | None = None
    cites: tuple[str, ...] = ()
    sentence: str = ""
    justification: str = ""
    change_reason: str = ""
    version: int = 0
    errors: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def wrong(self, name: str) -> Sequence[Any]:
        """Return what is wrong with a field."""
        return self.errors.get(name, ())


def show_line(line: LineRow | None) -> ShownRating:
    """Return what the fields show of what is stored."""
    if line is None:
        return ShownRating()
    return ShownRating(
        line.choice, line.anchors, line.sentence, line.justification, line.change_reason, version=line.version
    )


def show_sent(form: RatingForm) -> ShownRating:
    """Return what the fields show of what was sent, and why it was refused."""
    sent = form.to_command()
    return ShownRating(
        find_number(form.value.data),
        sent.anchors,
        sent.sentence,
        sent.justification,
        sent.change_reason,
        form.version.data or 0,
        {each.name: each.errors for each in form},
    )


class SecondRaterForm(VersionedForm):
    """Who rates blind."""

    person = SelectField(_("Second rater"), coerce=find_number, validators=[InputRequired(_("Choose a person."))])
