"""The calibration grid: how the reader wants it, and a rating to be changed."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from review.domain.calibration import ChangeDraft, Only, Order, View
from review.forms.base import HouseForm, TextField, VersionedForm, WholeNumberField, _, choices

CANNOT_TELL = "0"
LONGEST_SENT = 4_000_000
ORDER_WORDS = {
    Order.NAME: _("Name"),
    Order.LEVEL: _("Target level"),
    Order.FUNCTION: _("Function"),
    Order.VOTES: _("Votes apart"),
    Order.RATINGS: _("Ratings apart"),
}
ONLY_WORDS = {
    Only.ALL: _("All cases"),
    Only.CHANGED: _("With a changed rating"),
    Only.VOTES_APART: _("Votes two or more apart"),
    Only.RATINGS_APART: _("Ratings two or more apart"),
}


class ViewForm(HouseForm):
    """Order and narrowing of the grid, from the address, and its page where it has several."""

    order = SelectField(_("Order"), choices=choices(ORDER_WORDS.items()), validate_choice=False)
    only = SelectField(_("Show"), choices=choices(ONLY_WORDS.items()), validate_choice=False)
    level = SelectField(_("Target level"), validate_choice=False)
    committee = SelectField(_("Committee"), validate_choice=False)
    page = WholeNumberField(validators=[Optional()])

    def to_view(self) -> View:
        """Return the view asked for; what there is not is as if it were not asked for."""
        order, only = str(self.order.data), str(self.only.data)
        return View(
            order=Order(order) if order in tuple(Order) else Order.NAME,
            only=Only(only) if only in tuple(Only) else Only.ALL,
            to_level=str(self.level.data or ""),
            committee=str(self.committee.data or ""),
        )

    def offer(self, levels: Iterable[str], committees: Iterable[str]) -> None:
        """Offer the levels and committees of the rows that the reader sees."""
        self.level.choices = choices([("", gettext("All target levels")), *((each, each) for each in levels)])
        self.committee.choices = choices([("", gettext("All committees")), *((each, each) for each in committees)])

    def to_page(self) -> int:
        """Return the page asked for, from 1 on."""
        return min(max(self.page.data or 1, 1), 10_000)

    def address(self) -> dict[str, str]:
        """Return what is asked for as parts of an address, without the page."""
        view = self.to_view()
        given = {"order": view.order.value, "only": view.only.value, "level": view.to_level}
        return {name: value for name, value in {**given, "committee": view.committee}.items() if value}


class ChangeForm(VersionedForm):
    """A rating changed in the committee; `value` is 1 to 5, or 0 where the packet does not let one tell."""

    value = RadioField(_("Rating"), choices=[], validate_choice=False)
    code = SelectField(_("What kind of reason is it?"), validate_choice=False)
    sentence = SelectField(_("The sentence of the ladder it turns on"), validate_choice=False)
    reason = TextField(_("Why, in a sentence"), longest=LONGEST_SENT)
    cites = SelectMultipleField(_("What do you base it on?"), validate_choice=False)
    seen = WholeNumberField(widget=HiddenInput(), validators=[Optional()])

    def offer(self, sentences: Iterable[str], codes: Iterable[tuple[str, str]]) -> None:
        """Offer the ladder's sentences, by their place, and the kinds of reason."""
        said = [(str(place), words) for place, words in enumerate(sentences)]
        self.sentence.choices = choices([("", gettext("Choose one")), *said])
        self.code.choices = choices([("", gettext("Choose one")), *codes])

    def to_command(self, sentences: tuple[str, ...]) -> ChangeDraft:
        """Return what was filled in."""
        given, place = str(self.value.data or ""), str(self.sentence.data or "")
        is_known = place.isascii() and place.isdigit() and int(place) < len(sentences)
        return ChangeDraft(
            value=int(given) if given in {"1", "2", "3", "4", "5"} else None,
            cannot_judge=given == CANNOT_TELL,
            code=str(self.code.data or ""),
            sentence=sentences[int(place)] if is_known else "",
            reason=str(self.reason.data or ""),
            anchors=tuple(str(each) for each in self.cites.data or ()),
            seen=self.seen.data or 0,
        )
